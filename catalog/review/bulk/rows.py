"""What a bulk change looks at and says of a record: its current annotations, what is planned, what is left out and why.

Tens of thousands of records are planned at a time, so that rows are tuples and come some hundred records at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.draft_criteria import DraftCriteria
from catalog.models import Annotation
from catalog.vocabulary import State

SLICE = 500
"""Records that are looked at by one query."""
_FIRST = 20
"""Records that are named for each reason."""


class Reason(TextChoices):
    """Why something of the selection is left as it is."""

    NO_DRAFT = "no_draft", _("没有符合筛选条件的待审草稿")
    REFUSAL = "refusal", _("草稿是模型的拒答（看不清、认不出等），不是著录内容，不能采用")
    HAS_VALUE = "has_value", _("这一项已有内容，按您的选择保留")
    SAME = "same", _("内容已经一样")
    NO_MATCH = "no_match", _("所选各项里没有要查找的文字")
    EMPTY = "empty", _("替换之后什么也不剩，请打开记录单独处理")
    DRAFT_WAITS = "draft_waits", _("这一项另有草稿待审，请先处理草稿")
    MEANWHILE = "meanwhile", _("预览之后已有人处理过、改过，或重新起草过")
    HELD = "held", _("同事正在审核这条记录")
    SECRECY = "secrecy", _("疑似涉密，已停用，请先处理标记")
    NOT_ALLOWED = "not_allowed", _("您无权批量处理这条记录")
    WENT_ON = "went_on", _("之后又有人改过、决定过，或重新起草过")
    UNDONE = "undone", _("已经撤销过")
    NOT_LOGGED = "not_logged", _("由较早的版本写入，操作记录里没有记下改动之前的内容")
    NOT_DONE_AGAIN = "not_done_again", _("撤销本身不再撤销；需要时请重新采用或填写")


class Row(NamedTuple):
    """A draft or an accepted value."""

    pk: int
    image: int
    field: str
    value: str
    state: str
    ai_origin: bool


class Planned(NamedTuple):
    """A field that is to be changed.

    Attributes:
        field: the descriptive field.
        before: what it says, in the record or, where that is what changes, as a draft; None where it says nothing.
        after: what it will say; None where it will say nothing.
        drafts: keys of the drafts that are decided about.
        values: keys of the accepted values that are replaced.
        actions: keys of the log's entries that are undone.
        deed: what is undone, a value of `Verb`.
    """

    field: str
    before: str | None
    after: str | None
    drafts: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()
    deed: str = ""


class LeftOut(NamedTuple):
    """Something that stays as it is; a field of a record, or all of it where the field is empty."""

    field: str
    reason: Reason


@dataclass(slots=True)
class Plan:
    """What is to become of one record."""

    planned: list[Planned] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class Seen(NamedTuple):
    """One record as a preview saw it: what is the change's business, and nothing else is."""

    image: int
    drafts: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()

    @classmethod
    def read(cls, kept: Sequence[int | Sequence[int]]) -> "Seen":
        """Return what a chunk keeps as a list."""
        image, *keys = kept
        drafts, values, actions = (tuple(some) for some in keys if not isinstance(some, int))
        return cls(image if isinstance(image, int) else 0, drafts, values, actions)

    @classmethod
    def of(cls, image: int, planned: Iterable[Planned]) -> "Seen":
        """Return what the plan of a record goes by."""
        some = list(planned)
        return cls(
            image,
            tuple(key for item in some for key in item.drafts),
            tuple(key for item in some for key in item.values),
            tuple(key for item in some for key in item.actions),
        )

    @property
    def weight(self) -> int:
        """Return about how many rows are written for it."""
        return max(1, len(self.drafts) + len(self.values) + len(self.actions))


@dataclass(slots=True)
class Tally:
    """How often something was left out for each reason, and the first records of which it was."""

    numbers: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[int]] = field(default_factory=dict)

    def add(self, image: int, reason: str, number: int = 1) -> None:
        """Count something of a record; where the record is not known, its key is 0."""
        self.numbers[reason] = self.numbers.get(reason, 0) + number
        named = self.first.setdefault(reason, [])
        if image and len(named) < _FIRST and image not in named:
            named.append(image)

    def add_all(self, image: int, left_out: Iterable[LeftOut]) -> None:
        """Count what a record's plan leaves out."""
        for left in left_out:
            self.add(image, left.reason)

    def as_json(self) -> dict[str, dict[str, object]]:
        """Return it as a change keeps it."""
        return {reason: {"number": number, "first": self.first[reason]} for reason, number in self.numbers.items()}

    @classmethod
    def read(cls, kept: dict[str, dict[str, object]]) -> "Tally":
        """Return what a change has kept."""
        tally = cls()
        for reason, said in kept.items():
            tally.numbers[reason], tally.first[reason] = int(str(said["number"])), list(said["first"])  # type: ignore[call-overload]  # a list of keys
        return tally


def slices(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield keys by so many that one query takes them."""
    for start in range(0, len(keys), SLICE):
        yield keys[start : start + SLICE]


def rows_of(images: Sequence[int]) -> dict[int, list[Row]]:
    """Return the drafts and accepted values of some records, in the order in which they were written: one query."""
    found = Annotation.objects.filter(image__in=images, state__in=[State.DRAFT, State.ACCEPTED]).order_by("pk")
    rows: dict[int, list[Row]] = {image: [] for image in images}
    for values in found.values_list("pk", "image", "field", "value", "state", "ai_origin"):
        row = Row(*values)
        rows[row.image].append(row)
    return rows


def shown_drafts(images: Sequence[int], criteria: DraftCriteria) -> set[int] | None:
    """Return the keys of those drafts of some records that a filter shows; None where it shows all: one query."""
    if criteria.is_empty:
        return None
    found = Annotation.objects.drafts().filter(image__in=images).meeting(criteria)
    return set(found.values_list("pk", flat=True))
