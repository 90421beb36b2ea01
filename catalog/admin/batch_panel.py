"""What a batch's page shows of its progress: the same words for the page and for the script that keeps it fresh."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import policies
from catalog.batches.controls import BatchAction, possible
from catalog.batches.progress import BatchProgress, failures_of, progress_of
from catalog.models import Batch
from catalog.policies import User
from catalog.vocabulary import BatchState, ItemState

_SHOWN_FAILURES = 10
_STATE_CLASSES = {
    BatchState.PENDING: "none",
    BatchState.RUNNING: "waiting",
    BatchState.PAUSED: "bad",
    BatchState.DONE: "done",
    BatchState.CANCELLED: "none",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One image that failed."""

    name: str
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class Panel:
    """How far a batch is, in words.

    Attributes:
        batch: the batch.
        counts: how far it is.
        failures: what failed or was refused lately, of what the reader may see.
        actions: what the reader may do now.
    """

    batch: Batch
    counts: BatchProgress
    failures: list[Failure]
    actions: list[BatchAction]

    @property
    def state_class(self) -> str:
        """Return the kind of state, for its colour."""
        return _STATE_CLASSES[BatchState(self.batch.state)]

    @property
    def words(self) -> dict[str, str]:
        """Return what is shown, by its place on the page."""
        counts = self.counts
        return {
            "state": str(self.batch.get_state_display()),
            "reason": self.batch.reason or self._who_works(),
            "settled": _("%(done)d / %(total)d") % {"done": counts.settled, "total": counts.total},
            "done": str(counts.done),
            "failed": str(counts.failed),
            "refused": str(counts.refused),
            "skipped": str(counts.skipped),
            "running": str(counts.running),
            "left": str(counts.left),
            "rate": _("%(rate).1f 幅/分") % {"rate": counts.per_minute} if counts.per_minute else "—",
            "time_left": _duration(counts.seconds_left) if counts.left else "—",
            "started": _moment(self.batch.started_at),
            "finished": _moment(self.batch.finished_at),
        }

    @property
    def live(self) -> bool:
        """Return whether anything may still change by itself."""
        return self.batch.state in BatchState.unfinished()

    def as_json(self) -> dict[str, Any]:
        """Return all of it for the page's script."""
        return {
            "words": self.words,
            "state_class": self.state_class,
            "settled": self.counts.settled,
            "total": self.counts.total,
            "failures": [
                {"name": failure.name, "reason": failure.reason, "address": failure.address}
                for failure in self.failures
            ],
            "actions": [str(action.value) for action in self.actions],
            "live": self.live,
        }

    def _who_works(self) -> str:
        if self.batch.state == BatchState.PENDING:
            return _("正在选取图像；若很久没有变化，请按“继续”。")
        if self.batch.state == BatchState.RUNNING and not self.batch.background:
            return _("由运行中的命令处理；命令若已停下，可在这里交给后台继续。")
        return ""


def panel_of(batch: Batch, user: User) -> Panel:
    """Gather what a batch's page shows.

    Args:
        batch: the batch.
        user: who looks; images that they may not see are not named.
    """
    failed = failures_of(batch, policies.member_images(user), _SHOWN_FAILURES)
    failures = [
        Failure(item.image.reference, item.error, reverse("admin:catalog_image_change", args=[item.image_id]))
        for item in failed
    ]
    actions = possible(batch) if policies.can_draft(user, batch.collection) else []
    return Panel(batch, progress_of(batch, now=timezone.now()), failures, actions)


def items_address(batch: Batch, state: ItemState) -> str:
    """Return where all images of a batch that are in a state are listed."""
    query = {"batch__id__exact": batch.pk, "state__exact": state.value}
    return reverse("admin:catalog_batchitem_changelist", query=query)


def _moment(when: datetime | None) -> str:
    return date_format(timezone.localtime(when), "Y-m-d H:i") if when else "—"


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "—"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return ngettext("约 %(n)d 分钟", "约 %(n)d 分钟", minutes) % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    return _("约 %(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": rest}
