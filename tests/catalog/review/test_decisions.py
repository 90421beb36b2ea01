"""Review: what a person decides is what the record says."""

from datetime import date

import pytest

from catalog.exceptions import AlreadyDecided, SecrecyRefused, UnknownField
from catalog.models import Action, Annotation, Image
from catalog.records import annotations
from catalog.records.secrecy import Mark, hold
from catalog.review import decisions
from catalog.vocabulary import Field, ImageStatus, MarkPlace, Source, State, Verb
from tests.factories import ImageFactory, RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def the_draft(image: Image, field: str = "description") -> Annotation:
    return image.annotations.drafts().get(field=field)


def test_accepting_writes_the_value_to_the_image_and_counts_the_change() -> None:
    image = drafted(description="桥头有三个人")
    user = UserFactory()

    accepted = decisions.accept(annotation=the_draft(image), user=user)

    image.refresh_from_db()
    assert image.description == "桥头有三个人"
    assert image.revision == 1
    assert image.status == ImageStatus.DESCRIBED
    assert accepted.decided_by == user
    assert accepted.source == Source.MODEL


def test_a_value_with_any_line_breaks_can_be_corrected() -> None:
    image = ImageFactory()
    user = UserFactory()
    decisions.set_value(image=image, field="notes", value="第一行\r\n第二行\r第三行", user=user)
    image.refresh_from_db()

    decisions.set_value(image=image, field="notes", value="改", user=user, seen_value="第一行\n第二行\n第三行")

    assert image.notes == "第一行\n第二行\n第三行"
    image.refresh_from_db()
    assert image.notes == "改"


def test_accepting_a_date_writes_the_range_it_means() -> None:
    image = drafted(date="1959年5月")

    decisions.accept(annotation=the_draft(image, "date"), user=UserFactory())

    image.refresh_from_db()
    assert image.date_text == "1959年5月"
    assert (image.date_start, image.date_end) == (date(1959, 5, 1), date(1959, 5, 31))


def test_a_date_that_names_no_day_clears_the_range() -> None:
    image = described(date="1959年")

    decisions.set_value(image=image, field="date", value="待考", user=UserFactory())

    image.refresh_from_db()
    assert (image.date_text, image.date_start, image.date_end) == ("待考", None, None)


def test_editing_keeps_the_machines_words_beside_the_persons() -> None:
    image = drafted(description="桥头有两个人")

    edited = decisions.edit_and_accept(annotation=the_draft(image), user=UserFactory(), value="桥头有三个人 ")

    image.refresh_from_db()
    assert image.description == "桥头有三个人"
    assert edited.original_value == "桥头有两个人"
    assert edited.source == Source.MODEL
    assert edited.run is not None


def test_an_edit_that_changes_nothing_counts_as_accepting() -> None:
    image = drafted(description="桥头有三个人")

    accepted = decisions.edit_and_accept(annotation=the_draft(image), user=UserFactory(), value="桥头有三个人")

    assert not accepted.is_edited
    assert Action.objects.get(image=image).verb == Verb.DRAFT_ACCEPTED


def test_rejecting_leaves_the_record_and_keeps_the_reason() -> None:
    image = drafted(description="帆船")

    rejected = decisions.reject(annotation=the_draft(image), user=UserFactory(), reason="不是帆船")

    image.refresh_from_db()
    assert (image.description, image.revision, image.status) == ("", 0, ImageStatus.REJECTED)
    assert (rejected.state, rejected.reason) == (State.REJECTED, "不是帆船")


@pytest.mark.parametrize("decide", ["accept", "reject"])
def test_a_draft_is_decided_once(decide: str) -> None:
    image = drafted(description="石桥")
    draft = the_draft(image)
    decisions.accept(annotation=draft, user=UserFactory())

    with pytest.raises(AlreadyDecided, match="已采用"):
        getattr(decisions, decide)(annotation=draft, user=UserFactory())

    image.refresh_from_db()
    assert image.revision == 1


def test_accepting_supersedes_what_was_accepted_before() -> None:
    image = drafted(description="旧说法")
    decisions.accept(annotation=the_draft(image), user=UserFactory())
    run = RunFactory(image=image)
    annotations.write_drafts(image=image, values={"description": "新说法"}, run=run, replace_accepted=True)

    decisions.accept(annotation=the_draft(image), user=UserFactory())

    image.refresh_from_db()
    assert image.description == "新说法"
    assert image.revision == 2
    assert image.annotations.get(value="旧说法").state == State.SUPERSEDED


def test_a_persons_value_supersedes_the_draft_that_waits() -> None:
    image = drafted(description="帆船")

    decisions.set_value(image=image, field="description", value="石桥", user=UserFactory())

    image.refresh_from_db()
    assert image.description == "石桥"
    assert image.status == ImageStatus.DESCRIBED
    assert image.annotations.get(value="帆船").state == State.SUPERSEDED


def test_setting_the_same_value_again_changes_nothing() -> None:
    image = described(title="石桥")

    decisions.set_value(image=image, field="title", value="石桥", user=UserFactory())

    image.refresh_from_db()
    assert image.revision == 1
    assert image.annotations.count() == 1


def test_an_accepted_empty_value_means_deliberately_empty() -> None:
    image = drafted(transcription="")

    decisions.accept(annotation=the_draft(image, "transcription"), user=UserFactory())

    assert image.annotations.accepted().filter(field="transcription", value="").exists()
    image.refresh_from_db()
    assert image.status == ImageStatus.DESCRIBED


def test_an_unknown_field_is_refused_in_words() -> None:
    with pytest.raises(UnknownField, match="colour"):
        decisions.set_value(image=ImageFactory(), field="colour", value="红", user=UserFactory())


def test_each_decision_is_logged_once() -> None:
    image = drafted(description="石桥", title="桥")
    user = UserFactory()
    decisions.accept(annotation=the_draft(image), user=user)
    decisions.reject(annotation=the_draft(image, "title"), user=user, reason="太短")
    decisions.set_value(image=image, field=Field.PLACE, value="河边", user=user)

    logged = list(Action.objects.filter(user=user).order_by("pk").values_list("verb", "image"))

    assert logged == [
        (Verb.DRAFT_ACCEPTED, image.pk),
        (Verb.DRAFT_REJECTED, image.pk),
        (Verb.VALUE_SET, image.pk),
    ]


def test_a_stale_object_does_not_put_back_what_was_accepted_meanwhile() -> None:
    image = drafted(description="石桥")
    stale = type(image).objects.get(pk=image.pk)
    decisions.accept(annotation=the_draft(image), user=UserFactory())

    decisions.set_value(image=stale, field="title", value="桥", user=UserFactory())

    image.refresh_from_db()
    assert (image.title, image.description, image.revision) == ("桥", "石桥", 2)


class TestHeldBack:
    """A record that may be classified takes no words of a model in, by whatever door; a person's own it does."""

    @pytest.fixture
    def held(self) -> Image:
        image = drafted(title="石桥", place="清水镇")
        hold(image=image, marks=[Mark(MarkPlace.READING, "机密★")])
        return image

    def test_no_draft_is_accepted(self, held: Image) -> None:
        user, draft = UserFactory(), held.annotations.drafts().filter(field="title").get()
        seen = list(held.annotations.drafts().values_list("pk", flat=True))
        for accepting in (
            lambda: decisions.accept(annotation=draft, user=user),
            lambda: decisions.edit_and_accept(annotation=draft, user=user, value="木桥"),
            lambda: decisions.accept_all(image=held, seen=seen, user=user),
        ):
            with pytest.raises(SecrecyRefused):
                accepting()
        assert held.annotations.drafts().count() == 2

    def test_one_is_rejected_and_a_person_writes(self, held: Image) -> None:
        user, draft = UserFactory(), held.annotations.drafts().filter(field="title").get()
        decisions.reject(annotation=draft, user=user, reason="不对")
        decisions.set_value(image=held, field="event", value="厂庆", user=user)
        with pytest.raises(SecrecyRefused):
            decisions.restore(annotation=draft, user=user, seen=None)
        held.refresh_from_db()
        assert (held.event, held.title) == ("厂庆", "")
