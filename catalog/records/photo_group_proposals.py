"""Which photographs may be of one event: proposed from folders, neighbouring numbers, dates and likeness.

Photographs are looked at some thousands at a time, in the order of their files' names; each is compared with the one
before it only. Two of one folder belong together where they were taken within hours of each other, or look alike, or,
where nobody knows when they were taken, where their numbers follow each other in a folder of the size of an event. What
people have put into a group is left there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from catalog.models import Collection, Image, ImageFile, PhotoGroup
from catalog.perceptual import NEAR, distance, is_telling
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.vocabulary import FileRole, GroupingReason, PhotoGroupState, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 4000
"""Files looked at by one call as a rule: a second of work, and a folder of an event is not cut by it."""
_LARGEST = 200
"""Photographs of a proposed group at most: what is longer is cut there, for people to look at."""
_FOLDER_OF_AN_EVENT = 60
"""Photographs up to which a folder may be of one event where nothing but its numbers speaks for it."""
_SAME_OCCASION = timedelta(hours=3)
"""Time between two exposures up to which they are of one occasion."""
_WRITTEN_AT_ONCE = 200
_STAND_FOR_IMAGES = (FileRole.FRONT, FileRole.NEGATIVE, FileRole.PAGE)

Place = tuple[str, int]
"""Name and key of a file: where looking goes on."""


@dataclass(frozen=True, slots=True)
class ProposedGroup:
    """Photographs that may be of one event.

    Attributes:
        images: their keys, in the order of their files' names.
        folder: the folder that their files came from; empty where they lay at the top.
        reasons: what speaks for it.
        year: the year in which the first was taken; None where it is not known.
    """

    images: tuple[int, ...]
    folder: str
    reasons: tuple[GroupingReason, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one look has found.

    Attributes:
        groups: the proposals.
        looked_at: how many photographs were looked at.
        next: where to go on; None at the end.
    """

    groups: list[ProposedGroup]
    looked_at: int
    next: Place | None


@dataclass(frozen=True, slots=True)
class _Photograph:
    image: int
    name: str
    perceptual_hash: str
    taken: datetime | None
    first_day: date | None
    last_day: date | None
    key: int

    @property
    def folder(self) -> str:
        return _folder(self.name)

    @property
    def in_order(self) -> list[tuple[int, str]]:
        """What its name is sorted by: 9.jpg comes before 10.jpg."""
        return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(self.name) if part]

    @property
    def number(self) -> int | None:
        """The last number in its name; None where there is none."""
        numbers = _DIGITS.findall(self.name.rpartition("/")[2].rpartition(".")[0])
        return int(numbers[-1]) if numbers else None


_DIGITS = re.compile(r"([0-9]{1,18})")


@dataclass(slots=True)
class _Run:
    """Photographs that follow each other and belong together."""

    photographs: list[_Photograph] = field(default_factory=list)
    reasons: set[GroupingReason] = field(default_factory=set)


def propose(
    collection: Collection,
    *,
    images: ImageQuerySet | None = None,
    after: Place | None = None,
    at_once: int = AT_ONCE,
) -> Found:
    """Look for photographs of one event among those of a collection that are in no group.

    Nothing is written.

    Args:
        collection: the collection.
        images: only these of it; all where None.
        after: where to go on, from the look before; None to begin.
        at_once: how many files to look at.

    Returns:
        What was found, and where to go on.
    """
    rows = list(_rows(collection, images, after)[: at_once + 1])
    place: Place | None = None
    if len(rows) > at_once:
        rows = _without_cut_folder(rows[:at_once])
        place = (rows[-1][1], rows[-1][-1])
    photographs = _once_each(rows)
    groups = [_proposal(run) for run in _runs(photographs) if len(run.photographs) > 1]
    return Found(groups, len(photographs), place)


def keep(*, collection: Collection, proposals: Iterable[ProposedGroup], user: "User | None") -> int:
    """Write proposals down, for people to confirm, split and join.

    Args:
        collection: their collection.
        proposals: from `propose`; photographs that got into a group meanwhile are left there.
        user: who asked for them.

    Returns:
        How many groups were written.
    """
    written = 0
    for some in _in_parts(proposals):
        with transaction.atomic():
            written += _keep(collection, some, user)
    return written


def withdraw(*, collection: Collection, user: "User | None") -> int:
    """Take back all proposals of a collection that nobody has confirmed, some hundred photographs at a time.

    Args:
        collection: the collection.
        user: who does it.

    Returns:
        How many groups went.
    """
    gone = 0
    while True:
        with transaction.atomic():
            proposed = PhotoGroup.objects.proposed().filter(collection=collection).order_by("pk")
            keys = list(proposed.select_for_update(of=("self",)).values_list("pk", flat=True)[: _WRITTEN_AT_ONCE // 10])
            if not keys:
                break
            Image.objects.filter(photo_group__in=keys).update(photo_group=None)
            PhotoGroup.objects.filter(pk__in=keys).delete()
            gone += len(keys)
    if gone:
        record(verb=Verb.PHOTO_GROUP_CHANGED, user=user, collection=collection, kind="withdrawn", number=gone)
    return gone


def ungrouped(collection: Collection, images: ImageQuerySet | None = None) -> ImageQuerySet:
    """Return the photographs of a collection that are in no group.

    Args:
        collection: the collection.
        images: only these of it; all where None.
    """
    wanted = images if images is not None else Image.objects.all()
    return wanted.filter(collection=collection, photo_group__isnull=True)


def _rows(collection: Collection, images: ImageQuerySet | None, after: Place | None) -> Any:
    wanted = ImageFile.objects.filter(collection=collection, role__in=_STAND_FOR_IMAGES)
    wanted = wanted.filter(image__in=ungrouped(collection, images).order_by())
    if after is not None:
        name, key = after
        wanted = wanted.filter(Q(original_name__gt=name) | Q(original_name=name, pk__gt=key))
    columns = (
        "image_id", "original_name", "perceptual_hash", "exif__DateTimeOriginal", "image__date_start",
        "image__date_end", "pk",
    )  # fmt: skip
    return wanted.order_by("original_name", "pk").values_list(*columns)


def _once_each(rows: Sequence[tuple[Any, ...]]) -> list[_Photograph]:
    """Return photographs, each by the first of its files, in the order in which people count."""
    first: dict[int, _Photograph] = {}
    for image, name, perceptual_hash, taken, first_day, last_day, key in rows:
        first.setdefault(image, _Photograph(image, name, perceptual_hash, _moment(taken), first_day, last_day, key))
    return sorted(first.values(), key=lambda one: (one.folder, one.in_order, one.key))


def _without_cut_folder(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows without the last folder, of which more may follow: it is looked at as a whole, unless it is large."""
    last = _folder(rows[-1][1])
    start = next(at for at, row in enumerate(rows) if _folder(row[1]) == last)
    return rows[:start] or rows


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _moment(taken: object) -> datetime | None:
    """Return when a picture was taken, as EXIF writes it; cameras whose clock was never set say the year 0."""
    try:
        # By the camera's clock, which knows no zone; it is compared with its like only.
        return datetime.strptime(str(taken)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None


def _runs(photographs: Sequence[_Photograph]) -> Iterator[_Run]:
    sizes = Counter(one.folder for one in photographs)
    run = _Run()
    for one in photographs:
        before = run.photographs[-1] if run.photographs else None
        reasons = _together(before, one, sizes[one.folder]) if before is not None else set()
        if before is not None and (not reasons or len(run.photographs) >= _LARGEST):
            yield run
            run = _Run()
        if run.photographs:
            run.reasons |= reasons
        run.photographs.append(one)
    yield run


def _together(before: _Photograph, one: _Photograph, folder_size: int) -> set[GroupingReason]:
    """Return what speaks for it that two photographs are of one event; nothing where they are not."""
    if before.folder != one.folder or (close := _close_in_time(before, one)) is False:
        return set()
    reasons = {GroupingReason.FOLDER} if one.folder else set()
    follows = before.number is not None and one.number is not None and 0 <= one.number - before.number <= 1
    alike = _look_alike(before, one)
    if follows:
        reasons.add(GroupingReason.NUMBERS)
    if alike:
        reasons.add(GroupingReason.LIKENESS)
    if close:
        reasons.add(GroupingReason.DATE)
    in_its_folder = bool(one.folder) and follows and folder_size <= _FOLDER_OF_AN_EVENT
    return reasons if close or alike or in_its_folder else set()


def _close_in_time(before: _Photograph, one: _Photograph) -> bool | None:
    """Tell whether two were taken on one occasion; None where it is not known of both."""
    if before.taken is not None and one.taken is not None:
        return abs(one.taken - before.taken) <= _SAME_OCCASION
    first, second = _days(before), _days(one)
    if first is None or second is None:
        return None
    if first[0] <= second[1] and second[0] <= first[1]:
        # Two of one year may still be of two events.
        return True if first[0] == first[1] and second[0] == second[1] else None
    return False


def _days(one: _Photograph) -> tuple[date, date] | None:
    if one.taken is not None:
        return one.taken.date(), one.taken.date()
    return None if one.first_day is None or one.last_day is None else (one.first_day, one.last_day)


def _look_alike(before: _Photograph, one: _Photograph) -> bool:
    hashes = (before.perceptual_hash, one.perceptual_hash)
    return all(map(is_telling, hashes)) and distance(*hashes) <= NEAR


def _proposal(run: _Run) -> ProposedGroup:
    first = run.photographs[0]
    days = _days(first)
    reasons = tuple(reason for reason in GroupingReason if reason in run.reasons)
    year = days[0].year if days else None
    return ProposedGroup(tuple(one.image for one in run.photographs), first.folder, reasons, year)


def _in_parts(proposals: Iterable[ProposedGroup]) -> Iterator[list[ProposedGroup]]:
    part: list[ProposedGroup] = []
    for proposal in proposals:
        if part and sum(len(one.images) for one in [*part, proposal]) > _WRITTEN_AT_ONCE:
            yield part
            part = []
        part.append(proposal)
    if part:
        yield part


def _keep(collection: Collection, proposals: list[ProposedGroup], user: "User | None") -> int:
    keys = [key for proposal in proposals for key in proposal.images]
    free = {
        image.pk: image
        for image in Image.objects.select_for_update(of=("self",))
        .filter(pk__in=keys, collection=collection, photo_group__isnull=True)
        .only("pk")
    }
    wanted = [(proposal, [key for key in proposal.images if key in free]) for proposal in proposals]
    wanted = [(proposal, inside) for proposal, inside in wanted if len(inside) > 1]
    groups = PhotoGroup.objects.bulk_create(
        PhotoGroup(
            collection=collection,
            state=PhotoGroupState.PROPOSED,
            folder=proposal.folder[:500],
            reasons=[reason.value for reason in proposal.reasons],
            year=str(proposal.year or ""),
            position=min(inside),
        )
        for proposal, inside in wanted
    )
    for group, (_found, inside) in zip(groups, wanted, strict=True):
        for key in inside:
            free[key].photo_group = group
    put = [free[key] for _found, inside in wanted for key in inside]
    Image.objects.bulk_update(put, ["photo_group"])
    if groups:
        record(
            verb=Verb.PHOTO_GROUP_CHANGED,
            user=user,
            collection=collection,
            kind="proposed",
            groups=[group.pk for group in groups],
        )
    return len(groups)
