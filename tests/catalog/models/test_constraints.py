"""What the database refuses, whoever asks."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from pytest_django import Settings

from catalog.models import Action, Annotation, Batch, Image, ImageFile, PromptVersion
from catalog.vocabulary import ItemState, Selection, Source, State
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    MembershipFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
)

pytestmark = pytest.mark.django_db


def refused() -> Any:
    return pytest.raises(IntegrityError)


def test_an_identifier_is_used_once_in_a_collection() -> None:
    image = ImageFactory(identifier="P-1")
    ImageFactory(identifier="P-1")  # another collection's

    with refused(), transaction.atomic():
        ImageFactory(identifier="P-1", collection=image.collection)


def test_any_number_of_images_may_have_no_identifier() -> None:
    collection = CollectionFactory()

    ImageFactory.create_batch(2, collection=collection, identifier="")


@pytest.mark.parametrize(
    ("column", "value"), [("access", "secret"), ("status", "odd"), ("date_start", date(1960, 1, 1))]
)
def test_an_image_holds_known_choices_and_whole_date_ranges(column: str, value: object) -> None:
    image = ImageFactory()

    with refused(), transaction.atomic():
        Image.objects.filter(pk=image.pk).update(**{column: value})


def test_a_date_range_does_not_end_before_it_begins() -> None:
    with refused(), transaction.atomic():
        ImageFactory(date_start=date(1960, 1, 1), date_end=date(1959, 1, 1))


def test_the_same_bytes_enter_a_collection_once(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scan = ImageFileFactory()

    with refused(), transaction.atomic():
        ImageFileFactory(image=ImageFactory(collection=scan.collection), sha256=scan.sha256)
    assert ImageFileFactory(sha256=scan.sha256).collection != scan.collection


def test_a_scan_is_copied_in_or_referenced_never_both_nor_neither(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path

    with refused(), transaction.atomic():
        ImageFileFactory(source_path="/nas/1.jpg")
    with refused(), transaction.atomic():
        ImageFileFactory(master="")
    assert str(ImageFileFactory(master="", source_path="/nas/1.jpg").master_path) == "/nas/1.jpg"


@pytest.mark.parametrize("state", [State.DRAFT, State.ACCEPTED])
def test_an_image_has_at_most_one_draft_and_one_accepted_value_for_a_field(state: str) -> None:
    decided = {} if state == State.DRAFT else {"decided_by": UserFactory(), "decided_at": timezone.now()}
    first = AnnotationFactory(state=state, **decided)
    AnnotationFactory(image=first.image, state=state, field="title", **decided)

    with refused(), transaction.atomic():
        AnnotationFactory(image=first.image, state=state, **decided)


def test_the_past_of_a_field_may_be_long() -> None:
    image = ImageFactory()

    AnnotationFactory.create_batch(2, image=image, rejected=True)
    AnnotationFactory.create_batch(2, image=image, state=State.SUPERSEDED)


def test_a_machine_writes_drafts_only() -> None:
    draft = AnnotationFactory()

    with refused(), transaction.atomic():
        Annotation.objects.filter(pk=draft.pk).update(state=State.ACCEPTED, decided_at=timezone.now())


def test_a_model_value_points_at_what_the_model_said() -> None:
    with refused(), transaction.atomic():
        AnnotationFactory(run=None)


def test_a_decision_has_a_time() -> None:
    with refused(), transaction.atomic():
        AnnotationFactory(person=True, state=State.ACCEPTED, decided_by=UserFactory())


@pytest.mark.parametrize(
    ("column", "value"), [("field", "colour"), ("source", "oracle"), ("state", "odd"), ("flag", "x")]
)
def test_an_annotation_holds_known_choices(column: str, value: object) -> None:
    annotation = AnnotationFactory()

    with refused(), transaction.atomic():
        Annotation.objects.filter(pk=annotation.pk).update(**{column: value})


def test_a_user_has_each_role_once_in_a_collection_and_once_in_all() -> None:
    user = UserFactory()
    named = MembershipFactory(user=user)
    MembershipFactory(user=user, everywhere=True)

    with refused(), transaction.atomic():
        MembershipFactory(user=user, collection=named.collection)
    with refused(), transaction.atomic():
        MembershipFactory(user=user, everywhere=True)
    MembershipFactory(user=user, collection=named.collection, reviewer=True)
    MembershipFactory(user=user, everywhere=True, reviewer=True)


def test_a_claim_is_there_while_an_item_runs_and_only_then() -> None:
    item = BatchItemFactory()

    with refused(), transaction.atomic():
        item.state = ItemState.RUNNING
        item.save()
    with refused(), transaction.atomic():
        item.state, item.claim, item.lease_until = ItemState.PENDING, uuid.uuid4(), timezone.now()
        item.save()


def test_an_image_is_worked_on_by_one_process_whatever_the_batches() -> None:
    claim = {"state": ItemState.RUNNING, "lease_until": timezone.now()}
    first = BatchItemFactory(claim=uuid.uuid4(), **claim)
    other = BatchFactory(collection=first.batch.collection, selection=Selection.ALL)

    with refused(), transaction.atomic():
        BatchItemFactory(batch=other, image=first.image, claim=uuid.uuid4(), **claim)


def test_a_failure_has_a_reason() -> None:
    with refused(), transaction.atomic():
        BatchItemFactory(state=ItemState.FAILED)


def test_there_is_one_unfinished_batch_of_a_kind() -> None:
    batch = BatchFactory()

    with refused(), transaction.atomic():
        BatchFactory(collection=batch.collection, prompt_version=batch.prompt_version)
    Batch.objects.filter(pk=batch.pk).update(state="done")
    BatchFactory(collection=batch.collection, prompt_version=batch.prompt_version)


def test_a_prompt_version_can_be_neither_changed_nor_deleted() -> None:
    version = PromptVersionFactory()
    version.text = "别的问题"

    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.delete()
    with pytest.raises(TypeError):
        PromptVersion.objects.update(text="别的问题")
    with pytest.raises(TypeError):
        PromptVersion.objects.all().delete()


def test_a_log_entry_can_be_neither_changed_nor_deleted() -> None:
    entry = ActionFactory()

    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        Action.objects.update(label="别的")
    with pytest.raises(TypeError):
        Action.objects.all().delete()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE catalog_promptversion SET text = 'x'", "UPDATE catalog_action SET label = 'x'"],
)
def test_the_database_itself_keeps_versions_and_the_log_as_they_are(statement: str) -> None:
    PromptVersionFactory()
    ActionFactory()

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_log_outlives_the_image_it_tells_of() -> None:
    entry = ActionFactory(image=ImageFactory(), label="P-1")
    image_id = entry.image_id
    entry.image.delete()

    kept = Action.objects.select_related("image").get(pk=entry.pk)
    assert (kept.image_id, kept.image, kept.label) == (image_id, None, "P-1")


def test_a_collection_with_images_is_not_deleted() -> None:
    image = ImageFactory()

    with pytest.raises(ProtectedError):
        image.collection.delete()


def test_an_image_goes_with_its_drafts_but_no_run_goes_from_under_a_draft() -> None:
    draft = AnnotationFactory()
    with pytest.raises(RestrictedError):
        draft.run.delete()

    draft.image.delete()

    assert not Annotation.objects.filter(pk=draft.pk).exists()


def test_the_shipped_prompts_are_there_one_for_each_form() -> None:
    shipped = PromptVersion.objects.all()

    assert {(version.prompt.name, version.form, version.number) for version in shipped} == {
        ("一句话描述", "sentence", 1),
        ("六要素", "six_elements", 1),
        ("六要素", "six_elements", 2),
        ("题名", "title", 1),
        ("关键词", "keywords", 1),
        ("文字转录", "transcription", 1),
        ("图纸评改", "feedback", 1),
        ("自由描述", "free", 1),
    }
    # What is told without looking would be answered without looking.
    assert not shipped.filter(form__in=["transcription", "sentence"], with_facts=True).exists()


def test_only_a_model_value_needs_a_run() -> None:
    assert AnnotationFactory(source=Source.PERSON).run is None
    assert RunFactory().annotations.count() == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"date_start": date(1960, 1, 1), "date_end": date(1959, 1, 1)},
        {"date_text": "", "date_unread": False},
        {"date_unread": True},
        {"date_text": "", "date_start": None, "date_end": None, "date_unread": True},
    ],
)
def test_a_date_range_is_ordered_and_of_a_text_that_was_read(columns: dict[str, object]) -> None:
    image = described(date="1959年")

    with refused(), transaction.atomic():
        Image.objects.filter(pk=image.pk).update(**columns)


@pytest.mark.parametrize(
    "columns", [{"date_start": None}, {"date_end": None}, {"date_start": None, "date_end": None, "date_unread": True}]
)
def test_a_date_range_may_be_open_to_a_side_or_missing(columns: dict[str, object]) -> None:
    image = described(date="1959年")

    assert Image.objects.filter(pk=image.pk).update(**columns) == 1


@pytest.mark.parametrize(("role", "width"), [("document", 10), ("page", 0)])
def test_a_scan_has_a_size_and_a_document_has_none(role: str, width: int) -> None:
    file = DocumentFactory() if role == "document" else ImageFileFactory(role=role)

    with refused(), transaction.atomic():
        ImageFile.objects.filter(pk=file.pk).update(width=width)


def test_a_document_is_no_picture() -> None:
    file = DocumentFactory()

    for column in ("thumbnail", "screen", "perceptual_hash"):
        with refused(), transaction.atomic():
            ImageFile.objects.filter(pk=file.pk).update(**{column: "x"})
