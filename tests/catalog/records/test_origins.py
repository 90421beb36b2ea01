"""The label of origin: what began as a model's text stays one; what a person wrote unprompted is theirs alone."""

import csv
import io
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from catalog.labels import label_of, labels_by_field
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Source, State
from tests.catalog.exported import exported_text
from tests.catalog.imports import bring_in
from tests.factories import CollectionFactory, ImageFactory, RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

REVIEWED = "AI 生成 · 人工审核"


def written(image: Image, value: str, *, field: str = "description", by: object = None) -> Annotation:
    """Write a value by hand, as the record's own form does."""
    return decisions.set_value(image=image, field=field, value=value, user=by or UserFactory())  # type: ignore[arg-type]


def accepted(image: Image, field: str = "description") -> Image:
    decisions.accept(annotation=image.annotations.drafts().get(field=field), user=UserFactory())
    return image


class TestWhatBeganAsAModelsText:
    @pytest.mark.parametrize("value", ["桥头有三个人。", "桥头有两个人", "完全不同的一句话", "桥头有三个人 "])
    def test_an_edit_of_an_accepted_value_keeps_the_label(self, value: str) -> None:
        image = accepted(drafted(description="桥头有三个人"))

        edited = written(image, value)

        assert label_of(edited) == REVIEWED

    def test_the_models_words_and_its_answer_stay_beside_the_edit(self) -> None:
        image = accepted(drafted(description="桥头有三个人"))

        edited = written(image, "桥头有两个人")

        assert (edited.source, edited.original_value) == (Source.PERSON, "桥头有三个人")
        assert edited.run == image.annotations.get(value="桥头有三个人").run

    def test_an_edit_of_an_edit_of_an_edit_keeps_it(self) -> None:
        image = accepted(drafted(description="桥头有三个人"))

        for value in ("桥头有两个人", "桥上有两个人", "石桥上有两个人"):
            last = written(image, value)

        assert label_of(last) == REVIEWED
        assert last.original_value == "桥头有三个人"

    def test_what_is_written_while_a_draft_is_shown_began_with_it(self) -> None:
        assert label_of(written(drafted(description="帆船"), "石桥")) == REVIEWED

    def test_what_the_rejecter_writes_began_with_what_they_rejected(self) -> None:
        image, user = drafted(description="帆船"), UserFactory()
        decisions.reject(annotation=image.annotations.get(), user=user)

        assert label_of(written(image, "石桥", by=user)) == REVIEWED

    def test_emptied_and_written_anew_it_is_one_still(self) -> None:
        image = accepted(drafted(description="桥头有三个人"))
        written(image, "")

        assert label_of(written(image, "桥头有人")) == REVIEWED

    @pytest.mark.parametrize("value", ["桥头有三个人", "桥头有三个人。", "桥头，有三个人"])
    def test_words_that_somebody_else_rejected_are_the_models_when_they_come_back(self, value: str) -> None:
        image = drafted(description="桥头有三个人")
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())

        assert label_of(written(image, value)) == REVIEWED

    def test_an_edit_of_a_draft_that_a_colleague_rejected_meanwhile_began_with_it(self) -> None:
        image = drafted(description="桥头有三个人，远处是新建的粮仓")
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())

        assert label_of(written(image, "桥头有两个人，远处是新建的粮仓")) == REVIEWED

    def test_words_that_a_file_brings_after_the_model_proposed_them_are_the_models(self) -> None:
        image = drafted(description="帆船")
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())

        (brought,) = annotations.write_import_drafts(image=image, values={"description": "帆船。"}, user=None)

        assert label_of(brought) == "AI 生成"

    def test_what_a_file_brought_edited_into_the_models_words_is_the_models(self) -> None:
        image, user = drafted(description="帆船"), UserFactory()
        decisions.reject(annotation=image.annotations.get(), user=user)
        (brought,) = annotations.write_import_drafts(image=image, values={"description": "河上的船"}, user=None)

        edited = decisions.edit_and_accept(annotation=brought, user=user, value="帆船")

        assert (label_of(edited), edited.original_value) == (REVIEWED, "帆船")


class TestWhatAPersonWrote:
    @pytest.mark.parametrize(
        ("said", "value"), [("1959年", "1956年"), ("云溪镇", "云溪县"), ("帆船和石桥", "人民公社开大会的场面")]
    )
    def test_short_values_that_are_merely_alike_are_theirs(self, said: str, value: str) -> None:
        image = drafted(description=said)
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())

        assert label_of(written(image, value)) == ""

    def test_without_a_draft_it_is_theirs(self) -> None:
        assert label_of(written(ImageFactory(), "石桥")) == ""

    def test_edited_by_hand_it_is_still_a_persons(self) -> None:
        assert label_of(written(described(description="石桥"), "石拱桥")) == ""

    def test_a_draft_for_another_field_does_not_count(self) -> None:
        assert label_of(written(drafted(description="帆船"), "石桥", field="title")) == ""

    def test_a_draft_that_somebody_else_rejected_was_not_shown(self) -> None:
        image = drafted(description="帆船")
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())

        assert label_of(written(image, "石桥")) == ""

    def test_an_empty_value_carries_no_label(self) -> None:
        assert label_of(written(accepted(drafted(description="帆船")), "")) == ""


def test_the_database_refuses_a_models_text_without_its_origin() -> None:
    image = accepted(drafted(description="帆船"))
    edited = written(image, "石桥")

    for row in image.annotations.filter(source=Source.MODEL), Annotation.objects.filter(pk=edited.pk):
        with pytest.raises(IntegrityError, match="annotation_ai_origin_kept"), transaction.atomic():
            row.update(ai_origin=False)


def test_what_came_with_a_file_and_is_edited_beside_a_models_text_counts_as_its_edit() -> None:
    image = drafted(people="张三")
    decisions.leave_open(annotation=image.annotations.get(), user=UserFactory())
    annotations.write_import_drafts(image=image, values={"people": "李四"}, user=None)
    assert image.annotations.accepted().get().ai_origin

    draft = image.annotations.drafts().get()
    decisions.edit_and_accept(annotation=draft, user=UserFactory(), value="王五")

    assert labels_by_field(image.annotations.all()) == {"people": REVIEWED}


class TestThroughATable:
    """An exported table that comes in again as a manifest."""

    @staticmethod
    def exported(folder: Path, images: dict[str, Image]) -> Path:
        """Export images as if their scans had the names of the files in a folder."""
        for name, image in images.items():
            image.files.update(original_name=name)
        table = exported_text(Image.objects.filter(pk__in=[image.pk for image in images.values()]))
        (folder / "manifest.csv").write_text(table, encoding="utf-8", newline="")
        return folder

    @pytest.fixture
    def image(self, folder: Path) -> Image:
        collection = CollectionFactory()
        bring_in(folder, collection)
        image: Image = collection.images.get(files__original_name="1.jpg")
        run = RunFactory(image=image)
        annotations.write_drafts(image=image, values={"description": "桥头有三个人", "event": "通车"}, run=run)
        decisions.accept(annotation=image.annotations.get(field="description"), user=UserFactory())
        described(image, title="云溪石桥")
        return image

    def test_ai_text_stays_ai_text_and_a_persons_stays_theirs(self, folder: Path, image: Image) -> None:
        other = CollectionFactory()

        bring_in(self.exported(folder, {"1.jpg": image}), other)

        found = other.images.get(files__original_name="1.jpg")
        assert (found.title, found.description) == ("云溪石桥", "桥头有三个人")
        assert labels_by_field(found.annotations.all()) == {"description": REVIEWED}

    def test_edited_in_the_table_it_stays_ai_text(self, folder: Path, image: Image) -> None:
        other = CollectionFactory()
        table = self.exported(folder, {"1.jpg": image}) / "manifest.csv"
        table.write_text(table.read_text(encoding="utf-8").replace("桥头有三个人", "桥头有两个人"), encoding="utf-8")

        bring_in(folder, other)

        assert labels_by_field(other.images.get(files__original_name="1.jpg").annotations.all()) == {
            "description": REVIEWED
        }

    def test_what_is_written_beside_a_draft_in_the_table_began_with_it(self, folder: Path, image: Image) -> None:
        other = CollectionFactory()
        table = self.exported(folder, {"1.jpg": image}) / "manifest.csv"
        rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
        assert rows[0]["草稿：事由"] == "通车"
        for row in rows:
            row["事由"] = "大桥通车典礼"
        with table.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

        bring_in(folder, other)

        labels = labels_by_field(other.images.get(files__original_name="1.jpg").annotations.all())
        assert labels == {"description": REVIEWED, "event": REVIEWED}

    def test_what_no_person_has_approved_comes_in_as_a_draft(self, folder: Path) -> None:
        (folder / "manifest.csv").write_text(
            "文件名,题名,描述,AI 标识\n1.jpg,石桥,桥头有三个人,描述：AI 生成\n", encoding="utf-8"
        )
        collection = CollectionFactory()

        bring_in(folder, collection)

        found = collection.images.get(files__original_name="1.jpg")
        draft = found.annotations.get(field="description")
        assert (found.title, found.description, draft.state, label_of(draft)) == ("石桥", "", State.DRAFT, "AI 生成")

    def test_the_models_own_words_without_their_label_are_recognised(self, folder: Path) -> None:
        collection = CollectionFactory()
        bring_in(folder, collection)
        image = collection.images.get(files__original_name="1.jpg")
        annotations.write_drafts(image=image, values={"description": "帆船"}, run=RunFactory(image=image))
        (folder / "manifest.csv").write_text("文件名,题名,描述\n1.jpg,石桥,帆船。\n", encoding="utf-8")

        bring_in(folder, collection)

        image.refresh_from_db()
        assert image.description == "帆船。"
        assert labels_by_field(image.annotations.all()) == {"description": REVIEWED}

    def test_a_table_that_never_saw_the_draft_is_a_persons(self, folder: Path) -> None:
        collection = CollectionFactory()
        bring_in(folder, collection)
        image = collection.images.get(files__original_name="1.jpg")
        annotations.write_drafts(image=image, values={"description": "帆船"}, run=RunFactory(image=image))
        (folder / "manifest.csv").write_text("文件名,描述\n1.jpg,云溪石桥通车\n", encoding="utf-8")

        bring_in(folder, collection)

        assert labels_by_field(image.annotations.all()) == {}

    def test_what_nobody_approved_is_proposed_once_however_often_the_table_comes(self, folder: Path) -> None:
        (folder / "manifest.csv").write_text("文件名,题名,AI 标识\n1.jpg,石桥,题名：AI 生成\n", encoding="utf-8")
        collection = CollectionFactory()
        bring_in(folder, collection)
        image = collection.images.get(files__original_name="1.jpg")

        again = bring_in(folder, collection)
        decisions.reject(annotation=image.annotations.drafts().get(), user=UserFactory())
        last = bring_in(folder, collection)

        assert (again.completed, last.completed) == (0, 0)
        assert image.annotations.count() == 1
