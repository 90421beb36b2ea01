"""Reading: what is written on the scans of an image is kept line by line, and proposed as its transcription.

Pictures are read outside any transaction; then one short transaction for each image keeps the readings and writes the
draft. So an interrupted run loses at most the image at work, and the next one goes on after it. A scan is read again
when the reader has changed, or when somebody asks.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.exceptions import FileRejected
from catalog.faults import COMMANDS_TRY, disk_reason, patiently
from catalog.markings import mark_in_text
from catalog.models import Collection, Image, ImageFile, Reading, Run
from catalog.paths import legible
from catalog.querysets import ImageQuerySet
from catalog.reading.cross_check import cross_check_drafts
from catalog.reading.direction import with_both_readings
from catalog.reading.lines import kept_line, kept_loss, searched_text, text_of
from catalog.records.annotations import fields_to_draft, locked_image, write_drafts
from catalog.records.hints import keep_read_hints
from catalog.records.secrecy import Mark, hold
from catalog.shares import require
from catalog.vocabulary import Field, FileRole, MarkPlace
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.errors import sentence
from inference.reader import Page, ReaderMissing

MOST_PAGES = 500
"""So many pages of one file are read."""
_LEAST_LETTERS = 2
_LEAST_CONFIDENCE = 0.6  # on average, for a text to be proposed
_ORDER = {FileRole.FRONT: 0, FileRole.PAGE: 1, FileRole.NEGATIVE: 2, FileRole.VERSO: 3}


class PictureReader(Protocol):
    """Reads pictures. `inference.reader.Reader` is one."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def version(self) -> str:
        """Its version; another one reads differently."""

    def read(self, source: Path, *, page: int = 0, max_pixels: int = IMPORT_MAX_PIXELS, negative: bool = False) -> Page:
        """Read a page of a file.

        Raises:
            EngineError: it cannot.
        """


@dataclass(slots=True)
class ReadingReport:
    """How far a run is.

    Attributes:
        total: images to read.
        read: images read.
        with_text: of these, how many have any writing.
        drafted: how many got a transcription draft.
        failures: identifier or file name, and reason, of images that could not be read.
    """

    total: int = 0
    read: int = 0
    with_text: int = 0
    drafted: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def worked(self) -> int:
        """Return how many images were dealt with."""
        return self.read + len(self.failures)

    def sentence(self) -> str:
        """Return the report in words."""
        words = _("识读 %(read)s 幅，其中 %(with_text)s 幅有文字，写出转录草稿 %(drafted)s 条") % {
            "read": self.read,
            "with_text": self.with_text,
            "drafted": self.drafted,
        }
        if self.failures:
            words += _("，%(count)s 幅无法识读") % {"count": len(self.failures)}
        return words + _("。")


@dataclass(frozen=True, slots=True)
class FreshReadings:
    """What was read of one image just now.

    Attributes:
        readings: scan → what it says, not yet saved.
        seconds: how long that took.
    """

    readings: dict[ImageFile, Reading]
    seconds: float


def images_to_read(*, collection: Collection, reader: PictureReader, again: bool = False) -> ImageQuerySet:
    """Return the images with a scan that this version of the reader has not read; none that may be classified.

    Args:
        collection: whose images.
        reader: who is going to read.
        again: all images with scans instead.
    """
    images = Image.objects.filter(collection=collection, secrecy_hold=False).order_by("pk")
    return images.with_scans() if again else images.unread(reader.name, reader.version)


def read_collection(
    *,
    collection: Collection,
    reader: PictureReader,
    again: bool = False,
    limit: int | None = None,
    progress: Callable[[ReadingReport], None] | None = None,
) -> ReadingReport:
    """Read the images of a collection, one after the other.

    Args:
        collection: whose images.
        reader: who reads.
        again: read what was read already, and let drafts be replaced.
        limit: how many images at most.
        progress: called before the first image and after each.

    Returns:
        What was done.

    Raises:
        ReaderMissing: there is no reader on this machine.
        ShareAway: scans lie on a share that is away; what was read is kept.
    """
    chosen = images_to_read(collection=collection, reader=reader, again=again)
    numbers = list(chosen.values_list("pk", flat=True)[:limit])
    report = ReadingReport(total=len(numbers))
    if progress is not None:
        progress(report)
    for number in numbers:
        image = Image.objects.with_files().filter(pk=number).first()
        if image is not None:
            _read_or_say_why(image, reader, again, report)
        if progress is not None:
            progress(report)
    return report


def read_image(*, image: Image, reader: PictureReader, again: bool = False, tries: int = 1) -> ReadingReport:
    """Read the scans of an image that this version of the reader has not read, and propose what stands there.

    Args:
        image: the image, its files prefetched.
        reader: who reads.
        again: read all its scans, and let the draft of whoever wrote it be replaced.
        tries: how often what was read is written where the database stays locked.

    Returns:
        A report about this one image; of an image deleted meanwhile, that nothing was read.

    Raises:
        EngineError: a scan cannot be read; nothing was kept.
        FileRejected: a master is not where it was.
    """
    fresh = read_scans(scans_to_read(image, reader, again=again), reader)

    @transaction.atomic
    def write() -> ReadingReport:
        return keep(fresh, image=locked_image(image.pk), reader=reader, again=again)

    try:
        return patiently(write, tries=tries)
    except Image.DoesNotExist:
        return ReadingReport(total=1)


def scans_to_read(image: Image, reader: PictureReader, *, again: bool = False) -> list[ImageFile]:
    """Return the scans of an image that this version of the reader has not read.

    Args:
        image: the image, its files prefetched.
        reader: who is going to read.
        again: all that are ever read instead.
    """
    current = set() if again else _read_already(image, reader)
    return [scan for scan in scans_of(image) if scan.pk not in current]


def read_scans(scans: list[ImageFile], reader: PictureReader) -> FreshReadings:
    """Read scans; nothing is written yet, and the database is not asked.

    Args:
        scans: of one image.
        reader: who reads.

    Raises:
        EngineError: one cannot be read.
        FileRejected: a master is not where it was.
    """
    started = time.monotonic()
    readings = {scan: _read_scan(scan, reader) for scan in scans}
    return FreshReadings(readings, round(time.monotonic() - started, 3))


def scans_of(image: Image) -> list[ImageFile]:
    """Return the scans that are read, in order; a negative only where there is nothing else of its front."""
    scans = sorted(image.scans, key=lambda scan: (_ORDER[FileRole(scan.role)], scan.sequence, scan.pk))
    shown = {scan.role for scan in scans}
    if FileRole.FRONT in shown or FileRole.PAGE in shown:
        return [scan for scan in scans if scan.role != FileRole.NEGATIVE]
    return scans


def transcription_of(readings: list[Reading]) -> str:
    """Return what all scans of an image say, as one text; empty where it is too little or too uncertain.

    Args:
        readings: in the order of the scans, their files at hand.
    """
    said = [reading for reading in readings if _is_text(reading)]
    parts = []
    for reading in said:
        is_first = reading is said[0] and reading.file.role in (FileRole.FRONT, FileRole.PAGE, FileRole.NEGATIVE)
        heading = "" if is_first else f"【{FileRole(reading.file.role).label}】\n"
        parts.append(heading + reading.text)
    return "\n\n".join(parts)


def _read_or_say_why(image: Image, reader: PictureReader, again: bool, report: ReadingReport) -> None:
    places = [place for scan in image.scans if (place := scan.place_outside) is not None]
    require(places)
    try:
        one = read_image(image=image, reader=reader, again=again, tries=COMMANDS_TRY)
    except ReaderMissing:
        raise
    except (FileRejected, EngineError, OSError) as error:
        # A file that is gone or damaged looks no different from one on a share that went away meanwhile.
        require(places, fresh=True)
        report.failures.append((image.file_name, _why(error)))
    else:
        report.read += one.read
        report.with_text += one.with_text
        report.drafted += one.drafted


def _why(error: FileRejected | EngineError | OSError) -> str:
    if isinstance(error, OSError):
        return _("文件无法读写：%(detail)s。") % {"detail": disk_reason(error)}
    return sentence(error) if isinstance(error, EngineError) else str(error)


def _read_scan(scan: ImageFile, reader: PictureReader) -> Reading:
    """Read all pages of a scan.

    Raises:
        EngineError: it cannot be read.
        FileRejected: the master is not where it was.
    """
    path = scan.master_path
    if not path.is_file():
        raise FileRejected(
            _("扫描原图“%(name)s”不在原来的位置：%(path)s。"), name=scan.original_name, path=legible(path)
        )
    negative = scan.role == FileRole.NEGATIVE
    pages = [reader.read(path, page=number, negative=negative) for number in range(min(scan.pages, MOST_PAGES))]
    lines = [kept_line(number, line) for number, page in enumerate(pages) for line in with_both_readings(page.lines)]
    text = text_of(lines)
    letters = sum(len(page.text) for page in pages)
    certain = sum(len(page.text) * page.confidence for page in pages)
    return Reading(
        file=scan,
        reader=reader.name,
        version=reader.version,
        lines=lines,
        unread=[kept_loss(number, place) for number, page in enumerate(pages) for place in page.unread],
        text=text,
        searched=searched_text(lines, text),
        confidence=min(1.0, certain / letters) if letters else 0.0,
    )


def keep(fresh: FreshReadings, *, image: Image, reader: PictureReader, again: bool = False) -> ReadingReport:
    """Keep what was read of an image, propose it, and compare it with what other drafts claim.

    Args:
        fresh: what was read just now.
        image: the image, locked in the caller's transaction.
        reader: who read.
        again: let the draft of whoever wrote it be replaced.

    Returns:
        A report about this one image.
    """
    columns = ("reader", "version", "lines", "unread", "text", "searched", "confidence")
    for scan, reading in fresh.readings.items():
        values = {name: getattr(reading, name) for name in columns}
        Reading.objects.update_or_create(file_id=scan.pk, defaults=values)
    scans = scans_of(image)
    by_scan = {reading.file_id: reading for reading in Reading.objects.of_image(image).select_related("file")}
    readings = [by_scan[scan.pk] for scan in scans if scan.pk in by_scan]
    text = transcription_of(readings)
    # A mark stops the record before anything is drafted of it.
    marks = [Mark(MarkPlace.READING, mark) for reading in readings if (mark := mark_in_text(reading.text))]
    hold(image=image, marks=marks)
    keep_read_hints(image, [reading.text for reading in by_scan.values()])
    drafted = False
    if text and not image.secrecy_hold:
        drafted = _propose(image, text, reader, again=again, scans=len(readings), seconds=fresh.seconds)
    cross_check_drafts(image)
    return ReadingReport(
        total=1, read=1, with_text=int(any(reading.text for reading in readings)), drafted=int(drafted)
    )


def _propose(image: Image, text: str, reader: PictureReader, *, again: bool, scans: int, seconds: float) -> bool:
    """Write the transcription draft; a reader's own earlier one gives way, other drafts only when asked."""
    name = Field.TRANSCRIPTION.value
    draft = image.annotations.drafts().filter(field=name).select_related("run").first()
    is_own = draft is not None and draft.run is not None and draft.run.prompt_version_id is None
    if is_own and draft is not None and draft.value == text:
        return False
    replace = again or is_own
    if not fields_to_draft(image=image, fields=[name], replace=replace):
        return False
    run = Run.objects.create(
        image=image,
        model_name=reader.name,
        model_version=reader.version,
        parameters={"files": scans},
        raw_text=text,
        finish_reason="stop",
        timings={"total_s": seconds},
    )
    return bool(write_drafts(image=image, values={name: text}, run=run, replace=replace))


def _read_already(image: Image, reader: PictureReader) -> set[int]:
    """Return the keys of the scans of an image that this version of the reader has read."""
    found = Reading.objects.of_image(image).by(reader.name, reader.version)
    return set(found.values_list("file_id", flat=True))


def _is_text(reading: Reading) -> bool:
    letters = sum(map(str.isalnum, reading.text))
    return letters >= _LEAST_LETTERS and reading.confidence >= _LEAST_CONFIDENCE
