"""The metrics' numbers of the catalogue: complete, and as cheap for a large one as for a small one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.batches.counts import count_by_state
from catalog.vocabulary import ImageStatus, ItemState, State
from tests.factories import AnnotationFactory, ImageFactory

pytestmark = pytest.mark.django_db


def numbers() -> dict[str, dict[str, int]]:
    return {count.name: dict(count.numbers) for count in count_by_state()}


def test_an_empty_catalogue_has_nothing_in_any_state() -> None:
    counted = numbers()

    assert counted["glmv_annotations"] == dict.fromkeys(State.values, 0)
    assert counted["glmv_images"] == dict.fromkeys(ImageStatus.values, 0)
    assert counted["glmv_batch_items"] == dict.fromkeys(ItemState.values, 0)


def test_drafts_and_reviews_are_counted_by_state() -> None:
    AnnotationFactory.create_batch(3, state=State.DRAFT)
    ImageFactory()

    counted = numbers()
    assert counted["glmv_annotations"]["draft"] == 3
    assert counted["glmv_annotations"]["accepted"] == 0
    assert sum(counted["glmv_images"].values()) == 4


def test_three_statements_are_enough_however_much_there_is() -> None:
    with CaptureQueriesContext(connection) as few:
        count_by_state()
    AnnotationFactory.create_batch(5)
    with CaptureQueriesContext(connection) as many:
        count_by_state()

    assert len(few) == len(many) == 3


def test_no_row_is_sorted_and_none_looked_at_where_an_index_has_all_that_is_asked() -> None:
    with CaptureQueriesContext(connection) as queries:
        count_by_state()

    for query in queries:
        assert "ORDER BY" not in query["sql"]
        if connection.vendor == "sqlite":  # PostgreSQL decides by how large a table is
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                assert "USING COVERING INDEX" in str(cursor.fetchall())
