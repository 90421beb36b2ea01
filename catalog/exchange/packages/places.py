"""Where packages of the worker lie: each in a folder of its own number, the one in the making beside it."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from catalog.exchange.packages.workplace import Workplace
from catalog.models import Package

_MAKING = ".making"


def all_packages() -> Path:
    """Return the folder of all packages."""
    return Path(settings.GLMV_PACKAGE_DIR)


def place_of(package: Package) -> Path:
    """Return where a package lies; it is there, complete, once the package is done."""
    return all_packages() / str(package.pk) / package.name


def workplace_of(key: int) -> Workplace:
    """Return the folder in which a package is made.

    Args:
        key: of the package.
    """
    return Workplace(all_packages() / f".{key}{_MAKING}")


def remove(key: int) -> None:
    """Take a package away; does nothing where there is none.

    Args:
        key: of the package.

    Raises:
        OSError: it cannot be removed.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(all_packages() / str(key))


def in_the_making() -> Iterator[int]:
    """Return the keys of the packages for which there is a workplace."""
    folder = all_packages()
    for place in folder.iterdir() if folder.is_dir() else ():
        key = place.name.removeprefix(".").removesuffix(_MAKING)
        if place.name == f".{key}{_MAKING}" and key.isdecimal():
            yield int(key)
