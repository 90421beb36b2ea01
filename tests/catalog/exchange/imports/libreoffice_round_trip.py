"""Round trips through LibreOffice itself, by `make test-exchange`: it is started several times, which takes a while.

Named so that `make test` does not gather it; what LibreOffice does to single cells is in `test_mangled`, from files
that it has made.
"""

from pathlib import Path

import pytest

from catalog.exceptions import TableRefused
from catalog.exchange.imports.reading import open_table
from catalog.models import Image, TableImport
from tests.catalog.tables import applied, checked, edited, exported, snapshot, undone
from tests.factories import ImageFactory, MembershipFactory, described
from tests.fixtures.tables.mangle import LANGUAGES, TEXTS, opened_and_saved

pytestmark = pytest.mark.django_db
# What no spreadsheet takes for a number or a date: these come back from a CSV file as they left.
_PLAIN = {"title": "外滩，旧照“一”", "notes": "第一行\n第二行", "place": "=1+1", "people": "-外滩、@甲"}


@pytest.mark.parametrize("saved_as", ["csv", "xlsx"])
@pytest.mark.parametrize("left_as", ["csv", "xlsx"])
def test_opened_and_saved_by_libreoffice_it_round_trips(left_as: str, saved_as: str, tmp_path: Path) -> None:
    member = MembershipFactory.create()
    images = [
        described(ImageFactory.create(collection=member.collection, identifier=f"P-甲-{number}"), **_PLAIN)
        for number in range(3)
    ]
    before = snapshot()
    left = tmp_path / "left" / f"目录.{left_as}"
    exported(member.user, left, fmt=left_as)
    back = opened_and_saved(left, tmp_path, kind=saved_as)

    untouched = checked(member.user, back.read_bytes(), name=back.name)
    assert (untouched.cells, untouched.conflicts, untouched.findings["refused"]) == (0, 0, {})
    assert untouched.findings["unchanged"] == 3

    if saved_as == "csv":
        content = edited(back, lambda rows: rows[0].update({"题名": "新题名", "册号": "第2册"}))
        table = applied(member.user, content)
        assert (table.state, table.done_cells) == (TableImport.State.DONE, 2)
        images[0].refresh_from_db()
        assert (images[0].title, images[0].volume) == ("新题名", "第2册")
        undone(table)
        assert snapshot() == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("saved_as", ["csv", "xlsx"])
def test_what_libreoffice_mangles_of_a_csv_is_refused_and_the_catalogue_stays(
    saved_as: str, language: str, tmp_path: Path
) -> None:
    member = MembershipFactory.create()
    for number, text in enumerate(TEXTS):
        described(ImageFactory.create(collection=member.collection, identifier=f"甲{number}"), notes=text)
    before = snapshot()
    left = tmp_path / "left" / "目录.csv"
    exported(member.user, left)
    back = opened_and_saved(left, tmp_path, language=LANGUAGES[language], kind=saved_as)

    table = checked(member.user, back.read_bytes(), name=back.name)

    assert (table.state, table.cells, table.conflicts) == (TableImport.State.CHECKED, 0, 0)
    assert sum(said["number"] for said in table.findings["refused"].values()) >= 20
    assert snapshot() == before


def test_of_a_workbook_libreoffice_mangles_nothing(tmp_path: Path) -> None:
    member = MembershipFactory.create()
    for number, text in enumerate(TEXTS):
        described(ImageFactory.create(collection=member.collection, identifier=f"{number:04d}"), notes=text)
    left = tmp_path / "left" / "目录.xlsx"
    exported(member.user, left, fmt="xlsx")

    table = checked(member.user, opened_and_saved(left, tmp_path).read_bytes(), name="目录.xlsx")

    assert (table.cells, table.conflicts, table.findings["refused"]) == (0, 0, {})
    assert table.findings["unchanged"] == Image.objects.count() == len(TEXTS)


def test_a_table_of_more_rows_than_a_sheet_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes("照片号\n".encode() + b"P-1\n" * 1_048_576)
    with pytest.raises(TableRefused, match="1,048,576"):
        for _row in open_table(path, lambda cells: "照片号" in cells).rows():
            pass
