"""No sequence of what people and machines do to a record drops a label of origin.

Hypothesis draws the sequences and runs them on the real functions. Beside them the test keeps a book of its own: which
rows have a text that began as a model's, told from what happened and not from the column that is examined.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog.exceptions import NothingToUndo, UndoRefused
from catalog.labels import label_of, labels_by_field
from catalog.models import Annotation, Image
from catalog.records import annotations, near_duplicates
from catalog.review import decisions, undoing
from catalog.vocabulary import Source, State, Verb
from tests.catalog.exported import exported_text
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, ImageFactory, RunFactory, UserFactory, picture

pytestmark = pytest.mark.django_db

REVIEWED = "AI 生成 · 人工审核"
HEADINGS = {"title": "题名", "place": "地点", "description": "文字说明"}
FIELDS = st.sampled_from(sorted(HEADINGS))
TEXTS = st.sampled_from(
    ["石桥", "石桥。", "待考", "云溪镇", "桥头有三个人，背后是石桥", "桥头有两个人，身后是石桥", "通车那天"]
)
WRITTEN = TEXTS | st.just("")
PERSON = st.integers(0, 1)


class Record(RuleBasedStateMachine):
    """One record, two people, a model and a table."""

    folder: Path

    @initialize()
    def begin(self) -> None:
        self.people: list[User] = [UserFactory(), UserFactory()]
        self.since: datetime = timezone.now()
        (self.folder / "manifest.csv").unlink(missing_ok=True)
        self.collection = CollectionFactory()
        bring_in(self.folder, self.collection)
        self.image: Image = self.collection.images.get()
        self.machine: dict[int, bool] = {}
        self.born: dict[int, bool] = {}

    # --- The book -----------------------------------------------------------------------------------------------------

    def rows(self, field: str, *states: State) -> list[Annotation]:
        return list(self.image.annotations.filter(field=field, state__in=states or list(State)))

    def shown_to(self, person: User, field: str) -> bool:
        """Tell whether a model's text was before somebody's eyes when they wrote for a field."""
        return any(
            self.machine[row.pk]
            and (
                row.state in (State.DRAFT, State.ACCEPTED) or (row.state == State.REJECTED and row.decided_by == person)
            )
            for row in self.rows(field)
        )

    def said(self, field: str, value: str) -> bool:
        """Tell whether a text is, to the letter, what a model has said."""
        return any(
            self.machine[row.pk] and value in (row.value, row.original_value) for row in self.rows(field)
        ) and bool(value.strip("。"))

    def note(self, machine: Callable[[Annotation], bool]) -> None:
        """Write down what the rows that are new are; where it is not known to be a model's, what the product says."""
        for row in self.image.annotations.all():
            if row.pk not in self.machine:
                self.machine[row.pk] = self.born[row.pk] = machine(row) or row.ai_origin

    # --- What happens -------------------------------------------------------------------------------------------------

    @rule(field=FIELDS, text=TEXTS, replace=st.booleans())
    def model_drafts(self, field: str, text: str, replace: bool) -> None:
        annotations.write_drafts(
            image=self.image,
            values={field: text},
            run=RunFactory(image=self.image),
            replace=replace,
            replace_accepted=replace,
        )
        self.note(lambda _row: True)

    @rule(field=FIELDS, person=PERSON, text=st.none() | WRITTEN)
    def draft_is_accepted(self, field: str, person: int, text: str | None) -> None:
        for draft in self.rows(field, State.DRAFT):
            user = self.people[person]
            edited = text is not None and text != draft.value
            begun = edited and (self.shown_to(user, field) or self.said(field, text or ""))
            if text is None:
                decisions.accept(annotation=draft, user=user)
            else:
                decisions.edit_and_accept(annotation=draft, user=user, value=text)
            self.machine[draft.pk] |= begun

    @rule(person=PERSON)
    def all_are_accepted(self, person: int) -> None:
        waiting = [draft.pk for draft in self.image.annotations.drafts()]
        if waiting:
            decisions.accept_all(image=self.image, seen=waiting, user=self.people[person])

    @rule(field=FIELDS, person=PERSON, leave_open=st.booleans())
    def draft_is_rejected(self, field: str, person: int, leave_open: bool) -> None:
        for draft in self.rows(field, State.DRAFT):
            user = self.people[person]
            begun = self.shown_to(user, field)
            decide = decisions.leave_open if leave_open else decisions.reject
            decide(annotation=draft, user=user, reason="没有依据")
            self.note(lambda _row, begun=begun: begun)  # type: ignore[misc]

    @rule(field=FIELDS, person=PERSON, text=WRITTEN)
    def person_writes(self, field: str, person: int, text: str) -> None:
        user = self.people[person]
        begun = self.shown_to(user, field) or self.said(field, text)
        decisions.set_value(image=self.image, field=field, value=text, user=user)
        self.note(lambda _row: begun)

    @rule(field=FIELDS, person=PERSON, which=st.integers(0, 5))
    def text_is_restored(self, field: str, person: int, which: int) -> None:
        earlier = self.rows(field, State.REJECTED, State.SUPERSEDED)
        if not earlier:
            return
        chosen = earlier[which % len(earlier)]
        now = self.rows(field, State.ACCEPTED)
        seen = now[0].pk if now else None
        decisions.restore(annotation=chosen, user=self.people[person], seen=seen)
        self.note(lambda _row: self.machine[chosen.pk])

    @rule(person=PERSON)
    def last_step_is_undone(self, person: int) -> None:
        user = self.people[person]
        try:
            step = undoing.undo_last(user=user, since=self.since)
        except (NothingToUndo, UndoRefused):
            return
        for action in step:
            if action.verb == Verb.DRAFT_EDITED:
                # The text is the draft's again.
                self.machine[action.details["annotation"]] = self.born[action.details["annotation"]]

    @rule(field=FIELDS, text=TEXTS, mark=st.sampled_from(["", "AI 生成", REVIEWED]))
    def table_comes_in(self, field: str, text: str, mark: str) -> None:
        begun = bool(mark) or self.said(field, text)
        table = f"文件名,{HEADINGS[field]},AI 标识\n1.jpg,{text},{HEADINGS[field]}：{mark}\n"
        (self.folder / "manifest.csv").write_text(table if mark else table.replace(f"{HEADINGS[field]}：", ""))
        bring_in(self.folder, self.collection)
        self.note(lambda _row: begun)

    @rule(field=FIELDS, text=TEXTS)
    def words_come_with_a_file(self, field: str, text: str) -> None:
        begun = self.said(field, text)
        annotations.write_import_drafts(image=self.image, values={field: text}, user=None)
        self.note(lambda _row: begun)

    @rule(apart=st.booleans())
    def look_alikes_are_merged(self, apart: bool) -> None:
        user, others = self.people[0], ImageFactory.create_batch(2, collection=self.collection)
        one = near_duplicates.put_together(images=[self.image.pk, others[0].pk], user=user)
        two = near_duplicates.put_together(
            images=[image.pk for image in ImageFactory.create_batch(2, collection=self.collection)], user=user
        )
        group = near_duplicates.merge(groups=[one.pk, two.pk], user=user)
        if apart:
            near_duplicates.split(group=group, images=[self.image.pk], user=user)

    # --- What always holds --------------------------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "image"))
    @invariant()
    def every_models_text_has_its_label(self) -> None:
        for row in self.image.annotations.select_related("run"):
            assert row.ai_origin or not self.machine[row.pk], (row.field, row.value, row.state)
            assert row.ai_origin or (row.source != Source.MODEL and row.run is None)
            if row.state == State.ACCEPTED and row.value and self.machine[row.pk]:
                assert label_of(row) == REVIEWED

    @precondition(lambda self: hasattr(self, "image"))
    @invariant()
    def the_record_says_what_was_accepted(self) -> None:
        self.image.refresh_from_db()
        accepted = {row.field: row.value for row in self.image.annotations.accepted()}
        assert {field: self.image.accepted_value(field) for field in HEADINGS} == {
            field: accepted.get(field, "") for field in HEADINGS
        }

    def teardown(self) -> None:
        """Send the record out as a table and bring it in elsewhere: the labels come along."""
        if not hasattr(self, "image"):
            return
        labels = labels_by_field(self.image.annotations.all())
        table = exported_text(Image.objects.filter(pk=self.image.pk))
        (self.folder / "manifest.csv").write_text(table, encoding="utf-8", newline="")
        elsewhere: Any = CollectionFactory()
        bring_in(self.folder, elsewhere)
        arrived = labels_by_field(elsewhere.images.get().annotations.all())
        assert {field: arrived.get(field) for field in labels} == labels


def test_no_sequence_of_steps_drops_a_label_of_origin(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(picture((10, 20, 30), SIZE))
    Record.folder = folder
    limits = settings(
        max_examples=25,
        stateful_step_count=22,
        deadline=None,
        # A sequence of twenty steps is read as it is; to shorten it takes minutes.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Record, settings=limits)
