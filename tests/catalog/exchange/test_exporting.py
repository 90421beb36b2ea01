"""Exporting: a CSV a person can read, that says where every value comes from."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange import exporting
from catalog.models import Collection, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Field
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def table(images: Any = None) -> list[dict[str, str]]:
    """Return the export as rows by heading."""
    text = "".join(exporting.stream_csv(Image.objects.order_by("pk") if images is None else images))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_row_identifies_its_image_and_its_file() -> None:
    scan = ImageFileFactory(image__identifier="P-1")

    (row,) = table()

    assert (row["照片号"], row["文件名"], row["sha256"]) == ("P-1", scan.original_name, scan.sha256)
    assert row["状态"] == "未著录"


def test_accepted_values_of_a_person_carry_no_label() -> None:
    described(title="石桥", date="1959年")

    (row,) = table()

    assert (row["题名"], row["时间"]) == ("石桥", "1959年")
    assert (row["AI 标识"], row["模型"], row["提示词"]) == ("", "", "")
    assert row["审核者"].startswith("题名、时间\uff1a")


def test_an_approved_draft_is_labelled_with_model_prompt_and_reviewer() -> None:
    image = drafted(description="石桥", keywords="桥")
    user = UserFactory(username="李审")
    decisions.accept(annotation=image.annotations.get(field="description"), user=user)
    decisions.edit_and_accept(annotation=image.annotations.get(field="keywords"), user=user, value="石桥")
    described(image, title="人写的", user=user)
    run = image.runs.get()

    (row,) = table()

    assert (row["文字说明"], row["关键词"], row["题名"]) == ("石桥", "石桥", "人写的")
    assert row["AI 标识"] == "文字说明、关键词\uff1aAI 生成 · 人工审核"
    assert row["模型"] == "文字说明、关键词\uff1afake-1"
    assert row["提示词"] == f"文字说明、关键词\uff1a{run.prompt_version}"
    assert row["审核者"] == "题名、文字说明、关键词\uff1a李审"
    assert "草稿\uff1a文字说明" not in row


def test_a_draft_stands_apart_from_the_record_and_is_labelled_as_the_machines() -> None:
    drafted(described(title="石桥"), description="桥上有人")

    (row,) = table()

    assert row["文字说明"] == ""
    assert row["草稿\uff1a文字说明"] == "桥上有人"
    assert row["草稿 AI 标识"] == "文字说明\uff1aAI 生成"
    assert row["草稿状态"] == "文字说明\uff1a草稿"
    assert row["草稿模型"] == "文字说明\uff1afake-1"
    assert row["草稿提示词"].startswith("文字说明\uff1a提示词 ")


@pytest.mark.parametrize(("flag", "words"), [("overlong", "超过字数"), ("truncated", "回答被截断")])
def test_a_draft_that_wants_care_says_so(flag: str, words: str) -> None:
    image = ImageFactory()
    annotations.write_drafts(
        image=image, values={"description": "长" * 30}, flags={"description": flag}, run=RunFactory(image=image)
    )

    assert words in table()[0]["草稿状态"]


def test_what_a_value_rests_on_stands_beside_it() -> None:
    image = ImageFactory()
    run = RunFactory(image=image)
    written = annotations.write_drafts(
        image=image,
        values={"date": "1959年", "place": "杭州"},
        evidence={"date": "inscription", "place": "inference"},
        run=run,
    )
    decisions.accept(annotation=written[0], user=UserFactory())

    (row,) = table()

    assert row["依据"] == "时间\uff1a题字"
    assert row["草稿依据"] == "地点\uff1a推测"


def test_a_field_left_empty_on_purpose_carries_no_label() -> None:
    image = drafted(transcription="")
    decisions.accept(annotation=image.annotations.get(), user=UserFactory())

    assert table()[0]["AI 标识"] == ""


def test_draft_columns_are_there_only_for_fields_that_have_drafts() -> None:
    drafted(event="合影")
    described(title="石桥")

    columns = list(table()[0])

    assert [column for column in columns if column.startswith("草稿\uff1a")] == ["草稿\uff1a事由"]
    assert [str(field.label) for field in Field] == columns[4 : 4 + len(Field)]


def test_rejected_and_superseded_values_stay_inside() -> None:
    image = drafted(description="帆船")
    decisions.reject(annotation=image.annotations.get(), user=UserFactory())
    described(image, title="旧")
    described(image, title="新")

    text = "".join(exporting.stream_csv(Image.objects.all()))

    assert "帆船" not in text
    assert "旧" not in text


def test_a_value_that_begins_like_a_formula_is_defused() -> None:
    described(title='=HYPERLINK("http://x")')

    assert table()[0]["题名"] == '\'=HYPERLINK("http://x")'


def test_a_selection_is_exported_in_its_order() -> None:
    images = [ImageFactory(identifier=name) for name in ("b", "a", "c")]
    chosen = Image.objects.filter(pk__in=[image.pk for image in images[:2]]).order_by("identifier")

    assert [row["照片号"] for row in table(chosen)] == ["a", "b"]


def test_without_images_there_is_a_heading() -> None:
    text = "".join(exporting.stream_csv(Image.objects.none()))

    assert text.startswith("\ufeff照片号,")
    assert text.count("\r\n") == 1


def rows_with_queries(collection: Collection) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as queries:
        rows = list(exporting.catalogue_rows(collection.images.order_by("pk")))
    return len(rows) - 1, len(queries)


def test_the_number_of_queries_does_not_grow_with_the_rows_of_a_chunk() -> None:
    collection = CollectionFactory()

    def add(number: int) -> None:
        for _ in range(number):
            scan = ImageFileFactory(image=ImageFactory(collection=collection))
            drafted(described(scan.image, title="石桥"), description="桥", event="合影")

    add(1)
    assert rows_with_queries(collection) == (1, 4)  # which fields have drafts, images, files, annotations
    add(7)
    assert rows_with_queries(collection) == (8, 4)


def test_a_large_export_is_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)
    collection = CollectionFactory()
    ImageFactory.create_batch(5, collection=collection)

    assert rows_with_queries(collection) == (5, 2 + 2 * 3)


def test_the_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    ImageFactory.create_batch(2)
    path = tmp_path / "new" / "out.csv"

    assert exporting.write_csv(Image.objects.order_by("pk"), path) == 2

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o444 == 0o444 & ~_umask()
    assert [item.name for item in path.parent.iterdir()] == ["out.csv"]


def test_an_export_that_fails_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("旧", encoding="utf-8")
    ImageFactory(collection=CollectionFactory())
    broken = Image.objects.extra(where=["no_such_column = 1"])

    with pytest.raises(Exception, match="no_such_column"):
        exporting.write_csv(broken, path)

    assert path.read_text(encoding="utf-8") == "旧"
    assert [item.name for item in tmp_path.iterdir()] == ["out.csv"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_record_that_is_left_open_is_exported_as_such() -> None:
    described(title="石桥", people="待考")

    (row,) = table()

    assert (row["状态"], row["人物"], row["题名"]) == ("待考", "待考", "石桥")
