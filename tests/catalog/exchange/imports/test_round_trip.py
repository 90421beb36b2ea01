"""A table that leaves, is edited and comes back: what was changed is changed, and undone it is as it was."""

from pathlib import Path

import pytest
from django.utils import timezone

from catalog.exceptions import TableRefused
from catalog.exchange.columns import CLEARED
from catalog.exchange.imports import running
from catalog.exchange.imports.files import refusals_of
from catalog.models import Action, Conflict, Export, Image, TableImport
from catalog.records.conflicts import settle
from catalog.records.entries import change_image
from catalog.review import decisions
from catalog.vocabulary import ConflictState, Field, Source, Verb
from tests.catalog.tables import (
    after_work,
    applied,
    checked,
    edited,
    exported,
    rows_of,
    snapshot,
    undone,
    written,
)
from tests.factories import AnnotationFactory, CollectionFactory, ImageFactory, MembershipFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "目录.csv"


def test_what_was_edited_is_changed_and_nothing_else(table: Path) -> None:
    member = MembershipFactory.create()
    first, second = ImageFactory.create_batch(2, collection=member.collection)
    described(first, title="旧题名", place="外滩")
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        rows[0]["题名"] = "新题名"
        rows[0]["地点"] = CLEARED
        rows[1]["册号"] = "0012"

    back = applied(member.user, edited(table, edit))

    assert (back.state, back.done_records, back.done_cells) == (TableImport.State.DONE, 2, 3)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.title, first.place, second.volume, second.title) == ("新题名", "", "0012", "")
    assert first.annotations.accepted().get(field=Field.PLACE).value == ""
    verbs = Action.objects.filter(details__table=back.pk).values_list("verb", flat=True)
    assert sorted(verbs) == sorted(
        [Verb.TABLE_STARTED, Verb.TABLE_ENDED, Verb.VALUE_SET, Verb.VALUE_SET, Verb.IMAGE_CHANGED]
    )


def test_undone_everything_is_as_it_was(table: Path) -> None:
    member = MembershipFactory.create()
    first, _other = ImageFactory.create_batch(2, collection=member.collection)
    described(first, title="旧题名", place="外滩")
    before = snapshot()
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        rows[0] |= {"题名": "新题名", "地点": CLEARED, "照片号": "P-9000"}
        rows[1] |= {"册号": "0012", "人物": "王某"}

    back = applied(member.user, edited(table, edit))
    assert snapshot() != before
    back = undone(back)

    assert (back.state, back.undone_cells, back.kept) == (TableImport.State.UNDONE, 5, {})
    assert snapshot() == before


def test_a_table_that_nobody_edited_changes_nothing(table: Path) -> None:
    member = MembershipFactory.create()
    described(ImageFactory.create(collection=member.collection, negative_number="-0012"), title="=1+1", notes="'=x")
    exported(member.user, table)

    back = checked(member.user, table.read_bytes())

    assert (back.state, back.cells, back.conflicts) == (TableImport.State.CHECKED, 0, 0)
    assert back.findings["unchanged"] == 1
    assert back.findings["refused"] == back.findings["ignored"] == {}


def test_what_both_sides_changed_is_a_conflict_and_nothing_is_overwritten(table: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, volume="1")
    described(image, title="旧题名")
    exported(member.user, table)
    described(image, title="同事改的")
    content = edited(table, lambda rows: rows[0].update({"题名": "表格改的", "册号": "2"}))

    back = applied(member.user, content)

    image.refresh_from_db()
    assert (image.title, image.volume) == ("同事改的", "2")
    found = Conflict.objects.get()
    assert (found.field, found.base, found.theirs, found.mine) == ("title", "旧题名", "同事改的", "表格改的")
    assert (found.state, found.table_id, found.user) == (ConflictState.OPEN, back.pk, member.user)
    assert "第 2 行" in found.origin


def test_what_changed_between_the_check_and_the_import_is_a_conflict_too(table: Path) -> None:
    member = MembershipFactory.create()
    image = described(ImageFactory.create(collection=member.collection), title="旧题名")
    exported(member.user, table)
    back = checked(member.user, edited(table, lambda rows: rows[0].update({"题名": "表格改的"})))
    described(image, title="同事改的")
    running.start(table=back, user=member.user)

    back = after_work(back)

    image.refresh_from_db()
    assert (image.title, back.done_cells, back.done_conflicts) == ("同事改的", 0, 1)


def test_a_table_brings_no_conflict_twice(table: Path) -> None:
    member = MembershipFactory.create()
    image = described(ImageFactory.create(collection=member.collection), title="旧题名")
    exported(member.user, table)
    described(image, title="同事改的")
    content = edited(table, lambda rows: rows[0].update({"题名": "表格改的"}))

    applied(member.user, content)
    applied(member.user, content)

    assert Conflict.objects.count() == 1


def test_undone_with_its_conflicts_but_not_over_what_people_did_since(table: Path) -> None:
    member = MembershipFactory.create()
    first, second, third = (
        described(ImageFactory.create(collection=member.collection), title="旧题名") for _number in range(3)
    )
    exported(member.user, table)
    described(third, title="同事改的")
    back = applied(
        member.user,
        edited(table, lambda rows: [row.update({"题名": "表格改的", "册号": "7"}) for row in rows]),
    )
    described(first, title="后来改的")
    change_image(image=second, user=member.user, changes={"volume": "8"})

    back = undone(back)

    titles = list(Image.objects.order_by("pk").values_list("title", "volume"))
    assert titles == [("后来改的", ""), ("旧题名", "8"), ("同事改的", "")]
    assert sum(said["number"] for said in back.kept.values()) == 2
    assert Conflict.objects.get().state == ConflictState.WITHDRAWN
    with pytest.raises(TableRefused):
        running.undo(table=back, user=member.user)


def test_a_models_text_stays_one_whichever_way_it_goes(table: Path) -> None:
    member = MembershipFactory.create()
    accepted = AnnotationFactory.create(image__collection=member.collection, field=Field.TITLE, value="桥头三个人")
    decisions.accept(annotation=accepted, user=member.user)
    waiting = AnnotationFactory.create(image__collection=member.collection, field=Field.TITLE, value="江边的小船")
    exported(member.user, table)

    def edit(rows: list[dict[str, str]]) -> None:
        rows[0]["题名"] = "桥头四个人"
        rows[1]["题名"] = rows[1]["草稿：题名"]

    importer = MembershipFactory.create(collection=member.collection).user
    applied(importer, edited(table, edit))

    for image, value in ((accepted.image, "桥头四个人"), (waiting.image, "江边的小船")):
        written = image.annotations.accepted().get()
        assert (written.value, written.ai_origin, written.decided_by) == (value, True, importer)
        assert written.source == Source.PERSON


def test_the_tables_own_label_is_honoured_where_nothing_else_is_known(table: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, identifier="P-1")
    rows = [{"照片号": "P-1", "题名": "别处来的题名", "地点": "外滩", "AI 标识": "题名：AI 生成 · 人工审核"}]

    back = applied(member.user, written(rows))

    assert (back.done_cells, back.done_conflicts) == (0, 2)
    found = {item.field: item for item in Conflict.objects.filter(image=image)}
    assert (found["title"].ai_origin, found["place"].ai_origin) == (True, False)
    settle(conflict=found["title"], user=member.user, take=True, seen="")
    assert image.annotations.accepted().get().ai_origin


def test_without_what_was_exported_every_difference_is_a_conflict_and_it_is_said(table: Path) -> None:
    member = MembershipFactory.create()
    image = described(ImageFactory.create(collection=member.collection), title="旧题名")
    export = exported(member.user, table)
    Export.objects.filter(pk=export.pk).update(kept_until=timezone.now())

    untouched = checked(member.user, table.read_bytes())
    back = checked(member.user, edited(table, lambda rows: rows[0].update({"题名": "新题名"})))

    # The checksum says that nobody touched the row.
    assert (untouched.conflicts, untouched.findings["two_way"]) == (0, 1)
    assert (back.cells, back.conflicts, back.findings["two_way"]) == (0, 1, 1)
    image.refresh_from_db()
    assert image.title == "旧题名"


def test_what_is_read_only_is_listed_with_its_row_and_ignored(table: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, internal=True)
    other = CollectionFactory.create()
    exported(member.user, table)
    content = edited(
        table,
        lambda rows: rows[0].update({"开放标识": "开放", "内部可见": "仅审核员", "馆藏": other.slug, "密级": "内部"}),
    )

    back = checked(member.user, content)

    assert (back.cells, back.conflicts) == (0, 0)
    assert back.findings["ignored"] == {"read_only": {"number": 4, "rows": [2]}}
    with pytest.raises(TableRefused):
        running.start(table=back, user=member.user)
    image.refresh_from_db()
    assert (image.disclosure, image.collection_id) == ("unexamined", member.collection_id)


def test_mangled_cells_are_refused_by_name_and_listed(table: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, volume="0012", sheet="5-12")
    described(image, title="旧题名")
    exported(member.user, table)
    content = edited(table, lambda rows: rows[0].update({"册号": "12", "张号": "12-May", "题名": "新题名"}))

    back = applied(member.user, content)

    assert back.findings["refused"] == {
        "lost_zeros": {"number": 1, "rows": [2]},
        "date": {"number": 1, "rows": [2]},
    }
    listed = rows_of(refusals_of(back))
    assert [(row["行"], row["列"], row["导出时的"], row["表格里写的"]) for row in listed] == [
        ("2", "册号", "0012", "12"),
        ("2", "张号", "5-12", "12-May"),
    ]
    image.refresh_from_db()
    assert (image.volume, image.sheet, image.title) == ("0012", "5-12", "新题名")
