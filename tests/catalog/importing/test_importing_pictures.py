"""Pictures of odd kinds on their way in: what can be read comes in with a note where one is due, the rest says why."""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import translation
from PIL import Image as PillowImage
from pytest_django import Settings

from catalog.importing.uploads import import_upload
from catalog.models import Collection, ImageFile
from catalog.vocabulary import FileDefect
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, picture
from tests.inference.pictures import encoded
from tests.inference.tiffs import BLACK_IS_ZERO, RGB, Kind, written, written_pages

pytestmark = pytest.mark.django_db

END = b"\xff\xd9"


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def grey(width: int, height: int, samples: int = 1) -> "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]":
    ramp = numpy.linspace(0, 1, width)[None, :, None]
    return ramp.repeat(height, 0).repeat(samples, 2)


def test_a_jpeg_without_its_end_comes_in_with_a_note_on_its_scan(tmp_path: Path, collection: Collection) -> None:
    (tmp_path / "1.jpg").write_bytes(picture((9, 9, 9), SIZE).removesuffix(END))
    (tmp_path / "2.jpg").write_bytes(picture((8, 8, 8), SIZE))

    report = bring_in(tmp_path, collection)

    assert (report.added, report.rejected) == (2, [])
    assert [(one.name, one.reason) for one in report.defective] == [("1.jpg", "缺少结尾标记，画面完整")]
    assert "文件有缺陷、已导入的 1 个" in report.sentence()
    found = dict(ImageFile.objects.values_list("original_name", "defect"))
    assert found == {"1.jpg": FileDefect.NO_END_MARK, "2.jpg": FileDefect.NONE}
    scan = ImageFile.objects.get(original_name="1.jpg")
    # The master is as it came, its derivatives are whole.
    assert scan.master_path.read_bytes() == (tmp_path / "1.jpg").read_bytes()
    with PillowImage.open(scan.screen.path) as screen:
        screen.load()


def test_a_jpeg_that_breaks_off_stays_out_as_damaged(tmp_path: Path, collection: Collection) -> None:
    noise = encoded(PillowImage.effect_noise(SIZE, 90), "JPEG")
    (tmp_path / "1.jpg").write_bytes(noise[: len(noise) * 2 // 3])

    report = bring_in(tmp_path, collection)

    assert report.added == 0
    assert "文件已损坏" in report.rejected[0].reason


def test_somebody_who_sends_one_file_is_told_of_its_missing_end(collection: Collection) -> None:
    upload = SimpleUploadedFile("1.jpg", picture().removesuffix(END))

    done = import_upload(collection=collection, upload=upload, user=None)

    assert done.sentence == "已导入。文件缺少结尾标记，画面完整。"


def test_the_command_names_files_with_a_defect(
    tmp_path: Path, collection: Collection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "1.jpg").write_bytes(picture((9, 9, 9), SIZE).removesuffix(END))

    call_command("import_images", str(scans), "--collection", collection.slug)

    assert "1.jpg：缺少结尾标记，画面完整" in capsys.readouterr().out


def test_a_scan_has_no_defect_that_is_not_known(tmp_path: Path, collection: Collection) -> None:
    (tmp_path / "1.jpg").write_bytes(picture((9, 9, 9), SIZE))
    bring_in(tmp_path, collection)
    scan = ImageFile.objects.get()

    scan.defect = "torn"
    with pytest.raises(ValidationError):
        scan.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        ImageFile.objects.update(defect="torn")


def test_a_thumbnail_in_front_is_not_the_photograph(tmp_path: Path, collection: Collection) -> None:
    small = (Kind(BLACK_IS_ZERO, tags={254: (1,)}), grey(75, 50))
    (tmp_path / "1.tif").write_bytes(written_pages([small, (Kind(BLACK_IS_ZERO), grey(600, 400))]))

    bring_in(tmp_path, collection)

    scan = ImageFile.objects.get()
    assert (scan.width, scan.height, scan.pages) == (600, 400, 1)
    with PillowImage.open(scan.screen.path) as screen:
        assert screen.size == (600, 400)


def test_grey_of_16_bits_with_transparency_comes_in(tmp_path: Path, collection: Collection) -> None:
    samples = grey(200, 100, 2)
    samples[:, :, 1] = 1
    (tmp_path / "1.tif").write_bytes(written(Kind(BLACK_IS_ZERO, bits=16, extra=(2,)), samples))

    bring_in(tmp_path, collection)

    with PillowImage.open(ImageFile.objects.get().screen.path) as screen:
        line = screen.convert("L").resize((20, 1), PillowImage.Resampling.BOX).tobytes()
    assert list(line) == sorted(line)
    assert line[0] < 15
    assert line[-1] > 240


def test_avif_comes_in_under_its_own_suffix(tmp_path: Path, collection: Collection) -> None:
    (tmp_path / "1.avif").write_bytes(encoded(PillowImage.new("RGB", SIZE, (200, 30, 30)), "AVIF"))

    bring_in(tmp_path, collection)

    scan = ImageFile.objects.get()
    assert (scan.format, scan.master_path.suffix) == ("AVIF", ".avif")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind(32803, bits=16), "相机的原始数据"),
        (Kind(RGB, bits=12), "photometric 2, 3 × 12 bit uint"),
        (Kind(10), "颜色编号 10"),
        (Kind(RGB, tags={259: (34712,)}), "压缩编号 34712"),
    ],
)
def test_a_kind_that_is_not_read_says_so_and_that_nothing_is_damaged(
    kind: Kind, words: str, tmp_path: Path, collection: Collection
) -> None:
    samples = grey(64, 32, 1 if kind.photometric == 32803 else 3)
    (tmp_path / "1.tif").write_bytes(written(kind, samples))

    report = bring_in(tmp_path, collection)

    (reject,) = report.rejected
    assert words in reject.reason
    assert "文件没有损坏" in reject.reason
