"""`manage.py export_catalogue`, as a person at the keyboard meets it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Action, Collection
from catalog.vocabulary import Verb
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory(slug="demo")
    described(ImageFactory(collection=collection, identifier="P-2"), title="石桥")
    ImageFactory(collection=collection, identifier="P-1")
    ImageFactory(identifier="P-9")
    return collection


def export(*arguments: object) -> str:
    out = io.StringIO()
    call_command("export_catalogue", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_writes_the_file_in_the_order_of_identifiers_and_says_how_many(
    collection: Collection, tmp_path: Path
) -> None:
    path = tmp_path / "out" / "demo.csv"

    said = export("demo", "--format", "csv", "--output", path)

    text = path.read_text(encoding="utf-8-sig")
    assert text.index("P-1") < text.index("P-2")
    assert "P-9" not in text
    assert "2 幅" in said
    assert Action.objects.filter(verb=Verb.CATALOGUE_EXPORTED, collection=collection).count() == 1


def test_to_standard_output_it_writes_the_table_and_nothing_else(collection: Collection) -> None:
    said = export("demo", "--output", "-")

    assert said.startswith("\ufeff照片号,")
    assert said.count("\r\n") == 3
    assert said.endswith("\r\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--output", "-"], "nowhere"),
        (["demo", "--output", "/proc/nowhere/demo.csv"], "demo.csv"),
        (["demo", "--output", "-", "--format", "pdf"], "pdf"),
        (["demo"], "output"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_sentence(collection: Collection, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        export(*arguments)
