"""A classification mark stops a record before any model sees it, until a person says what it is."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test.utils import CaptureQueriesContext

from catalog.drafting.asking import question
from catalog.drafting.trials import try_prompt
from catalog.exceptions import FileRejected, SecrecyRefused
from catalog.models import Action, Image, ImageFile, Reading
from catalog.providers import CatalogueImages
from catalog.reading.reading import FreshReadings, images_to_read, keep
from catalog.records import annotations, entries, secrecy
from catalog.records.secrecy import Mark
from catalog.vocabulary import Classification, Disclosure, MarkPlace, Verb
from tests.catalog.fakes import FakeDescriber
from tests.catalog.imports import bring_in
from tests.catalog.people import administrator, reviewer
from tests.catalog.readers import FakeReader
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    picture,
)

pytestmark = pytest.mark.django_db
MARK = Mark(MarkPlace.FILE_NAME, "机密★")


def held(**values: Any) -> Image:
    """Return a record that was stopped, with a scan; open but for that."""
    image: Image = ImageFileFactory(image=ImageFactory(public=True, **values)).image
    secrecy.hold(image=image, marks=[MARK])
    return image


class TestWhatItStops:
    def test_the_public_does_not_see_it_though_it_was_opened(self) -> None:
        image = held()
        assert not image.is_public
        assert not Image.objects.public().exists()

    def test_no_model_is_asked_about_it(self) -> None:
        image = held()
        with pytest.raises(FileRejected, match="疑似涉密"):
            question(PromptVersionFactory(), image)

    def test_a_trial_says_why_and_asks_nothing(self) -> None:
        describer = FakeDescriber()
        told = try_prompt(image=held(), version=PromptVersionFactory(), describer=describer)
        assert "疑似涉密" in told.error
        assert describer.history == []

    @pytest.mark.parametrize("person", ["reviewer", "administrator"])
    def test_nobody_asks_a_model_about_it_by_its_number(self, person: str) -> None:
        image = held()
        user = reviewer(image.collection) if person == "reviewer" else administrator()
        assert CatalogueImages().image_file(image.pk, user) is None

    def test_a_draft_that_comes_in_after_the_mark_is_not_written(self) -> None:
        image = held()
        assert annotations.write_drafts(image=image, values={"title": "石桥"}, run=RunFactory(image=image)) == []
        assert not image.annotations.exists()


class TestClearing:
    def test_a_person_says_why_and_the_record_goes_on(self) -> None:
        image, user = held(), UserFactory()
        secrecy.clear(image=image, user=user, reason="剧照里的道具", classification=Classification.INTERNAL)
        image.refresh_from_db()
        assert (image.secrecy_hold, image.classification) == (False, Classification.INTERNAL)
        assert image.is_public
        mark = image.secrecy_marks.get()
        assert (mark.cleared_by, mark.clearing_reason) == (user, "剧照里的道具")
        assert Action.objects.get(verb=Verb.SECRECY_CLEARED).details["reason"] == "剧照里的道具"

    @pytest.mark.parametrize(
        ("values", "told"),
        [({"reason": " "}, "理由"), ({"reason": "因为", "classification": Classification.SECRET}, "不能解除")],
    )
    def test_without_a_reason_or_with_a_grade_of_secrets_it_is_refused(self, values: dict[str, Any], told: str) -> None:
        image = held()
        with pytest.raises(SecrecyRefused, match=told):
            secrecy.clear(image=image, user=UserFactory(), **values)
        image.refresh_from_db()
        assert image.secrecy_hold

    def test_what_is_not_held_is_not_cleared(self) -> None:
        with pytest.raises(SecrecyRefused, match="没有停用"):
            secrecy.clear(image=ImageFactory(), user=UserFactory(), reason="因为")

    def test_the_same_mark_does_not_stop_it_again_and_another_does(self) -> None:
        image = held()
        secrecy.clear(image=image, user=UserFactory(), reason="剧照")
        image.refresh_from_db()
        assert not secrecy.hold(image=image, marks=[MARK])
        assert secrecy.hold(image=image, marks=[Mark(MarkPlace.READING, "绝密★")])
        image.refresh_from_db()
        assert image.secrecy_hold


class TestTheGrade:
    def test_a_grade_of_secrets_stops_the_record(self) -> None:
        image = ImageFactory(public=True)
        entries.change_image(image=image, user=UserFactory(), changes={"classification": Classification.CONFIDENTIAL})
        image.refresh_from_db()
        assert image.secrecy_hold
        assert image.secrecy_marks.get().place == MarkPlace.PERSON

    def test_one_that_was_cleared_can_be_given_again(self) -> None:
        image, user = ImageFactory(), UserFactory()
        entries.change_image(image=image, user=user, changes={"classification": Classification.SECRET})
        secrecy.clear(image=image, user=user, reason="误标")
        entries.change_image(image=image, user=user, changes={"classification": Classification.SECRET})
        image.refresh_from_db()
        assert image.secrecy_hold

    def test_it_is_lowered_by_clearing_only(self) -> None:
        image, user = ImageFactory(), UserFactory()
        entries.change_image(image=image, user=user, changes={"classification": Classification.SECRET})
        with pytest.raises(ValidationError, match="解除停用"):
            entries.change_image(image=image, user=user, changes={"classification": Classification.NONE})

    def test_the_database_holds_every_secret_back(self) -> None:
        image = ImageFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Image.objects.filter(pk=image.pk).update(classification=Classification.SECRET)


class TestImports:
    def folder(self, path: Path, name: str, manifest: str = "") -> Path:
        path = path / "in"
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture())
        if manifest:
            (path / "manifest.csv").write_text(manifest, encoding="utf-8-sig")
        return path

    @pytest.mark.parametrize("name", ["机密★10年.jpg", "机密/1.jpg", "会议（秘密）.jpg"])
    def test_a_name_with_a_mark_stops_the_record_and_is_told(self, tmp_path: Path, name: str) -> None:
        report = bring_in(self.folder(tmp_path, name), CollectionFactory())
        image = Image.objects.get()
        assert image.secrecy_hold
        assert image.secrecy_marks.get().place == MarkPlace.FILE_NAME
        assert "国家秘密" in report.suspected[0].reason
        assert "疑似涉密" in report.sentence()
        assert Action.objects.filter(verb=Verb.SECRECY_FOUND, image=image).exists()

    def test_a_dry_run_tells_of_it_and_writes_nothing(self, tmp_path: Path) -> None:
        report = bring_in(self.folder(tmp_path, "绝密.jpg"), CollectionFactory(), dry_run=True)
        assert len(report.suspected) == 1
        assert not Image.objects.exists()

    @pytest.mark.parametrize(
        ("manifest", "grade"),
        [
            ("文件名,密级\n1.jpg,机密★5年\n", Classification.CONFIDENTIAL),
            ("文件名,密级\n1.jpg,绝密\n", Classification.TOP_SECRET),
            ("文件名,附注\n1.jpg,秘密★\n", Classification.NONE),
        ],
    )
    def test_a_row_with_a_mark_stops_the_record(self, tmp_path: Path, manifest: str, grade: str) -> None:
        bring_in(self.folder(tmp_path, "1.jpg", manifest), CollectionFactory())
        image = Image.objects.get()
        assert (image.secrecy_hold, image.classification) == (True, grade)

    def test_a_row_that_comes_later_stops_the_record_too(self, tmp_path: Path) -> None:
        collection = CollectionFactory()
        bring_in(self.folder(tmp_path, "1.jpg"), collection)
        bring_in(self.folder(tmp_path, "1.jpg", "文件名,密级\n1.jpg,秘密\n"), collection)
        assert Image.objects.get().secrecy_hold

    def test_harmless_words_stop_nothing(self, tmp_path: Path) -> None:
        bring_in(
            self.folder(tmp_path, "秘密花园.jpg", "文件名,密级,题名\n秘密花园.jpg,内部,保守机密\n"), CollectionFactory()
        )
        image = Image.objects.get()
        assert (image.secrecy_hold, image.classification) == (False, Classification.INTERNAL)


class TestWhatAManifestSaysOfOpening:
    def bring(self, path: Path, heading: str, cell: str, *, dry_run: bool = False) -> Any:
        path.joinpath("1.jpg").write_bytes(picture())
        path.joinpath("manifest.csv").write_text(f"文件名,{heading}\n1.jpg,{cell}\n", encoding="utf-8-sig")
        return bring_in(path, CollectionFactory(public=True), dry_run=dry_run)

    @pytest.mark.parametrize(("heading", "cell"), [("开放标识", "开放"), ("disclosure", "open"), ("access", "open")])
    @pytest.mark.parametrize("dry_run", [True, False])
    def test_it_opens_nothing_and_says_so(self, tmp_path: Path, heading: str, cell: str, dry_run: bool) -> None:
        report = self.bring(tmp_path, heading, cell, dry_run=dry_run)
        assert "两个人" in report.protected[0].reason
        assert not Image.objects.exclude(disclosure=Disclosure.UNEXAMINED).exists()

    def test_it_closes_defers_and_restricts(self, tmp_path: Path) -> None:
        rows: list[tuple[str, str, dict[str, str]]] = [
            ("开放标识", "控制", {"disclosure": Disclosure.CONTROLLED}),
            ("开放标识,延期至", "延期开放,2091-12-31", {"disclosure": Disclosure.DEFERRED}),
            ("开放程度", "控制使用", {"access": "restricted"}),
        ]
        for number, (heading, cell, expected) in enumerate(rows):
            folder = tmp_path / str(number)
            folder.mkdir()
            self.bring(folder, heading, cell)
            image = Image.objects.latest("pk")
            assert {name: getattr(image, name) for name in expected} == expected

    @pytest.mark.parametrize(("heading", "cell"), [("开放标识", "延期开放"), ("开放标识", "也许"), ("密级", "？")])
    def test_what_is_not_understood_is_told_and_the_record_is_not_examined(
        self, tmp_path: Path, heading: str, cell: str
    ) -> None:
        report = self.bring(tmp_path, heading, cell)
        assert report.protected
        assert Image.objects.get().disclosure == Disclosure.UNEXAMINED


class TestReading:
    def test_writing_with_a_mark_stops_the_record_before_it_is_drafted(self) -> None:
        file: ImageFile = ImageFileFactory()
        read = Reading(file=file, reader="r", version="1", text="机密★10年\n关于石桥的通知", confidence=0.9)
        keep(
            FreshReadings({file: read}, 0.1),
            image=annotations.locked_image(file.image_id),
            reader=FakeReader(),
        )
        file.image.refresh_from_db()
        assert file.image.secrecy_hold
        assert file.image.secrecy_marks.get().text == "机密★10年"
        assert not file.image.annotations.exists()

    def test_what_is_held_is_not_read_by_the_command(self) -> None:
        image = held()
        assert not images_to_read(collection=image.collection, reader=FakeReader()).exists()


def test_looking_for_marks_costs_an_import_no_query_where_there_is_none() -> None:
    from django.db import connection

    image = ImageFactory()
    with CaptureQueriesContext(connection) as asked:
        secrecy.hold(image=image, marks=[])
    assert not [query for query in asked if "SAVEPOINT" not in query["sql"]]
