"""What is told of a package: in words and numbers, the same for its page and for the script that looks again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exchange.packages import digests, layouts, ordering, places
from catalog.exchange.packages.listing import reason_words
from catalog.exchange.packages.making import BESIDE
from catalog.exchange.packages.planning import fault_words, needed
from catalog.exchange.packages.policies import can_direct, can_fetch, can_stop, holds_secrets
from catalog.exchange.packages.zipping import MOST_BYTES
from catalog.models import Package

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = Package.State
STATE_CLASSES = {
    State.CHECKING: "waiting",
    State.READY: "none",
    State.PENDING: "waiting",
    State.RUNNING: "waiting",
    State.DONE: "done",
    State.CANCELLED: "none",
    State.FAILED: "bad",
    State.EXPIRED: "none",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A package of the list, with how its state looks."""

    package: Package
    state_class: str

    @classmethod
    def of(cls, package: Package) -> "Told":
        """Return what the list says of a package."""
        return cls(package, STATE_CLASSES[State(package.state)])


@dataclass(frozen=True, slots=True)
class Faults:
    """Something that is amiss with some files.

    Attributes:
        words: what it is.
        number: of how many.
        first: the first of them: the record's number, and the path.
    """

    words: str
    number: int
    first: list[tuple[str, str]]


def told_of(user: "User", package: Package) -> dict[str, Any]:
    """Return all that a package's page says."""
    report = package.report
    is_ready = package.state == State.READY
    # Somebody who may not see the records any more is not told of them by name.
    may = can_fetch(user, package)
    return {
        "package": package,
        "told": progress_of(user, package),
        "report": report,
        "is_ready": is_ready,
        "size": filesizeformat(package.bytes),
        "needed": filesizeformat(needed(report)) if report else "",
        "names": faults_of(report.get("names", {}), named=may),
        "masters": faults_of(report.get("masters", {}), named=may),
        "columns": layouts.name_of(package.layout),
        "of_columns": layouts.told_of(package.layout) if may else [],
        "why_not": ordering.why_not(package, Package.WrongNames.SUBSTITUTE) if is_ready else "",
        "choices": [choice for choice in Package.WrongNames.choices if choice[0]],
        "left_out": [(reason_words(reason), number) for reason, number in package.left_out.items() if reason != BESIDE],
        "beside": package.left_out.get(BESIDE, 0),
        "is_mine": can_direct(user, package),
        **_fetched(package, may),
    }


def progress_of(user: "User", package: Package) -> dict[str, Any]:
    """Return how far a package is, as JSON."""
    checking = package.state == State.CHECKING
    numbers = {"done": intcomma(package.done_records), "all": intcomma(package.records)}
    done = _("已核对 %(done)s 条") if checking else _("已写 %(done)s 条")
    return {
        "state": package.get_state_display(),
        "state_class": STATE_CLASSES[State(package.state)],
        "reason": package.reason,
        "live": package.is_under_way,
        "total": package.records,
        "settled": package.done_records,
        "words": {
            "done": done % numbers,
            "of": _("共 %(all)s 条记录") % numbers,
            "size": filesizeformat(package.done_bytes) if package.done_bytes else "",
        },
        "may_cancel": (package.is_under_way or package.state in (State.READY, State.FAILED))
        and can_stop(user, package),
        "may_resume": package.state == State.FAILED and can_direct(user, package),
        "may_remove": package.state == State.DONE and can_stop(user, package),
    }


def faults_of(found: dict[str, Any], *, named: bool) -> list[Faults]:
    """Return what is amiss, of a report.

    Args:
        found: as `Report.names` and `Report.masters` are.
        named: whether the first of them are told by name.
    """
    return [
        Faults(fault_words(kind), said["number"], [(label, path) for label, path in said["first"] if named])
        for kind, said in found.items()
    ]


def _fetched(package: Package, may: bool) -> dict[str, Any]:
    """Return where a package lies, and whether it can be fetched from the page."""
    if package.state != State.DONE:
        return {}
    place = places.place_of(package)
    until = (package.finished_at or timezone.now()) + timedelta(days=settings.GLMV_PACKAGE_DAYS)
    return {
        "place": place if may else "",
        "until": timezone.localtime(until),
        "may_fetch": may,
        "holds_secrets": may and holds_secrets(package),
        "is_small": package.bytes <= MOST_BYTES,
        "is_there": place.is_dir(),
        "algorithms": "、".join(map(digests.name_of, digests.algorithms())),
        "manage": settings.GLMV_MANAGE,
    }
