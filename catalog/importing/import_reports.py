"""What an import did, in numbers, in words, and as lists of what was left out, joined, or matched by a near name."""

from collections.abc import Iterator
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
    """A file that was put together with others, or with a row that writes its name otherwise, and how."""

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
        documents: PDFs that are kept from now on, beside their pages.
        unused_rows: rows of the manifest about a file that an earlier row is about.
        matched_rows: files whose name the manifest writes otherwise, with a word on how.
        sidecars: pictures that an XMP file beside them describes.
        unused_sidecars: XMP files beside pictures that cannot be read.
        unread_dates: files whose date in the manifest is not understood; it is kept as it is.
        duplicates: files whose content the collection has under another name.
        rejected: files that cannot be imported.
        defective: of the files that came in, those with which something is amiss, and what.
        suspected: files with a classification mark, and where it is; their records are held back.
        protected: rows that say something of who may see a record which is not done, and why.
    """

    added: int = 0
    present: int = 0
    completed: int = 0
    found_again: int = 0
    sidecars: int = 0
    documents: int = 0
    joined: list[Joined] = field(default_factory=list)
    doubtful: list[Joined] = field(default_factory=list)
    duplicates: list[Reject] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    unused_rows: list[Reject] = field(default_factory=list)
    matched_rows: list[Joined] = field(default_factory=list)
    unused_sidecars: list[Reject] = field(default_factory=list)
    unread_dates: list[Reject] = field(default_factory=list)
    defective: list[Reject] = field(default_factory=list)
    suspected: list[Reject] = field(default_factory=list)
    protected: list[Reject] = field(default_factory=list)

    @property
    def left_out(self) -> list[Reject]:
        """Return everything that did not get in, with the reasons."""
        return [*self.rejected, *self.duplicates, *self.unused_rows, *self.unused_sidecars]

    @property
    def noted(self) -> list[Reject]:
        """Return what somebody should look at of the files that got in."""
        return [*self.suspected, *self.protected, *self.unread_dates, *self.defective]

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
            (self.documents, _("整份存下 PDF %(count)s 份")),
            (len(self.duplicates), _("内容重复 %(count)s 个")),
            (len(self.rejected), _("无法导入 %(count)s 个")),
            (len(self.unused_rows), _("清单重复 %(count)s 行")),
            (len(self.matched_rows), _("按相近名称对应清单 %(count)s 行")),
            (self.sidecars, _("读取附属说明（XMP）%(count)s 个")),
            (len(self.unused_sidecars), _("附属说明（XMP）无法读取 %(count)s 个")),
            (len(self.unread_dates), _("清单里时间未识别 %(count)s 行")),
            (len(self.suspected), _("疑似涉密、已停用 %(count)s 个")),
            (len(self.protected), _("开放标识或密级另有说明 %(count)s 行")),
        )
        parts = [_("新导入 %(count)s 幅") % {"count": self.added}]
        parts += [words % {"count": count} for count, words in counted if count]
        return _("共 %(count)s 个文件：") % {"count": self.seen} + _("，").join(parts) + _("。")


def write_lists(report: ImportReport, *, folder: Path, slug: str, now: datetime) -> Iterator[tuple[str, Path]]:
    """Write what a person may want to look through as CSV files, each in a folder of its kind.

    Args:
        report: what an import did.
        folder: where these folders are; created where needed.
        slug: the collection's.
        now: the time that goes into the files' names, local.

    Yields:
        What is in a file, in words with a gap for its path, and the file; kinds of which there is nothing are left out.
    """
    told = [(one.name, one.part) for one in (*report.doubtful, *report.joined)]
    matched = [(one.name, one.part) for one in report.matched_rows]
    noted = [(one.name, one.reason) for one in report.noted]
    rejected = [(one.name, one.reason) for one in report.left_out]
    for kind, words, heading, rows in (
        ("joined", _("并入同一照片的文件：%(path)s"), _("归属"), told),
        ("matched", _("按相近名称对应的清单行：%(path)s"), _("清单写法"), matched),
        ("noted", _("已导入但需要留意的文件：%(path)s"), _("情况"), noted),
        ("rejects", _("未导入的文件及原因：%(path)s"), _("原因"), rejected),
    ):
        if rows:
            path = folder / kind / f"{slug}-{now:%Y%m%d-%H%M%S}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(csv_lines([(_("文件"), heading), *rows]))
            yield words, path
