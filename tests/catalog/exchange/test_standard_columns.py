"""The house's columns: a table a person can read, that says where every value comes from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange.columns import TECHNICAL, checksum
from catalog.exchange.rows import Reader
from catalog.models import Collection, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Field
from tests.catalog.exported import exported_rows, exported_text
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


def test_a_row_identifies_its_image_and_its_file() -> None:
    scan = ImageFileFactory(image__identifier="P-1")

    (row,) = exported_rows()

    assert (row["照片号"], row["文件名"], row["sha256"]) == ("P-1", scan.original_name, scan.sha256)
    assert row["状态"] == "未著录"


def test_accepted_values_of_a_person_carry_no_label() -> None:
    described(title="石桥", date="1959年")

    (row,) = exported_rows()

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

    (row,) = exported_rows()

    assert (row["文字说明"], row["关键词"], row["题名"]) == ("石桥", "石桥", "人写的")
    assert row["AI 标识"] == "文字说明、关键词\uff1aAI 生成 · 人工审核"
    assert row["模型"] == "文字说明、关键词\uff1afake-1"
    assert row["提示词"] == f"文字说明、关键词\uff1a{run.prompt_version}"
    assert row["审核者"] == "题名、文字说明、关键词\uff1a李审"
    assert "草稿\uff1a文字说明" not in row


def test_a_draft_stands_apart_from_the_record_and_is_labelled_as_the_machines() -> None:
    drafted(described(title="石桥"), description="桥上有人")

    (row,) = exported_rows()

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

    assert words in exported_rows()[0]["草稿状态"]


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

    (row,) = exported_rows()

    assert row["依据"] == "时间\uff1a题字"
    assert row["草稿依据"] == "地点\uff1a推测"


def test_a_field_left_empty_on_purpose_carries_no_label() -> None:
    image = drafted(transcription="")
    decisions.accept(annotation=image.annotations.get(), user=UserFactory())

    assert exported_rows()[0]["AI 标识"] == ""


def test_draft_columns_are_there_only_for_fields_that_have_drafts() -> None:
    drafted(event="合影")
    described(title="石桥")

    columns = list(exported_rows()[0])

    assert [column for column in columns if column.startswith("草稿\uff1a")] == ["草稿\uff1a事由"]
    assert [str(field.label) for field in Field] == columns[4 : 4 + len(Field)]


def test_rejected_and_superseded_values_stay_inside() -> None:
    image = drafted(description="帆船")
    decisions.reject(annotation=image.annotations.get(), user=UserFactory())
    described(image, title="旧")
    described(image, title="新")

    text = exported_text(Image.objects.all())

    assert "帆船" not in text
    assert "旧" not in text


def test_a_value_that_begins_like_a_formula_is_defused() -> None:
    described(title='=HYPERLINK("http://x")')

    assert exported_rows()[0]["题名"] == '\'=HYPERLINK("http://x")'


def test_a_selection_is_exported_in_its_order() -> None:
    images = [ImageFactory(identifier=name) for name in ("b", "a", "c")]
    chosen = Image.objects.filter(pk__in=[image.pk for image in images[:2]]).order_by("identifier")

    assert [row["照片号"] for row in exported_rows(chosen)] == ["a", "b"]


def test_without_images_there_is_a_heading() -> None:
    text = exported_text(Image.objects.none())

    assert text.startswith("\ufeff照片号,")
    assert text.count("\r\n") == 1


def queries_of(collection: Collection) -> int:
    reader = Reader(Image.objects.all())
    keys = list(collection.images.order_by("pk").values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        assert [record.key for record in reader.read(keys)] == keys
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    collection = CollectionFactory()

    def add(number: int) -> None:
        for _ in range(number):
            scan = ImageFileFactory(image=ImageFactory(collection=collection))
            drafted(described(scan.image, title="石桥"), description="桥", event="合影")

    add(1)
    assert queries_of(collection) == 6  # images, files, annotations; and the first time: collections, people, prompts
    add(7)
    assert queries_of(collection) == 6


def test_what_is_gone_or_not_allowed_is_left_out() -> None:
    kept, hidden = ImageFactory(), ImageFactory()
    reader = Reader(Image.objects.exclude(pk=hidden.pk))

    assert [record.key for record in reader.read([hidden.pk, 10**9, kept.pk])] == [kept.pk]


def test_a_record_that_is_left_open_is_exported_as_such() -> None:
    described(title="石桥", people="待考")

    (row,) = exported_rows()

    assert (row["状态"], row["人物"], row["题名"]) == ("待考", "待考", "石桥")


def test_numbers_and_what_tables_never_change_stand_beside_the_record() -> None:
    ImageFactory(
        identifier="0012",
        volume="03",
        sheet="7",
        negative_number="1956-05",
        see_also="2-1",
        rights="馆藏",
        access="restricted",
    )

    (row,) = exported_rows()

    assert [row[name] for name in ("册号", "张号", "底片号", "参见号", "权利说明")] == [
        "03",
        "7",
        "1956-05",
        "2-1",
        "馆藏",
    ]
    assert (row["密级"], row["开放标识"], row["内部可见"]) == ("", "未审核", "仅审核员")
    assert row["馆藏"] == Image.objects.get().collection.slug


def test_the_last_columns_are_those_by_which_a_row_is_recognised() -> None:
    image = described(title="石桥")

    (row,) = exported_rows()

    assert tuple(list(row)[-4:]) == TECHNICAL
    assert (row["glmv_key"], row["glmv_revision"]) == (str(image.pk), str(image.revision))
    assert len(row["glmv_export"]) == 36


def test_the_checksum_follows_from_the_editable_cells_and_is_no_number() -> None:
    assert checksum(1, 2, ["石桥", ""]) == checksum(1, 2, ["石桥", ""])
    assert len({checksum(1, 2, ["石桥", ""]), checksum(1, 3, ["石桥", ""]), checksum(1, 2, ["", "石桥"])}) == 3
    assert all(checksum(key, 1, []).startswith("k") for key in range(50))
