"""Front, back, negative and pages of one photograph become one record."""

from pathlib import Path

import pytest
from PIL import Image as PillowImage
from PIL import ImageOps

from catalog.drafting.asking import question
from catalog.models import Collection, Image, ImageFile
from catalog.vocabulary import FileRole
from demo.drawing.scan import draw_scan
from demo.samples import SAMPLES
from inference.types import ImagePart
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, PromptVersionFactory, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def put(folder: Path, *names: str) -> None:
    """Write a picture under each name, no two alike."""
    for name in names:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        number = sum(1 for _ in folder.rglob("*")) + len(name)
        path.write_bytes(picture((number % 256, len(str(path)) % 256, hash(name) % 256), SIZE))


def parts(collection: Collection) -> dict[str, list[tuple[str, int]]]:
    """Return each image's files by its first file's name."""
    found = {}
    for image in Image.objects.filter(collection=collection).order_by("pk"):
        files = list(image.files.order_by("pk"))
        found[files[0].original_name] = [(file.role, file.sequence) for file in files]
    return found


def test_what_belongs_together_is_one_record(box: Path) -> None:
    put(box, "1.jpg", "1_v.jpg", "1_neg.jpg", "2.jpg", "册_p01.jpg", "册_p02.jpg")
    collection = CollectionFactory()

    report = bring_in(box, collection)

    assert parts(collection) == {
        "1.jpg": [("front", 1), ("negative", 1), ("verso", 1)],
        "2.jpg": [("front", 1)],
        "册_p01.jpg": [("page", 1), ("page", 2)],
    }
    assert (report.added, len(report.joined), report.seen) == (3, 3, 6)
    assert "并入同一照片 3 个" in report.sentence()


def test_parts_find_each_other_whenever_they_come(box: Path) -> None:
    collection = CollectionFactory()
    put(box, "1_v.jpg")
    bring_in(box, collection)
    put(box, "1.jpg")

    report = bring_in(box, collection)

    image = collection.images.get()
    assert (image.front.original_name, image.verso.original_name) == ("1.jpg", "1_v.jpg")
    assert (report.added, report.present, [joined.part for joined in report.joined]) == (0, 1, ["“1_v.jpg”的正面"])


def test_names_in_different_folders_and_two_fronts_stay_apart(box: Path) -> None:
    put(box, "1.jpg", "甲/1_v.jpg", "1.png")
    collection = CollectionFactory()

    bring_in(box, collection)

    assert len(parts(collection)) == 3


def test_a_dry_run_says_what_would_be_joined(box: Path) -> None:
    put(box, "1.jpg", "1背.jpg", "册_p01.jpg", "册_p02.jpg")

    report = bring_in(box, Collection(slug="new", title="新"), dry_run=True)

    assert {joined.name: joined.part for joined in report.joined} == {
        "1背.jpg": "“1.jpg”的背面",
        "册_p02.jpg": "与“册_p01.jpg”同属一件，第 2 页",
    }
    assert report.added == 2
    assert not ImageFile.objects.exists()


def test_a_collection_may_name_differently_or_not_at_all(box: Path) -> None:
    put(box, "1.jpg", "1_v.jpg", "r-1.jpg")

    own = CollectionFactory(name_pattern="背面：r-*")
    bring_in(box, own)
    none = CollectionFactory(name_pattern="无")
    bring_in(box, none)

    assert parts(own) == {"1.jpg": [("front", 1), ("verso", 1)], "1_v.jpg": [("front", 1)]}
    assert len(parts(none)) == 3


def test_a_number_of_its_own_makes_a_file_a_record_of_its_own(box: Path) -> None:
    put(box, "1.jpg", "1_v.jpg", "2.jpg", "2_v.jpg")
    (box / "manifest.csv").write_text(
        "文件名,照片号,题名,文字转录\n1.jpg,P-1,石桥,\n1_v.jpg,P-2,,\n2.jpg,P-3,,\n2_v.jpg,P-3,,一九五九\n",
        encoding="utf-8",
    )
    collection = CollectionFactory()

    report = bring_in(box, collection)

    assert not report.left_out
    assert {image.identifier: image.files.count() for image in collection.images.all()} == {
        "P-1": 1,
        "P-2": 1,
        "P-3": 2,
    }
    assert collection.images.get(identifier="P-3").transcription == "一九五九"


def test_a_negative_is_shown_and_described_as_a_positive(box: Path) -> None:
    scene = draw_scan(SAMPLES[0].scene, long_side=700).image
    ImageOps.invert(scene).save(box / "1_neg.png")
    collection = CollectionFactory()

    bring_in(box, collection)

    scan = ImageFile.objects.get()
    assert scan.role == FileRole.NEGATIVE
    assert scan.master_path.read_bytes() == (box / "1_neg.png").read_bytes()
    with PillowImage.open(scan.screen.path) as shown:
        difference = _mean(shown) - _mean(scene)
    assert abs(difference) < 25
    asked = question(PromptVersionFactory(), Image.objects.with_files().get()).request
    first = asked.messages[0].parts[0]
    assert isinstance(first, ImagePart)
    assert first.source == Path(scan.screen.path)


def _mean(image: PillowImage.Image) -> float:
    grey = image.convert("L")
    values = grey.resize((32, 32)).tobytes()
    return sum(values) / len(values)
