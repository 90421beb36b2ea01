"""What a backup of many records takes, the first and the next, and how much it slows down whoever writes meanwhile.

On SQLite; with ``BENCH_BACKUP_DATABASE`` on the empty database of that address. ``BENCH_BACKUP_RECORDS`` says how many.
"""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import report, stopwatch

ROOT = Path(__file__).parents[1]
RECORDS = int(os.environ.get("BENCH_BACKUP_RECORDS", "20000"))
DATABASE = os.environ.get("BENCH_BACKUP_DATABASE", "")
# Of each record's file: small ones, for it is their number that costs.
_FILE_BYTES = 20_000
_AT_A_TIME = 1000
_ALONE_S = 5.0
_PAUSE_S = 0.01


def run() -> None:
    """Fill an installation of its own, and measure in it."""
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name:
        environment = {**os.environ, "DATA_DIR": f"{name}/data", "ENV_FILE": os.devnull}
        environment.pop("DATABASE_URL", None)
        if DATABASE:
            environment["DATABASE_URL"] = DATABASE
        command = [sys.executable, "-m", "benchmarks.backup", f"{name}/backups"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - itself


def _measure(target: Path) -> None:
    from django.db import connection

    from glmv_site.backup import manifest
    from glmv_site.backup.making import make

    key = _fill()
    with _writing(key) as alone:
        time.sleep(_ALONE_S)
    with _writing(key) as during, stopwatch() as first:
        made = make(target, media="copy")
    with stopwatch() as second:
        make(target, media="copy")
    told = manifest.read(made.path)
    details = {"records": RECORDS, "database": connection.vendor}
    size = sum(file.size for file in told.files) + told.counts.bytes_copied
    report("backup.first", first.seconds, "s", **details)
    report("backup.next", second.seconds, "s", **details)
    report("backup.size", size / 1e6, "MB", files=told.counts.copied, **details)
    for name, waits in (("alone", alone), ("meanwhile", during)):
        report(f"backup.writer.{name}.median", statistics.median(waits) * 1000, "ms", writes=len(waits), **details)
        report(f"backup.writer.{name}.longest", max(waits) * 1000, "ms", **details)


@contextmanager
def _writing(key: int) -> Iterator[list[float]]:
    """Write a record again and again in a thread.

    Yields:
        How long each write took, in seconds.
    """
    from django.db import connection

    from catalog.models import Image

    stop, waits = threading.Event(), list[float]()

    def write() -> None:
        while not stop.wait(_PAUSE_S):
            with stopwatch() as watch:
                Image.objects.filter(pk=key).update(notes=str(len(waits)))
            waits.append(watch.seconds)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()


def _fill() -> int:
    """Make records with a file and an accepted title each.

    Returns:
        The key of one of them.
    """
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from catalog.models import Image
    from catalog.records.entries import create_collection

    call_command("migrate", verbosity=0)
    collection = create_collection(slug="bench", title="bench")
    user = get_user_model().objects.create(username="bench")
    for start in range(0, RECORDS, _AT_A_TIME):
        _fill_some(range(start, min(start + _AT_A_TIME, RECORDS)), collection.pk, user.pk)
    return int(Image.objects.values_list("pk", flat=True)[0])


def _fill_some(numbers: range, collection: int, user: int) -> None:
    from django.conf import settings
    from django.utils import timezone

    from catalog.models import Annotation, Image, ImageFile
    from catalog.vocabulary import Field, Source, State

    images = Image.objects.bulk_create(
        Image(collection_id=collection, identifier=f"P-{number}", title=f"石桥{number}") for number in numbers
    )
    Annotation.objects.bulk_create(
        Annotation(
            image=image, field=Field.TITLE, value=image.title, source=Source.PERSON, state=State.ACCEPTED,
            decided_by_id=user, decided_at=timezone.now(),
        )
        for image in images
    )  # fmt: skip
    files = []
    for image in images:
        content = os.urandom(_FILE_BYTES)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"masters/{sha256[:2]}/{sha256}.jpg"
        path = Path(settings.MEDIA_ROOT, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files.append(
            ImageFile(
                image=image,
                collection_id=collection,
                original_name=f"{image.identifier}.jpg",
                master=name,
                sha256=sha256,
                byte_size=_FILE_BYTES,
                width=1000,
                height=700,
                format="JPEG",
            )
        )
    ImageFile.objects.bulk_create(files)


if __name__ == "__main__":
    if sys.argv[1:]:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
        django.setup()
        _measure(Path(sys.argv[1]))
    else:
        run()
