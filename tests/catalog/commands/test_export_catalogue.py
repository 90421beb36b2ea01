"""`manage.py export_catalogue`, as a person at the keyboard meets it."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Action, Collection, Export
from catalog.vocabulary import Verb
from tests.catalog.exported import sheets, texts
from tests.factories import CollectionFactory, ImageFactory, described, drafted

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
        (["demo", "--output", "-", "--filter", "status"], "名称=值"),
        (["demo", "--output", "-", "--filter", "colour=red"], "没有这个条件"),
        (["demo", "--output", "-", "--filter", "status=red"], "status"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_sentence(collection: Collection, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        export(*arguments)


def test_a_workbook_and_json_lines_have_the_same_records(collection: Collection, tmp_path: Path) -> None:
    export("demo", "--format", "xlsx", "--output", tmp_path / "demo.xlsx")
    for name in ("json", "jsonl"):
        export("demo", "--format", name, "--output", tmp_path / f"demo.{name}")

    rows = texts(sheets((tmp_path / "demo.xlsx").read_bytes())["目录"])
    assert [row[0] for row in rows] == ["照片号", "P-1", "P-2"]
    for name in ("json", "jsonl"):
        lines = [json.loads(line) for line in (tmp_path / f"demo.{name}").read_text().splitlines()]
        assert [(line["identifier"], line["title"]) for line in lines] == [("P-1", ""), ("P-2", "石桥")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.json", "demo.jsonl", "demo.xlsx"]


def test_a_filter_narrows_what_is_exported(collection: Collection) -> None:
    drafted(ImageFactory(collection=collection, identifier="D-1"), description="桥")

    said = export("demo", "--output", "-", "--filter", "status=described", "--filter", "q=石桥")

    assert "P-2" in said
    assert "P-1" not in said
    assert "D-1" in export("demo", "--output", "-", "--filter", "field=description")
    assert Export.objects.order_by("created_at")[0].selection.startswith(f"{collection.title}；")


def test_an_empty_collection_has_a_table_with_its_heading(tmp_path: Path) -> None:
    CollectionFactory(slug="empty")

    assert export("empty", "--output", "-").count("\r\n") == 1
    export("empty", "--format", "xlsx", "--output", tmp_path / "empty.xlsx")
    assert len(texts(sheets((tmp_path / "empty.xlsx").read_bytes())["目录"])) == 1


def test_what_the_table_said_is_kept(collection: Collection, tmp_path: Path) -> None:
    export("demo", "--output", tmp_path / "demo.csv")

    made = Export.objects.get()
    assert (made.state, made.user, made.expires_at) == (Export.State.DONE, None, None)
    assert made.kept_until is not None
    assert made.parts.get().kept is not None
