"""Audits through the interface: planned, judged and decided as on their pages."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.audit_words import AuditState
from catalog.models import Audit, Collection
from tests.catalog.api.calls import Program
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.people import cataloguer, reviewer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SHARES = {"tolerable": 0.2, "expected": 0.02, "beta": 0.1, "alpha": 0.2, "floor": 0.05}


@pytest.fixture
def collection() -> Collection:
    return drafted_collection(40)


def plan(program: Program, collection: Collection, **more: Any) -> Any:
    return program.post("audits/", {"collection": collection.slug, "fields": ["place"], **SHARES, **more})


def judge_all(program: Program, address: str, verdict: dict[str, Any]) -> Any:
    """Judge what is left of a sample; return the last answer."""
    answer = None
    while (unit := program.post(f"{address}next/")).status_code == 200:
        answer = program.post(f"{address}judge/", {"unit": unit.json()["unit"], **verdict})
        assert answer.status_code == 200, answer.content
        if answer.json()["state"] != "under_way":
            break
    return answer


def test_a_lot_is_planned_judged_accepted(collection: Collection) -> None:
    planner, judge = Program(reviewer(collection)), Program(cataloguer(collection))

    made = plan(planner, collection)
    address = f"audits/{made.json()['id']}/"
    judged = judge_all(judge, address, {"verdict": "right"})
    accepted = planner.post(f"{address}accept/")

    assert (made.status_code, made.json()["state"], made.json()["lot_size"]) == (201, "under_way", 40)
    assert (judged.json()["state"], judged.json()["faults"]) == ("passed", 0)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepting")


def test_a_lot_that_failed_is_closed(collection: Collection) -> None:
    planner, judge = Program(reviewer(collection)), Program(cataloguer(collection))
    address = f"audits/{plan(planner, collection).json()['id']}/"

    judged = judge_all(judge, address, {"verdict": "wrong", "reason": "other", "remark": "全错"})
    closed = planner.post(f"{address}close/", {"state": "left"})

    assert judged.json()["state"] == "failed"
    assert (closed.status_code, closed.json()["state"]) == (200, "left")


def test_names_and_dates_are_hidden_until_the_judge_has_written() -> None:
    collection = drafted_collection(40, field="date")
    address = f"audits/{planned(collection, fields=('date',)).pk}/"
    program = Program(cataloguer(collection))

    unit = program.post(f"{address}next/").json()
    early = program.post(f"{address}judge/", {"unit": unit["unit"], "verdict": "right"})
    shown = program.post(f"{address}blind/", {"unit": unit["unit"], "value": "1958年"}).json()

    assert (unit["blind"], unit["value"]) == (True, None)
    assert (early.status_code, early.json()["code"]) == (409, "verdict_refused")
    assert shown["blind"] is False
    assert shown["value"].startswith("地点")


def test_who_judged_does_not_accept(collection: Collection) -> None:
    both = Program(reviewer(collection))
    audit = planned(collection)
    judge_all(both, f"audits/{audit.pk}/", {"verdict": "right"})

    assert both.post(f"audits/{audit.pk}/accept/").status_code == 403
    assert Audit.objects.get().state == AuditState.PASSED


def test_a_verdict_is_taken_back_and_an_audit_withdrawn(collection: Collection) -> None:
    address = f"audits/{planned(collection).pk}/"
    program = Program(cataloguer(collection))
    unit = program.post(f"{address}next/").json()["unit"]
    program.post(f"{address}judge/", {"unit": unit, "verdict": "right"})

    back = program.post(f"{address}take-back/")
    withdrawn = Program(reviewer(collection)).post(f"{address}withdraw/", {"reason": "条件选错了"})

    assert (back.status_code, back.json()["unit"]) == (200, unit)
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")


def test_who_may_and_who_may_not(collection: Collection) -> None:
    address = f"audits/{planned(collection).pk}/"

    assert plan(Program(cataloguer(collection)), collection).status_code == 403
    assert Program(cataloguer(collection)).post(f"{address}stop/").status_code == 403
    assert Program(UserFactory()).get(address).status_code == 404
    assert Program().get("audits/").json()["count"] == 0


@pytest.mark.parametrize(
    "more",
    [
        {"expected": 0.3},
        {"fields": []},
        {"fields": ["people"]},
        {"prompt_version": 10**9},
        {"near_group": 10**9},
        {"parent": 10**9},
        {"tolerable": 5},
        {"colour": 1},
    ],
)
def test_what_makes_no_sense_is_named(collection: Collection, more: dict[str, Any]) -> None:
    response = plan(Program(reviewer(collection)), collection, **more)

    assert (response.status_code, len(response.json()["errors"])) == (400, 1)
    assert not Audit.objects.exists()


def test_more_rows_cost_no_more_queries(
    collection: Collection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = Program(cataloguer(collection))
    for _more in range(2):
        planned(collection)
        # The token, how many, and the rows.
        with django_assert_num_queries(3):
            program.get("audits/")
