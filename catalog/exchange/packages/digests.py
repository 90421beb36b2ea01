"""Digests of a package's files: SHA-256 always, and SM3 (GB/T 32905) beside it where this machine's OpenSSL has it.

`hashlib` promises SM3 nowhere, and the `bagit` library checks promised algorithms alone: so SM3 never stands without
SHA-256, and is checked by ourselves.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

SHA256, SM3 = "sha256", "sm3"
_CHUNK = 1024 * 1024


class Target(Protocol):
    """What a file is copied to."""

    def write(self, chunk: bytes) -> object:
        """Write a piece."""


@cache
def has_sm3() -> bool:
    """Tell whether this machine can make digests by SM3."""
    try:
        hashlib.new(SM3, usedforsecurity=False)
    except ValueError:
        return False
    return True


def name_of(algorithm: str) -> str:
    """Return what people call an algorithm.

    Args:
        algorithm: as `hashlib` has it.
    """
    return algorithm.upper().replace("SHA256", "SHA-256").replace("SHA512", "SHA-512")


def algorithms() -> tuple[str, ...]:
    """Return the algorithms that packages made here carry digests of."""
    return (SHA256, SM3) if has_sm3() else (SHA256,)


def copy(source: Path, target: Target) -> dict[str, str]:
    """Copy a file and digest it, reading it once.

    Args:
        source: the file.
        target: where to.

    Returns:
        Its digests by algorithm.

    Raises:
        OSError: it cannot be read, or not be written.
    """
    return _digested(source, target, algorithms())


def digests_of(path: Path, wanted: Iterable[str] = ()) -> dict[str, str]:
    """Return the digests of a file.

    Args:
        path: the file.
        wanted: the algorithms; those of `algorithms` where empty.

    Raises:
        OSError: it cannot be read.
    """
    return _digested(path, None, tuple(wanted) or algorithms())


def _digested(source: Path, target: Target | None, wanted: tuple[str, ...]) -> dict[str, str]:
    hashers = {name: hashlib.new(name) for name in wanted}
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for hasher in hashers.values():
                hasher.update(chunk)
            if target is not None:
                target.write(chunk)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}
