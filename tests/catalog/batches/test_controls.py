"""What people do to batches: it is said what was done, and never that something was done that was not."""

import pytest

from catalog.batches.controls import BatchAction, act
from catalog.exceptions import BatchOver
from catalog.models import Action, Batch
from catalog.vocabulary import BatchState, ItemState
from tests.factories import BatchFactory, BatchItemFactory, UserFactory

pytestmark = pytest.mark.django_db


def one(state: BatchState, *, background: bool = True) -> Batch:
    batch: Batch = BatchFactory(state=state, background=background)
    BatchItemFactory(batch=batch)
    return batch


@pytest.mark.parametrize(
    ("state", "word"), [(BatchState.CANCELLED, "已取消"), (BatchState.DONE, "已完成")], ids=["cancelled", "done"]
)
@pytest.mark.parametrize("action", [BatchAction.PAUSE, BatchAction.RESUME, BatchAction.CANCEL])
def test_what_is_over_is_said_to_be_over(state: BatchState, word: str, action: BatchAction) -> None:
    batch = one(state)

    with pytest.raises(BatchOver) as refused:
        act(batch=batch, action=action, user=UserFactory())

    assert word in str(refused.value)
    assert "不能" in str(refused.value)
    batch.refresh_from_db()
    assert (batch.state, batch.reason) == (state, "")
    assert not Action.objects.exists()


def test_a_cancelled_one_is_not_tried_again() -> None:
    with pytest.raises(BatchOver):
        act(batch=one(BatchState.CANCELLED), action=BatchAction.RETRY, user=UserFactory())


def test_one_that_ended_since_the_page_was_read_is_over_too() -> None:
    read = one(BatchState.RUNNING)
    Batch.objects.filter(pk=read.pk).update(state=BatchState.CANCELLED)

    with pytest.raises(BatchOver, match="已取消，不能再暂停"):
        act(batch=read, action=BatchAction.PAUSE, user=UserFactory())


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        (BatchState.PAUSED, BatchAction.PAUSE, "此前已经暂停"),
        (BatchState.RUNNING, BatchAction.RESUME, "没有变化"),
        (BatchState.RUNNING, BatchAction.RETRY, "没有失败的图像"),
    ],
)
def test_what_was_so_before_is_said_and_not_written_down_as_done(
    state: BatchState, action: BatchAction, words: str
) -> None:
    batch = one(state)

    assert words in act(batch=batch, action=action, user=UserFactory())

    batch.refresh_from_db()
    assert batch.state == state
    assert not Action.objects.exists()


def test_what_is_done_is_said() -> None:
    batch, user = one(BatchState.RUNNING), UserFactory()
    BatchItemFactory(batch=batch, state=ItemState.FAILED, error="x")

    said = [act(batch=batch, action=action, user=user) for action in BatchAction]

    assert [word in words for word, words in zip(("已暂停", "已继续", "1 幅", "已取消"), said, strict=True)] == [
        True
    ] * 4
