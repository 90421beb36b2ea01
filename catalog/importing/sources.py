"""Opens whatever path a person names as an import source."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ImportSourceError
from catalog.importing import leftovers
from catalog.importing.archives import archive_source
from catalog.importing.entries import FileEntry, ImportSource, plain_name
from catalog.importing.folders import folder_source, manifest_source
from catalog.paths import legible
from catalog.shares import require

# As the system has it; links that go round in a circle lead nowhere.
_MOST_LINKS = 40


@contextmanager
def open_source(path: Path, staging: Path) -> Iterator[ImportSource]:
    """Open a folder, a ZIP archive, a PDF or a CSV manifest.

    Args:
        path: what a person named.
        staging: a folder, created where needed, in which archives are unpacked file by file.

    Yields:
        The source, usable inside the context.

    Raises:
        ImportSourceError: there is nothing, or nothing that can be imported.
        ShareAway: it lies on a share that is away; an empty mount point is no empty folder.
    """
    require(_steps(path))
    if not path.exists():
        raise ImportSourceError(_("找不到 %(path)s，请检查路径。"), path=legible(path))
    # Links and dots have names of their own; what counts is what the folder or the archive is called.
    place = path.resolve()
    if path.is_dir():
        yield replace(folder_source(path), name=place.name)
    elif path.suffix.lower() == ".csv":
        yield replace(manifest_source(path), name=place.parent.name)
    elif path.suffix.lower() == ".pdf":
        yield ImportSource([FileEntry(plain_name(path.name), path)], name=place.parent.name)
    elif zipfile.is_zipfile(path):
        with _own_folder(staging) as folder, archive_source(path, folder) as source:
            yield replace(source, name=place.stem)
    else:
        raise ImportSourceError(_("%(path)s 不是文件夹、ZIP 压缩包、PDF 或 CSV 清单。"), path=legible(path))


def _steps(path: Path) -> Iterator[Path]:
    """Follow a path and its links part by part, as the system does.

    Each step is yielded before it is looked at, so that its share is asked first: a server behind a link may be dead.

    Args:
        path: what a person named.

    Yields:
        Absolute paths without links above their last part.
    """
    here, ahead, links = Path("/"), list(path.absolute().parts[:0:-1]), 0
    while ahead and links <= _MOST_LINKS:
        part = ahead.pop()
        if part == "..":
            here = here.parent
            continue
        step = here / part
        yield step
        try:
            target = step.readlink()
        except OSError:  # no link, or not there
            here = step
            continue
        links += 1
        if target.is_absolute():
            here = Path("/")
        ahead.extend(reversed(target.parts[1:] if target.is_absolute() else target.parts))


@contextmanager
def _own_folder(staging: Path) -> Iterator[Path]:
    """Give a new folder under `staging`, and clear away what imports that were killed left there."""
    staging.mkdir(parents=True, exist_ok=True)
    leftovers.remove_folders(staging)
    with ExitStack() as stack:
        ours = False
        while not ours:
            name = stack.enter_context(tempfile.TemporaryDirectory(dir=staging, ignore_cleanup_errors=True))
            ours = stack.enter_context(leftovers.held(Path(name)))
        yield Path(name)
