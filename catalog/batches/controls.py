"""What people do to a batch under way, by name: pages and interfaces offer the same, and only what makes sense."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.batches import lifecycle
from catalog.exceptions import BatchOver
from catalog.models import Batch
from catalog.vocabulary import BatchState, ItemState

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class BatchAction(TextChoices):
    """What can be done to a batch."""

    PAUSE = "pause", gettext_lazy("暂停")
    RESUME = "resume", gettext_lazy("继续")
    RETRY = "retry", gettext_lazy("重试失败的图像")
    CANCEL = "cancel", gettext_lazy("取消批次")

    @property
    def needs_confirmation(self) -> bool:
        """Return whether a person is asked once more: it cannot be undone, or costs the model's time."""
        return self in {self.RETRY, self.CANCEL}


def possible(batch: Batch) -> list[BatchAction]:
    """Return what can be done to a batch now.

    Args:
        batch: the batch.
    """
    state = BatchState(batch.state)
    unfinished = state in BatchState.unfinished()
    left_by_command = state == BatchState.RUNNING and not batch.background
    failed = state != BatchState.CANCELLED and batch.items.filter(state__in=ItemState.without_result()).exists()
    offered = {
        BatchAction.PAUSE: state == BatchState.RUNNING,
        BatchAction.RESUME: state in {BatchState.PAUSED, BatchState.PENDING} or left_by_command,
        BatchAction.RETRY: failed,
        BatchAction.CANCEL: unfinished,
    }
    return [action for action, makes_sense in offered.items() if makes_sense]


def act(*, batch: Batch, action: BatchAction, user: "User") -> str:
    """Do something to a batch that its state allows, and say what was done; nothing is said to be done that was not.

    Args:
        batch: the batch.
        action: what.
        user: who.

    Returns:
        What was done, or that it was so before, in a sentence.

    Raises:
        BatchOver: it is done or cancelled, and the action would need it to be under way.
        BatchInTheWay: another batch of the same images is under way.
    """
    return _DOING[action](batch, user)


def _pause(batch: Batch, user: "User") -> str:
    names = _names(batch, user)
    if lifecycle.pause(batch=batch, reason=_("由 %(user)s 暂停。") % names, user=user):
        return _("%(batch)s 已暂停；正在处理的几幅会写完。") % names
    batch.refresh_from_db()
    if batch.state == BatchState.PAUSED:
        return _("%(batch)s 此前已经暂停，没有变化。") % names
    raise BatchOver(_("%(batch)s %(state)s，不能再暂停。"), batch=str(batch), state=batch.get_state_display())


def _resume(batch: Batch, user: "User") -> str:
    names = _names(batch, user)
    if lifecycle.resume(batch=batch, user=user):
        return _("%(batch)s 已继续，由后台进程处理。") % names
    return _("%(batch)s 本来就在由后台进程处理，没有变化。") % names


def _retry(batch: Batch, user: "User") -> str:
    names = _names(batch, user)
    number = lifecycle.retry_failed(batch=batch, user=user)
    if not number:
        return _("%(batch)s 里没有失败的图像，也没有模型未给出内容的，没有需要重试的。") % names
    return _("%(batch)s 里失败的、模型没有给出内容的，共 %(number)d 幅，将重新处理。") % (names | {"number": number})


def _cancel(batch: Batch, user: "User") -> str:
    names = _names(batch, user)
    if lifecycle.cancel(batch=batch, reason=_("由 %(user)s 取消。") % names, user=user):
        return _("%(batch)s 已取消；已写好的草稿都保留。") % names
    batch.refresh_from_db()
    raise BatchOver(_("%(batch)s %(state)s，不能再取消。"), batch=str(batch), state=batch.get_state_display())


_DOING: Mapping[BatchAction, Callable[[Batch, "User"], str]] = {
    BatchAction.PAUSE: _pause,
    BatchAction.RESUME: _resume,
    BatchAction.RETRY: _retry,
    BatchAction.CANCEL: _cancel,
}


def _names(batch: Batch, user: "User") -> dict[str, object]:
    return {"batch": batch, "user": user.get_username()}
