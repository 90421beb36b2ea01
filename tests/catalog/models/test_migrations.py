"""What a migration writes into rows that were there before."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from catalog.models import Image
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def test_transcriptions_accepted_earlier_are_searched_without_their_line_breaks() -> None:
    earlier = ImageFactory()
    Image.objects.filter(pk=earlier.pk).update(transcription="重修岳\n阳楼　落成", title="合影")
    ImageFactory()

    migration = import_module("catalog.migrations.0017_transcription_searched")
    migration.fill(apps, connection.schema_editor())

    assert Image.objects.get(pk=earlier.pk).transcription_searched == "重修岳阳楼落成"
    assert list(Image.objects.search("岳阳楼落成 合影")) == [earlier]


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
