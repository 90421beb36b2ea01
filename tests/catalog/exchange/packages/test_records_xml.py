"""A record as XML: the names of the photo metadata family, what is uncertain marked, nothing that XML cannot hold."""

from typing import Any

import pytest
from defusedxml import ElementTree
from django.utils.translation import override

from catalog.exchange.packages.entries import Written
from catalog.exchange.packages.records import loaded
from catalog.exchange.packages.records_xml import NAMESPACE, record_xml
from catalog.models import Annotation, Image
from tests.factories import AnnotationFactory, ImageFactory, ImageFileFactory, UserFactory, described

pytestmark = pytest.mark.django_db

OWN = f"{{{NAMESPACE}}}"


def xml_of(image: Image, *files: Written) -> Any:
    return ElementTree.fromstring(record_xml(loaded([image.pk])[0], files, "包"))


def image(**columns: Any) -> Image:
    made: Image = ImageFactory(
        identifier="0012-ZP-0007",
        collection__class_code="ZP",
        collection__fonds_number="0012",
        collection__retention_period="permanent",
        **columns,
    )
    return made


def test_what_is_said_stands_in_the_elements_of_the_family() -> None:
    found = described(
        image(negative_number="D-9"),
        user=UserFactory(last_name="李", first_name="著录"),
        title="石桥",
        date="1956年5月",
        place="清水镇",
        people="张三、李四",
        keywords="桥、庆祝",
        event="通车",
        notes="有破损",
    )
    file = ImageFileFactory(
        image=found,
        exif={
            "Make": "EPSON",
            "Model": "V850",
            "Software": "Scan 4",
            "DateTime": "2020:01:02 03:04:05",
            "GPSLatitude": [31, 30, 0],
            "GPSLatitudeRef": "N",
            "GPSLongitude": [120, 15, 36],
            "GPSLongitudeRef": "W",
        },
    )

    root = xml_of(found, Written(file.pk, "front", "scans/a.jpg", 5, {"sha256": "ab", "sm3": "cd"}))

    assert root.findtext("档案门类代码") == "ZP"
    assert root.findtext("档号") == "0012-ZP-0007"
    assert root.findtext("题名") == "石桥"
    assert root.findtext("著录者") == "李著录"
    assert root.find("审核者") is None
    assert root.findtext("摄影时间") == "1956年5月"
    assert root.find("摄影时间").attrib == {f"{OWN}起": "1956-05-01", f"{OWN}止": "1956-05-31"}
    assert [element.text for element in root.findall("主题")] == ["桥", "庆祝"]
    assert root.findtext("人物") == "张三、李四"
    assert root.findtext("文字说明") == "1956年5月，清水镇，张三、李四，通车。"
    assert root.findtext("保管期限") == "永久"
    assert root.findtext("附注") == "有破损"
    assert root.findtext("捕获设备/制造商") == "EPSON"
    assert root.findtext("软件") == "Scan 4"
    assert (root.findtext("拍摄位置/纬度"), root.findtext("拍摄位置/经度")) == ("31.500000", "-120.260000")
    assert root.findtext(f"{OWN}底片号") == "D-9"
    assert root.findtext(f"{OWN}文件/{OWN}SM3") == "cd"


def test_what_is_uncertain_is_marked() -> None:
    text = record_xml(loaded([image().pk])[0], (), "包").decode()
    root = ElementTree.fromstring(text)

    assert "未经核实" in text.splitlines()[1]
    assert root.find("文件标识符").get(f"{OWN}存疑")
    assert root.find("档号").get(f"{OWN}存疑") is None


def test_nothing_that_xml_cannot_hold_gets_into_it() -> None:
    found = described(image(), title='石桥 <b> & "引号" ]]> \x0b\ufffe\u2028结束')

    assert xml_of(found).findtext("题名") == '石桥 <b> & "引号" ]]> \u2028结束'


def test_damaged_places_are_left_out() -> None:
    found = image()
    ImageFileFactory(image=found, exif={"GPSLatitude": ["x"], "GPSLongitude": [999, 0, 0]})

    assert xml_of(found).find("拍摄位置") is None


def test_the_words_are_chinese_whoever_has_it_made() -> None:
    found = image()
    with override("en"):
        assert xml_of(found).findtext("保管期限") == "永久"


def test_a_second_person_is_named_as_the_one_who_checked() -> None:
    found = image()
    writer, checker = UserFactory(first_name="甲"), UserFactory(first_name="乙")
    AnnotationFactory(image=found, field="title", value="石桥", person=True, accepted=True, created_by=writer)
    Annotation.objects.update(decided_by=checker)

    root = xml_of(found)

    assert (root.findtext("著录者"), root.findtext("审核者")) == ("甲", "乙")
