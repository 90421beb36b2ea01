"""Numbers for photographs that have none yet, by their collection's pattern: proposed first, then filled in.

They follow the names of the files, volume by volume and folder by folder, and not the order in which the files came in.
A number that is there is never changed, and none that a photograph has or had is given to another one: the action log
remembers the numbers of those that are gone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.exceptions import NumberPatternRefused, NumbersChanged
from catalog.models import Action, Collection, Image
from catalog.natural_order import Key, file_key, natural_key
from catalog.numbering import (
    FONDS,
    RETENTION,
    RETENTION_CODES,
    RUNNING,
    SHEET,
    VOLUME,
    YEAR,
    NumberPattern,
    read_number_pattern,
)
from catalog.querysets import ImageQuerySet
from catalog.records.entries import change_image
from catalog.vocabulary import RetentionPeriod, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Proposal:
    """The number that a photograph would get, or why it gets none.

    Attributes:
        image_id: the photograph.
        name: what people know it by: the name of its first file.
        identifier: the number; empty where there is a problem.
        sheet: its 张号, where the pattern counts sheets and it had none.
        problem: why it gets no number, in a sentence.
        volume: the 册号 that it is ordered by before its name.
    """

    image_id: int
    name: str
    identifier: str = ""
    sheet: str = ""
    problem: str = ""
    volume: str = ""


def propose_numbers(collection: Collection, images: ImageQuerySet | None = None) -> list[Proposal]:
    """Work out numbers for the photographs that have none, in the order of their volumes and file names.

    Args:
        collection: the collection.
        images: only these of it; all where None.

    Raises:
        NumberPatternRefused: the collection has no pattern.
    """
    if not collection.number_pattern:
        raise NumberPatternRefused(
            _("这份馆藏还没有编号规则，请先在馆藏页面填写，例如 {全宗号}-{保管期限}-{册号}-{张号:4}。")
        )
    pattern = read_number_pattern(collection.number_pattern)
    counter = _Counter(collection, pattern)
    wanted = (images if images is not None else Image.objects.all()).filter(collection=collection, identifier="")
    rows = sorted(wanted.order_by("pk").with_files(), key=_place)
    return [_proposal(collection, image, pattern, counter) for image in rows]


def digest_of(proposals: list[Proposal]) -> str:
    """Return what tells one list of proposals from another, for a person's consent to exactly this one."""
    text = "\n".join(f"{item.image_id}\t{item.identifier}\t{item.sheet}" for item in proposals)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def fill_numbers(*, collection: Collection, user: "User | None", seen: str, images: ImageQuerySet | None = None) -> int:
    """Give the proposed numbers.

    Args:
        collection: the collection.
        user: who gives them.
        seen: the digest of the proposals that were looked at.
        images: only these of it; all where None.

    Returns:
        How many photographs got their number.

    Raises:
        NumbersChanged: the proposals would be others now; nothing was written.
    """
    # Two people who fill at the same time come one after the other.
    collection = Collection.objects.select_for_update(of=("self",)).get(pk=collection.pk)
    proposals = propose_numbers(collection, images)
    if digest_of(proposals) != seen:
        raise NumbersChanged
    filled = 0
    for proposal in proposals:
        if proposal.identifier:
            changes = {"identifier": proposal.identifier} | ({"sheet": proposal.sheet} if proposal.sheet else {})
            change_image(image=Image(pk=proposal.image_id), user=user, changes=changes)
            filled += 1
    return filled


class _Counter:
    """Knows which numbers are taken or were once given, and gives out the next."""

    def __init__(self, collection: Collection, pattern: NumberPattern) -> None:
        rows = collection.images.exclude(identifier="").values_list("identifier", flat=True)
        self.taken = set(rows)
        self.given = _numbers_given(collection)
        self.pattern = pattern
        self.last: dict[tuple[str, str], int] = {}
        sheets = collection.images.exclude(sheet="").values_list("volume", "sheet")
        self.sheets: dict[str, int] = {}
        for volume, sheet in sheets:
            if sheet.isascii() and sheet.isdecimal():
                self.sheets[volume] = max(self.sheets.get(volume, 0), int(sheet))

    def next(self, values: Mapping[str, str], volume: str) -> str:
        """Return the number after the highest one that was ever given with the same text around it."""
        around = self.pattern.around(values)
        if around not in self.last:
            highest = max((_between(number, *around) for number in self.taken | self.given.keys()), default=0)
            if self.pattern.counted == SHEET:
                highest = max(highest, self.sheets.get(volume, 0))
            self.last[around] = highest
        self.last[around] += 1
        return str(self.last[around])

    def is_free(self, number: str, image: Image) -> bool:
        """Tell whether a photograph may get a number: nobody has it, and nobody else had it."""
        return number not in self.taken and self.given.get(number, {image.pk}) <= {image.pk}


def _numbers_given(collection: Collection) -> dict[str, set[int | None]]:
    """Return the numbers that the log knows, those of deleted photographs too, each with whose it was.

    An entry is labelled with the number that its photograph had then; where it had none, the label is no number, and
    does no harm here.
    """
    entries = Action.objects.filter(collection=collection, verb__in=[Verb.IMAGE_IMPORTED, Verb.IMAGE_CHANGED])
    given: dict[str, set[int | None]] = {}
    rows = entries.order_by().values_list("image_id", "label", "details__before__identifier").distinct()
    for image_id, *numbers in rows.iterator():
        for number in filter(None, numbers):
            given.setdefault(number, set()).add(image_id)
    return given


def _between(number: str, before: str, after: str) -> int:
    """Return the whole number between two texts; 0 where there is none."""
    if not (number.startswith(before) and number.endswith(after) and len(number) > len(before) + len(after)):
        return 0
    middle = number[len(before) : len(number) - len(after)]
    return int(middle) if middle.isascii() and middle.isdecimal() and len(middle) <= 12 else 0


def _place(image: Image) -> tuple[Key, tuple[tuple[Key, ...], Key, str]]:
    """Return what a photograph is ordered by; of two that are alike in it the one that came in first comes first."""
    return natural_key(image.volume), file_key(image.file_name)


def _proposal(collection: Collection, image: Image, pattern: NumberPattern, counter: _Counter) -> Proposal:
    name = image.file_name
    values = {
        FONDS: collection.fonds_number,
        RETENTION: RETENTION_CODES.get(RetentionPeriod(collection.retention_period), "")
        if collection.retention_period
        else "",
        VOLUME: image.volume,
        YEAR: str(image.date_start.year) if image.date_start else "",
        SHEET: image.sheet,
        RUNNING: "",
    }
    lacking = [part for part in values if part in pattern.names and not values[part] and part != pattern.counted]
    if lacking:
        problem = _("缺少%(parts)s。") % {"parts": "、".join(lacking)}
        return Proposal(image.pk, name, problem=problem, volume=image.volume)
    sheet = ""
    if not values[pattern.counted]:
        values[pattern.counted] = counter.next(values, image.volume)
        sheet = values[SHEET] if pattern.counted == SHEET else ""
    identifier = pattern.write(values)
    if not counter.is_free(identifier, image) or len(identifier) > 100:
        problem = _("“%(number)s”已经用过，或太长。") % {"number": identifier[:100]}
        return Proposal(image.pk, name, problem=problem, volume=image.volume)
    counter.taken.add(identifier)
    return Proposal(image.pk, name, identifier, sheet, volume=image.volume)
