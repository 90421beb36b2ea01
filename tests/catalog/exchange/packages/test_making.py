"""What lies in a package, and that it is whole or not there."""

import hashlib
import io
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bagit
import pytest
from defusedxml import ElementTree
from PIL import Image as PillowImage
from python_calamine import CalamineWorkbook

from catalog.exceptions import CatalogError, PackageBroken, PackageRefused
from catalog.exchange.layouts import layout_of
from catalog.exchange.packages import digests, making
from catalog.exchange.packages.layouts import layout_for, offered, told_of
from catalog.exchange.packages.making import Progress, make
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.planning import Report, look_over
from catalog.exchange.packages.policies import packed_images
from catalog.exchange.packages.verifying import verify
from catalog.exchange.packages.workplace import Workplace
from catalog.models import Annotation, Collection, Image, ImageFile, Package
from catalog.review import decisions
from catalog.vocabulary import State
from tests.catalog.exchange.packages.conftest import photograph
from tests.factories import ImageFileFactory, PhotoGroupFactory, UserFactory, drafted
from tests.outages import fill, mounted

pytestmark = pytest.mark.django_db

Kind, WrongNames = Package.Kind, Package.WrongNames
needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")


def order(kind: Package.Kind, **more: Any) -> Order:
    return Order(kind, layout=layout_of(None, []), selection="云溪镇老照片", name="包", **more)


def planned(collection: Collection, workplace: Workplace, grouping: Package.Grouping) -> Report:
    report = Report()
    keys = list(collection.images.order_by("identifier").values_list("pk", flat=True))
    for record in workplace.keep_plan(look_over(keys, packed_images(None), grouping)):
        report.add(record)
    return report


def made(collection: Collection, folder: Path, kind: Package.Kind, **more: Any) -> Progress:
    what, workplace = order(kind, **more), Workplace(folder / "making")
    planned(collection, workplace, what.grouping)
    return list(make(what, workplace, packed_images(None), folder / "包"))[-1]


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def table_of(path: Path) -> list[dict[str, str]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    head = [str(cell) for cell in rows[0]]
    return [dict(zip(head, map(str, row), strict=True)) for row in rows[1:]]


def test_scans_lie_in_folders_named_by_their_number_with_one_table_beside_them(
    fonds: Collection, tmp_path: Path
) -> None:
    told = made(fonds, tmp_path, Kind.ATTACH)

    assert (told.records, told.files, told.left_out, told.is_done) == (3, 4, {}, True)
    folder = tmp_path / "包"
    lists = [f"manifest-{name}.txt" for name in digests.algorithms()]
    assert names_in(folder) == sorted(
        [
            "0012/1956/3/0012-ZP-0001.jpg",
            "0012/1956/3/0012-ZP-0001_背.jpg",
            "0012/1957/3/0012-ZP-0002.jpg",
            "0012/年度不详/未分册/0012-ZP-0003.jpg",
            "目录.xlsx",
            "说明.txt",
            *lists,
        ]
    )
    rows = table_of(folder / "目录.xlsx")
    assert [row["照片号"] for row in rows] == ["0012-ZP-0001", "0012-ZP-0002", "0012-ZP-0003"]
    assert rows[0]["题名"] == "石桥"
    for row in rows:
        assert row["SHA-256"] == hashlib.sha256((folder / row["文件路径"]).read_bytes()).hexdigest()
        assert row["SM3"] == hashlib.new("sm3", (folder / row["文件路径"]).read_bytes()).hexdigest()
    assert rows[0]["背面文件路径"] == "0012/1956/3/0012-ZP-0001_背.jpg"
    assert rows[1]["背面文件路径"] == ""
    assert not [heading for heading in rows[0] if heading.startswith("glmv_")]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="coreutils are not installed")
def test_any_linux_can_check_a_package(fonds: Collection, tmp_path: Path) -> None:
    made(fonds, tmp_path, Kind.ATTACH)

    checked = subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt"], cwd=tmp_path / "包")

    assert checked.returncode == 0


def test_the_files_are_the_masters_to_the_byte(fonds: Collection, tmp_path: Path) -> None:
    made(fonds, tmp_path, Kind.ATTACH, table=Package.Table.CSV)

    front = ImageFile.objects.get(image__identifier="0012-ZP-0002")
    assert (tmp_path / "包/0012/1957/3/0012-ZP-0002.jpg").read_bytes() == front.master_path.read_bytes()
    assert (tmp_path / "包/目录.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_folders_may_be_those_of_groups(fonds: Collection, tmp_path: Path) -> None:
    group = PhotoGroupFactory(collection=fonds, number="7", year="1958", state="confirmed")
    proposed = PhotoGroupFactory(collection=fonds, title="建议")
    Image.objects.filter(identifier="0012-ZP-0001").update(photo_group=group)
    Image.objects.filter(identifier="0012-ZP-0002").update(photo_group=proposed)

    made(fonds, tmp_path, Kind.ATTACH, grouping=Package.Grouping.GROUP)

    names = names_in(tmp_path / "包")
    assert "0012/1958/7/0012-ZP-0001.jpg" in names
    assert "0012/1957/未分组/0012-ZP-0002.jpg" in names


def test_what_will_be_wrong_is_told_before_anything_is_written(fonds: Collection, tmp_path: Path) -> None:
    photograph(fonds, "0012/ZP:9")
    photograph(fonds, "")
    photograph(fonds, "0012-zp-0001", volume="3", date="1956年")
    Path(ImageFile.objects.get(image__identifier="0012-ZP-0002").master.path).unlink()
    short = Path(ImageFile.objects.get(image__identifier="0012-ZP-0003").master.path)
    short.write_bytes(b"\xff\xd8")

    report = planned(fonds, Workplace(tmp_path / "making"), Package.Grouping.VOLUME)

    assert {kind: said["number"] for kind, said in report.names.items()} == {
        "no_number": 1,
        "doubled": 1,
        "forbidden": 1,
    }
    assert report.names["forbidden"]["first"] == [["0012/ZP:9", "0012/年度不详/未分册/0012／ZP：9.jpg"]]
    assert {kind: said["number"] for kind, said in report.masters.items()} == {"missing": 1, "size": 1}
    assert (report.records, report.files, report.wrongly_named) == (6, 5, 3)
    assert not (tmp_path / "making" / "package").exists()


def test_records_with_wrong_names_are_skipped_or_get_others(fonds: Collection, tmp_path: Path) -> None:
    photograph(fonds, "0012/ZP:9")

    skipped = made(fonds, tmp_path / "a", Kind.ATTACH, wrong_names=WrongNames.SKIP)
    written = made(fonds, tmp_path / "b", Kind.ATTACH, wrong_names=WrongNames.SUBSTITUTE)

    assert (skipped.files, skipped.left_out) == (4, {"wrong_name": 1})
    assert "0012/ZP:9" not in [row["照片号"] for row in table_of(tmp_path / "a/包/目录.xlsx")]
    assert "按要求跳过" in (tmp_path / "a/包/说明.txt").read_text("utf-8-sig")
    row = next(row for row in table_of(tmp_path / "b/包/目录.xlsx") if row["照片号"] == "0012/ZP:9")
    assert (tmp_path / "b/包" / row["文件路径"]).is_file()
    assert written.files == 5


def test_a_master_that_is_not_what_came_in_is_left_out_and_told(fonds: Collection, tmp_path: Path) -> None:
    file = ImageFile.objects.get(image__identifier="0012-ZP-0002")
    path = Path(file.master.path)
    content = bytearray(path.read_bytes())
    content[-30] ^= 1
    path.write_bytes(content)

    told = made(fonds, tmp_path, Kind.ATTACH)

    assert (told.files, told.left_out) == (3, {"damaged": 1})
    row = next(row for row in table_of(tmp_path / "包/目录.xlsx") if row["照片号"] == "0012-ZP-0002")
    assert row["文件路径"] == ""
    assert "0012-ZP-0002.jpg" in (tmp_path / "包/说明.txt").read_text("utf-8-sig")
    assert verify(tmp_path / "包").problems == []


def test_records_that_may_be_secret_stay_in_the_house(fonds: Collection, tmp_path: Path) -> None:
    Image.objects.filter(identifier="0012-ZP-0002").update(secrecy_hold=True)

    made(fonds, tmp_path, Kind.BAG)

    assert not [name for name in names_in(tmp_path / "包") if "0002" in name]
    assert "供销社" not in (tmp_path / "包/data/records.json").read_text("utf-8")


def test_a_record_that_is_held_back_while_a_package_is_made_is_left_out(fonds: Collection, tmp_path: Path) -> None:
    what, workplace = order(Kind.BAG), Workplace(tmp_path / "making")
    planned(fonds, workplace, what.grouping)
    Image.objects.filter(identifier="0012-ZP-0002").update(secrecy_hold=True)

    told = list(make(what, workplace, packed_images(None), tmp_path / "包"))[-1]

    assert told.left_out == {"gone": 1}
    assert "供销社" not in "".join(
        (tmp_path / "包" / name).read_text("utf-8")
        for name in names_in(tmp_path / "包")
        if name.endswith(("xml", "json"))
    )


# --- Bags ------------------------------------------------------------------------------------------------------------


def test_the_library_validates_a_bag_with_everything_in_it(fonds: Collection, tmp_path: Path) -> None:
    made(fonds, tmp_path, Kind.BAG)

    folder = tmp_path / "包"
    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.version_info == (1, 0)
    assert bag.info["Payload-Oxum"].endswith(".10")
    names = names_in(folder)
    assert "data/scans/0012/1956/3/0012-ZP-0001_背.jpg" in names
    assert "data/records/0012/1956/3/0012-ZP-0001.xml" in names
    assert {"data/目录.xlsx", "data/records.json", "manifest-sm3.txt", "tagmanifest-sha256.txt"} <= set(names)
    assert verify(folder).problems == []


def test_while_a_bag_is_made_other_threads_stay_where_they_are(fonds: Collection, tmp_path: Path) -> None:
    # The library's own way of making one takes the whole process into the folder.
    over, places = threading.Event(), set()

    def look_around() -> None:
        while not over.is_set():
            places.add(Path.cwd())

    other = threading.Thread(target=look_around)
    other.start()
    try:
        made(fonds, tmp_path, Kind.BAG)
    finally:
        over.set()
        other.join()
    assert places == {Path.cwd()}


def test_the_json_has_every_record_with_its_files(fonds: Collection, tmp_path: Path) -> None:
    made(fonds, tmp_path, Kind.BAG)

    told = json.loads((tmp_path / "包/data/records.json").read_text("utf-8"))

    assert [record["identifier"] for record in told["records"]] == ["0012-ZP-0001", "0012-ZP-0002", "0012-ZP-0003"]
    first = told["records"][0]
    assert first["values"]["title"] == {"heading": "题名", "value": "石桥", "source": "person"}
    assert (first["date_start"], first["date_end"]) == ("1956-05-01", "1956-05-31")
    scan = tmp_path / "包/data" / first["files"][0]["path"]
    assert hashlib.sha256(scan.read_bytes()).hexdigest() == first["files"][0]["sha256"]
    assert "aigc_of_text" not in first


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
def test_xmllint_accepts_every_record(fonds: Collection, tmp_path: Path) -> None:
    made(fonds, tmp_path, Kind.BAG)

    records = sorted(map(str, (tmp_path / "包/data/records").rglob("*.xml")))

    assert len(records) == 3
    assert subprocess.run(["xmllint", "--noout", *records]).returncode == 0


def test_a_text_of_a_model_carries_the_object_of_the_standard_and_the_scan_does_not(
    fonds: Collection, tmp_path: Path
) -> None:
    image = drafted(Image.objects.get(identifier="0012-ZP-0003"), description="桥头有三个人。")
    decisions.accept(annotation=Annotation.objects.get(image=image, state=State.DRAFT), user=UserFactory())

    made(fonds, tmp_path, Kind.BAG)

    told = json.loads((tmp_path / "包/data/records.json").read_text("utf-8"))["records"][2]
    assert told["aigc_of_text"]["AIGC"]["Label"] == "1"
    assert len(told["aigc_of_text"]["AIGC"]) == 7
    assert told["values"]["description"]["ai_label"] == "AI 生成 · 人工审核"
    assert not any("aigc" in key.lower() for file in told["files"] for key in file)
    root = ElementTree.parse(tmp_path / "包/data/records/0012/年度不详/未分册/0012-ZP-0003.xml").getroot()
    space = "{urn:glmv:photo-record:1}"
    assert json.loads(root.findtext(f"{space}AIGC") or "")["Label"] == "1"
    assert "AI 生成 · 人工审核" in (root.findtext("附注") or "")
    assert root.findtext("档号") == "0012-ZP-0003"


def test_drafts_stay_in_the_house(fonds: Collection, tmp_path: Path) -> None:
    drafted(Image.objects.get(identifier="0012-ZP-0003"), title="没有人看过")

    made(fonds, tmp_path / "a", Kind.BAG)
    made(fonds, tmp_path / "b", Kind.ATTACH, table=Package.Table.CSV)

    for path in tmp_path.rglob("*"):
        assert not path.is_file() or "没有人看过".encode() not in path.read_bytes()


# --- Copies ----------------------------------------------------------------------------------------------------------


@needs_exiftool
def test_copies_hold_what_is_said_and_show_the_same(fonds: Collection, tmp_path: Path) -> None:
    bmp = io.BytesIO()
    PillowImage.new("RGB", (40, 30), (9, 9, 9)).save(bmp, "BMP")
    image = Image.objects.get(identifier="0012-ZP-0002")
    ImageFileFactory(image=image, role="negative", content=bmp.getvalue(), format="BMP", original_name="底.bmp")

    told = made(fonds, tmp_path, Kind.COPIES)

    folder = tmp_path / "包"
    assert (told.files, told.beside) == (5, 1)
    copy = folder / "0012/1956/3/0012-ZP-0001_背.jpg"
    said = subprocess.run(["exiftool", "-s3", "-XMP-dc:Title", str(copy)], capture_output=True, text=True).stdout
    assert said.strip() == "石桥"
    master = ImageFile.objects.get(image__identifier="0012-ZP-0001", role="verso").master_path
    assert copy.read_bytes() != master.read_bytes()
    with PillowImage.open(copy) as one, PillowImage.open(master) as other:
        assert one.tobytes() == other.tobytes()
    assert (folder / "0012/1957/3/0012-ZP-0002_底片.bmp").read_bytes() == bmp.getvalue()
    assert "供销社开业" in (folder / "0012/1957/3/0012-ZP-0002_底片.bmp.xmp").read_text("utf-8")
    nothing = ImageFile.objects.get(image__identifier="0012-ZP-0003").master_path
    assert (folder / "0012/年度不详/未分册/0012-ZP-0003.jpg").read_bytes() == nothing.read_bytes()
    assert verify(folder).problems == []


# --- Whole, or not there ---------------------------------------------------------------------------------------------


def interrupted(what: Order, workplace: Workplace, place: Path, after: int) -> None:
    """Leave a package as a killed process does: nothing is closed, nothing is told."""
    steps: Iterator[Progress] = make(what, workplace, packed_images(None), place)
    for _number in range(after):
        next(steps)


@pytest.mark.parametrize("kind", [Kind.ATTACH, Kind.BAG])
@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_the_next_process_goes_on_where_one_was_killed(
    fonds: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Package.Kind, after: int
) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    what, workplace, place = order(kind), Workplace(tmp_path / "making"), tmp_path / "包"
    planned(fonds, workplace, what.grouping)
    interrupted(what, workplace, place, after)
    assert not place.exists()
    # What was being written when it died.
    with workplace.journal.open("ab") as journal:
        journal.write(b'{"image": 99, "fil')
    left = making._payload(what, workplace) / "0012" / ".part.jpg"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")

    told = list(make(what, workplace, packed_images(None), place))[-1]

    assert (told.records, told.files, told.is_done) == (3, 4, True)
    assert verify(place).problems == []
    assert not [name for name in names_in(place) if ".part" in name]


def test_killed_between_the_last_move_and_telling_of_it_nothing_is_made_twice(
    fonds: Collection, tmp_path: Path
) -> None:
    made(fonds, tmp_path, Kind.ATTACH)
    before = (tmp_path / "包/目录.xlsx").stat().st_mtime_ns

    told = list(make(order(Kind.ATTACH), Workplace(tmp_path / "making"), packed_images(None), tmp_path / "包"))[-1]

    assert told.is_done
    assert (tmp_path / "包/目录.xlsx").stat().st_mtime_ns == before


def test_a_full_disk_stops_in_a_sentence_and_what_was_written_is_kept(
    fonds: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    with mounted(tmp_path / "disk") as disk:
        what, workplace, place = order(Kind.ATTACH), Workplace(disk / "making"), disk / "包"
        planned(fonds, workplace, what.grouping)
        steps = make(what, workplace, packed_images(None), place)
        next(steps)
        next(steps)

        fill(disk)
        with pytest.raises(PackageBroken, match="磁盘空间不足"):
            list(steps)
        assert not place.exists()
        assert len(list(workplace.written())) == 1

        (disk / "fill").unlink()
        told = list(make(what, workplace, packed_images(None), place))[-1]
        assert told.is_done
        assert verify(place).problems == []


@needs_exiftool
def test_copies_on_a_full_disk_are_not_taken_for_formats_that_hold_no_text(fonds: Collection, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        what, workplace = order(Kind.COPIES), Workplace(disk / "making")
        planned(fonds, workplace, what.grouping)
        steps = make(what, workplace, packed_images(None), disk / "包")
        next(steps)

        fill(disk)
        with pytest.raises(PackageBroken, match="磁盘空间不足"):
            list(steps)


# --- Columns ---------------------------------------------------------------------------------------------------------


def test_the_table_may_have_the_columns_of_a_preset(fonds: Collection, tmp_path: Path) -> None:
    layout = layout_for("gbt11821-photograph", fonds.images.all())
    what, workplace = Order(Kind.ATTACH, layout=layout, name="包"), Workplace(tmp_path / "making")
    planned(fonds, workplace, what.grouping)

    list(make(what, workplace, packed_images(None), tmp_path / "包"))

    row = table_of(tmp_path / "包/目录.xlsx")[0]
    assert (row["照片号"], row["题名"]) == ("0012-ZP-0001", "石桥")
    assert row["文件路径"] == "0012/1956/3/0012-ZP-0001.jpg"
    assert "目录表的栏目：" in (tmp_path / "包/说明.txt").read_text("utf-8-sig")


def test_columns_whose_rows_are_groups_have_no_place_for_a_photograph(fonds: Collection) -> None:
    assert "gbt11821-group" not in dict(offered())
    with pytest.raises(PackageRefused, match="每行是一个照片组"):
        layout_for("gbt11821-group", fonds.images.all())


def test_columns_that_there_are_not_are_told(fonds: Collection) -> None:
    with pytest.raises(CatalogError, match="没有代号为"):
        layout_for("nothing", fonds.images.all())


def test_what_records_lack_for_the_columns_is_told_before(fonds: Collection) -> None:
    assert any("缺" in sentence or "没有" in sentence for sentence in told_of(layout_for("dat18", fonds.images.all())))
