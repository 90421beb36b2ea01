"""What is done with each record of a selection: drafts accepted or rejected, a field written, words replaced.

A kind is one class: it plans a record from its current rows, for the preview and again when it is carried out, and
carries one planned field out by `catalog.review.decisions`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from catalog.drafting.refusals import is_refusal
from catalog.models import BulkChange, Image
from catalog.review import decisions
from catalog.review.bulk.rows import LeftOut, Plan, Planned, Reason, Row, Seen
from catalog.texts import storable
from catalog.vocabulary import Field, State, is_left_open

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Change(Protocol):
    """One kind of change, with what it was asked for."""

    @property
    def kind(self) -> BulkChange.Kind:
        """Return which kind it is."""

    def plan(self, rows: Sequence[Row], shown: "set[int] | None") -> Plan:
        """Plan a record.

        Args:
            rows: its drafts and accepted values.
            shown: keys of the drafts that the filter shows; None where it shows all.
        """

    def as_seen(self, rows: Sequence[Row], seen: Seen) -> tuple[list[Row], list[LeftOut]]:
        """Return the rows that are still as the preview saw them, and what is not."""

    def carry_out(self, image: Image, planned: Sequence[Planned], user: "User", bulk: int) -> None:
        """Change what is planned of a record, its row locked.

        Raises:
            CatalogError: it has been decided meanwhile.
        """

    def parameters(self) -> dict[str, Any]:
        """Return what it was asked for, as a change keeps it."""


class _OfSeenRows:
    """What goes by rows one by one: those that are there in the state in which the preview saw them."""

    def as_seen(self, rows: Sequence[Row], seen: Seen) -> tuple[list[Row], list[LeftOut]]:
        """Return the rows that are still as the preview saw them, and what is not."""
        there = [row for row in rows if row.pk in (seen.drafts if row.state == State.DRAFT else seen.values)]
        gone = len(seen.drafts) + len(seen.values) - len(there)
        return there, [LeftOut("", Reason.MEANWHILE)] * gone


@dataclass(frozen=True, slots=True)
class Accepting(_OfSeenRows):
    """Accepts drafts as they are, but for a model's refusals, which describe nothing."""

    kind = BulkChange.Kind.ACCEPT

    def plan(self, rows: Sequence[Row], shown: set[int] | None) -> Plan:
        """Plan a record."""
        accepted = {row.field: row for row in rows if row.state == State.ACCEPTED}
        plan = Plan()
        for draft in _shown_drafts(rows, shown):
            if is_refusal(draft.value):
                plan.left_out.append(LeftOut(draft.field, Reason.REFUSAL))
                continue
            before = accepted.get(draft.field)
            plan.planned.append(Planned(draft.field, before and before.value, draft.value, drafts=(draft.pk,)))
        return _or_without_draft(plan)

    def carry_out(self, image: Image, planned: Sequence[Planned], user: "User", bulk: int) -> None:
        """Accept the drafts."""
        decisions.accept_shown(image=image, drafts=_drafts(planned), user=user, bulk=bulk)

    def parameters(self) -> dict[str, Any]:
        """Return nothing: it takes none."""
        return {}


@dataclass(frozen=True, slots=True)
class Rejecting(_OfSeenRows):
    """Rejects drafts.

    Attributes:
        reason: why, the same for all.
    """

    reason: str
    kind = BulkChange.Kind.REJECT

    def plan(self, rows: Sequence[Row], shown: set[int] | None) -> Plan:
        """Plan a record."""
        drafts = _shown_drafts(rows, shown)
        return _or_without_draft(
            Plan([Planned(draft.field, draft.value, None, drafts=(draft.pk,)) for draft in drafts])
        )

    def carry_out(self, image: Image, planned: Sequence[Planned], user: "User", bulk: int) -> None:
        """Reject the drafts."""
        decisions.reject_shown(image=image, drafts=_drafts(planned), user=user, reason=self.reason, bulk=bulk)

    def parameters(self) -> dict[str, Any]:
        """Return what it was asked for."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """Writes one value into a field of every record; a draft that waits for the field is superseded, as by hand.

    Attributes:
        field: a descriptive field.
        value: what is written.
        overwrite: whether over what is there; otherwise it stays. 待考 is nothing that could stay.
    """

    field: str
    value: str
    overwrite: bool
    kind = BulkChange.Kind.SET

    def plan(self, rows: Sequence[Row], shown: set[int] | None) -> Plan:
        """Plan a record."""
        mine = [row for row in rows if row.field == self.field]
        current = next((row for row in mine if row.state == State.ACCEPTED), None)
        drafts = tuple(row.pk for row in mine if row.state == State.DRAFT)
        if current is not None and not self.overwrite and not is_left_open(current.value):
            return Plan(left_out=[LeftOut(self.field, Reason.HAS_VALUE)])
        if current is not None and current.value == self.value and not drafts:
            return Plan(left_out=[LeftOut(self.field, Reason.SAME)])
        values = () if current is None else (current.pk,)
        return Plan([Planned(self.field, current and current.value, self.value, drafts=drafts, values=values)])

    def as_seen(self, rows: Sequence[Row], seen: Seen) -> tuple[list[Row], list[LeftOut]]:
        """Return the field's rows where they are what the preview saw, none more and none less."""
        mine = [row for row in rows if row.field == self.field]
        now = Seen(
            seen.image,
            tuple(row.pk for row in mine if row.state == State.DRAFT),
            tuple(row.pk for row in mine if row.state == State.ACCEPTED),
        )
        if (now.drafts, now.values) != (seen.drafts, seen.values):
            return [], [LeftOut(self.field, Reason.MEANWHILE)]
        return mine, []

    def carry_out(self, image: Image, planned: Sequence[Planned], user: "User", bulk: int) -> None:
        """Write the value."""
        decisions.set_value(image=image, field=self.field, value=self.value, user=user, bulk=bulk)

    def parameters(self) -> dict[str, Any]:
        """Return what it was asked for."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Replacing(_OfSeenRows):
    """Replaces words in accepted values and in drafts; drafts go on waiting. Each keeps its label of origin.

    Attributes:
        fields: descriptive fields.
        find: plain text that is looked for, case and width of characters as they are.
        replacement: what stands in its place; may be empty.
        whole: whether only where it is the whole value.
        in_values: whether in accepted values.
        in_drafts: whether in drafts that the filter shows.
    """

    fields: tuple[str, ...]
    find: str
    replacement: str
    whole: bool
    in_values: bool
    in_drafts: bool
    kind = BulkChange.Kind.REPLACE

    def plan(self, rows: Sequence[Row], shown: set[int] | None) -> Plan:
        """Plan a record."""
        plan = Plan()
        drafted = {row.field for row in rows if row.state == State.DRAFT}
        for row in self._searched(rows, shown):
            after = self._replaced(row.value)
            if after == row.value:
                continue
            if not after:
                plan.left_out.append(LeftOut(row.field, Reason.EMPTY))
            elif row.state == State.DRAFT:
                plan.planned.append(Planned(row.field, row.value, after, drafts=(row.pk,)))
            elif row.field in drafted:
                # Writing the value would supersede the draft.
                plan.left_out.append(LeftOut(row.field, Reason.DRAFT_WAITS))
            else:
                plan.planned.append(Planned(row.field, row.value, after, values=(row.pk,)))
        if not plan.planned and not plan.left_out:
            plan.left_out.append(LeftOut("", Reason.NO_MATCH))
        return plan

    def as_seen(self, rows: Sequence[Row], seen: Seen) -> tuple[list[Row], list[LeftOut]]:
        """Return the rows that are still as the preview saw them, with drafts that came beside them since."""
        there, gone = _OfSeenRows.as_seen(self, rows, seen)
        fields = {row.field for row in there}
        beside = [row for row in rows if row.state == State.DRAFT and row.field in fields and row not in there]
        return [*there, *beside], gone

    def carry_out(self, image: Image, planned: Sequence[Planned], user: "User", bulk: int) -> None:
        """Write what comes of values and drafts."""
        # Drafts first: they are written by the row as it was read, which is older once a value has been set.
        for item in sorted(planned, key=lambda item: not item.drafts):
            after, seen = item.after or "", item.before or ""
            if item.drafts:
                decisions.reword(image=image, draft=item.drafts[0], user=user, value=after, bulk=bulk)
            else:
                decisions.set_value(image=image, field=item.field, value=after, user=user, seen_value=seen, bulk=bulk)

    def parameters(self) -> dict[str, Any]:
        """Return what it was asked for."""
        return {**asdict(self), "fields": list(self.fields)}

    def _searched(self, rows: Sequence[Row], shown: set[int] | None) -> Iterator[Row]:
        for row in rows:
            if row.field not in self.fields:
                continue
            if row.state == State.ACCEPTED and self.in_values:
                yield row
            if row.state == State.DRAFT and self.in_drafts and (shown is None or row.pk in shown):
                yield row

    def _replaced(self, value: str) -> str:
        """Return what comes of a value, as it would be stored."""
        if self.whole:
            return self.replacement.strip() if value == self.find else value
        return storable(value.replace(self.find, self.replacement)).strip() if self.find in value else value


_KINDS: dict[str, Any] = {item.kind.value: item for item in (Accepting, Rejecting, Setting, Replacing)}


def change_of(row: BulkChange) -> Change:
    """Return the change that a row stands for; one that undoes is another matter.

    Raises:
        KeyError: it undoes.
    """
    given = dict(row.parameters)
    if row.kind == BulkChange.Kind.REPLACE:
        given["fields"] = tuple(given["fields"])
    change: Change = _KINDS[row.kind](**given)
    return change


def _shown_drafts(rows: Sequence[Row], shown: set[int] | None) -> list[Row]:
    drafts = [row for row in rows if row.state == State.DRAFT and (shown is None or row.pk in shown)]
    order = [field.value for field in Field]
    return sorted(drafts, key=lambda draft: order.index(draft.field))


def _or_without_draft(plan: Plan) -> Plan:
    if not plan.planned and not plan.left_out:
        plan.left_out.append(LeftOut("", Reason.NO_DRAFT))
    return plan


def _drafts(planned: Sequence[Planned]) -> list[int]:
    return [key for item in planned for key in item.drafts]
