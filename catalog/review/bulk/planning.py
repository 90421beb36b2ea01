"""Planning frozen records again: for the preview's first rows, and when they are carried out."""

from collections.abc import Sequence

from catalog.models import BulkChange
from catalog.review.bulk.changes import Change, change_of
from catalog.review.bulk.rows import Plan, Row, Seen, rows_of
from catalog.review.bulk.undoing import History, histories_of, plan_undo


class Planner:
    """Some records of a change as they are now; two queries at most.

    Attributes:
        change: what is done with them; None where something is taken back.
        rows: their drafts and accepted values, where something is done.
        histories: what is known of them, where something is taken back.
    """

    def __init__(self, row: BulkChange, images: Sequence[int]) -> None:
        """Look at records.

        Args:
            row: the change.
            images: their keys.
        """
        undoes = row.kind == BulkChange.Kind.UNDO
        self.change: Change | None = None if undoes else change_of(row)
        self.rows: dict[int, list[Row]] = {} if undoes else rows_of(images)
        self.histories: dict[int, History] = histories_of(images) if undoes else {}

    def plan(self, seen: Seen) -> Plan:
        """Plan a record from what the preview saw of it, and from nothing else.

        Args:
            seen: of one of the records.
        """
        if self.change is None:
            return plan_undo(self.histories[seen.image], seen)
        there, gone = self.change.as_seen(self.rows[seen.image], seen)
        if gone and not there:
            return Plan(left_out=gone)
        plan = self.change.plan(there, set(seen.drafts))
        plan.left_out += gone
        return plan

    def began_as_ai(self, image: int, keys: Sequence[int], actions: Sequence[int]) -> bool:
        """Tell whether what is planned is about text that began as a model's.

        Args:
            image: key of the record.
            keys: of drafts and values.
            actions: keys of entries of the log.
        """
        if self.change is not None:
            return any(row.ai_origin for row in self.rows[image] if row.pk in keys)
        history = self.histories[image]
        told = [action.details.get("annotation") for action in history.actions if action.pk in actions]
        return any(history.rows[key].ai_origin for key in [*keys, *told] if key in history.rows)
