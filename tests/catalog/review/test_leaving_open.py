"""A draft of a name, a place or a date without evidence is rejected, and its field left 待考."""

import pytest

from catalog.exceptions import AlreadyDecided
from catalog.models import Action, Image
from catalog.review import decisions
from catalog.vocabulary import ImageStatus, State, Verb
from tests.factories import AnnotationFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def test_the_draft_is_rejected_with_a_reason_and_the_field_is_open() -> None:
    image, user = drafted(people="张三"), UserFactory()

    draft = decisions.leave_open(annotation=image.annotations.get(), user=user)

    image.refresh_from_db()
    assert (draft.state, draft.reason, draft.decided_by) == (State.REJECTED, "没有依据", user)
    assert (image.people, image.status) == ("待考", ImageStatus.TO_RESEARCH)
    verbs = Action.objects.filter(user=user).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [Verb.DRAFT_REJECTED, Verb.VALUE_SET]


def test_the_reviewers_own_reason_is_kept() -> None:
    draft = decisions.leave_open(annotation=drafted(place="杭州").annotations.get(), user=UserFactory(), reason="猜的 ")

    assert draft.reason == "猜的"


@pytest.mark.parametrize("value", ["李四", "不详", "", "待查"])
def test_what_the_record_says_already_stays(value: str) -> None:
    image = described(people=value)
    draft = AnnotationFactory(image=image, field="people", value="张三")

    decisions.leave_open(annotation=draft, user=UserFactory())

    assert Image.objects.get(pk=image.pk).people == value
    assert image.annotations.get(pk=draft.pk).state == State.REJECTED


def test_a_draft_that_somebody_else_decided_leaves_all_as_it_was() -> None:
    image = drafted(people="张三")
    draft = image.annotations.get()
    decisions.accept(annotation=draft, user=UserFactory())

    with pytest.raises(AlreadyDecided):
        decisions.leave_open(annotation=draft, user=UserFactory())

    image.refresh_from_db()
    assert (image.people, image.status) == ("张三", ImageStatus.DESCRIBED)
