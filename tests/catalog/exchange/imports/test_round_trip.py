"""A table that leaves, is edited and comes back: what was changed is changed, and undone it is as it was."""

from pathlib import Path

import pytest

from catalog.exchange.columns import CLEARED
from catalog.models import Action, TableImport
from catalog.vocabulary import Field, Verb
from tests.catalog.tables import applied, edited, exported, snapshot, undone
from tests.factories import ImageFactory, MembershipFactory, described

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
