"""Presets as they come and as reviewers write them: who changed what, what is refused, and the way back."""

import json

import pytest

from catalog.exceptions import PresetRefused
from catalog.exchange.presets import keeping
from catalog.exchange.presets.definitions import Preset, definition_of, preset_of
from catalog.models import Action, ExportPreset
from catalog.records.log_words import sentence_of
from catalog.vocabulary import Verb
from tests.catalog.exchange.presets.records import column, preset
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SHIPPED = [
    "gbt11821-photograph", "gbt11821-group", "gbt11821-volume", "dat50", "dat18", "dublin-core", "atom-isad", "omeka-s",
]  # fmt: skip


def test_the_shipped_ones_can_be_used_and_none_of_them_drops_the_label() -> None:
    found = keeping.presets()
    assert [kept.preset.key for kept in found] == SHIPPED
    assert not any(kept.preset.drops_label for kept in found)
    assert all(kept.is_shipped and not kept.is_changed for kept in found)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_definition_is_read_as_it_was_written(key: str) -> None:
    one = keeping.preset_named(key).preset
    definition = json.loads(json.dumps(definition_of(one)))
    assert preset_of(key=key, name=one.name, about=one.about, definition=definition) == one


def test_what_is_not_certain_of_a_standard_is_marked() -> None:
    marked = {kept.preset.key for kept in keeping.presets() if kept.preset.is_uncertain}
    assert marked == set(SHIPPED) - {"dublin-core"}


def test_a_changed_one_stands_in_the_shipped_ones_place_until_it_is_given_back() -> None:
    user = UserFactory()
    changed = preset(column("title")).with_key("dublin-core", "Dublin Core（本馆）")
    kept = keeping.change(preset=changed, user=user, seen=0)
    assert (kept.preset, kept.revision, kept.is_changed, kept.changed_by) == (changed, 1, True, user.username)
    assert keeping.preset_named("dublin-core").preset == changed
    assert keeping.delete(key="dublin-core", user=user)
    assert keeping.preset_named("dublin-core").revision == 0
    assert not keeping.delete(key="dublin-core", user=user)
    told = [sentence_of(action) for action in Action.objects.filter(verb=Verb.PRESET_CHANGED).order_by("pk")]
    assert ["修改了" in told[0], "恢复为随附" in told[1]] == [True, True]


def test_an_own_one_is_made_changed_and_deleted() -> None:
    user = UserFactory()
    made = keeping.create(preset=preset(column("title")), user=user)
    assert made.is_own
    keeping.change(preset=preset(column("title"), column("place")), user=user, seen=1)
    assert len(keeping.preset_named("house").preset.columns) == 2
    keeping.delete(key="house", user=user)
    with pytest.raises(PresetRefused, match="没有代号为“house”的预设。现有的是：gbt11821-photograph"):
        keeping.preset_named("house")
    last = Action.objects.filter(verb=Verb.PRESET_CHANGED).latest("pk")
    assert last.details["before"]["columns"]
    assert "删去了导出预设“本馆系统”" in sentence_of(last)


def test_who_saves_what_somebody_else_wrote_meanwhile_is_told_and_nothing_is_lost() -> None:
    keeping.create(preset=preset(column("title")), user=None)
    keeping.change(preset=preset(column("place")), user=None, seen=1)
    with pytest.raises(PresetRefused, match="刚刚被别人改过"):
        keeping.change(preset=preset(column("people")), user=None, seen=1)
    with pytest.raises(PresetRefused, match="刚刚被别人改过"):
        keeping.change(preset=preset(column("people")).with_key("dublin-core", "DC"), user=None, seen=3)
    with pytest.raises(PresetRefused, match="刚刚被别人改过"):
        keeping.change(preset=preset(column("people")).with_key("gone", "没有了"), user=None, seen=0)
    assert keeping.preset_named("house").preset.columns[0].source == "place"


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("House", "本馆", "小写英文字母"),
        ("-a", "本馆", "小写英文字母"),
        ("", "本馆", "小写英文字母"),
        ("dat18", "本馆", "已有代号"),
        ("taken", "本馆", "已有代号"),
        ("free", " ", "要有名称"),
        ("free", "长" * 121, "要有名称"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(key: str, name: str, said: str) -> None:
    keeping.create(preset=preset(column("title")).with_key("taken", "在用"), user=None)
    with pytest.raises(PresetRefused, match=said):
        keeping.create(preset=preset(column("title")).with_key(key, name), user=None)
    assert ExportPreset.objects.count() == 1


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({}, "至少要有一栏"),
        ({"columns": [{"heading": " "}]}, "第 1 栏没有栏目名"),
        ({"columns": [{"heading": "题名", "source": "nonsense"}]}, "来源“nonsense”不认识"),
        ({"columns": [{"heading": "题名", "longest": -1}]}, "最大字数"),
        ({"columns": [{"heading": "题名", "longest": "五"}]}, "最大字数"),
        ({"columns": [{"heading": "题名", "date": "hebrew"}]}, "不在可选的范围内"),
        ({"columns": [{"heading": "题名", "terms": ["永久"]}]}, "对照表不对"),
        ({"columns": [{"heading": "题"}], "unit": "box"}, "不在可选的范围内"),
        ({"columns": [{"heading": "题"}], "composition": "{天气}"}, "不是著录项"),
        ({"columns": [{"heading": "题"}] * 201}, "最多 200 个"),
        ({"columns": [{"heading": "题" * 201}]}, "太长"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused(definition: dict[str, object], said: str) -> None:
    with pytest.raises(PresetRefused, match=said):
        preset_of(key="house", name="本馆", about="", definition=definition)


def test_a_row_that_cannot_be_read_any_more_is_left_out_and_the_shipped_one_stays() -> None:
    ExportPreset.objects.create(key="dat18", name="坏的", definition={"columns": []})
    ExportPreset.objects.create(key="own", name="坏的", definition={"columns": [{"heading": "x", "source": "gone"}]})
    assert [kept.preset.key for kept in keeping.presets()] == SHIPPED
    assert keeping.preset_named("dat18").is_shipped
    with pytest.raises(PresetRefused, match="没有代号"):
        keeping.preset_named("own")


def test_a_free_key_is_near_the_one_that_is_wished_for() -> None:
    assert keeping.free_key("Vendor Template.xls") == "vendor-template-xls"
    assert keeping.free_key("导入模板") == "house"
    keeping.create(preset=Preset("house", "本馆", columns=(column("title"),)), user=None)
    assert keeping.free_key("导入模板") == "house-2"
    assert keeping.free_key("dat18") == "dat18-2"


def test_every_file_that_is_shipped_has_its_place_in_the_list() -> None:
    assert sorted(path.stem for path in keeping.SHIPPED.glob("*.json")) == sorted(SHIPPED)
