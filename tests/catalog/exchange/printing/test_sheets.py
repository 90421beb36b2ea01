"""Printed sheets: the order of a volume, its list and note, captions of photographs and of groups."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange.presets import keeping
from catalog.exchange.printing.sheets import (
    Chosen,
    captions,
    group_captions,
    volume_list,
    volume_note,
    volumes_of,
)
from catalog.models import Collection, Image
from catalog.review import decisions
from catalog.vocabulary import PhotoGroupState
from tests.factories import CollectionFactory, ImageFactory, PhotoGroupFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    found: Collection = CollectionFactory()
    return found


def chosen(collection: Collection, volume: str = "") -> Chosen:
    images = Image.objects.filter(collection=collection)
    return Chosen(collection, volume, images.filter(volume=volume) if volume else images)


def test_a_volume_is_listed_in_the_order_of_its_sheets_as_people_count(collection: Collection) -> None:
    for sheet in ("10", "2", "1"):
        ImageFactory(collection=collection, volume="一", sheet=sheet, identifier=f"P-{sheet}")
    ImageFactory(collection=collection, volume="二", sheet="1", identifier="Q-1")
    table = volume_list(chosen(collection, "一"))
    assert table.headings == ["照片号", "题名", "时间", "页号", "底片号", "备注"]
    assert [row[0].text for row in table.rows] == ["P-1", "P-2", "P-10"]
    assert volumes_of(Image.objects.all()) == ["一", "二"]


def test_dates_and_numbers_stay_whole_and_ai_is_said_in_the_remarks(collection: Collection) -> None:
    image = drafted(ImageFactory(collection=collection, identifier="P-1"), title="石桥")
    decisions.accept(annotation=image.annotations.get(), user=UserFactory())
    described(image, date="1959年10月1日")
    [row] = volume_list(chosen(collection)).rows
    assert [cell.text for cell in row] == ["P-1", "石桥", "19591001", "", "", "题名：AI 生成 · 人工审核"]
    assert [cell.is_whole for cell in row] == [True, False, True, True, True, False]


def test_the_note_counts_the_volume_and_names_missing_sheets(collection: Collection) -> None:
    for sheet in ("1", "2", "5", "附1"):
        described(ImageFactory(collection=collection, volume="1", sheet=sheet), title="石桥")
    ImageFactory(collection=collection, volume="1", identifier="")
    note = volume_note(chosen(collection, "1"))
    assert note.sentences == [
        "本册共有照片 5 张。",
        "张号 1 至 附1。",
        "缺号：3、4。",
        "没有照片号的 1 张。",
        "没有题名的 1 张。",
    ]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [(["1", "2"], "张号连续，没有缺号。"), (["1", "50"], "等，另有 28 个。"), (["1", "900000"], "张号 1 至 900000。")],
)
def test_gaps_are_told_in_measure(collection: Collection, sheets: list[str], said: str) -> None:
    for sheet in sheets:
        ImageFactory(collection=collection, sheet=sheet)
    assert said in "".join(volume_note(chosen(collection)).sentences)


def test_captions_leave_out_what_is_empty_and_follow_the_preset(collection: Collection) -> None:
    described(ImageFactory(collection=collection, identifier="P-1"), title="石桥", event="通车")
    assert captions(chosen(collection)).captions == [[("照片号", "P-1"), ("题名", "石桥"), ("文字说明", "通车。")]]
    preset = keeping.preset_named("gbt11821-photograph").preset
    from dataclasses import replace

    keeping.change(preset=replace(preset, columns=preset.columns[:1]), user=None, seen=0)
    assert captions(chosen(collection)).captions == [[("照片号", "P-1")]]


def test_each_confirmed_group_has_one_caption(collection: Collection) -> None:
    group = PhotoGroupFactory(collection=collection, state=PhotoGroupState.CONFIRMED, number="3", title="通车典礼")
    for number in (1, 2):
        ImageFactory(collection=collection, identifier=f"P-{number}", photo_group=group)
    ImageFactory(collection=collection, photo_group=PhotoGroupFactory(collection=collection, title="建议"))
    [lines] = group_captions(chosen(collection)).captions
    assert dict(lines) == {"组号": "3", "起止照片号": "P-1—P-2", "张数": "2", "题名": "通车典礼"}


def test_questions_do_not_grow_with_photographs(collection: Collection) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for sheet in (volume_list, captions, group_captions):
                sheet(chosen(collection))
            volume_note(chosen(collection))
        return len(captured)

    group = PhotoGroupFactory(collection=collection, state=PhotoGroupState.CONFIRMED)
    described(ImageFactory(collection=collection, photo_group=group), title="石桥")
    before = queries()
    for _number in range(3):
        group = PhotoGroupFactory(collection=collection, state=PhotoGroupState.CONFIRMED)
        described(ImageFactory(collection=collection, photo_group=group), title="石桥")
    assert queries() == before
