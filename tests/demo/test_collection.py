"""The sample collection: twenty-six files and a manifest."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from demo.collection import MANIFEST, write_collection
from demo.samples import DAMAGED_NAME, DUPLICATE_NAME, DUPLICATE_OF, SAMPLES
from demo.scene import SUBJECTS, TONES
from inference.engine.errors import ImageError
from inference.engine.images import open_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("samples")
    write_collection(path)
    return path


def test_there_are_twenty_six_pictures_and_one_manifest(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 27
    assert names == sorted([*(sample.file_name for sample in SAMPLES), DUPLICATE_NAME, DAMAGED_NAME, MANIFEST])


def test_twenty_four_are_distinct_and_the_copy_is_exact(folder: Path) -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("scan-*")}
    assert digests[DUPLICATE_NAME] == digests[DUPLICATE_OF.file_name]
    assert len({digests[sample.file_name] for sample in SAMPLES}) == 24


def test_formats_are_those_of_an_archive(folder: Path) -> None:
    opened = {sample.number: Image.open(folder / sample.file_name) for sample in SAMPLES}
    assert {image.format for image in opened.values()} == {"JPEG", "TIFF", "PNG"}
    assert any(image.mode.startswith("I") for image in opened.values())
    assert [n for n, image in opened.items() if image.getexif().get(0x0112, 1) != 1] == [6]
    assert all(open_image(folder / sample.file_name).width >= 1000 for sample in SAMPLES)


def test_the_turned_scan_is_upright_once_its_orientation_is_heeded(folder: Path) -> None:
    turned = next(sample for sample in SAMPLES if sample.format == "jpeg-rotated")
    stored, shown = Image.open(folder / turned.file_name), open_image(folder / turned.file_name)
    assert stored.size == shown.size[::-1]


def test_only_the_damaged_file_cannot_be_opened(folder: Path) -> None:
    for sample in SAMPLES:
        open_image(folder / sample.file_name)
    with pytest.raises(ImageError):
        open_image(folder / DAMAGED_NAME)


def test_every_subject_and_tone_comes_up() -> None:
    assert set(Counter(sample.scene.subject for sample in SAMPLES).values()) == {len(SAMPLES) // len(SUBJECTS)}
    assert {sample.scene.tone for sample in SAMPLES} == set(TONES)


def test_a_person_wrote_records_for_twelve(folder: Path) -> None:
    with (folder / MANIFEST).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert sum(bool(row["题名"]) for row in rows) == 12
    assert {row["文件名"] for row in rows} == {sample.file_name for sample in SAMPLES}


def test_a_year_on_record_never_contradicts_the_banner() -> None:
    for sample in SAMPLES:
        if sample.record and sample.scene.year:
            assert sample.record.date == sample.scene.banner_text


def test_writing_it_again_touches_no_picture(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("scan-*")}
    write_collection(folder)
    assert before == {path.name: path.stat().st_mtime_ns for path in folder.glob("scan-*")}
