"""What is written on scans is kept, proposed, found, and compared with other drafts."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Annotation, Image, ImageFile, Reading
from catalog.reading.reading import PictureReader, read_collection, read_image
from catalog.review import decisions
from catalog.vocabulary import Evidence, Field, FileRole, Flag, ImageStatus, State
from inference.reader import Line, Loss, Page, ReaderMissing, Unread
from tests.catalog.readers import FakeReader, broken
from tests.factories import (
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db

QUAD = (100.0, 100.0, 900.0, 100.0, 900.0, 200.0, 100.0, 200.0)
TEXT = "云溪石桥落成留念\n一九五九年三月"


def scanned(image: Image | None = None, **values: Any) -> Image:
    image = image or ImageFactory()
    ImageFileFactory(image=image, **values)
    return image


def read(image: Image, reader: PictureReader | None = None, *, again: bool = False) -> Image:
    fresh = Image.objects.with_files().get(pk=image.pk)
    read_image(image=fresh, reader=reader or FakeReader(), again=again)
    return Image.objects.get(pk=image.pk)


def transcription(image: Image) -> Annotation | None:
    return image.annotations.drafts().filter(field=Field.TRANSCRIPTION).first()


class TestWhatIsKept:
    def test_lines_with_their_places_and_the_reader(self) -> None:
        image = read(scanned())
        reading = Reading.objects.get()
        assert reading.file.image == image
        assert [line["text"] for line in reading.lines] == ["云溪石桥落成留念", "一九五九年三月"]
        assert len(reading.lines[0]["quad"]) == 8
        assert (reading.reader, reading.version, reading.text) == ("fake reader", "1", TEXT)
        assert reading.confidence == pytest.approx(0.98)

    def test_a_scan_has_one_reading(self) -> None:
        image = read(scanned())
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(file=image.files.get(), reader="other", version="1")

    def test_every_page_of_a_document(self) -> None:
        image = read(scanned(pages=3), FakeReader(texts={"#1": "第二页", "#2": ""}))
        reading = Reading.objects.get(file__image=image)
        assert {line["page"] for line in reading.lines} == {0, 1}
        assert reading.text == f"{TEXT}\n\n第二页"

    def test_pages_but_not_the_document_they_were_drawn_from(self) -> None:
        image = scanned(role=FileRole.PAGE)
        DocumentFactory(image=image)
        reader = FakeReader()
        read(image, reader)
        assert len(reader.history) == Reading.objects.count() == 1
        assert not Image.objects.unread(reader.name, reader.version).exists()

    def test_front_and_verso_but_no_negative_beside_them(self) -> None:
        image = scanned()
        for role in (FileRole.VERSO, FileRole.NEGATIVE):
            scanned(image, role=role)
        reader = FakeReader()
        read(image, reader)
        assert len(reader.history) == 2
        assert not any(negative for _path, _page, negative in reader.history)

    def test_a_lone_negative_is_read_as_a_positive(self) -> None:
        reader = FakeReader()
        read(scanned(role=FileRole.NEGATIVE), reader)
        assert [negative for _path, _page, negative in reader.history] == [True]

    def test_nothing_is_read_twice_by_the_same_version(self) -> None:
        image, reader = scanned(), FakeReader()
        read(image, reader)
        read(image, reader)
        assert len(reader.history) == 1
        read(image, reader, again=True)
        assert len(reader.history) == 2
        read(image, FakeReader(version="2"))
        assert Reading.objects.get().version == "2"

    def test_a_scan_that_cannot_be_read_keeps_nothing_of_its_image(self) -> None:
        image = scanned()
        verso = ImageFileFactory(image=image, role=FileRole.VERSO)
        reader = FakeReader(texts={Path(verso.master.name).name: broken()})
        report = read_collection(collection=image.collection, reader=reader)
        assert len(report.failures) == 1
        assert "无法解码" in report.failures[0][1]
        assert not Reading.objects.exists()


class TestWhatIsDoubtfulOrLost:
    PAGE = Page(
        (
            Line("堂仁同", QUAD, 0.99),
            Line("摄于一九五八年", QUAD, 0.6, under_red=True),
            Line("王家卫印", QUAD, 0.97, vertical=True, is_seal=True, other="卫王印家"),
        ),
        1000,
        700,
        unread=(Unread(Loss.ILLEGIBLE, QUAD), Unread(Loss.SEAL, QUAD)),
    )

    def read(self, image: Image | None = None) -> Image:
        return read(image or scanned(), FakeReader(pages={"": self.PAGE}))

    def test_it_is_kept_with_the_lines(self) -> None:
        self.read()
        reading = Reading.objects.get()
        assert [line["text"] for line in reading.lines] == ["同仁堂", "摄于一九五八年", "王家卫印"]
        assert [line.get("other", "") for line in reading.lines] == ["堂仁同", "", "卫王印家"]
        assert [line.get("under_red", False) for line in reading.lines] == [False, True, False]
        assert [line.get("is_seal", False) for line in reading.lines] == [False, False, True]
        assert [(place["page"], place["loss"]) for place in reading.unread] == [(0, "illegible"), (0, "seal")]

    def test_reading_again_replaces_it(self) -> None:
        image = self.read()
        read(image, FakeReader(version="2"))
        assert Reading.objects.get().unread == []

    def test_the_text_says_what_is_a_seals(self) -> None:
        draft = transcription(self.read())
        assert draft is not None
        assert draft.value == "同仁堂\n摄于一九五八年\n〔印章〕王家卫印"

    @pytest.mark.parametrize("word", ["同仁堂", "堂仁同", "王家卫", "卫王印家"])
    def test_members_find_it_by_either_reading(self, word: str) -> None:
        image = self.read()
        assert list(Image.objects.search_with_readings(word)) == [image]

    def test_a_year_under_red_ink_contradicts_nobody(self) -> None:
        image = drafted(scanned(), **{Field.DATE.value: "1959年"})
        self.read(image)
        assert image.annotations.get(field=Field.DATE).flag == Flag.NONE

    def test_a_year_under_red_ink_takes_no_doubt_away(self) -> None:
        image = drafted(scanned(), **{Field.DATE.value: "1958年"})
        image.annotations.update(flag=Flag.DOUBTFUL)
        self.read(image)
        draft = image.annotations.get(field=Field.DATE)
        assert (draft.evidence, draft.flag) == (Evidence.INSCRIPTION, Flag.DOUBTFUL)

    def test_a_claim_that_stands_there_in_the_other_reading_stands_there(self) -> None:
        image = drafted(scanned(), people="卫王印家")
        image.annotations.update(evidence=Evidence.INSCRIPTION)
        self.read(image)
        assert image.annotations.get(field=Field.PEOPLE).flag == Flag.NONE


class TestTheDraft:
    def test_it_is_the_machines_and_names_reader_and_version(self) -> None:
        image = read(scanned())
        draft = transcription(image)
        assert draft is not None
        assert draft.run is not None
        assert (draft.value, draft.source) == (TEXT, "model")
        assert (draft.run.model_name, draft.run.model_version, draft.run.prompt_version) == ("fake reader", "1", None)
        assert (image.status, image.transcription) == (ImageStatus.TO_REVIEW, "")

    def test_the_verso_is_named_in_it(self) -> None:
        image = scanned()
        verso = ImageFileFactory(image=image, role=FileRole.VERSO)
        read(image, FakeReader(texts={Path(verso.master.name).name: "赠给老友"}))
        draft = transcription(image)
        assert draft is not None
        assert draft.value == f"{TEXT}\n\n【背面】\n赠给老友"

    @pytest.mark.parametrize("reader", [FakeReader(""), FakeReader("一"), FakeReader(confidence=0.55)])
    def test_nothing_is_proposed_where_nothing_certain_is_written(self, reader: FakeReader) -> None:
        image = read(scanned(), reader)
        assert transcription(image) is None
        assert image.status == ImageStatus.UNDESCRIBED
        assert Reading.objects.count() == 1

    @pytest.mark.parametrize("again", [False, True])
    @pytest.mark.parametrize("value", ["人工抄录", ""])
    def test_a_persons_words_and_a_deliberately_empty_value_stay_alone(self, value: str, again: bool) -> None:
        image = read(described(scanned(), transcription=value), again=again)
        assert transcription(image) is None
        assert image.transcription == value

    def test_an_accepted_reading_stays_alone(self) -> None:
        image = read(scanned())
        draft = transcription(image)
        assert draft is not None
        decisions.accept(annotation=draft, user=UserFactory())
        for again in (False, True):
            image = read(image, FakeReader("另一种读法", version="2"), again=again)
            assert transcription(image) is None
            assert image.transcription == TEXT

    def test_a_models_draft_gives_way_only_when_asked(self) -> None:
        image = read(drafted(scanned(), transcription="模型抄的"))
        assert image.annotations.drafts().get(field=Field.TRANSCRIPTION).value == "模型抄的"
        image = read(image, again=True)
        assert image.annotations.drafts().get(field=Field.TRANSCRIPTION).value == TEXT

    def test_a_new_version_replaces_its_own_draft_where_it_reads_differently(self) -> None:
        image = read(scanned())
        first = transcription(image)
        read(image, FakeReader(version="2"))
        assert transcription(image) == first
        read(image, FakeReader("云溪石橋", version="3"))
        second = transcription(image)
        assert first is not None
        assert second is not None
        first.refresh_from_db()
        assert (first.state, second.value) == (State.SUPERSEDED, "云溪石橋")

    def test_an_image_deleted_meanwhile_is_no_error(self) -> None:
        image = scanned()
        fresh = Image.objects.with_files().get(pk=image.pk)
        list(fresh.files.all())

        class Deleting(FakeReader):
            def read(self, source: Path, **options: Any) -> Any:
                ImageFile.objects.filter(image_id=image.pk).delete()
                Image.objects.filter(pk=image.pk).delete()
                return super().read(source, **options)

        assert read_image(image=fresh, reader=Deleting()).read == 0


class TestACollection:
    def test_one_damaged_image_fails_alone(self) -> None:
        collection = CollectionFactory()
        bad = ImageFileFactory(image=ImageFactory(collection=collection))
        scanned(ImageFactory(collection=collection))
        ImageFactory(collection=collection)
        report = read_collection(collection=collection, reader=FakeReader(texts={Path(bad.master.name).name: broken()}))
        assert (report.total, report.read, report.with_text, report.drafted) == (2, 1, 1, 1)
        assert [name for name, _reason in report.failures] == [bad.original_name]
        assert "1 幅无法识读" in report.sentence()

    def test_a_vanished_master_is_reported(self) -> None:
        image = scanned()
        image.files.get().master_path.unlink()
        report = read_collection(collection=image.collection, reader=FakeReader())
        assert "不在原来的位置" in report.failures[0][1]

    def test_it_goes_on_where_an_interrupted_run_stopped(self) -> None:
        collection = CollectionFactory()
        files = [ImageFileFactory(image=ImageFactory(collection=collection)) for _ in range(3)]
        interrupted = FakeReader(texts={Path(files[1].master.name).name: KeyboardInterrupt()})
        with pytest.raises(KeyboardInterrupt):
            read_collection(collection=collection, reader=interrupted)
        assert Reading.objects.count() == 1
        reader = FakeReader()
        report = read_collection(collection=collection, reader=reader)
        assert (report.read, len(reader.history), Reading.objects.count()) == (2, 2, 3)

    def test_without_a_reader_it_stops_at_once(self) -> None:
        image = scanned()
        reader = FakeReader(texts={"": ReaderMissing("rapidocr")})
        with pytest.raises(ReaderMissing):
            read_collection(collection=image.collection, reader=reader)

    def test_a_limit_is_kept(self) -> None:
        collection = CollectionFactory()
        for _ in range(3):
            scanned(ImageFactory(collection=collection))
        assert read_collection(collection=collection, reader=FakeReader(), limit=2).read == 2
        assert read_collection(collection=collection, reader=FakeReader(), limit=2).read == 1


class TestTheCrossCheck:
    def draft(self, field: Field, value: str, **marks: str) -> Annotation:
        image = drafted(scanned(), **{field.value: value})
        image.annotations.update(**marks)
        read(image)
        return image.annotations.get(field=field)

    def test_a_year_that_stands_in_the_picture_rests_on_the_inscription(self) -> None:
        draft = self.draft(Field.DATE, "1959年", evidence=Evidence.INFERENCE, flag=Flag.DOUBTFUL)
        assert (draft.evidence, draft.flag) == (Evidence.INSCRIPTION, Flag.NONE)

    def test_another_year_than_the_one_in_the_picture_is_doubtful(self) -> None:
        assert self.draft(Field.DATE, "1958年").flag == Flag.DOUBTFUL

    def test_a_name_said_to_stand_there_that_does_not_is_doubtful(self) -> None:
        assert self.draft(Field.PEOPLE, "周长青", evidence=Evidence.INSCRIPTION).flag == Flag.DOUBTFUL

    def test_a_name_within_another_one_is_no_evidence(self) -> None:
        image = drafted(scanned(), people="李明", place="上海")
        image.annotations.update(evidence=Evidence.INFERENCE, flag=Flag.DOUBTFUL)
        read(image, FakeReader("李明德\n上海路12号"))
        drafts = image.annotations.drafts().exclude(field=Field.TRANSCRIPTION)
        assert {(draft.evidence, draft.flag) for draft in drafts} == {(Evidence.INFERENCE, Flag.DOUBTFUL)}

    def test_a_place_that_nobody_said_stands_there_is_left_alone(self) -> None:
        draft = self.draft(Field.PLACE, "武陵", evidence=Evidence.PICTURE)
        assert (draft.evidence, draft.flag) == (Evidence.PICTURE, Flag.NONE)

    def test_what_is_on_record_stays_on_record(self) -> None:
        draft = self.draft(Field.DATE, "1958年", evidence=Evidence.RECORD)
        assert (draft.evidence, draft.flag) == (Evidence.RECORD, Flag.NONE)

    def test_a_mark_of_its_length_stays_beside_the_doubt(self) -> None:
        assert self.draft(Field.DATE, "1958年", flag=Flag.TRUNCATED).flag == Flag.TRUNCATED_DOUBTFUL


class TestSearching:
    def test_members_find_what_was_read_at_once_even_over_the_end_of_a_line(self) -> None:
        image = read(scanned(), FakeReader("云溪石\n桥落成"))
        scanned()
        assert list(Image.objects.search_with_readings("石桥 落成")) == [image]
        assert not Image.objects.search_with_readings("石桥 没有").exists()

    def test_everybody_finds_it_once_it_is_accepted(self) -> None:
        image = read(scanned(ImageFactory(public=True)), FakeReader("一九五九年重修岳\n阳楼落成留念"))
        words = ["落成", "重修岳阳楼", "岳阳楼 留念"]
        assert not any(Image.objects.public().search(word).exists() for word in words)
        draft = transcription(image)
        assert draft is not None
        decisions.accept(annotation=draft, user=UserFactory())
        for word in words:
            assert list(Image.objects.public().search(word)) == [image]
        assert not Image.objects.public().search("岳阳楼 没有").exists()

    def test_a_transcription_that_was_replaced_is_not_found_any_more(self) -> None:
        image = described(described(ImageFactory(), transcription="岳\n阳楼"), transcription="黄\n鹤楼")
        assert list(Image.objects.search("黄鹤楼")) == [image]
        assert not Image.objects.search("岳阳楼").exists()
        described(image, transcription="")
        assert not Image.objects.search("黄鹤楼").exists()
