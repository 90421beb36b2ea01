"""Which record a row is of: by its key, else by its number, never by its title; what is in doubt is told by its row."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import TableRefused
from catalog.exchange.imports.headings import house_headings, read_headings
from catalog.models import Image, TableImport
from tests.catalog.tables import applied, checked, edited, exported, planned, rows_of, written
from tests.factories import CollectionFactory, ImageFactory, MembershipFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "目录.csv"


def refused(table: TableImport) -> dict[str, list[int]]:
    return {reason: said["rows"] for reason, said in table.findings["refused"].items()}


def test_a_row_is_found_by_its_key_even_where_its_number_is_changed(table: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, identifier="P-1")
    exported(member.user, table)

    applied(member.user, edited(table, lambda rows: rows[0].update({"照片号": "P-9", "题名": "新题名"})))

    image.refresh_from_db()
    assert (image.identifier, image.title) == ("P-9", "新题名")


def test_a_row_without_a_key_is_found_by_its_number_and_never_by_its_title(table: Path) -> None:
    member = MembershipFactory.create()
    described(ImageFactory.create(collection=member.collection, identifier="P-1"), title="外滩")
    rows = [{"照片号": "P-1", "题名": "江边"}, {"照片号": "", "题名": "外滩"}, {"照片号": "P-7", "题名": "外滩"}]

    back = checked(member.user, written(rows))

    assert [item.row for item in planned(back)] == [2]
    assert refused(back) == {"no_key": [3], "unknown_number": [4]}


def test_unknown_doubled_and_broken_keys_are_told_with_their_rows(table: Path) -> None:
    member = MembershipFactory.create()
    images = ImageFactory.create_batch(4, collection=member.collection)
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["题名"] = "新题名"
        rows[0]["glmv_key"] = "999999"
        rows[1]["glmv_key"] = "1.1E+17"
        rows.append(dict(rows[2]))

    back = checked(member.user, edited(table, edit))

    assert refused(back) == {"unknown_key": [2], "bad_key": [3], "doubled": [4, 6]}
    assert [item.image for item in planned(back)] == [images[3].pk]


def test_the_keys_of_another_catalogue_are_not_trusted(table: Path) -> None:
    member = MembershipFactory.create()
    first, second = (ImageFactory.create(collection=member.collection, identifier=name) for name in ("P-1", "P-2"))
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row |= {"glmv_export": str(uuid.uuid4()), "题名": "新题名"}
        rows[0]["glmv_key"], rows[1]["glmv_key"] = str(second.pk), str(first.pk)

    back = checked(member.user, edited(table, edit))

    assert {(item.row, item.image) for item in planned(back)} == {(2, first.pk), (3, second.pk)}
    assert any("不是本系统的" in words for words in back.findings["words"])


def test_columns_that_were_sorted_without_their_keys_are_noticed(table: Path) -> None:
    member = MembershipFactory.create()
    for number in range(3):
        described(ImageFactory.create(collection=member.collection, identifier=f"P-{number}"), title=f"题名{number}")
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        names = [(row["照片号"], row["题名"]) for row in rows]
        for row, (number, title) in zip(rows, reversed(names), strict=True):
            row |= {"照片号": number, "题名": title}

    back = checked(member.user, edited(table, edit))

    assert refused(back) == {"shifted": [2, 4]}
    assert (back.cells, back.conflicts) == (0, 0)


def test_a_number_that_is_in_use_or_given_twice_is_refused(table: Path) -> None:
    member = MembershipFactory.create()
    for name in ("P-1", "P-2", "P-3"):
        ImageFactory.create(collection=member.collection, identifier=name)
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        rows[0]["照片号"] = "P-3"
        rows[1]["照片号"] = rows[2]["照片号"] = "P-9"

    back = checked(member.user, edited(table, edit))

    assert refused(back) == {"taken": [2, 4]}
    assert [cell.after for item in planned(back) for cell in item.cells] == ["P-9"]


def test_a_table_over_several_collections_goes_by_its_slugs() -> None:
    member = MembershipFactory.create(everywhere=True)
    for slug in ("jia", "yi"):
        ImageFactory.create(collection=CollectionFactory.create(slug=slug), identifier="P-1")
    rows = [
        {"照片号": "P-1", "馆藏": "yi", "题名": "新题名"},
        {"照片号": "P-1", "馆藏": "", "题名": "新题名"},
        {"照片号": "P-1", "馆藏": "bing", "题名": "新题名"},
    ]

    back = checked(member.user, written(rows))

    assert [item.image for item in planned(back)] == [Image.objects.get(collection__slug="yi").pk]
    assert refused(back) == {"ambiguous": [3], "unknown_number": [4]}


def test_records_that_one_may_not_change_are_as_unknown_as_those_that_are_not_there(table: Path) -> None:
    head = MembershipFactory.create(everywhere=True, reviewer=True).user
    collection = CollectionFactory.create()
    ImageFactory.create(collection=collection, identifier="P-1")
    ImageFactory.create(collection=collection, identifier="P-2", restricted=True)
    ImageFactory.create(identifier="Q-1")
    exported(head, table)
    content = edited(table, lambda rows: [row.update({"题名": "新题名"}) for row in rows])

    back = checked(MembershipFactory.create(collection=collection).user, content)

    assert [item.row for item in planned(back)] == [2]
    assert refused(back) == {"unknown_key": [3, 4]}


def test_a_table_for_one_collection_leaves_others_alone(table: Path) -> None:
    member = MembershipFactory.create(everywhere=True)
    first, _second = ImageFactory.create_batch(2)
    exported(member.user, table)
    content = edited(table, lambda rows: [row.update({"题名": "新题名"}) for row in rows])

    back = checked(member.user, content, collection=first.collection)

    assert [item.row for item in planned(back)] == [2]
    assert refused(back) == {"other_collection": [3]}


def test_unknown_doubled_and_missing_columns_are_told(table: Path) -> None:
    member = MembershipFactory.create()
    ImageFactory.create(collection=member.collection)
    exported(member.user, table)
    rows = rows_of(table)
    heading = [name for name in rows[0] if name != "摄影者"] + ["题名", "我的列"]
    line = [rows[0][name] for name in heading[:-2]] + ["新题名", "甲"]
    content = "\r\n".join(",".join(f'"{cell}"' for cell in cells) for cells in (heading, line)).encode()

    back = checked(member.user, content)

    assert [words[:3] for words in back.findings["unknown"]] == ["我的列"]
    assert "题名（" in back.findings["doubled"][0]
    assert back.findings["missing"] == ["摄影者"]
    assert (back.cells, back.conflicts) == (0, 0)


@pytest.mark.parametrize("twice", ["glmv_key", "照片号", "馆藏"])
def test_where_it_is_not_clear_which_record_a_row_is_of_nothing_is_read(twice: str) -> None:
    with pytest.raises(TableRefused, match="有两处（A、C 列）"):
        read_headings([twice, "题名", twice], house_headings(), ())


def test_headings_are_known_in_every_language_and_spelling() -> None:
    known: dict[str, Any] = house_headings()
    columns = read_headings(["Identifier", " 题名 ", "描述", "\ufeff册号"], known, ()).columns
    assert [column.key for column in columns.values()][1:] == ["title", "description", "volume"]
