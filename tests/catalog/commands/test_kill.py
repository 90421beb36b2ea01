"""`kill -9` in the middle of `manage.py draft` loses nothing and doubles nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from pytest_django import Settings

from catalog.digests import content_hash
from catalog.exchange.exports import keeping, places
from catalog.exchange.exports.jobs import Exporting
from catalog.exchange.exports.keeping import kept_values
from catalog.exchange.exports.planning import prepare
from catalog.models import Action, Annotation, Batch, BatchItem, BulkChange, Collection, Export, Image, ImageFile, Run
from catalog.review.bulk import running, selection
from catalog.vocabulary import BatchState, Verb
from tests.catalog.bulk import prepared, work
from tests.catalog.fakes import FakeDescriber
from tests.catalog.imports import bring_in
from tests.catalog.people import cataloguer, reviewer
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    described,
    drafted,
    picture,
)
from tests.shares import unplugged

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
IMAGES = 8

SLOW_DRAFT = ("-m", "tests.catalog.commands.slow_draft", "demo", "0.15")

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def collection(settings: Settings, tmp_path: Path) -> Collection:
    settings.MEDIA_ROOT = tmp_path / "media"
    # A transactional test before this one may have emptied the table of shipped prompts.
    PromptVersionFactory(prompt__slug="sentence", prompt__name="一句话描述")
    collection = CollectionFactory(slug="demo")
    for _ in range(IMAGES):
        ImageFileFactory(image=ImageFactory(collection=collection))
    return collection


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command in another process, on the same database; what is left running is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*command: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(tmp_path),
            "PYTHONPATH": str(ROOT),
        }
        with said(tmp_path).open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                preexec_fn=heed_ctrl_c,
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
    end_foreign_sessions()


def end_foreign_sessions() -> None:
    """End what killed processes have left to PostgreSQL to finish: the tables are going to be emptied."""
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}")


def heed_ctrl_c() -> None:
    """Undo what a shell does to a test run in the background: let Ctrl-C be ignored by all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def database_url() -> str:
    """Return the address of the test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = quote(settings["USER"]) + (":" + quote(settings["PASSWORD"]) if settings["PASSWORD"] else "")
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    return f"postgres://{user}@{settings['HOST']}{port}/{settings['NAME']}"


def said(folder: Path) -> Path:
    """Return the file that holds what the other processes said on standard error."""
    return folder / "stderr.log"


def wait_for(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Wait until something is so, or fail if the process ends before."""
    while not condition():
        assert process.poll() is None, "the command ended by itself"
        time.sleep(0.02)


def at_work_after(drafts: int) -> bool:
    """Tell whether at least so many drafts are written and another image is being worked on."""
    return Annotation.objects.count() >= drafts and BatchItem.objects.running().exists()


def test_a_command_killed_again_and_again_is_finished_by_the_next(collection: Collection, start: Start) -> None:
    for killed_after in (2, 4, 5):
        process = start(*SLOW_DRAFT)
        wait_for(process, partial(at_work_after, killed_after))
        process.send_signal(signal.SIGKILL)
        process.wait()

    call_command("draft", "demo", describer=FakeDescriber())

    drafts = Annotation.objects.drafts().values("image", "field").annotate(number=Count("pk"))
    assert [(row["field"], row["number"]) for row in drafts] == [("description", 1)] * IMAGES
    assert Annotation.objects.count() == IMAGES
    assert Run.objects.count() == IMAGES
    batch = Batch.objects.get()
    assert batch.state == BatchState.DONE
    assert not BatchItem.objects.exclude(state="done").exists()


def test_two_commands_at_once_share_the_work(collection: Collection, start: Start, tmp_path: Path) -> None:
    first, second = start(*SLOW_DRAFT), start(*SLOW_DRAFT)

    assert (first.wait(), second.wait()) == (0, 0), said(tmp_path).read_text(encoding="utf-8")

    assert Annotation.objects.count() == IMAGES
    assert Run.objects.count() == IMAGES
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_told_to_stop_gives_back_what_it_holds(
    collection: Collection, start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(*SLOW_DRAFT)
    wait_for(process, partial(at_work_after, 1))

    process.send_signal(number)

    assert process.wait() != 0
    assert not BatchItem.objects.running().exists()
    assert "接着起草" in said(tmp_path).read_text(encoding="utf-8")


def test_an_import_killed_in_the_middle_leaves_no_half_image(start: Start, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    collection = CollectionFactory(slug="scans")
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.jpg").write_bytes(picture((number, 9, 9), (1600, 1200)))
    arguments = ("import_images", str(folder), "--collection", "scans")
    for killed_after in (1, 4):
        process = start("manage.py", *arguments)
        wait_for(process, partial(_imported_at_least, killed_after))
        process.send_signal(signal.SIGKILL)
        process.wait()

    call_command(*arguments)

    assert collection.images.count() == 12
    assert not Image.objects.filter(files=None).exists()
    for scan in ImageFile.objects.all():
        assert content_hash(scan.master_path) == scan.sha256
        assert all(Path(derivative.path).stat().st_size for derivative in (scan.thumbnail, scan.screen))


def test_a_command_killed_while_a_share_is_away_has_failed_nothing_and_is_finished_by_the_next(
    start: Start, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    PromptVersionFactory(prompt__slug="sentence", prompt__name="一句话描述")
    nas = tmp_path / "nas"
    nas.mkdir()
    settings.GLMV_SCANS = [nas]
    monkeypatch.setenv("GLMV_SCANS", str(nas))
    for number in range(IMAGES):
        (nas / f"{number}.png").write_bytes(picture((number, 9, 9), (400, 300), kind="PNG"))
    bring_in(nas, CollectionFactory(slug="demo"), in_place=True)
    process = start(*SLOW_DRAFT)
    wait_for(process, partial(at_work_after, 2))

    with unplugged(nas):
        wait_for(process, lambda: str(nas) in Batch.objects.get().reason)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not BatchItem.objects.filter(state="failed").exists()
    call_command("draft", "demo", describer=FakeDescriber())

    assert Annotation.objects.drafts().count() == Run.objects.count() == IMAGES
    assert Batch.objects.get().state == BatchState.DONE
    assert not BatchItem.objects.exclude(state="done").exists()


def test_a_bulk_change_killed_in_the_middle_is_finished_by_the_next_worker(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many small transactions, to be killed between and within.
    monkeypatch.setattr(selection, "CHUNK_RECORDS", 5)
    user = reviewer(None)
    for number in range(200):
        drafted(title=f"石桥 {number}", place="清水镇")
    change = running.start(change=prepared(user), user=user)

    for killed_after in (20, 90, 200):
        process = start("-m", "tests.catalog.commands.bulk_work")
        wait_for(process, partial(_accepted_at_least, killed_after))
        process.send_signal(signal.SIGKILL)
        process.wait()
        change.refresh_from_db()
        # Whole records, and as many as it says.
        assert Annotation.objects.accepted().count() == change.done_fields == 2 * change.done_records
    work()

    change.refresh_from_db()
    assert (change.state, change.done_records, change.skipped) == (BulkChange.State.DONE, 200, {})
    assert not Annotation.objects.drafts().exists()
    entries = Action.objects.filter(verb=Verb.DRAFT_ACCEPTED)
    assert entries.count() == entries.values("image", "details__annotation").distinct().count() == 400


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_an_export_killed_in_the_middle_leaves_no_file_and_is_made_by_the_next_worker(
    start: Start, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path, fmt: str
) -> None:
    settings.DATA_DIR = tmp_path
    # Many parts, to be killed between and within.
    monkeypatch.setattr(keeping, "PART_RECORDS", 5)
    collection = CollectionFactory()
    for number in range(200):
        described(ImageFactory(collection=collection), title=f"石桥 {number}")
    images = Image.objects.order_by("pk")
    export = prepare(user=cataloguer(collection), images=images, fmt=fmt, background=True)

    for killed_after in (10, 60):
        process = start("-m", "tests.catalog.commands.export_work")
        wait_for(process, lambda: Export.objects.get().done_records >= killed_after)  # noqa: B023 - asked at once
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not places.path_of(export).exists()
        assert Export.objects.get().state != Export.State.DONE
    job = Exporting()
    while job.claim():
        job.step()

    done = Export.objects.get()
    assert (done.state, done.done_records, done.left_out) == (Export.State.DONE, 200, 0)
    assert [path.name for path in places.path_of(done).parent.iterdir()] == [done.file_name]
    assert done.sha256 == content_hash(places.path_of(done))
    assert len(kept_values(done, list(images.values_list("pk", flat=True)))) == 200


def _accepted_at_least(number: int) -> bool:
    return Annotation.objects.accepted().count() >= number


def _imported_at_least(number: int) -> bool:
    return Image.objects.count() >= number
