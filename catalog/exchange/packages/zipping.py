"""A package as one ZIP, made while it is sent: nothing is written to the disk for it, and nothing is compressed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 4_000_000_000
"""Larger ones are fetched from their folder: a download that breaks off would begin anew."""
_CHUNK = 1024 * 1024


class _Sent:
    """What `zipfile` writes to: a file that cannot be gone back in."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        taken, self.pieces = b"".join(self.pieces), []
        return taken


def zipped(folder: Path) -> Iterator[bytes]:
    """Return a folder as a ZIP, its files below the folder's name.

    Args:
        folder: a package that is complete.

    Yields:
        Pieces of it.

    Raises:
        OSError: a file cannot be read.
    """
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:  # type: ignore[call-overload]
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            entry = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            with path.open("rb") as source, archive.open(entry, "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield sent.taken()
            yield sent.taken()
    yield sent.taken()
