"""What a migration writes into rows that were there before."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from catalog.models import Annotation, Image
from catalog.vocabulary import Source, State
from tests.factories import AnnotationFactory, ImageFactory, UserFactory, described

pytestmark = pytest.mark.django_db


def test_transcriptions_accepted_earlier_are_searched_without_their_line_breaks() -> None:
    earlier = ImageFactory()
    Image.objects.filter(pk=earlier.pk).update(transcription="重修岳\n阳楼　落成", title="合影")
    ImageFactory()

    migration = import_module("catalog.migrations.0017_transcription_searched")
    migration.fill(apps, connection.schema_editor())

    assert Image.objects.get(pk=earlier.pk).transcription_searched == "重修岳阳楼落成"
    assert list(Image.objects.search("岳阳楼落成 合影")) == [earlier]


class TestOrigins:
    """What began as a model's text is found in rows that were written before it was kept."""

    @staticmethod
    def found(image: Image) -> dict[str, bool]:
        # As it was before: people's rows, and no word of where they began.
        Annotation.objects.filter(source=Source.PERSON).update(ai_origin=False)
        migration = import_module("catalog.migrations.0019_ai_origin")
        migration.find_origins(apps, connection.schema_editor())
        return dict(image.annotations.values_list("value", "ai_origin"))

    def test_an_edit_of_an_accepted_text_of_the_model_was_one(self) -> None:
        image = ImageFactory()
        AnnotationFactory(image=image, value="桥头有三个人", state=State.SUPERSEDED)
        AnnotationFactory(image=image, value="桥头有三个人。", source=Source.PERSON, accepted=True)

        assert self.found(image) == {"桥头有三个人": True, "桥头有三个人。": True}

    def test_what_was_written_before_the_model_was_asked_is_a_persons(self) -> None:
        image = ImageFactory()
        AnnotationFactory(image=image, value="石桥", source=Source.PERSON, accepted=True)
        AnnotationFactory(image=image, value="桥")

        assert self.found(image) == {"石桥": False, "桥": True}

    @pytest.mark.parametrize(("same", "origin"), [(True, True), (False, False)])
    def test_a_rejected_draft_counts_for_who_rejected_it(self, same: bool, origin: bool) -> None:
        image, user = ImageFactory(), UserFactory()
        rejected = AnnotationFactory(image=image, value="帆船", rejected=True)
        writer = rejected.decided_by if same else user
        AnnotationFactory(image=image, value="石桥", source=Source.PERSON, accepted=True, created_by=writer)

        assert self.found(image)["石桥"] is origin


def test_dates_accepted_earlier_are_read_again_and_what_is_not_understood_is_marked() -> None:
    texts = {"1956.10.1-10.3": (date(1956, 10, 1), date(1956, 10, 3), False), "解放前": (None, None, True)}
    texts |= {"不详": (None, None, False), "1949年以前": (None, date(1949, 12, 31), False)}
    for text in texts:
        Image.objects.filter(pk=ImageFactory().pk).update(date_text=text)
    ImageFactory()

    migration = import_module("catalog.migrations.0021_dates_read_again")
    migration.read_again(apps, connection.schema_editor())

    rows = Image.objects.exclude(date_text="").values_list("date_text", "date_start", "date_end", "date_unread")
    assert {text: tuple(columns) for text, *columns in rows} == texts


def test_going_back_takes_open_ranges_back_and_keeps_the_texts() -> None:
    image = described(date="1949年以前")
    assert (image.date_start, image.date_end is not None) == (None, True)

    migration = import_module("catalog.migrations.0021_dates_read_again")
    migration.close_ranges(apps, connection.schema_editor())

    image.refresh_from_db()
    assert (image.date_text, image.date_start, image.date_end) == ("1949年以前", None, None)
