"""Drafting in one line, for tests."""

import json
from typing import Any

from catalog.batches import lifecycle
from catalog.batches.running import Progress, run_batch
from catalog.drafting.drafting import Drafting
from catalog.models import BatchItem, Collection, Image, PromptVersion
from tests.catalog.fakes import FakeDescriber

SIX = ("event", "date", "place", "people", "background", "photographer")
SIX_ANSWER = json.dumps(
    {"事由": "合影", "时间": "1959年", "地点": "待考", "人物": "三人", "背景": "石桥", "摄影者": "待考"},
    ensure_ascii=False,
)


def draft(
    collection: Collection,
    version: PromptVersion,
    describer: FakeDescriber | None = None,
    *,
    selection: str = "missing",
    limit: int | None = None,
    **options: Any,
) -> Progress:
    """Open a batch of a collection and run it."""
    batch = lifecycle.open_batch(collection=collection, version=version, selection=selection, limit=limit)
    assert batch is not None
    describer = describer or FakeDescriber()
    return run_batch(batch=batch, work=Drafting(describer), limit=limit, **options)


def first_image(collection: Collection) -> Image:
    """Return the image that is drafted first."""
    return collection.images.order_by("pk")[0]


def drafts_of(image: Image) -> dict[str, str]:
    """Return what waits for review, by field."""
    return dict(image.annotations.drafts().values_list("field", "value"))


def the_item(collection: Collection, number: int = 0) -> BatchItem:
    """Return an item of a collection's batches, by its place."""
    return BatchItem.objects.filter(batch__collection=collection).order_by("pk")[number]
