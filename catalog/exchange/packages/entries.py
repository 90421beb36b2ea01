"""What is planned for a package, and what was written of it: one line of JSON each, in files beside the package."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A scan that is to be written.

    Attributes:
        file: key of the `ImageFile`.
        role: a value of `FileRole`.
        path: its path below the folder of scans.
        size: its master's bytes, as the catalogue has them.
        faults: values of `NameFault`: what was wrong with the name that it should have.
        amiss: value of `MasterFault`; empty where the master is there.
    """

    file: int
    role: str
    path: str
    size: int
    faults: tuple[str, ...] = ()
    amiss: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """A record that is to be written.

    Attributes:
        image: its key.
        label: what members call it.
        stem: the path of what is written about it, without an ending.
        files: its scans.
    """

    image: int
    label: str
    stem: str
    files: tuple[PlannedFile, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def read(cls, told: dict[str, Any]) -> "PlannedRecord":
        """Return it from JSON."""
        files = tuple(PlannedFile(**{**file, "faults": tuple(file["faults"])}) for file in told["files"])
        return cls(told["image"], told["label"], told["stem"], files)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a package.

    Attributes:
        file: key of the `ImageFile`; 0 of what was written about a record.
        role: a value of `FileRole`; empty of what was written about a record.
        path: its path within the package, with slashes.
        size: its bytes.
        digests: by algorithm.
    """

    file: int
    role: str
    path: str
    size: int
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """What was written of a record.

    Attributes:
        image: its key.
        files: its files, those about it last.
        left_out: paths of files that were to be written, with the reason.
        beside: how many files have what is said of them beside them, for their format holds none.
        is_out: whether nothing of the record is in the package.
    """

    image: int
    files: tuple[Written, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    beside: int = 0
    is_out: bool = False

    @property
    def scans(self) -> list[Written]:
        """Return its scans, the one that stands for it first."""
        return [file for file in self.files if file.file]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def read(cls, told: dict[str, Any]) -> "WrittenRecord":
        """Return it from JSON."""
        files = tuple(Written(**file) for file in told["files"])
        left_out = tuple((path, reason) for path, reason in told["left_out"])
        return cls(told["image"], files, left_out, told["beside"], told["is_out"])


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of JSON lines; a last line that was not finished is left out.

    Args:
        path: the file; none is read where it is not there.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)


def as_line(told: dict[str, Any]) -> bytes:
    """Return a line of JSON."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
