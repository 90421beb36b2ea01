"""An earlier text is put back as it was: with its label, its evidence, and a way back."""

import pytest
from django.utils import timezone

from catalog.exceptions import AlreadyDecided, ChangedMeanwhile
from catalog.labels import labels_by_field
from catalog.models import Action, Annotation, Image
from catalog.records import annotations
from catalog.review import decisions, undoing
from catalog.vocabulary import Evidence, ImageStatus, Source, State, Verb
from tests.factories import RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

REVIEWED = "AI 生成 · 人工审核"


def the(image: Image, value: str) -> Annotation:
    return image.annotations.get(value=value)


def restored(image: Image, value: str, seen: str | None = None) -> Annotation:
    current = image.annotations.accepted().get(value=seen).pk if seen is not None else None
    return decisions.restore(annotation=the(image, value), user=UserFactory(), seen=current)


def test_a_rejected_draft_comes_into_the_record_as_the_models(drafted_and_rejected: Image) -> None:
    row = restored(drafted_and_rejected, "木桥")
    drafted_and_rejected.refresh_from_db()
    assert (drafted_and_rejected.title, drafted_and_rejected.status) == ("木桥", ImageStatus.DESCRIBED)
    assert labels_by_field(drafted_and_rejected.annotations.all()) == {"title": REVIEWED}
    assert (row.source, row.evidence, row.state) == (Source.MODEL, Evidence.PICTURE, State.ACCEPTED)


@pytest.fixture
def drafted_and_rejected() -> Image:
    image = drafted()
    annotations.write_drafts(
        image=image, values={"title": "木桥"}, run=RunFactory(image=image), evidence={"title": Evidence.PICTURE}
    )
    decisions.reject(annotation=image.annotations.get(), user=UserFactory(), reason="看不清")
    return image


def test_what_became_of_the_earlier_row_stays_written(drafted_and_rejected: Image) -> None:
    restored(drafted_and_rejected, "木桥")
    earlier = drafted_and_rejected.annotations.order_by("pk")[0]
    assert (earlier.state, earlier.reason) == (State.REJECTED, "看不清")


def test_an_edit_of_a_draft_comes_back_with_the_models_words() -> None:
    image = drafted(title="木桥")
    decisions.edit_and_accept(annotation=image.annotations.get(), user=UserFactory(), value="石桥")
    described(image, title="廊桥")
    row = restored(image, "石桥", seen="廊桥")
    assert (row.original_value, row.ai_origin) == ("木桥", True)
    assert labels_by_field(image.annotations.all()) == {"title": REVIEWED}


def test_what_a_person_wrote_alone_stays_theirs_whatever_was_drafted_since() -> None:
    author = UserFactory()
    image = described(title="廊桥", user=author)
    described(image, title="风雨桥")
    run = RunFactory(image=image)
    annotations.write_drafts(image=image, values={"title": "石桥"}, run=run, replace_accepted=True)
    row = restored(image, "廊桥", seen="风雨桥")
    assert (row.source, row.created_by, row.ai_origin) == (Source.PERSON, author, False)
    assert labels_by_field(image.annotations.all()) == {}


def test_a_draft_that_waits_makes_room_and_can_be_restored_in_its_turn(drafted_and_rejected: Image) -> None:
    image = drafted(drafted_and_rejected, title="铁桥")
    restored(image, "木桥")
    assert the(image, "铁桥").state == State.SUPERSEDED
    assert restored(image, "铁桥", seen="木桥").ai_origin
    image.refresh_from_db()
    assert image.title == "铁桥"


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DRAFT])
def test_what_is_in_the_record_or_waits_is_not_restored(state: State) -> None:
    image = drafted(title="木桥")
    row = image.annotations.get()
    if state == State.ACCEPTED:
        decisions.accept(annotation=row, user=UserFactory())
    with pytest.raises(AlreadyDecided):
        decisions.restore(annotation=row, user=UserFactory(), seen=row.pk)
    assert image.annotations.count() == 1


def test_who_looked_at_an_older_record_changes_nothing(drafted_and_rejected: Image) -> None:
    described(drafted_and_rejected, title="石桥")
    with pytest.raises(ChangedMeanwhile):
        restored(drafted_and_rejected, "木桥")
    drafted_and_rejected.refresh_from_db()
    assert drafted_and_rejected.title == "石桥"


def test_it_is_logged_and_undone_like_any_decision() -> None:
    since, user = timezone.now(), UserFactory()
    image = described(described(title="廊桥"), title="石桥")
    drafted(image, place="云溪")
    before = list(image.annotations.order_by("pk").values_list("pk", "state"))
    current = the(image, "石桥")
    row = decisions.restore(annotation=the(image, "廊桥"), user=user, seen=current.pk)

    entry = Action.objects.get(verb=Verb.VALUE_RESTORED)
    assert entry.details == {
        "field": "title", "annotation": row.pk, "superseded": current.pk, "restored": before[0][0],
    }  # fmt: skip

    undoing.undo_last(user=user, since=since, images=Image.objects.all())
    image.refresh_from_db()
    assert image.title == "石桥"
    assert list(image.annotations.exclude(pk=row.pk).order_by("pk").values_list("pk", "state")) == before


def test_a_date_is_understood_again() -> None:
    image = described(described(date="1959年"), date="不详")
    restored(image, "1959年", seen="不详")
    image.refresh_from_db()
    assert (image.date_text, str(image.date_start)) == ("1959年", "1959-01-01")
