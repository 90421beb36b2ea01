"""Making a package: scans are copied record by record, then the tables are written, and the folder gets its place.

It is a generator: whoever runs it learns after every step how far it is, and may leave it at any of them. What is
written is noted in the workplace, and the next process goes on there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from catalog.exchange.packages import attaching, bags, records
from catalog.exchange.packages.copying import Copier
from catalog.exchange.packages.entries import PlannedRecord, WrittenRecord
from catalog.exchange.packages.exiftool import Exiftool
from catalog.exchange.packages.listing import WRONG_NAME
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.planning import MasterFault
from catalog.exchange.packages.records_xml import record_xml
from catalog.exchange.packages.workplace import Workplace, writing
from catalog.faults import release_connection
from catalog.models import Image, ImageFile, Package
from catalog.querysets import ImageQuerySet
from inference.engine.durable_files import make_folder, sync_folder

STEP_RECORDS = 50
STEP_BYTES = 64_000_000
"""A step ends with the record that goes beyond this."""
BESIDE = "beside"
"""What stands among the reasons for copies that have what is said of them beside them."""


@dataclass(slots=True)
class Progress:
    """How far a package is.

    Attributes:
        records: how many records are settled.
        files: how many scans were written.
        bytes: of their masters' sizes, written or left out.
        left_out: why something was left out, and how often.
        beside: how many copies have what is said of them beside them.
        is_done: whether the package lies in its place.
    """

    records: int = 0
    files: int = 0
    bytes: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    beside: int = 0
    is_done: bool = False

    def as_left_out(self) -> dict[str, int]:
        """Return why something was left out, how often, and how many copies have their text beside them."""
        return {**self.left_out, **({BESIDE: self.beside} if self.beside else {})}

    def add(self, record: WrittenRecord) -> None:
        """Count a record."""
        self.records += 1
        self.beside += record.beside
        for written in record.files:
            if written.file:
                self.files += 1
                self.bytes += written.size
        for _path, reason in record.left_out:
            self.left_out[reason] = self.left_out.get(reason, 0) + 1


def make(order: Order, workplace: Workplace, allowed: ImageQuerySet, place: Path) -> Iterator[Progress]:
    """Make a package of what is planned in a workplace.

    Args:
        order: what was asked for.
        workplace: with its plan; what was written before is kept.
        allowed: the records that may be in it, asked again for each step.
        place: the folder that the package becomes; nothing may lie there.

    Yields:
        How far it is, after every step.

    Raises:
        PackageBroken: it cannot go on; what was written stays.
    """
    workplace.mend()
    progress = Progress()
    for earlier in workplace.written():
        progress.add(earlier)
    if place.is_dir() and not workplace.package.exists():
        # Killed between this and telling of it.
        progress.is_done = True
    yield progress
    if progress.is_done:
        return
    with ExitStack() as stack:
        tool = Exiftool() if order.embeds else None
        if tool is not None:
            stack.callback(tool.close)
        copier = Copier(_payload(order, workplace), bags.SCANS if order.is_bag else "", tool)
        for step in _steps(workplace, progress.records):
            done = _written(order, copier, step, allowed)
            workplace.note(done)
            for record in done:
                progress.add(record)
            yield progress
    writer = bags if order.is_bag else attaching
    _take_away_unlisted(order, workplace)
    for _step in writer.finish(order, workplace, allowed):
        yield progress
    _give_place(workplace, place)
    progress.is_done = True
    yield progress


def _payload(order: Order, workplace: Workplace) -> Path:
    return workplace.package / bags.PAYLOAD if order.is_bag else workplace.package


def _steps(workplace: Workplace, settled: int) -> Iterator[list[PlannedRecord]]:
    """Return what is still to be written, some records at a time."""
    step, size = list[PlannedRecord](), 0
    for number, record in enumerate(workplace.planned()):
        if number < settled:
            continue
        step.append(record)
        size += sum(file.size for file in record.files)
        if len(step) == STEP_RECORDS or size >= STEP_BYTES:
            yield step
            step, size = [], 0
    if step:
        yield step


def _written(
    order: Order, copier: Copier, step: Sequence[PlannedRecord], allowed: ImageQuerySet
) -> list[WrittenRecord]:
    """Write some records; they are on the disk."""
    keys = [record.image for record in step]
    may = set(allowed.filter(pk__in=keys).order_by().values_list("pk", flat=True))
    images = {image.pk: image for image in records.loaded([key for key in keys if key in may])}
    files = ImageFile.objects.in_bulk([file.file for record in step for file in record.files])
    # Copying takes its time; meanwhile the database is left alone.
    release_connection()
    done = []
    for record in step:
        image = images.get(record.image)
        if image is None:
            done.append(_left_out(record, MasterFault.GONE.value))
        elif order.wrong_names == Package.WrongNames.SKIP and any(file.faults for file in record.files):
            done.append(_left_out(record, WRONG_NAME))
        else:
            done.append(_one(order, copier, record, image, files))
    copier.settle()
    return done


def _one(
    order: Order, copier: Copier, record: PlannedRecord, image: Image, files: dict[int, ImageFile]
) -> WrittenRecord:
    written = copier.copy(record, image, files)
    if not order.is_bag:
        return written
    about = copier.put(f"{bags.RECORDS}{record.stem}.xml", record_xml(image, written.files, order.name))
    return WrittenRecord(written.image, (*written.files, about), written.left_out, written.beside)


def _left_out(record: PlannedRecord, reason: str) -> WrittenRecord:
    paths: Iterable[str] = [file.path for file in record.files] or [record.stem]
    return WrittenRecord(record.image, (), tuple((path, reason) for path in paths), is_out=True)


def _take_away_unlisted(order: Order, workplace: Workplace) -> None:
    """Take away what a process that was killed had written and not noted."""
    payload = _payload(order, workplace)
    with writing():
        make_folder(payload)
    listed = {written.path for record in workplace.written() for written in record.files}
    with writing():
        for path in list(payload.rglob("*")):
            if path.is_file() and path.relative_to(payload).as_posix() not in listed:
                path.unlink()


def _give_place(workplace: Workplace, place: Path) -> None:
    """Give the package, which is complete and on the disk, its place.

    Raises:
        PackageBroken: it cannot be put there.
    """
    with writing():
        make_folder(place.parent)
        workplace.package.rename(place)
        sync_folder(place.parent)
