"""Choosing a preset for an export: what lacks is said before a table is made, which is made on the second press."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.exchange.exports import places
from catalog.exchange.presets import keeping
from catalog.models import Collection, Export
from tests.catalog.exchange.presets.records import column, preset
from tests.catalog.people import browser, cataloguer, sent
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db
NEW = "/exchange/exports/new/"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    for key in places.keys_with_folders():
        places.remove_folder(key)


@pytest.fixture
def collection() -> Collection:
    found: Collection = CollectionFactory()
    described(ImageFactory(collection=found, identifier="P-1"), title="石桥")
    ImageFactory(collection=found, identifier="P-2")
    return found


def post(collection: Collection, **data: str) -> Any:
    return browser(cataloguer(collection)).post(NEW, {"all": "1", "format": "csv", **data}, follow=True)


def test_what_lacks_is_said_first_and_nothing_is_made(collection: Collection) -> None:
    page = post(collection, preset="dublin-core").content.decode()
    assert "必著项“dc:title”有 1 行没有内容" in page
    assert 'name="told" value="dublin-core"' in page
    assert not Export.objects.exists()


def test_the_second_press_makes_it(collection: Collection) -> None:
    table = sent(post(collection, preset="dublin-core", told="dublin-core")).decode("utf-8-sig")
    assert table.splitlines()[0].startswith("dc:title,dc:creator")
    assert Export.objects.get().preset == "都柏林核心（Dublin Core）"


def test_what_was_said_of_another_preset_does_not_count(collection: Collection) -> None:
    assert "导出之前" in post(collection, preset="dublin-core", told="dat18").content.decode()
    assert not Export.objects.exists()


def test_a_table_that_lacks_nothing_and_the_houses_own_are_made_at_once(collection: Collection) -> None:
    keeping.create(preset=preset(column("identifier"), column("ai_label")), user=None)
    assert sent(post(collection, preset="house")).decode("utf-8-sig").splitlines() == [
        "identifier,ai_label",
        "P-1,",
        "P-2,",
    ]
    assert "照片号" in sent(post(collection)).decode("utf-8-sig")


def test_a_preset_that_would_drop_the_label_says_so_before_the_file_is_made(collection: Collection) -> None:
    keeping.create(preset=preset(column("title")), user=None)
    assert "看不出来" in post(collection, preset="house").content.decode()
    assert not Export.objects.exists()


def test_a_table_by_groups_without_a_group_is_refused_in_words(collection: Collection) -> None:
    response = post(collection, preset="gbt11821-group", told="gbt11821-group")
    assert response.status_code == 400
    assert "都不在已确认的照片组里" in response.content.decode()


def test_a_preset_that_there_is_not_is_refused(collection: Collection) -> None:
    assert post(collection, preset="nonsense").status_code == 400
    assert not Export.objects.exists()


def test_a_link_brings_the_preset_along(collection: Collection) -> None:
    page = browser(cataloguer(collection)).get(f"{NEW}?collection={collection.slug}&preset=dat18").content.decode()
    assert '<option value="dat18" selected>' in page


def test_the_command_exports_by_a_preset_and_says_what_lacks(collection: Collection) -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("export_catalogue", collection.slug, output="-", preset="dublin-core", stdout=out, stderr=err)
    assert out.getvalue().lstrip("\ufeff").startswith("dc:title")
    assert "必著项“dc:title”有 1 行没有内容" in err.getvalue()
    with pytest.raises(CommandError, match="没有代号为“nonsense”的预设"):
        call_command("export_catalogue", collection.slug, output="-", preset="nonsense", stdout=out, stderr=err)
