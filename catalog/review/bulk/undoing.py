"""What a person, a batch, an import or a bulk change did, taken back record by record where nobody went on from it.

The log says what there was before. A record is planned by playing its entries back in memory, the newest first; carried
out, it is planned again with its row locked, and the fields are put back by `catalog.records.undoing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.models import Action, Annotation, Image
from catalog.records import undoing
from catalog.records.action_log import record
from catalog.records.taking_back import TakenBack
from catalog.review import decisions
from catalog.review.bulk.rows import LeftOut, Plan, Planned, Reason, Seen
from catalog.vocabulary import Source, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_TOLD = [*undoing.DECISIONS, Verb.DECISION_UNDONE, Verb.IMAGE_IMPORTED, Verb.IMAGE_CHANGED]


class Known(NamedTuple):
    """What an annotation is, as far as undoing asks."""

    pk: int
    image: int
    field: str
    value: str
    state: str
    source: str
    decided_by: int | None
    created_by: int | None
    created_at: datetime
    ai_origin: bool


@dataclass(slots=True)
class History:
    """A record's annotations and the entries of the log about it, the newest entry first.

    Attributes:
        rows: all annotations by their keys.
        actions: what people decided, undid and imported.
    """

    rows: dict[int, Known]
    actions: list[Action]

    def live(self) -> list[Action]:
        """Return the decisions that have not been undone."""
        undone = self.undone()
        return [action for action in self.actions if action.verb in undoing.DECISIONS and action.pk not in undone]

    def undone(self) -> set[int]:
        """Return the keys of the entries that have been undone."""
        return {
            key
            for action in self.actions
            if action.verb == Verb.DECISION_UNDONE
            for key in action.details.get("undone", ())
        }

    def written_by_imports(self) -> dict[int, int | None]:
        """Return the annotations that imports wrote, as the log tells, and the drafts that they took the place of."""
        return {
            annotation: draft
            for action in self.actions
            if action.verb in (Verb.IMAGE_IMPORTED, Verb.IMAGE_CHANGED)
            for annotation, draft in action.details.get("written", ())
        }

    def set_by_hand(self) -> set[int]:
        """Return the annotations that people wrote one by one."""
        return {action.details.get("annotation", 0) for action in self.actions if action.verb == Verb.VALUE_SET}

    def explained(self) -> set[int]:
        """Return the annotations of which the log says what took their place, or that they were taken back."""
        undone, told = self.undone(), set[int]()
        for action in self.actions:
            told.update(undoing.superseded_by(action), action.details.get("annotations", ()))
            if action.pk in undone and "annotation" in action.details:
                told.add(action.details["annotation"])
        return told


def histories_of(images: Sequence[int]) -> dict[int, History]:
    """Return what is known of some records: two queries."""
    found = {image: History({}, []) for image in images}
    columns = (
        "pk",
        "image",
        "field",
        "value",
        "state",
        "source",
        "decided_by",
        "created_by",
        "created_at",
        "ai_origin",
    )
    for values in Annotation.objects.filter(image__in=images).order_by("pk").values_list(*columns):
        row = Known(*values)
        found[row.image].rows[row.pk] = row
    for action in Action.objects.filter(image__in=images, verb__in=_TOLD).order_by("-pk"):
        found[action.image_id or 0].actions.append(action)
    return found


def plan_undo(history: History, seen: Seen) -> Plan:
    """Plan what of a record is taken back.

    Args:
        history: the record's.
        seen: keys of drafts that are withdrawn, of values that an import wrote, and of decisions.
    """
    plan, rows = Plan(), dict(history.rows)
    _decisions(plan, rows, history, set(seen.actions))
    for key in seen.values:
        _imported_value(plan, rows, history, key)
    for key in seen.drafts:
        draft = rows.get(key)
        if draft is None or draft.state != State.DRAFT:
            plan.left_out.append(LeftOut(draft.field if draft else "", Reason.WENT_ON))
            continue
        deed = Verb.DRAFT_WITHDRAWN.value
        plan.planned.append(Planned(draft.field, draft.value, None, drafts=(key,), deed=deed))
    return plan


def carry_out_undo(image: Image, plan: Plan, history: History, user: "User", bulk: int) -> None:
    """Take back what is planned of a record.

    Args:
        image: the image, locked.
        plan: what is taken back, planned with the row locked.
        history: the record's.
        user: who undoes it.
        bulk: key of the bulk change.

    Raises:
        CatalogError: something cannot be taken back after all; whoever calls takes back the rest.
    """
    by_key = {action.pk: action for action in history.actions}
    undone = [key for planned in plan.planned for key in planned.actions]
    withdrawn = [key for planned in plan.planned for key in planned.values]
    drafts = history.written_by_imports()
    imported = [TakenBack(key, {"state": State.SUPERSEDED}, _draft_again(drafts.get(key))) for key in withdrawn]
    if undone or withdrawn:
        undoing.put_back(image, [by_key[key] for key in undone], imported)
        taken: dict[str, Any] = {"annotations": withdrawn} if withdrawn else {}
        record(verb=Verb.DECISION_UNDONE, user=user, image=image, undone=undone, bulk=bulk, **taken)
    if proposed := [key for planned in plan.planned for key in planned.drafts]:
        decisions.withdraw(image=image, drafts=proposed, user=user, bulk=bulk)


def _draft_again(draft: int | None) -> dict[int, State]:
    return {} if draft is None else {draft: State.DRAFT}


def _decisions(plan: Plan, rows: dict[int, Known], history: History, chosen: set[int]) -> None:
    """Play back the chosen decisions, the newest first."""
    undone = history.undone()
    plan.left_out += [LeftOut("", Reason.UNDONE) for key in chosen & undone]
    again = [action for action in history.actions if action.pk in chosen and action.verb == Verb.DECISION_UNDONE]
    plan.left_out += [LeftOut("", Reason.NOT_DONE_AGAIN) for _action in again]
    live, explained = history.live(), history.explained()
    for place, action in enumerate(live):
        if action.pk not in chosen:
            continue
        key, newer = action.details.get("annotation"), live[:place]
        # Whatever was decided later and is not taken back, is somebody's going on.
        went_on = any(other.details.get("annotation") == key and other.pk not in _taken(plan) for other in newer)
        if not went_on and _was_replaced_unlogged(history.rows, action, explained):
            plan.left_out.append(LeftOut(action.details["field"], Reason.NOT_LOGGED))
            continue
        if went_on or not _put_back(rows, action):
            plan.left_out.append(LeftOut(action.details["field"], Reason.WENT_ON))
            continue
        before, after = _words(history.rows, action)
        plan.planned.append(Planned(action.details["field"], before, after, actions=(action.pk,), deed=action.verb))


def _was_replaced_unlogged(rows: dict[int, Known], action: Action, explained: set[int]) -> bool:
    """Tell whether a decision may have taken the place of a value without saying so, as earlier versions did."""
    row = rows.get(action.details.get("annotation", 0))
    if row is None or "superseded" in action.details or undoing.LEFT[Verb(action.verb)] != State.ACCEPTED:
        return False
    return any(
        other.field == row.field and other.state == State.SUPERSEDED and other.pk not in explained
        for other in rows.values()
        if other.pk != row.pk and (other.decided_by is not None or other.source == Source.PERSON)
    )


def _taken(plan: Plan) -> set[int]:
    return {key for planned in plan.planned for key in planned.actions}


def _put_back(rows: dict[int, Known], action: Action) -> bool:
    """Put back in memory what a decision changed; tell whether it could be."""
    row = rows.get(action.details.get("annotation", 0))
    if row is None or not undoing.is_as_it_was_left(row.state, row.decided_by, row.created_by, action):
        return False
    superseded = undoing.superseded_by(action)
    field = [other for other in rows.values() if other.field == row.field and other.pk != row.pk]
    in_the_way = {State.DRAFT, State.ACCEPTED} if row.state == State.ACCEPTED else {State.DRAFT}
    if any(other.state in in_the_way for other in field):
        return False
    if any(key not in rows or rows[key].state != State.SUPERSEDED for key in superseded):
        return False
    rows[row.pk] = row._replace(state=undoing.before(action)["state"], decided_by=None)
    for key, state in superseded.items():
        rows[key] = rows[key]._replace(state=state)
    return True


def _words(rows: dict[int, Known], action: Action) -> tuple[str | None, str | None]:
    """Return what a field says as the decision left it, and what it said before."""
    row = rows[action.details["annotation"]]
    superseded = [key for key in undoing.superseded_by(action) if key in rows]
    earlier = rows[superseded[0]].value if superseded else None
    if action.verb in (Verb.DRAFT_REJECTED, Verb.DRAFT_WITHDRAWN):
        return None, row.value
    return row.value, earlier


def _imported_value(plan: Plan, rows: dict[int, Known], history: History, key: int) -> None:
    """Plan how a value that an import wrote is taken back."""
    row = rows.get(key)
    if row is None or row.state != State.ACCEPTED:
        plan.left_out.append(LeftOut(row.field if row else "", Reason.WENT_ON))
        return
    field = [other for other in rows.values() if other.field == row.field]
    written = history.written_by_imports()
    if any(other.state == State.DRAFT for other in field):
        plan.left_out.append(LeftOut(row.field, Reason.WENT_ON))
    elif key not in written and any(other.pk < key for other in field):
        # There was something before, and nothing says which of it stood there.
        plan.left_out.append(LeftOut(row.field, Reason.NOT_LOGGED))
    else:
        draft = written.get(key)
        earlier = rows[draft].value if draft in rows else None
        plan.planned.append(Planned(row.field, row.value, earlier, values=(key,), deed=Verb.IMAGE_IMPORTED.value))


def imported(history: History, *, since: datetime, until: datetime, user: int | None) -> tuple[list[int], list[int]]:
    """Return what imports wrote of a record in a time span.

    Args:
        history: the record's.
        since: its beginning.
        until: its end.
        user: key of who imported; None for whoever did.

    Returns:
        Keys of the drafts that came with files, whatever became of them, and of the values that tables brought.
    """
    by_hand = history.set_by_hand()
    inside = [
        row
        for row in history.rows.values()
        if since <= row.created_at <= until and (user is None or row.created_by == user)
    ]
    drafts = [row.pk for row in inside if row.source == Source.IMPORT and not _is_reworded(row, history.actions)]
    return drafts, [row.pk for row in inside if row.source == Source.PERSON and row.pk not in by_hand]


def _is_reworded(row: Known, actions: Iterable[Action]) -> bool:
    return any(action.verb == Verb.DRAFT_REWORDED and action.details["annotation"] == row.pk for action in actions)
