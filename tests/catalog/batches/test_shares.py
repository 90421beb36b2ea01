"""A batch whose scans lie on a share that goes away waits, fails nothing, and goes on by itself when it is back."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.batches import lifecycle
from catalog.batches.failures import IN_A_ROW
from catalog.batches.jobs import BatchJob
from catalog.models import Annotation, Batch, Collection, Image, PromptVersion, Reading
from catalog.reading.jobs import reading_job
from catalog.vocabulary import BatchState, ItemState
from inference.types import Request
from tests.catalog.drafts import draft
from tests.catalog.fakes import FakeDescriber
from tests.catalog.imports import SIZE, bring_in
from tests.catalog.readers import FakeReader
from tests.catalog.workers import drafting, shift
from tests.factories import CollectionFactory, UserFactory, picture
from tests.shares import unplugged
from tests.waiting import eventually

pytestmark = pytest.mark.django_db

NUMBER = IN_A_ROW + 2


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    folder = tmp_path / "nas"
    folder.mkdir()
    for number in range(NUMBER):
        (folder / f"{number}.png").write_bytes(picture((number * 9, 99, 40), SIZE, kind="PNG"))
    settings.GLMV_SCANS = [folder]
    return folder


@pytest.fixture
def collection(root: Path) -> Collection:
    found = CollectionFactory()
    bring_in(root, found, in_place=True)
    return found


def opened(collection: Collection, version: PromptVersion | None) -> Batch:
    batch = lifecycle.open_batch(collection=collection, version=version, background=True)
    assert batch is not None
    return batch


def state_of(batch: Batch) -> tuple[str, str]:
    batch.refresh_from_db()
    return batch.state, batch.reason


def goes_on(job: BatchJob, batch: Batch) -> Callable[[], bool]:
    def done() -> bool:
        shift(job)
        return state_of(batch)[0] == BatchState.DONE

    return done


def test_it_waits_with_the_name_of_the_share_and_goes_on_when_it_is_back(
    collection: Collection, version: PromptVersion, root: Path
) -> None:
    batch = opened(collection, version)
    job = drafting()
    with unplugged(root):
        shift(job)
        shift(job)
        state, reason = state_of(batch)
        assert state == BatchState.RUNNING
        assert str(root) in reason
        assert "自动接着做" in reason
        assert batch.items.filter(state=ItemState.PENDING, attempts=0).count() == NUMBER

    eventually(goes_on(job, batch))
    assert state_of(batch) == (BatchState.DONE, "")
    assert Annotation.objects.drafts().count() == NUMBER


def test_a_share_whose_name_is_in_gbk_is_named_as_people_read_it(
    settings: Settings, version: PromptVersion, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    root = tmp_path / os.fsdecode("老照片".encode("gbk"))
    root.mkdir()
    (root / "1.png").write_bytes(picture((9, 99, 40), SIZE, kind="PNG"))
    settings.GLMV_SCANS = [root]
    collection = CollectionFactory()
    bring_in(root, collection, in_place=True)
    batch = opened(collection, version)
    job = drafting()
    with unplugged(root):
        shift(job)
        state, reason = state_of(batch)
        assert state == BatchState.RUNNING
        assert "老照片" in reason
        assert batch.items.filter(state=ItemState.PENDING, attempts=0).count() == 1

    eventually(goes_on(job, batch))


@pytest.mark.parametrize("act", [lifecycle.pause, lifecycle.cancel])
def test_a_reason_with_a_name_that_is_no_text_is_stored_without_it(
    collection: Collection, version: PromptVersion, act: Callable[..., bool]
) -> None:
    batch = opened(collection, version)
    assert act(batch=batch, reason="找不到 \udcc0\udccf.jpg。")
    assert state_of(batch)[1] == "找不到 .jpg。"


def test_a_share_that_goes_away_in_the_middle_costs_no_image_its_place(
    collection: Collection, version: PromptVersion, root: Path
) -> None:
    batch = opened(collection, version)
    asked: list[Request] = []
    elsewhere = root.with_name("elsewhere")

    def pull_the_plug(request: Request) -> None:
        asked.append(request)
        if len(asked) == 2:
            root.rename(elsewhere)
            root.mkdir()

    job = drafting(FakeDescriber(before=pull_the_plug))
    shift(job)
    assert str(root) in state_of(batch)[1]
    assert not batch.items.filter(state=ItemState.FAILED).exists()
    assert batch.items.filter(state=ItemState.DONE).count() == 2
    root.rmdir()
    elsewhere.rename(root)

    eventually(goes_on(job, batch))
    assert len(asked) == NUMBER


def test_one_file_that_is_gone_fails_alone(collection: Collection, version: PromptVersion, root: Path) -> None:
    batch = opened(collection, version)
    (root / "3.png").unlink()

    shift(drafting())

    assert state_of(batch)[0] == BatchState.DONE
    failed = batch.items.get(state=ItemState.FAILED)
    assert "3.png" in failed.error


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.CANCELLED])
def test_what_a_person_does_meanwhile_holds(
    collection: Collection, version: PromptVersion, root: Path, state: BatchState
) -> None:
    batch = opened(collection, version)
    job = drafting()
    person = UserFactory()
    with unplugged(root):
        shift(job)
        act = lifecycle.pause if state == BatchState.PAUSED else lifecycle.cancel
        assert act(batch=batch, reason="由某人停下。", user=person)
        shift(job)

    eventually(lambda: not shift_and_see(job, root))
    assert state_of(batch) == (state, "由某人停下。")
    assert not Annotation.objects.exists()


def shift_and_see(job: BatchJob, root: Path) -> bool:
    shift(job)
    return not any(root.iterdir())


def test_a_batch_of_copies_goes_on_beside_one_that_waits(version: PromptVersion, root: Path) -> None:
    away, copied = CollectionFactory(), CollectionFactory()
    bring_in(root, away, in_place=True)
    bring_in(root, copied)
    waiting, going = opened(away, version), opened(copied, version)

    with unplugged(root):
        job = drafting()
        shift(job)
        assert state_of(waiting)[0] == BatchState.RUNNING
        assert state_of(going)[0] == BatchState.DONE
        job.release()


def test_reading_waits_in_the_same_way(collection: Collection, root: Path) -> None:
    batch = opened(collection, None)
    job = reading_job(FakeReader, most_at_once=1)
    with unplugged(root):
        shift(job)
        assert str(root) in state_of(batch)[1]
        assert not batch.items.filter(state=ItemState.FAILED).exists()

    eventually(goes_on(job, batch))
    assert Reading.objects.count() == NUMBER


def test_a_command_waits_says_so_and_goes_on(collection: Collection, version: PromptVersion, root: Path) -> None:
    told: list[str] = []
    plug = unplugged(root)
    plug.__enter__()

    def put_back(_seconds: float) -> None:
        if not any(root.iterdir()):
            plug.__exit__(None, None, None)

    result = draft(collection, version, absent=told.append, sleep=put_back)

    assert result.done == NUMBER
    assert result.failed == 0
    assert all(str(root) in words for words in told)
    assert told


def test_a_command_ends_where_a_person_pauses_its_batch_meanwhile(
    collection: Collection, version: PromptVersion, root: Path
) -> None:
    def pause(_words: str) -> None:
        lifecycle.pause(batch=Batch.objects.get(), reason="由某人停下。")

    with unplugged(root), pytest.raises(Exception, match="由某人停下"):
        draft(collection, version, absent=pause, sleep=lambda _seconds: None)
    assert Image.objects.count() == NUMBER
