"""What an import did, in numbers, in words, and as a list of what was left out."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from inference.spreadsheets import csv_lines


@dataclass(frozen=True, slots=True)
class Reject:
    """A file that was not imported, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A file that is part of a photograph together with others, and which part."""

    name: str
    part: str


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do.

    Attributes:
        added: new images.
        joined: files that became a part of an image, such as its back, with a word on whose.
        doubtful: of the new images, those that may be a part of another, with the reason why they are not.
        present: files that earlier imports brought in.
        found_again: of all files, those whose content was there but whose master was gone: now it is this file.
        completed: of these, records that got values or an identifier from the manifest.
        unused_rows: rows of the manifest about a file that an earlier row is about.
        duplicates: files whose content the collection has under another name.
        rejected: files that cannot be imported.
        defective: of the files that came in, those with which something is amiss, and what.
    """

    added: int = 0
    present: int = 0
    completed: int = 0
    found_again: int = 0
    joined: list[Joined] = field(default_factory=list)
    doubtful: list[Joined] = field(default_factory=list)
    duplicates: list[Reject] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    unused_rows: list[Reject] = field(default_factory=list)
    defective: list[Reject] = field(default_factory=list)

    @property
    def left_out(self) -> list[Reject]:
        """Return everything that did not get in, with the reasons."""
        return [*self.rejected, *self.duplicates, *self.unused_rows]

    @property
    def seen(self) -> int:
        """Return how many files were looked at."""
        return self.added + self.present + len(self.joined) + len(self.duplicates) + len(self.rejected)

    def sentence(self) -> str:
        """Return the report in words."""
        counted = (
            (len(self.joined), _("并入同一照片 %(count)s 个")),
            (len(self.doubtful), _("归属不明、另建记录的 %(count)s 个")),
            (len(self.defective), _("文件有缺陷、已导入的 %(count)s 个")),
            (self.present, _("已有 %(count)s 幅")),
            (self.completed, _("其中补录 %(count)s 幅")),
            (self.found_again, _("重新找到 %(count)s 个")),
            (len(self.duplicates), _("内容重复 %(count)s 个")),
            (len(self.rejected), _("无法导入 %(count)s 个")),
            (len(self.unused_rows), _("清单重复 %(count)s 行")),
        )
        parts = [_("新导入 %(count)s 幅") % {"count": self.added}]
        parts += [words % {"count": count} for count, words in counted if count]
        return _("共 %(count)s 个文件：") % {"count": self.seen} + _("，").join(parts) + _("。")


def write_rejects(report: ImportReport, *, folder: Path, slug: str, now: datetime) -> Path | None:
    """Write what was not imported to a CSV file.

    Args:
        report: what an import did.
        folder: where to; created where needed.
        slug: the collection's.
        now: the time that goes into the file's name, local.

    Returns:
        The file, or None where everything was imported.
    """
    rows = [(reject.name, reject.reason) for reject in report.left_out]
    return _write(folder / f"{slug}-{now:%Y%m%d-%H%M%S}.csv", (_("文件"), _("原因")), rows)


def write_joined(report: ImportReport, *, folder: Path, slug: str, now: datetime) -> Path | None:
    """Write which files became a part of which photograph, and which could not be told, to a CSV file.

    Args:
        report: what an import did.
        folder: where to; created where needed.
        slug: the collection's.
        now: the time that goes into the file's name, local.

    Returns:
        The file, or None where each file is a photograph of its own.
    """
    rows = [(joined.name, joined.part) for joined in (*report.doubtful, *report.joined)]
    return _write(folder / f"{slug}-{now:%Y%m%d-%H%M%S}.csv", (_("文件"), _("归属")), rows)


def _write(path: Path, heading: tuple[str, str], rows: list[tuple[str, str]]) -> Path | None:
    if not rows:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines([heading, *rows]))
    return path
