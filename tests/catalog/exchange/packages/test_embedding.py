"""What exiftool reads back from copies: every value in Chinese, and the same picture."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage

from catalog.exceptions import ExiftoolFailed
from catalog.exchange.packages import exiftool
from catalog.exchange.packages.embedding import names_in, shortened, tags_of
from catalog.exchange.packages.exiftool import Exiftool
from catalog.exchange.packages.records import loaded
from catalog.models import Annotation, Image
from catalog.review import decisions
from catalog.vocabulary import State
from tests.factories import ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

FIRST = "清水镇石桥上的人群，桥头挂着横幅。\n第二行：<张&李> 的“合影”"
LONG = "清水镇的石桥。" * 200


@pytest.fixture
def writer() -> Iterator[Exiftool]:
    tool = Exiftool()
    yield tool
    tool.close()


def record(**values: str) -> Image:
    image = described(
        ImageFactory(collection__title="县档案馆老照片", identifier="0012-ZP-0007", rights="县档案馆所有"),
        user=UserFactory(last_name="李", first_name="审核"),
        **values,
    )
    return loaded([image.pk])[0]


def scan(folder: Path, kind: str, suffix: str) -> Path:
    path = folder / f"扫描 {kind}{suffix}"
    PillowImage.effect_noise((64, 48), 80).convert("RGB").save(path, kind)
    return path


def read_back(path: Path) -> dict[str, Any]:
    answer = subprocess.run(
        ["exiftool", "-config", "", "-j", "-G1", "-struct", str(path)], capture_output=True, check=True, text=True
    )
    found: dict[str, Any] = json.loads(answer.stdout)[0]
    return found


def pixels(path: Path) -> bytes:
    with PillowImage.open(path) as picture:
        return picture.convert("RGB").tobytes()


@needs_exiftool
@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("TIFF", ".tif"), ("PNG", ".png")])
def test_everything_is_read_back_in_chinese_and_the_picture_is_the_same(
    writer: Exiftool, tmp_path: Path, kind: str, suffix: str
) -> None:
    image = record(
        title="石桥上的庆祝大会",
        description=FIRST,
        date="1956年5月",
        place="清水镇石桥",
        people="张三、李四",
        photographer="王五",
        keywords="石桥；庆祝大会",
        event="大桥通车",
    )
    source, target = scan(tmp_path, kind, suffix), tmp_path / f"副本{suffix}"
    before = source.read_bytes()

    writer.write(tags_of(image, iptc=kind != "PNG"), source, target)

    found = read_back(target)
    assert found["XMP-dc:Title"] == "石桥上的庆祝大会"
    assert found["XMP-dc:Description"] == FIRST
    assert found["XMP-iptcCore:AltTextAccessibility"] == " ".join(FIRST.split())
    assert found["XMP-dc:Creator"] == ["王五"] or found["XMP-dc:Creator"] == "王五"
    assert found["XMP-photoshop:DateCreated"] == "1956:05"
    assert found["XMP-dc:Coverage"] == "1956年5月"
    assert found["XMP-iptcCore:Location"] == "清水镇石桥"
    assert found["XMP-iptcExt:LocationShown"] == [{"LocationName": "清水镇石桥"}]
    assert found["XMP-iptcExt:PersonInImage"] == ["张三", "李四"]
    assert found["XMP-iptcExt:Event"] == "大桥通车"
    assert found["XMP-dc:Subject"] == ["石桥", "庆祝大会"]
    assert found["XMP-photoshop:CaptionWriter"] == "李审核"
    assert found["XMP-dc:Identifier"] == "0012-ZP-0007"
    assert found["XMP-dc:Rights"] == "县档案馆所有"
    assert found["XMP-photoshop:Source"] == "县档案馆老照片"
    if kind != "PNG":
        assert found["IPTC:CodedCharacterSet"] == "UTF8"
        assert found["IPTC:ObjectName"] == "石桥上的庆祝大会"
        assert found["IPTC:Caption-Abstract"].replace("\r", "") == FIRST
        assert found["IPTC:By-line"] == "王五"
        assert found["IPTC:DateCreated"] == "1956:05:00"
        assert found["IPTC:Sub-location"] == "清水镇石桥"
        assert found["IPTC:Keywords"] == ["石桥", "庆祝大会"]
        assert found["IPTC:Writer-Editor"] == "李审核"
    assert pixels(target) == pixels(source)
    assert source.read_bytes() == before


@needs_exiftool
def test_what_iptc_has_no_room_for_is_cut_at_a_character_and_whole_in_xmp(writer: Exiftool, tmp_path: Path) -> None:
    image = record(title="石" * 40, description=LONG)
    source, target = scan(tmp_path, "JPEG", ".jpg"), tmp_path / "副本.jpg"

    writer.write(tags_of(image, iptc=True), source, target)

    found = read_back(target)
    assert found["XMP-dc:Description"] == LONG
    assert found["IPTC:Caption-Abstract"] == shortened(LONG, 2000)
    assert 1997 <= len(found["IPTC:Caption-Abstract"].encode()) <= 2000
    assert found["IPTC:ObjectName"] == "石" * 21
    assert found["XMP-dc:Title"] == "石" * 40
    assert found["XMP-iptcCore:AltTextAccessibility"] == "清水镇的石桥。" * 35


@needs_exiftool
def test_one_exiftool_writes_many_files_and_says_which_it_cannot(writer: Exiftool, tmp_path: Path) -> None:
    tags = tags_of(record(title="石桥"), iptc=False)
    bad, good = scan(tmp_path, "BMP", ".bmp"), scan(tmp_path, "PNG", ".png")

    with pytest.raises(ExiftoolFailed, match="BMP"):
        writer.write(tags, bad, tmp_path / "一.bmp")
    writer.write(tags, good, tmp_path / "二.png")
    writer.write_beside(tags, tmp_path / "一.bmp.xmp")

    assert read_back(tmp_path / "二.png")["XMP-dc:Title"] == "石桥"
    assert read_back(tmp_path / "一.bmp.xmp")["XMP-dc:Title"] == "石桥"
    assert not (tmp_path / "一.bmp").exists()


@needs_exiftool
def test_a_text_is_a_text_whatever_stands_in_it(writer: Exiftool, tmp_path: Path) -> None:
    other = tmp_path / "secret.txt"
    other.write_text("密", encoding="utf-8")
    text = f"<={other}\n-execute\n# 注\n-Artist=别人 &amp; &#x41; \\n {{ready1}} $filename"
    source, target = scan(tmp_path, "JPEG", ".jpg"), tmp_path / "副本.jpg"

    writer.write(tags_of(record(title=text), iptc=True), source, target)

    found = read_back(target)
    assert found["XMP-dc:Title"] == text
    assert "IFD0:Artist" not in found


def test_that_a_model_wrote_stands_in_words_and_the_scan_is_not_marked() -> None:
    image = drafted(ImageFactory(), description="桥头有三个人。")
    accept(image)

    tags = dict(tags_of(loaded([image.pk])[0], iptc=True))

    assert tags["XMP-photoshop:Instructions"] == "文字说明：AI 生成 · 人工审核。画面是原件的扫描，不是生成内容。"
    assert not any("AIGC" in name or "DigitalSourceType" in name for name in tags)


def accept(image: Image) -> None:
    draft = Annotation.objects.get(image=image, state=State.DRAFT)
    decisions.accept(annotation=draft, user=UserFactory())


def test_drafts_and_what_is_still_to_be_found_out_are_not_embedded() -> None:
    image = drafted(ImageFactory(), title="桥头")
    described(image, place="待考")

    assert tags_of(loaded([image.pk])[0], iptc=True) == []


def test_names_are_taken_apart_and_sentences_left_whole() -> None:
    assert names_in("张三、李四，王五；张三\n赵六") == ["张三", "李四", "王五", "赵六"]
    assert names_in("前排左起第三人可能是当时的供销社主任、另一人不详") == [
        "前排左起第三人可能是当时的供销社主任、另一人不详"
    ]


def test_a_text_is_never_cut_through_a_character() -> None:
    assert shortened("石桥", 5) == "石"
    assert shortened("𠮷野家", 3) == ""


def test_without_exiftool_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ExiftoolFailed, match="libimage-exiftool-perl"):
        Exiftool().ask(["-ver"])


def test_a_program_that_ends_or_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "exiftool"
    program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExiftoolFailed):
        Exiftool().ask(["-ver"])

    program.write_text("#!/bin/sh\nexec /bin/sleep 60\n", encoding="utf-8")
    monkeypatch.setattr(exiftool, "ANSWERS_WITHIN_S", 0.05)
    with pytest.raises(ExiftoolFailed, match="没有应答"):
        Exiftool().ask(["-ver"])


def test_a_caption_is_composed_where_nobody_wrote_one() -> None:
    tags = dict(tags_of(record(event="大桥通车", date="1956年", place="清水镇"), iptc=True))

    assert tags["XMP-dc:Description"] == tags["IPTC:Caption-Abstract"] == "1956年，清水镇，大桥通车。"
