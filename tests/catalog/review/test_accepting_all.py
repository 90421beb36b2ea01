"""One key accepts a record's drafts and saves what was typed: one step, all of it or nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.exceptions import ChangedMeanwhile, DraftsChanged
from catalog.models import Image
from catalog.review import decisions, undoing
from catalog.review.decisions import Written
from catalog.vocabulary import State
from tests.factories import ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def keys(image: Image) -> dict[str, int]:
    return dict(image.annotations.drafts().values_list("field", "pk"))


def test_what_was_reworded_is_accepted_as_an_edit_and_keeps_its_origin() -> None:
    image, user = drafted(title="石桥", place="桥头"), UserFactory()
    seen = keys(image)

    decisions.accept_all(image=image, seen=seen.values(), user=user, edits={seen["place"]: " 东门桥头 "})

    image.refresh_from_db()
    assert (image.title, image.place) == ("石桥", "东门桥头")
    place = image.annotations.accepted().get(field="place")
    assert (place.original_value, place.ai_origin, place.decided_by) == ("桥头", True, user)


def test_what_was_written_where_no_draft_waits_is_saved_with_them() -> None:
    image, user = drafted(title="石桥"), UserFactory()

    decisions.accept_all(
        image=image, seen=keys(image).values(), user=user, written={"people": Written("张三", seen="")}
    )

    image.refresh_from_db()
    assert (image.title, image.people) == ("石桥", "张三")
    assert not image.annotations.accepted().get(field="people").ai_origin


def test_it_is_one_step_to_undo() -> None:
    began = timezone.now() - timedelta(seconds=1)
    image, user = drafted(title="石桥", place="桥头"), UserFactory()
    seen = keys(image)
    decisions.accept_all(
        image=image,
        seen=seen.values(),
        user=user,
        edits={seen["place"]: "东门"},
        written={"people": Written("张三", seen="")},
    )

    undone = undoing.undo_last(user=user, since=began, images=Image.objects.all())

    image.refresh_from_db()
    assert {action.details["field"] for action in undone} == {"title", "place", "people"}
    assert (image.title, image.place, image.people) == ("", "", "")
    assert dict(image.annotations.drafts().values_list("field", "value")) == {"title": "石桥", "place": "桥头"}


def test_a_draft_that_came_meanwhile_lets_nothing_be_saved() -> None:
    image, user = drafted(title="石桥"), UserFactory()
    seen = keys(image)
    drafted(image, place="桥头")

    with pytest.raises(DraftsChanged):
        decisions.accept_all(image=image, seen=seen.values(), user=user, written={"people": Written("张三", seen="")})

    image.refresh_from_db()
    assert (image.title, image.people) == ("", "")
    assert image.annotations.drafts().count() == 2


def test_a_value_that_changed_meanwhile_lets_nothing_be_accepted() -> None:
    image = described(ImageFactory(), people="李四")
    drafted(image, title="石桥")

    with pytest.raises(ChangedMeanwhile):
        decisions.accept_all(
            image=image,
            seen=keys(image).values(),
            user=UserFactory(),
            written={"people": Written("张三", seen="王五")},
        )

    image.refresh_from_db()
    assert (image.title, image.people) == ("", "李四")
    assert image.annotations.filter(field="title").get().state == State.DRAFT
