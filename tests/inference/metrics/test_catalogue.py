"""The catalogue is counted when somebody looks, and not again for whoever looks a moment later."""

from collections.abc import Sequence

from django.db import OperationalError
from prometheus_client import CollectorRegistry

from inference.metrics.catalogue import CountMetrics
from inference.providers import Count

DRAFTS = Count("glmv_things", "Things.", "state", {"draft": 3, "accepted": 0})


class Catalogue:
    """Counts how often it was asked to count."""

    def __init__(self, *answers: Sequence[Count] | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> Sequence[Count]:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def look(catalogue: Catalogue | None, **options: float) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(CountMetrics(lambda: catalogue, **options))
    return registry


def test_every_state_is_told_also_where_nothing_is_in_it() -> None:
    told = look(Catalogue([DRAFTS]))

    assert told.get_sample_value("glmv_things", {"state": "draft"}) == 3


def test_whoever_looks_a_moment_later_gets_the_same_numbers() -> None:
    catalogue = Catalogue([DRAFTS])
    told = look(catalogue)

    told.get_sample_value("glmv_things", {"state": "draft"})

    assert told.get_sample_value("glmv_things", {"state": "accepted"}) == 0
    assert catalogue.asked == 1


def test_later_it_is_counted_again() -> None:
    catalogue = Catalogue([DRAFTS], [])
    told = look(catalogue, good_for_s=0)

    assert told.get_sample_value("glmv_things", {"state": "draft"}) == 3
    assert told.get_sample_value("glmv_things", {"state": "draft"}) is None


def test_without_a_catalogue_nothing_is_counted() -> None:
    assert list(look(None).collect()) == []


def test_a_database_that_is_gone_takes_only_its_own_numbers_with_it() -> None:
    assert list(look(Catalogue(OperationalError("gone"))).collect()) == []
