"""`manage.py recheck_groups`: groups that were made by their hashes alone are looked at again."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Collection, Image, NearGroup
from demo.alike.sheets import filled_form
from tests.catalog.imports import bring_in
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db


def recheck(*arguments: str) -> str:
    out = io.StringIO()
    call_command("recheck_groups", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def cards(tmp_path: Path) -> Collection:
    """A collection of three cards, one of which came in twice, in one group, as earlier versions made it."""
    collection = CollectionFactory(slug="cards")
    for number, member in enumerate((0, 1, 1, 2)):
        filled_form(0, member).save(tmp_path / f"{number}.jpg", quality=90 - number)
    bring_in(tmp_path, collection)
    NearGroup.objects.all().delete()
    Image.objects.update(near_group=NearGroup.objects.create(collection=collection))
    return collection


def test_it_tells_first_and_takes_apart_when_told_to(cards: Collection) -> None:
    said = recheck("--collection", "cards")

    assert "应分为 3 份" in said
    assert "其中 1 组里有内容不同的图像" in said
    assert "--apply" in said
    assert NearGroup.objects.get().images.count() == 4

    said = recheck("--apply")

    assert "应分为 3 份" in said
    assert "--apply" not in said
    names = NearGroup.objects.get().images.values_list("files__original_name", flat=True)
    assert sorted(names) == ["1.jpg", "2.jpg"]
    assert "复查 1 组，其中 0 组" in recheck()


def test_groups_that_people_have_decided_about_are_not_looked_at(cards: Collection) -> None:
    Image.objects.filter(pk=cards.images.earliest("pk").pk).update(grouped_by_person=True)

    assert "复查 0 组" in recheck("--apply")
    assert NearGroup.objects.get().images.count() == 4


def test_a_collection_that_does_not_exist_is_said_to(cards: Collection) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        recheck("--collection", "nowhere", "--apply")
    assert NearGroup.objects.get().images.count() == 4
