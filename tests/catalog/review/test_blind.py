"""先著录后看稿: what was entered before a draft was shown is a person's alone, whatever the draft says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.exceptions import ChangedMeanwhile, DraftsSeen
from catalog.labels import label_of
from catalog.models import Action, DraftsShown, Image
from catalog.review import blind, decisions
from catalog.review.decisions import Written
from catalog.vocabulary import State, Verb
from tests.factories import ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def hidden(image: Image, user: object) -> bool:
    return blind.may_be_hidden(image=image.pk, drafts=image.annotations.drafts(), user=user)  # type: ignore[arg-type]


def test_even_the_drafts_own_words_are_the_persons() -> None:
    image, user = drafted(people="张三、李四，在桥头合影留念"), UserFactory()

    blind.write(image=image, values={"people": Written("张三、李四，在桥头合影留念", seen="")}, user=user)

    value = image.annotations.accepted().get()
    assert (value.ai_origin, label_of(value), value.created_by) == (False, "", user)


def test_the_log_says_that_it_was_blind_and_which_draft_it_replaced() -> None:
    image, user = drafted(date="1959年"), UserFactory()
    draft = image.annotations.get()

    blind.write(image=image, values={"date": Written("1958年", seen="")}, user=user)

    entry = Action.objects.get(verb=Verb.VALUE_SET)
    assert (entry.user, entry.details["blind"], entry.details["superseded_draft"]) == (user, True, draft.pk)


def test_fields_left_empty_keep_their_drafts_which_are_shown_now() -> None:
    image, user = drafted(date="1959年", place="桥头"), UserFactory()

    saved = blind.write(image=image, values={"date": Written("1958年", ""), "place": Written(" ", "")}, user=user)

    assert [item.field for item in saved] == ["date"]
    assert image.annotations.drafts().get().field == "place"
    assert not hidden(image, user)


def test_who_has_seen_the_drafts_is_refused_and_nothing_is_saved() -> None:
    image, user = drafted(date="1959年"), UserFactory()
    blind.note_shown(image=image.pk, user=user)

    with pytest.raises(DraftsSeen):
        blind.write(image=image, values={"date": Written("1958年", seen="")}, user=user)

    image.refresh_from_db()
    assert image.date_text == ""
    assert hidden(image, UserFactory())


def test_a_draft_made_after_the_last_look_is_new_to_them() -> None:
    image, user = drafted(date="1959年"), UserFactory()
    blind.note_shown(image=image.pk, user=user)
    DraftsShown.objects.update(shown_at=timezone.now() - timedelta(days=1))

    assert hidden(image, user)


def test_one_draft_that_was_seen_shows_them_all() -> None:
    image, user = drafted(date="1959年"), UserFactory()
    blind.note_shown(image=image.pk, user=user)
    drafted(image, place="桥头")

    assert not hidden(image, user)


def test_a_record_without_drafts_has_nothing_to_hide() -> None:
    assert not hidden(described(title="石桥"), UserFactory())


def test_a_value_of_the_models_that_stood_in_the_record_is_no_secret() -> None:
    """It was before everybody's eyes, so whoever writes over it keeps its label."""
    image, user = drafted(place="桥头"), UserFactory()
    decisions.accept(annotation=image.annotations.get(), user=UserFactory())
    drafted(image, date="1959年")

    blind.write(image=image, values={"place": Written("东门桥头", seen="桥头")}, user=user)

    assert image.annotations.accepted().get(field="place").ai_origin


def test_what_a_colleague_wrote_meanwhile_is_not_written_over() -> None:
    image, user = drafted(date="1959年", place="桥头"), UserFactory()
    decisions.set_value(image=image, field="date", value="1960年", user=UserFactory())

    with pytest.raises(ChangedMeanwhile):
        blind.write(image=image, values={"date": Written("1958年", ""), "place": Written("东门", "")}, user=user)

    image.refresh_from_db()
    assert (image.date_text, image.place) == ("1960年", "")


def test_what_the_model_had_said_is_there_to_be_held_against_it() -> None:
    image, user = drafted(ImageFactory(), date="1959年", place="桥头"), UserFactory()
    saved = blind.write(image=image, values={"date": Written("1958年", "")}, user=user)

    behind = blind.drafts_behind(saved)

    assert {field: (draft.value, draft.state) for field, draft in behind.items()} == {
        "date": ("1959年", State.SUPERSEDED)
    }
