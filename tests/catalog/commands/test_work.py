"""`kill -9` of the worker, of the site it asks, and of both: every image is drafted once, whatever the clock does."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Count
from pytest_django import Settings

from benchmarks.printed import page
from catalog.batches.lifecycle import open_batch
from catalog.models import Annotation, Batch, BatchItem, Collection, Run
from catalog.vocabulary import BatchState, FileRole, ItemState, Selection
from glmv_site.office_hours import wall_clock
from tests.catalog.commands.test_kill import ROOT, database_url
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, PromptVersionFactory
from tests.glmv_site.conftest import free_port
from tests.inference.pictures import encoded
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = 60
KILLS = 5
ROWS = 4
ANSWER_S = 0.1


class Installation:
    """A worker and a fake of the site, in processes of their own, on the tests' database."""

    def __init__(self, folder: Path, **more: str) -> None:
        self._port = free_port()
        self.clock = folder / "clock"
        self.log = folder / "log"
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(folder),
            "GLMV_SERVICE_URL": f"http://127.0.0.1:{self._port}",
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "clock"), str(ROOT)]),
            "TEST_CLOCK": str(self.clock),
            **more,
        }
        self._commands = {
            "worker": ["manage.py", "work"],
            "site": ["tests/catalog/commands/fake_site.py", self._port, str(ROWS), str(ANSWER_S)],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start one of them, as the supervisor would."""
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *self._commands[name]], cwd=ROOT, env=self._environment, stderr=log
            )

    def kill(self, *names: str) -> None:
        """Kill some of them and start them again."""
        for name in names:
            self.running[name].kill()
        for name in names:
            self.running[name].wait()
            self.start(name)

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            process.kill()
            process.wait()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    running = Installation(tmp_path)
    running.start("site")
    running.start("worker")
    yield running
    running.stop()


@pytest.fixture
def batch(settings: Settings, tmp_path: Path) -> Batch:
    settings.MEDIA_ROOT = tmp_path / "media"
    collection: Collection = CollectionFactory()
    for _ in range(IMAGES):
        ImageFileFactory(image=ImageFactory(collection=collection))
    version = PromptVersionFactory(prompt__slug="sentence", prompt__name="一句话描述")
    batch = open_batch(collection=collection, version=version, background=True)
    assert batch is not None
    return batch


def finished(batch: Batch) -> bool:
    batch.refresh_from_db()
    return batch.state == BatchState.DONE


@pytest.mark.parametrize("clock_goes_back_s", [0, 3600], ids=["steady", "back an hour"])
def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    batch: Batch, installation: Installation, clock_goes_back_s: int
) -> None:
    chance = random.Random(20)
    for kill in range(KILLS):
        drafted = Run.objects.count() + chance.randint(1, IMAGES // (2 * KILLS))
        eventually(lambda: Run.objects.count() >= drafted or finished(batch))  # noqa: B023 - asked at once
        time.sleep(chance.uniform(0, 2 * ANSWER_S))
        if kill == KILLS // 2:
            installation.clock.write_text(str(-clock_goes_back_s), encoding="ascii")
        installation.kill(*chance.choice([("worker",), ("site",), ("worker", "site")]))

    eventually(lambda: finished(batch))

    assert set(batch.items.values_list("state", flat=True)) == {ItemState.DONE}
    per_image = Annotation.objects.values("image").annotate(number=Count("pk")).values_list("number", flat=True)
    assert list(per_image) == [1] * IMAGES
    assert Run.objects.count() == IMAGES


def test_a_worker_told_to_stop_gives_back_what_it_holds(batch: Batch, installation: Installation) -> None:
    eventually(lambda: Run.objects.exists() and BatchItem.objects.running().count() > 1)
    worker = installation.running["worker"]

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(60) == 0
    assert not BatchItem.objects.running().exists()
    assert BatchItem.objects.pending().exists()
    assert "已退回待办" in installation.log.read_text(encoding="utf-8")


def test_outside_the_hours_the_worker_rests_and_goes_on_by_itself_when_the_clock_says_so(
    batch: Batch, tmp_path: Path
) -> None:
    now = wall_clock()
    start, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (2, 4))
    running = Installation(tmp_path, GLMV_HOURS=f"{start}-{end}")
    try:
        for name in ("site", "worker"):
            running.start(name)
        eventually(lambda: f"{start} 自动继续" in Batch.objects.get().reason)
        assert not Run.objects.exists()

        running.clock.write_text(str(3 * 3600), encoding="ascii")
        eventually(lambda: finished(batch))

        assert Run.objects.count() == IMAGES
        running.clock.write_text(str(5 * 3600), encoding="ascii")
        eventually(lambda: connection.vendor != "sqlite" or "one file" in running.log.read_text(encoding="utf-8"))
    finally:
        running.stop()


@pytest.fixture
def pages(settings: Settings, tmp_path: Path) -> Batch:
    """Prepare a batch whose images, of two pages each, take the real reader a while."""
    settings.MEDIA_ROOT = tmp_path / "media"
    collection: Collection = CollectionFactory()
    for first in (0, 2, 4):
        image = ImageFactory(collection=collection)
        for number in range(first, first + 2):
            content = encoded(page("clean", number).picture, "JPEG")
            role = FileRole.PAGE if number > first else FileRole.FRONT
            ImageFileFactory(image=image, content=content, role=role, sequence=number - first + 1)
    batch = open_batch(collection=collection, version=None, selection=Selection.ALL, background=True)
    assert batch is not None
    return batch


def test_a_worker_told_to_stop_while_writing_is_read_goes_quietly_and_gives_back_the_rest(
    pages: Batch, installation: Installation
) -> None:
    eventually(lambda: BatchItem.objects.running().count() > 1)
    worker = installation.running["worker"]

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(60) == 0
    said = installation.log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said
    assert "ERROR" not in said, said
    assert not BatchItem.objects.running().exists()
    assert not pages.items.filter(state=ItemState.FAILED).exists()
    assert set(pages.items.filter(state=ItemState.PENDING).values_list("attempts", flat=True)) == {0}
