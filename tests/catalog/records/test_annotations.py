"""The one place that writes annotations: columns, status and revision follow."""

import pytest

from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import ImageStatus, Source, State
from tests.factories import ImageFactory, RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def write(image: Image, replace: bool = False, **values: str) -> list[Annotation]:
    return annotations.write_drafts(image=image, values=values, run=RunFactory(image=image), replace=replace)


def values_of(image: Image, state: State) -> dict[str, str]:
    return dict(image.annotations.filter(state=state).values_list("field", "value"))


def test_drafts_fill_only_what_is_empty() -> None:
    image = drafted(described(title="人写的"), event="旧草稿")

    write(image, title="机器写的", event="新草稿", place="河边")

    assert values_of(image, State.DRAFT) == {"event": "旧草稿", "place": "河边"}
    assert values_of(image, State.ACCEPTED) == {"title": "人写的"}


def test_a_redraft_replaces_drafts_and_proposes_nothing_beside_a_persons_words() -> None:
    image = drafted(described(title="人写的"), event="旧草稿", place="机器写的", people="机器写的")
    user = UserFactory()
    decisions.accept(annotation=image.annotations.drafts().get(field="place"), user=user)
    decisions.edit_and_accept(annotation=image.annotations.drafts().get(field="people"), user=user, value="人改过的")

    write(image, replace=True, title="新", event="新", place="新", people="新")

    assert values_of(image, State.DRAFT) == {"event": "新"}
    assert values_of(image, State.ACCEPTED) == {"title": "人写的", "place": "机器写的", "people": "人改过的"}


def test_accepted_words_of_the_machine_get_a_draft_beside_them_where_that_is_asked_for() -> None:
    image = drafted(described(title="人写的", notes=""), place="机器写的", people="机器写的")
    user = UserFactory()
    decisions.accept(annotation=image.annotations.drafts().get(field="place"), user=user)
    decisions.edit_and_accept(annotation=image.annotations.drafts().get(field="people"), user=user, value="人改过的")

    annotations.write_drafts(
        image=image,
        values=dict.fromkeys(["title", "notes", "place", "people"], "新"),
        run=RunFactory(image=image),
        replace_accepted=True,
    )

    assert values_of(image, State.DRAFT) == {"place": "新"}
    image.refresh_from_db()
    assert (image.title, image.place, image.people) == ("人写的", "机器写的", "人改过的")


def test_a_draft_changes_neither_the_record_nor_its_revision() -> None:
    image = drafted(described(title="石桥"), title="帆船", event="合影")

    assert (image.title, image.event, image.revision) == ("石桥", "", 1)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([], ImageStatus.UNDESCRIBED),
        (["draft"], ImageStatus.TO_REVIEW),
        (["draft", "reject"], ImageStatus.REJECTED),
        (["draft", "reject", "draft"], ImageStatus.TO_REVIEW),
        (["draft", "accept"], ImageStatus.DESCRIBED),
        (["draft", "reject", "write"], ImageStatus.DESCRIBED),
        (["write", "draft"], ImageStatus.TO_REVIEW),
    ],
)
def test_the_status_follows_from_the_annotations(steps: list[str], status: str) -> None:
    image = ImageFactory()
    user = UserFactory()
    for step in steps:
        if step == "draft":
            write(image, description="石桥")
        elif step == "write":
            decisions.set_value(image=image, field="title", value="石桥", user=user)
        else:
            getattr(decisions, step)(annotation=image.annotations.drafts().get(), user=user)

    image.refresh_from_db()
    assert image.status == status


def test_several_values_written_together_are_one_change_of_the_record() -> None:
    image = ImageFactory()

    annotations.write_accepted(image=image, values={"title": "石桥", "date": "1959年"}, source=Source.PERSON, user=None)

    image.refresh_from_db()
    assert (image.title, image.date_text, image.date_start.year, image.revision) == ("石桥", "1959年", 1959, 1)
