"""What a backup says about itself: `manifest.json`, and the list of media files beside it.

The list is a file of its own, one JSON object a line: it may have a million of them, and whoever only asks how old a
backup is does not read it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _

from glmv_site.backup.errors import BackupError, DamagedBackupError
from inference.engine.durable_files import sync_file

FORMAT = 1
MANIFEST = "manifest.json"
MEDIA_LIST = "media.jsonl"

Mode = Literal["copy", "reference"]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file inside the backup's own folder.

    Attributes:
        name: below the folder.
        size: in bytes.
        sha256: of its content.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableSummary:
    """What a table holds, in two numbers.

    Attributes:
        rows: how many.
        digest: of their contents, in whatever order they lie.
    """

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that the database names.

    Attributes:
        name: below `MEDIA_ROOT`; of an original that is referenced in place, its whole path.
        size: in bytes.
        sha256: of its content; empty where the file was not there, or could not be read.
        kept: whether the backup has it; else only where it lies is known.
        in_place: whether it is an original that is referenced where it lies, outside `MEDIA_ROOT`.
        modified_ns: when it was last written, by its own clock: an unchanged one is not read again.
    """

    name: str
    size: int
    sha256: str
    kept: bool
    in_place: bool = False
    modified_ns: int = 0


@dataclass(frozen=True, slots=True)
class MediaCounts:
    """How the media files of a backup fared.

    Attributes:
        named: how many the database names.
        copied: how many were not in the medium yet.
        bytes_copied: their size.
        missing: how many were not there, or could not be read.
        damaged: how many differ from what was registered when they came in.
        lacking: of the missing, how many no earlier backup has kept either: a restoration does not bring them back.
    """

    named: int = 0
    copied: int = 0
    bytes_copied: int = 0
    missing: int = 0
    damaged: int = 0
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself.

    Attributes:
        program: version of the program that made it.
        started_at: the moment its database speaks of.
        finished_at: when it had been verified.
        vendor: of the database: `sqlite` or `postgresql`.
        media: whether files were copied, or only where they lie was written down.
        models: which models the installation was set to use; their weights are not kept.
        migrations: those applied, as `app.name`.
        tables: name → what it holds.
        files: the files in the backup's folder.
        counts: how the media files fared.
        server: of PostgreSQL, its version; 0 for SQLite.
    """

    program: str
    started_at: datetime
    finished_at: datetime
    vendor: str
    media: Mode
    models: list[str]
    migrations: list[str]
    tables: dict[str, TableSummary]
    files: list[KeptFile]
    counts: MediaCounts = field(default_factory=MediaCounts)
    server: int = 0

    def written(self) -> str:
        """Return the text of `manifest.json`."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=1, default=lambda moment: moment.isoformat()) + "\n"


def read(folder: Path) -> Manifest:
    """Read what a backup says about itself.

    Args:
        folder: the backup's own.

    Raises:
        BackupError: it says nothing that can be understood.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise BackupError(_("备份 %(path)s 是更新版本的程序做的，请用那个版本恢复。") % {"path": folder})
        return _manifest(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedBackupError(
            _("读不了备份 %(path)s 的清单 manifest.json：文件缺失或已损坏。请换一份备份。") % {"path": folder}
        ) from error


def _manifest(content: dict[str, Any]) -> Manifest:
    for moment in ("started_at", "finished_at"):
        content[moment] = datetime.fromisoformat(content[moment])
    content["tables"] = {name: TableSummary(**summary) for name, summary in content["tables"].items()}
    content["files"] = [KeptFile(**file) for file in content["files"]]
    counts = content["counts"]
    # Earlier versions did not tell the two apart.
    content["counts"] = MediaCounts(**{"lacking": counts["missing"], **counts})
    return Manifest(**content)


def write_media_list(folder: Path, files: Iterable[MediaFile]) -> KeptFile:
    """Write the list of media files of a backup.

    Args:
        folder: the backup's own.
        files: in any order.

    Returns:
        The list as it was meant, not as the medium has it.
    """
    digest, size = hashlib.sha256(), 0
    with (folder / MEDIA_LIST).open("wb") as lines:
        for file in files:
            line = (json.dumps(asdict(file), ensure_ascii=False) + "\n").encode()
            digest.update(line)
            size += lines.write(line)
        sync_file(lines)
    return KeptFile(MEDIA_LIST, size, digest.hexdigest())


def media_list(folder: Path) -> Iterator[MediaFile]:
    """Read the list of media files of a backup.

    Args:
        folder: the backup's own.

    Yields:
        One after the other.

    Raises:
        BackupError: the list cannot be read.
    """
    try:
        with (folder / MEDIA_LIST).open(encoding="utf-8") as lines:
            for line in lines:
                yield MediaFile(**json.loads(line))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedBackupError(
            _("读不了备份 %(path)s 的文件清单 media.jsonl，请换一份备份。") % {"path": folder}
        ) from error
