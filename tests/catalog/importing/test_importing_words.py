"""What files say about themselves is proposed, and a person decides."""

from pathlib import Path

import pytest
from PIL import Image as PillowImage

from catalog.models import Annotation, Image
from catalog.records.annotations import fields_to_draft
from catalog.review import decisions
from catalog.vocabulary import ImageStatus, Source, State
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    save(folder / "1.jpg", "桥头合影", "陈志远")
    return folder


def save(path: Path, caption: str, author: str) -> None:
    exif = PillowImage.Exif()
    exif[0x9C9C] = caption.encode("utf-16-le")
    exif[0x9C9D] = author.encode("utf-16-le")
    PillowImage.effect_noise(SIZE, 60).convert("RGB").save(path, exif=exif)


def test_they_become_drafts_and_nothing_is_accepted(box: Path) -> None:
    user = UserFactory()

    bring_in(box, CollectionFactory(), user=user)

    drafts = {item.field: item for item in Annotation.objects.all()}
    assert {field: item.value for field, item in drafts.items()} == {
        "description": "桥头合影",
        "photographer": "陈志远",
    }
    assert {(item.source, item.state, item.created_by) for item in drafts.values()} == {
        (Source.IMPORT, State.DRAFT, user)
    }
    image = Image.objects.get()
    assert (image.description, image.status) == ("", ImageStatus.TO_REVIEW)


def test_a_person_accepts_them_as_any_draft_and_they_bear_no_label(box: Path) -> None:
    bring_in(box, CollectionFactory())

    decisions.accept(annotation=Annotation.objects.get(field="photographer"), user=UserFactory())

    assert Image.objects.get().photographer == "陈志远"


def test_the_manifest_knows_better(box: Path) -> None:
    (box / "manifest.csv").write_text("文件名,摄影者\n1.jpg,县文化馆\n", encoding="utf-8")

    bring_in(box, CollectionFactory())

    assert Image.objects.get().photographer == "县文化馆"
    assert [item.field for item in Annotation.objects.drafts()] == ["description"]


def test_the_model_neither_replaces_nor_doubles_them(box: Path) -> None:
    bring_in(box, CollectionFactory())
    image = Image.objects.get()

    drafted(image, description="模型写的", place="云溪镇")

    assert {item.field: item.value for item in image.annotations.drafts()} == {
        "description": "桥头合影",
        "photographer": "陈志远",
        "place": "云溪镇",
    }
    assert fields_to_draft(image=image, fields=["description", "title"], replace=True) == {"title"}


def test_what_a_back_says_of_itself_is_left_alone(box: Path) -> None:
    save(box / "1_v.jpg", "背面的扫描", "扫描员")

    bring_in(box, CollectionFactory())

    assert Image.objects.get().annotations.get(field="photographer").value == "陈志远"


def test_a_second_import_proposes_nothing_again(box: Path) -> None:
    collection = CollectionFactory()
    bring_in(box, collection)
    decisions.reject(annotation=Annotation.objects.get(field="description"), user=UserFactory(), reason="不对")

    bring_in(box, collection)

    assert Annotation.objects.filter(field="description").count() == 1
