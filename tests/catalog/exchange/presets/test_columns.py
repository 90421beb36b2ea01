"""What the columns of a preset say of a record: shaped values, who answers for it, and the labels of AI texts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange.presets.definitions import DateForm, Unit
from catalog.models import Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import PhotoGroupState, Source
from tests.catalog.exchange.presets.records import cells, column, preset, rows
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PhotoGroupFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


class TestShapes:
    def test_a_value_is_written_in_the_other_systems_terms(self) -> None:
        image = ImageFactory(collection=CollectionFactory(retention_period="permanent"))
        terms = {"永久": "Y", "30年": "D30"}
        assert cells(image, column("retention", terms=terms), column("retention")) == ["Y", "永久"]

    def test_a_constant_stands_where_the_source_has_nothing(self) -> None:
        image = described(title="石桥")
        said = cells(
            image, column("", constant="照片"), column("rights", constant="不详"), column("title", constant="无")
        )
        assert said == ["照片", "不详", "石桥"]

    def test_a_date_has_its_form_and_a_text_its_greatest_length(self) -> None:
        image = described(date="1959年5月", title="云溪镇石桥通车典礼")
        said = cells(image, column("date", date=DateForm.COMPACT), column("title", longest=6), column("date_end"))
        assert said == ["195905", "云溪镇石……", "1959-05-31"]

    def test_see_also_says_the_kind_of_records(self) -> None:
        image = ImageFactory(see_also="2-1-35；文书：2-1-36")
        assert cells(image, column("see_also_kind", constant="底片")) == ["底片：2-1-35；文书：2-1-36"]
        assert cells(image, column("see_also_kind")) == ["2-1-35；文书：2-1-36"]

    def test_the_description_is_the_field_or_else_composed(self) -> None:
        image = described(event="石桥通车", place="云溪镇")
        composed = column("description_composed")
        assert cells(image, composed) == ["云溪镇，石桥通车。"]
        assert cells(image, composed, composition="[{事由}于{地点}]") == ["石桥通车于云溪镇。"]
        described(image, description="桥上有人。")
        assert cells(image, composed) == ["桥上有人。"]
        described(image, description="待考")
        assert cells(image, composed) == ["云溪镇，石桥通车。"]

    def test_keys_of_columns_differ_where_a_source_is_used_twice(self) -> None:
        from catalog.exchange.presets.columns import preset_columns

        keys = [one.key for one in preset_columns(preset(column("title"), column("title"), column("")))]
        assert keys == ["title", "column_2", "column_3"]


class TestPeople:
    def test_the_responsible_one_is_the_field_the_photographer_or_whose_records_they_are(self) -> None:
        image = ImageFactory(collection=CollectionFactory(creator="云溪县人民政府"))
        responsible = column("responsible")
        assert cells(image, responsible) == ["云溪县人民政府"]
        described(image, photographer="待考")
        assert cells(image, responsible) == ["云溪县人民政府"]
        described(image, photographer="李四")
        assert cells(image, responsible) == ["李四"]
        Image.objects.filter(pk=image.pk).update(responsibility="县文化馆")
        assert cells(image, responsible) == ["县文化馆"]

    def test_the_cataloguer_is_who_accepted_or_wrote_and_never_the_model(self) -> None:
        writer = UserFactory(last_name="王", first_name="芳")
        image = drafted(ImageFactory(), description="桥头有三个人。")
        people = (column("cataloguers"), column("checkers"), column("described_on"))
        assert cells(image, *people) == ["", "", ""]
        decisions.accept(annotation=image.annotations.get(), user=writer)
        name, second, day = cells(image, *people)
        assert (name, second) == ("王芳", "")
        assert len(day) == 10

    def test_the_checker_is_a_second_person_or_nobody(self) -> None:
        first, second = UserFactory(username="first"), UserFactory(username="second")
        image = ImageFactory()
        annotations.write_import_drafts(image=image, values={"title": "石桥"}, user=first)
        decisions.accept(annotation=image.annotations.get(), user=second)
        people = (column("cataloguers"), column("checkers"))
        assert cells(image, *people) == ["first", "second"]
        # Who describes a part of the record is no second person to it any more.
        described(image, user=second, place="云溪镇")
        assert cells(image, *people) == ["first、second", ""]


class TestLabels:
    @pytest.fixture
    def image(self) -> Image:
        image = drafted(ImageFactory(), description="桥头有三个人。")
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())
        return described(image, title="石桥", notes="背面有字")

    def test_a_column_of_its_own_says_which_of_the_texts_shown_are_from_ai(self, image: Image) -> None:
        label = column("ai_label")
        assert cells(image, column("description"), label)[1] == "文字说明：AI 生成 · 人工审核"
        assert cells(image, column("title"), label)[1] == ""

    def test_where_there_is_none_a_sentence_stands_in_the_notes(self, image: Image) -> None:
        notes = column("notes", carries_label=True)
        said = cells(image, column("description"), notes)[1]
        assert said == "背面有字【AI 标识】文字说明：AI 生成 · 人工审核。"
        assert cells(image, column("title"), notes)[1] == "背面有字"

    def test_the_sentence_is_not_what_is_shortened(self, image: Image) -> None:
        described(image, notes="背面有字，是钢笔写的，看不清楚")
        said = cells(image, column("description"), column("notes", carries_label=True, longest=34))[1]
        assert said == "背面有字，是钢……【AI 标识】文字说明：AI 生成 · 人工审核。"

    def test_a_composed_description_is_labelled_by_what_it_is_composed_of(self) -> None:
        image = drafted(ImageFactory(), event="石桥通车", keywords="桥")
        for annotation in image.annotations.all():
            decisions.accept(annotation=annotation, user=UserFactory())
        said = cells(image, column("description_composed"), column("ai_label"))
        assert said == ["石桥通车。", "事由：AI 生成 · 人工审核"]

    def test_a_photographer_named_by_ai_makes_the_responsible_one_labelled(self) -> None:
        image = drafted(ImageFactory(), photographer="李四")
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())
        assert cells(image, column("responsible"), column("ai_label"))[1] == "摄影者：AI 生成 · 人工审核"


class TestGroups:
    def test_a_row_tells_of_the_confirmed_group_and_of_none_that_is_proposed(self) -> None:
        collection = CollectionFactory()
        group = PhotoGroupFactory(
            collection=collection, state=PhotoGroupState.CONFIRMED, number="3", title="通车典礼", ai_fields=["title"]
        )
        first = ImageFactory(collection=collection, identifier="P-1", photo_group=group)
        ImageFactory(collection=collection, identifier="P-2", photo_group=group)
        proposed = ImageFactory(
            collection=collection, photo_group=PhotoGroupFactory(collection=collection, title="别的")
        )
        shown = (column("group_number"), column("group_title"), column("group_extent"), column("group_count"))
        assert cells(first, *shown, column("ai_label"), unit=Unit.GROUP) == [
            "3", "通车典礼", "P-1—P-2", "2", "照片组的题名：AI 生成 · 人工审核",
        ]  # fmt: skip
        assert cells(proposed, *shown) == ["", "", "", ""]

    def test_groups_and_days_cost_the_same_however_many_records_there_are(self) -> None:
        collection = CollectionFactory()
        used = preset(column("group_title"), column("described_on"), column("cataloguers"), column("file_name"))

        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                rows(used)
            return len(captured)

        def one_more() -> None:
            group = PhotoGroupFactory(collection=collection, state=PhotoGroupState.CONFIRMED)
            image = ImageFileFactory(image=ImageFactory(collection=collection, photo_group=group)).image
            described(image, title="石桥")

        one_more()
        before = queries()
        for _n in range(4):
            one_more()
        assert queries() == before


def test_a_value_that_an_import_brought_names_who_imported_it() -> None:
    user = UserFactory(username="importer")
    image = ImageFactory()
    annotations.write_accepted(image=image, values={"title": "石桥"}, source=Source.IMPORT, user=user)
    assert cells(image, column("cataloguers"), column("checkers")) == ["importer", ""]
