"""What verdicts come to: accuracy and recall with limits, kinds of errors, records, whatever the volumes gave."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from catalog.audit_words import RecordFault, UnitVerdict
from catalog.models import Audit, SampledUnit
from catalog.review.acceptance import judging
from catalog.review.acceptance.intervals import Stratum, clopper_pearson, finite, stratified
from catalog.review.acceptance.plans import Promise
from catalog.review.acceptance.report import findings_of, machine_findings, required_fields
from catalog.vocabulary import Field
from tests.catalog.audits import draft_of, drafted_collection, first_unit, judge_all, planned
from tests.catalog.people import cataloguer
from tests.factories import ImageFactory, PromptVersionFactory, RunFactory

pytestmark = pytest.mark.django_db

HALF = Promise(tolerable=0.3, expected=0.05, beta=0.2, alpha=0.2, floor=0.5)


def in_order(audit: Audit) -> None:
    """Have the machine find nothing amiss with the records of a sample."""
    audit.sample.update(record_faults=[])


def test_accuracy_is_right_of_the_drafts_that_were_judged_with_both_kinds_of_limits() -> None:
    audit = planned(drafted_collection(40), promise=HALF)
    judge_all(audit, wrong=3)

    (place,) = findings_of(audit).fields

    assert (place.field, place.in_lot, place.judged) == (Field.PLACE, 40, 20)
    assert (place.accuracy.ratio.hits, place.accuracy.ratio.judged) == (17, 20)
    assert place.accuracy.exact == finite(40, 20, 17)
    assert place.accuracy.classic == clopper_pearson(20, 17)


def test_recall_counts_what_is_missing_and_not_what_was_invented() -> None:
    version = PromptVersionFactory(six_elements=True)
    collection = drafted_collection(30, version=version)
    for _number in range(30):
        RunFactory(image=ImageFactory(collection=collection, volume="1"), prompt_version=version)
    audit = planned(collection, prompt_version=version.pk, promise=HALF)
    user = cataloguer(collection)
    given = {"invented": 2, "partly": 1, "missing": 3}
    while not audit.is_judged:
        sampled = first_unit(audit, user)
        audit = _judged(sampled, user, given)

    found = findings_of(audit)
    (place,) = found.fields
    drafted = audit.sample.filter(unit__drafted=True).count()
    right = drafted - 3
    assert (place.accuracy.ratio.hits, place.accuracy.ratio.judged) == (right, drafted)
    assert (place.recall.ratio.hits, place.recall.ratio.judged) == (right, right + 1 + 3)
    assert found.faults == 6
    assert dict(found.reasons) == {"漏著录": 3, "没有依据，本该留空": 2, "部分有误": 1}


def _judged(sampled: SampledUnit, user: Any, given: dict[str, int]) -> Audit:
    """Judge a unit by what is still to be given."""
    verdict, reason = UnitVerdict.RIGHT, ""
    if not sampled.unit.drafted:
        verdict = UnitVerdict.MISSING if given["missing"] else UnitVerdict.RIGHTLY_EMPTY
        given["missing"] = max(0, given["missing"] - 1)
    else:
        reason = next((name for name in ("invented", "partly") if given[name]), "")
        if reason:
            verdict = UnitVerdict.WRONG
            given[reason] -= 1
    _sampled, audit = judging.judge(sampled=sampled, user=user, verdict=verdict, reason=reason)
    return audit


def test_the_lots_share_is_combined_over_its_volumes() -> None:
    audit = planned(drafted_collection(40, volumes=["1", "1", "1", "2"]), promise=HALF)
    judge_all(audit, wrong=2)
    found = findings_of(audit)
    wrong = {volume: audit.sample.at_fault().filter(unit__volume=volume).count() for volume in ("1", "2")}
    assert found.is_combined
    assert found.fault_share.exact == stratified([Stratum(30, 15, wrong["1"]), Stratum(10, 5, wrong["2"])])


def test_volumes_of_which_hardly_anything_was_drawn_are_taken_together() -> None:
    audit = planned(drafted_collection(40, volumes=[str(number) for number in range(40)]), promise=HALF)
    judge_all(audit, wrong=2)
    found = findings_of(audit)
    assert not found.is_combined
    assert found.fault_share.exact == finite(40, 20, 2)


class TestRecords:
    """抽检合格率."""

    def test_one_wrong_required_field_makes_a_record_fail(self) -> None:
        audit = planned(drafted_collection(40), promise=HALF)
        judge_all(audit, wrong=3)
        in_order(audit)
        found = findings_of(audit)
        assert (found.records.hits, found.records.judged, found.pass_rate) == (17, 20, 0.85)

    def test_one_that_is_not_required_does_not(self, settings: Settings) -> None:
        settings.GLMV_AUDIT_REQUIRED = ["title"]
        audit = planned(drafted_collection(40), promise=HALF)
        judge_all(audit, wrong=3)
        in_order(audit)
        assert required_fields() == (Field.TITLE,)
        assert findings_of(audit).pass_rate == 1.0

    def test_two_wrong_fields_of_a_record_make_one_record_fail(self) -> None:
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(20, version=version)
        for image in collection.images.all():
            draft_of(image, version=version, field="event", value="合影")
        audit = planned(collection, fields=("place", "event"), promise=HALF)
        judge_all(audit, wrong=audit.sample_size)
        in_order(audit)
        found = findings_of(audit)
        assert found.records.hits == 0
        assert found.records.judged == audit.sample.values("unit__image").distinct().count() < audit.sample_size

    @pytest.mark.parametrize(
        ("fault", "fails"),
        [
            (RecordFault.NO_NUMBER, True),
            (RecordFault.NUMBER_TWICE, True),
            (RecordFault.NO_SCAN, True),
            (RecordFault.DAMAGED, True),
            (RecordFault.OFF_PATTERN, False),
            (RecordFault.NAME_DIFFERS, False),
            (RecordFault.UNVERIFIED, False),
        ],
    )
    def test_what_the_machine_found_counts_where_it_is_grave(self, fault: RecordFault, fails: bool) -> None:
        audit = planned(drafted_collection(40), promise=HALF)
        judge_all(audit)
        in_order(audit)
        audit.sample.filter(position=1).update(record_faults=[fault.value])
        found = findings_of(audit)
        assert found.records.hits == (19 if fails else 20)
        assert found.record_faults == {str(fault.label): 1}

    def test_of_the_lot_the_gravest_comes_first(self) -> None:
        audit = planned(drafted_collection(40))
        audit.machine_faults = {"unverified": 3, "no_scan": 2}
        assert machine_findings(audit) == [(RecordFault.NO_SCAN, 2), (RecordFault.UNVERIFIED, 3)]


def test_kinds_are_listed_where_faults_are() -> None:
    audit = planned(drafted_collection(40), promise=HALF)
    judge_all(audit, wrong=2)
    found = findings_of(audit)
    assert [(share.name, share.judged, share.faults) for share in found.by_evidence] == [("题字", 20, 2)]
    assert sum(share.faults for share in found.by_volume) == 2


def test_before_anything_is_judged_there_is_nothing_to_tell() -> None:
    found = findings_of(planned(drafted_collection(40)))
    assert (found.judged, found.fields, found.pass_rate) == (0, [], None)
    assert found.accuracy.exact is None


def test_a_record_that_is_gone_counts_against_the_lot() -> None:
    audit = planned(drafted_collection(40), promise=HALF)
    user = cataloguer(audit.collection)
    sampled = first_unit(audit, user)
    sampled.unit.image.delete()
    judging.judge(sampled=sampled, user=user, verdict=UnitVerdict.WRONG)
    judge_all(audit)
    found = findings_of(audit)
    assert (found.faults, dict(found.reasons)) == (1, {"记录已删除": 1})


def test_reckoning_costs_the_same_however_many_verdicts_there_are() -> None:
    def queries(number: int) -> int:
        audit = judge_all(planned(drafted_collection(number)))
        with CaptureQueriesContext(connection) as counted:
            findings_of(audit)
        return len(counted)

    assert queries(40) == queries(90) <= 4
