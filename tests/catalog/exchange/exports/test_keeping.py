"""What an export's cells said is there when its table comes back, and for as long as is set."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.exceptions import ExportNotKept
from catalog.exchange.exports import keeping
from catalog.exchange.exports.keeping import Gathered, KeptReader, kept_values, read_kept, unpacked
from catalog.models import Export, ExportPart
from tests.catalog.exported import exported, the_export
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db


def test_it_says_what_each_cell_was_and_leaves_empty_ones_out() -> None:
    image = drafted(described(title="=石桥"), description="草稿")
    exported()

    kept = kept_values(the_export(), [image.pk])[image.pk]

    assert kept.revision == image.revision
    assert (kept.cells["title"], kept.cells["draft_description"]) == ("=石桥", "草稿")
    assert "event" not in kept.cells
    assert not any(key.startswith("glmv_") for key in kept.cells)


def test_what_was_changed_since_is_kept_as_it_was() -> None:
    image = described(title="石桥")
    exported()
    described(image, title="木桥")

    assert kept_values(the_export(), [image.pk])[image.pk].cells["title"] == "石桥"


def test_a_record_that_the_export_did_not_have_is_left_out() -> None:
    described(title="石桥")
    exported()
    later = ImageFactory()

    assert kept_values(the_export(), [later.pk, 10**9]) == {}


def test_looked_up_in_the_order_of_the_table_each_part_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PART_RECORDS", 3)
    images = ImageFactory.create_batch(8, collection=CollectionFactory())
    exported()
    reader = KeptReader(the_export())

    with CaptureQueriesContext(connection) as queries:
        found = [reader.read([image.pk]) for image in images]

    assert [list(item) for item in found] == [[image.pk] for image in images]
    assert len(queries) == 1 + 3


@pytest.mark.parametrize(
    "change",
    [
        {"kept_until": timezone.now() - timedelta(days=1)},
        {"state": Export.State.CANCELLED},
        {"state": Export.State.FAILED},
    ],
)
def test_what_is_over_or_was_never_finished_is_not_kept(change: dict[str, object]) -> None:
    described(title="石桥")
    exported()
    Export.objects.update(**change)

    with pytest.raises(ExportNotKept, match="无法对照"):
        KeptReader(the_export())


def test_what_was_taken_away_meanwhile_is_not_kept() -> None:
    image = described(title="石桥")
    exported()
    reader = KeptReader(the_export())
    ExportPart.objects.update(kept=None)

    with pytest.raises(ExportNotKept):
        reader.read([image.pk])


def test_a_file_whose_link_is_over_can_still_come_back() -> None:
    image = described(title="石桥")
    exported()
    Export.objects.update(state=Export.State.EXPIRED)

    assert kept_values(the_export(), [image.pk])


def test_packed_and_read_again_it_is_the_same() -> None:
    gathered = Gathered(["title", "event"])
    gathered.add(7, 2, ["石桥", ""])
    gathered.add(9, 4, ["", "合影"])

    kept = read_kept(unpacked(gathered.packed()))

    assert {key: (item.revision, item.cells) for key, item in kept.items()} == {
        7: (2, {"title": "石桥"}),
        9: (4, {"event": "合影"}),
    }


def test_a_part_without_rows_is_kept_too() -> None:
    assert read_kept(unpacked(Gathered(["title"]).packed())) == {}
