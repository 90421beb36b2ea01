"""Undo puts a step back to how it was, and leaves alone what others went on from."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exceptions import NothingToUndo, UndoOutOfReach, UndoRefused
from catalog.models import Action, Annotation, Image
from catalog.records.annotations import write_import_drafts
from catalog.review import decisions
from catalog.review.undoing import last_step, sitting_began, undo_last
from catalog.vocabulary import ImageStatus, Source, State, Verb
from tests.factories import ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def since() -> datetime:
    return timezone.now() - timedelta(minutes=1)


def state_of(image: Image) -> Any:
    """Return all that people see of a record's fields, and where each word is from."""
    image.refresh_from_db()
    rows = image.annotations.filter(state__in=[State.DRAFT, State.ACCEPTED, State.REJECTED])
    columns = ("field", "value", "state", "source", "ai_origin", "original_value", "run", "reason", "decided_by")
    shown = (image.title, image.description, image.place, image.date_text, image.date_start, image.status)
    return shown, sorted(rows.values_list("pk", *columns))


def draft_of(image: Image, field: str = "title") -> Annotation:
    return image.annotations.drafts().get(field=field)


def beside(image: Image, field: str, value: str) -> None:
    """Propose something beside what is accepted, as a batch that drafts everything again does."""
    Annotation.objects.create(image=image, field=field, value=value, source=Source.IMPORT)
    Image.objects.filter(pk=image.pk).update(status=ImageStatus.TO_REVIEW)


class TestEachDecision:
    """A draft waits again, with its own words."""

    def test_accepting(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        before = state_of(image)
        decisions.accept(annotation=draft_of(image), user=user)
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before
        assert (image.title, image.status) == ("", ImageStatus.TO_REVIEW)

    def test_accepting_beside_an_accepted_value(self, since: datetime) -> None:
        image, user = described(title="旧", user=UserFactory()), UserFactory()
        write_import_drafts(image=image, values={"place": "云溪"}, user=None)
        beside(image, "title", "新")
        before = state_of(image)
        decisions.accept(annotation=draft_of(image), user=user)
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before
        assert image.title == "旧"

    def test_editing(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        before = state_of(image)
        decisions.edit_and_accept(annotation=draft_of(image), user=user, value="石桥")
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before

    def test_editing_what_came_with_a_file_into_what_a_model_had_said(self, since: datetime) -> None:
        image, user = drafted(title="石桥落成"), UserFactory()
        decisions.reject(annotation=draft_of(image), user=UserFactory())
        write_import_drafts(image=image, values={"title": "桥"}, user=None)
        before = state_of(image)
        edited = decisions.edit_and_accept(annotation=draft_of(image), user=user, value="石桥落成")
        assert edited.ai_origin
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before

    def test_rejecting(self, since: datetime) -> None:
        image, user = drafted(date="1959年5月"), UserFactory()
        before = state_of(image)
        decisions.reject(annotation=draft_of(image, "date"), user=user, reason="没有依据")
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before

    def test_leaving_a_field_open_is_one_step_too(self, since: datetime) -> None:
        image, user = drafted(date="1959年5月"), UserFactory()
        before = state_of(image)
        decisions.leave_open(annotation=draft_of(image, "date"), user=user)
        assert len(undo_last(user=user, since=since, images=Image.objects.all())) == 2
        assert state_of(image) == before

    def test_writing_over_a_value_and_a_draft(self, since: datetime) -> None:
        image, user = described(date="1958年", user=UserFactory()), UserFactory()
        beside(image, "date", "1959年")
        before = state_of(image)
        decisions.set_value(image=image, field="date", value="1960年", user=user)
        undo_last(user=user, since=since, images=Image.objects.all())
        assert state_of(image) == before
        assert image.date_text == "1958年"

    def test_writing_where_there_was_nothing(self, since: datetime) -> None:
        image, user = ImageFactory(), UserFactory()
        decisions.set_value(image=image, field="title", value="桥", user=user)
        undo_last(user=user, since=since, images=Image.objects.all())
        image.refresh_from_db()
        assert (image.title, image.status) == ("", ImageStatus.UNDESCRIBED)

    def test_all_drafts_taken_by_one_key_are_one_step(self, since: datetime) -> None:
        image, user = drafted(title="桥", place="云溪", description="三个人"), UserFactory()
        before = state_of(image)
        seen = [draft.pk for draft in image.annotations.drafts()]
        decisions.accept_all(image=image, seen=seen, user=user)
        assert len(undo_last(user=user, since=since, images=Image.objects.all())) == 3
        assert state_of(image) == before

    def test_it_is_in_the_log_and_the_log_of_what_was_undone_stays(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        decisions.accept(annotation=draft_of(image), user=user)
        (accepted,) = undo_last(user=user, since=since, images=Image.objects.all())
        undone = Action.objects.get(verb=Verb.DECISION_UNDONE)
        assert (undone.user, undone.image, undone.details) == (user, image, {"undone": [accepted.pk]})
        assert Action.objects.filter(pk=accepted.pk).exists()


class TestOneAfterTheOther:
    """The last step first, and each once."""

    def test_steps_are_undone_backwards_until_nothing_is_left(self, since: datetime) -> None:
        image, user = drafted(title="桥", place="云溪"), UserFactory()
        states = [state_of(image)]
        decisions.accept(annotation=draft_of(image), user=user)
        states.append(state_of(image))
        decisions.reject(annotation=draft_of(image, "place"), user=user)
        states.append(state_of(image))
        decisions.set_value(image=image, field="title", value="石桥", user=user)
        for expected in reversed(states):
            undo_last(user=user, since=since, images=Image.objects.all())
            assert state_of(image) == expected
        with pytest.raises(NothingToUndo, match="没有可以撤销"):
            undo_last(user=user, since=since, images=Image.objects.all())

    def test_what_is_decided_anew_after_an_undo_can_be_undone_too(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        before = state_of(image)
        for _again in range(3):
            decisions.accept(annotation=draft_of(image), user=user)
            undo_last(user=user, since=since, images=Image.objects.all())
            assert state_of(image) == before
        assert last_step(user=user, since=since) == []

    def test_what_was_decided_before_the_sitting_is_left_alone(self) -> None:
        image, user = drafted(title="桥"), UserFactory()
        decisions.accept(annotation=draft_of(image), user=user)
        with pytest.raises(NothingToUndo):
            undo_last(user=user, since=timezone.now(), images=Image.objects.all())

    def test_nobody_undoes_what_another_decided(self, since: datetime) -> None:
        image = drafted(title="桥")
        decisions.accept(annotation=draft_of(image), user=UserFactory())
        with pytest.raises(NothingToUndo):
            undo_last(user=UserFactory(), since=since, images=Image.objects.all())


class TestWhereSomebodyWentOn:
    """Nothing is changed, and the sentence says what to do."""

    def _refused(self, image: Image, user: User, since: datetime) -> None:
        before, entries = state_of(image), Action.objects.count()
        with pytest.raises(UndoRefused, match="直接改成"):
            undo_last(user=user, since=since, images=Image.objects.all())
        assert (state_of(image), Action.objects.count()) == (before, entries)

    def test_another_wrote_the_field_since(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        decisions.accept(annotation=draft_of(image), user=user)
        decisions.set_value(image=image, field="title", value="石桥", user=UserFactory())
        self._refused(image, user, since)

    def test_a_rejected_field_was_drafted_again(self, since: datetime) -> None:
        image, user = drafted(title="桥"), UserFactory()
        decisions.reject(annotation=draft_of(image), user=user)
        drafted(image, title="石桥")
        self._refused(image, user, since)

    def test_one_field_of_several_was_changed(self, since: datetime) -> None:
        image, user = drafted(title="桥", place="云溪"), UserFactory()
        decisions.accept_all(image=image, seen=[draft.pk for draft in image.annotations.drafts()], user=user)
        decisions.set_value(image=image, field="place", value="别处", user=UserFactory())
        self._refused(image, user, since)

    def test_the_record_is_gone(self, since: datetime) -> None:
        image, user = described(title="桥", user=UserFactory()), UserFactory()
        decisions.set_value(image=image, field="title", value="石桥", user=user)
        image.delete()
        with pytest.raises(UndoRefused):
            undo_last(user=user, since=since, images=Image.objects.all())


_TEXT = "石桥落成那天的合影"


def _accept(image: Image, user: User) -> None:
    decisions.accept(annotation=draft_of(image), user=user)


def _edit(image: Image, user: User) -> None:
    draft = draft_of(image)
    decisions.edit_and_accept(annotation=draft, user=user, value=f"{draft.value}。")


def _reject(image: Image, user: User) -> None:
    decisions.reject(annotation=draft_of(image), user=user)


def _write(image: Image, user: User) -> None:
    decisions.set_value(image=image, field="title", value="人写的", user=user)


def _write_the_draft(image: Image, user: User) -> None:
    decisions.set_value(image=image, field="title", value=_TEXT, user=user)


def _undo(image: Image, user: User) -> None:
    undo_last(user=user, since=timezone.now() - timedelta(minutes=1), images=Image.objects.all())


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from([_accept, _edit, _reject, _write, _write_the_draft, _undo]), max_size=9))
def test_whatever_is_done_and_undone_ai_text_keeps_its_label_and_all_undone_is_as_before(
    steps: list[Any],
) -> None:
    image, user = drafted(title=_TEXT), UserFactory()
    before = state_of(image)
    for step in steps:
        with suppress(Annotation.DoesNotExist, NothingToUndo):
            step(image, user)
        assert not image.annotations.filter(value__startswith=_TEXT, ai_origin=False).exists()
    while last_step(user=user, since=timezone.now() - timedelta(minutes=1)):
        _undo(image, user)
    assert state_of(image) == before


class TestWhoMay:
    """Only what is theirs still is undone, and of it what belongs to this sitting."""

    def test_a_record_that_is_not_theirs_any_more_stays(self, since: datetime) -> None:
        image, user = drafted(title="石桥"), UserFactory()
        decisions.accept(annotation=draft_of(image), user=user)
        with pytest.raises(UndoOutOfReach, match="现在不归您审核"):
            undo_last(user=user, since=since, images=Image.objects.none())
        image.refresh_from_db()
        assert image.title == "石桥"

    def test_a_sitting_goes_on_over_lunch_and_ends_with_the_night(self, monkeypatch: pytest.MonkeyPatch) -> None:
        user, now = UserFactory(), timezone.now()
        for hours in (20, 13, 10, 6.5, 2.5):
            with monkeypatch.context() as then:
                then.setattr("django.utils.timezone.now", lambda ago=hours: now - timedelta(hours=ago))
                decisions.accept(annotation=draft_of(drafted(title="石桥")), user=user)
        assert sitting_began(user, now) == now - timedelta(hours=10), "twelve hours at most"
        assert sitting_began(user, now - timedelta(hours=9.5)) == now - timedelta(hours=13), "not the day before"
        assert sitting_began(user, now + timedelta(hours=2)) == now + timedelta(hours=2), "after a long pause"
        assert sitting_began(UserFactory(), now) == now
