"""What a migration writes into rows that were there before."""

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
