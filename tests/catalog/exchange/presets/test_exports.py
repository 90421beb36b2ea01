"""Exports by a preset: the vendor's template comes back filled, as it was; JSON Lines hold the AIGC object."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from catalog.exchange.exports.planning import prepare
from catalog.exchange.exports.running import make_now
from catalog.exchange.presets.definitions import Preset
from catalog.exchange.presets.house_templates import preset_from, read_template
from catalog.models import Image
from catalog.review import decisions
from tests.catalog.exchange.presets.records import column, preset
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[3] / "fixtures" / "templates"


@pytest.fixture
def images() -> Any:
    collection = CollectionFactory(retention_period="permanent", class_code="ZP", creator="云溪县人民政府")
    first = ImageFactory(collection=collection, identifier="0012")
    described(first, user=UserFactory(username="wang"), title="=石桥通车", date="1956年5月", event="通车")
    second = drafted(ImageFactory(collection=collection, identifier="0013"), title="桥头", notes="背面有字")
    reviewer = UserFactory(username="li")
    for annotation in second.annotations.all():
        decisions.accept(annotation=annotation, user=reviewer)
    return Image.objects.order_by("identifier")


def exported(used: Preset | None, images: Any, fmt: str, user: User | None = None) -> bytes:
    """Return the file of an export."""
    stream = io.BytesIO()
    make_now(prepare(user=user, images=images, fmt=fmt, preset=used, background=False), stream=stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_a_vendors_template_comes_back_filled_and_otherwise_as_it_was(kind: str, images: Any) -> None:
    data = (TEMPLATES / f"vendor.{kind}").read_bytes()
    made = preset_from(read_template(data, name="vendor"), key="vendor", name="某系统")
    columns = [replace(one, terms={"永久": "Y"}) if one.source == "retention" else one for one in made.columns]
    book = CalamineWorkbook.from_filelike(io.BytesIO(exported(replace(made, columns=tuple(columns)), images, "xlsx")))
    template = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["照片导入"]
    lines = book.get_sheet_by_name("照片导入").to_python()
    original = template.get_sheet_by_name("照片导入").to_python()
    assert lines[:3] == original[:3]
    label = "【AI 标识】题名、附注：AI 生成 · 人工审核。"
    assert lines[3:] == [
        ["0012", "=石桥通车", "195605", "云溪县人民政府", "Y", "开放", "1956年5月，通车。", "ZP", "", "wang"],
        ["0013", "桥头", "", "云溪县人民政府", "Y", "开放", "", "ZP", f"背面有字{label}", "li"],
    ]


def test_a_csv_has_the_templates_lines_and_no_column_of_ours(images: Any) -> None:
    used = preset(column("identifier"), column("title"), column("ai_label"), lines_before=(("某系统导入",),))
    text = exported(used, images, "csv").decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["某系统导入"],
        ["identifier", "title", "ai_label"],
        ["0012", "'=石桥通车", ""],
        ["0013", "桥头", "题名：AI 生成 · 人工审核"],
    ]


def test_json_lines_hold_the_object_of_the_labelling_standard_for_texts_of_a_model(
    images: Any, settings: Settings
) -> None:
    settings.GLMV_AIGC_PRODUCER = "云溪县档案馆"
    for used in (None, preset(column("identifier"), column("ai_label"))):
        first, second = map(json.loads, exported(used, images, "jsonl").splitlines())
        assert "aigc" not in first
        assert (second["aigc"]["Label"], second["aigc"]["ContentProducer"]) == ("1", "云溪县档案馆")
        assert second["aigc"]["ProduceID"].startswith("image-")
        assert len(second["aigc"]) == 7
    assert b"aigc" not in exported(None, images, "csv")


def test_an_export_is_made_by_the_preset_as_it_was(images: Any) -> None:
    export = prepare(user=None, images=images, fmt="csv", preset=preset(column("title")), background=False)
    assert (export.preset, export.layout["preset"]["kind"]) == ("本馆系统", "preset")
    stream = io.BytesIO()
    make_now(export, stream=stream)
    assert stream.getvalue().decode("utf-8-sig").splitlines()[0] == "title"


def test_a_text_that_no_cell_holds_is_cut_and_says_so() -> None:
    described(ImageFactory(), transcription="字" * 40_000)
    data = exported(preset(column("transcription")), Image.objects.all(), "xlsx")
    cell = str(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1][0])
    assert (len(cell), cell[-3:]) == (32_767, "字……")
