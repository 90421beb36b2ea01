"""Planning: the list is frozen, the sample is drawn by a seed that anybody can draw with again."""

from collections import Counter

import pytest

from catalog.audit_words import AuditState, RecordFault, UnitOutcome
from catalog.models import Audit, Image, PromptVersion
from catalog.review import decisions
from catalog.review.acceptance import deciding, listing
from catalog.review.acceptance.lots import Cut
from catalog.review.acceptance.plans import Promise, plan
from catalog.review.acceptance.sampling import drawn_numbers, in_turn, promise_of
from catalog.vocabulary import Verb
from tests.catalog.audits import PROMISE, draft_of, drafted_collection, finished, judge_all, planned
from tests.catalog.people import reviewer
from tests.factories import ImageFactory, PromptVersionFactory, RunFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> PromptVersion:
    return PromptVersionFactory(six_elements=True)


def test_a_small_lot_is_listed_and_drawn_at_once() -> None:
    collection = drafted_collection(40)
    audit = planned(collection)
    found = plan(40, PROMISE)

    assert (audit.state, audit.lot_size) == (AuditState.UNDER_WAY, 40)
    assert (audit.sample_size, audit.allowed) == (found.drawn, found.allowed)
    assert audit.sample.count() == found.drawn < 40
    assert [unit.number for unit in audit.units.order_by("number")] == list(range(1, 41))
    assert promise_of(audit) == PROMISE


def test_each_unit_keeps_the_draft_that_it_was_and_its_digest() -> None:
    collection = drafted_collection(40)
    audit = planned(collection)

    for unit in audit.units.select_related("annotation"):
        assert unit.annotation is not None
        assert unit.digest == listing.digest_of(unit.annotation.value)
        assert (unit.drafted, unit.outcome) == (True, UnitOutcome.NONE)
    assert {item.value for item in audit.sample.all()} <= {f"地点{place}" for place in range(40)}


def test_a_draft_that_leaves_its_field_open_counts_as_empty(version: PromptVersion) -> None:
    collection = drafted_collection(39, version=version)
    image = ImageFactory(collection=collection)
    draft_of(image, version=version, field="place", value="待考")

    unit = planned(collection).units.get(image=image)

    assert unit.annotation is not None
    assert not unit.drafted


def test_the_seed_draws_the_same_again_from_the_list_alone() -> None:
    collection = drafted_collection(60, volumes=["1", "1", "2"])
    audit = planned(collection)
    as_listed = list(audit.units.order_by("number").values_list("number", "volume"))

    again = in_turn(drawn_numbers(Audit.objects.get(pk=audit.pk), as_listed))

    assert again == [item.unit.number for item in audit.sample.select_related("unit").order_by("position")]


def test_two_audits_draw_otherwise() -> None:
    collections = [drafted_collection(60), drafted_collection(60)]
    seeds = {planned(collection).seed for collection in collections}
    assert len(seeds) == 2


def test_each_volume_gives_its_share_and_goes_on_giving_it_while_the_sample_is_judged() -> None:
    collection = drafted_collection(90, volumes=["1", "1", "2"])
    audit = planned(collection)

    drawn = [item.unit.volume for item in audit.sample.select_related("unit").order_by("position")]

    assert abs(Counter(drawn)["1"] - len(drawn) * 2 / 3) <= 1
    for end in range(6, len(drawn)):
        assert abs(Counter(drawn[:end])["1"] - end * 2 / 3) <= 1.5


def test_the_floor_is_drawn_where_the_plan_asks_for_less() -> None:
    audit = planned(drafted_collection(40), promise=Promise(0.3, 0.02, beta=0.2, alpha=0.2, floor=0.5))
    assert audit.sample_size == 20


def test_where_only_all_of_them_prove_it_nothing_is_drawn_and_the_audit_says_so() -> None:
    audit = planned(drafted_collection(6), promise=Promise(0.05, 0.01))
    assert (audit.state, audit.sample.count()) == (AuditState.FULL_REVIEW, 0)


def test_a_lot_with_nothing_in_it_is_called_off_and_says_so() -> None:
    audit = planned(drafted_collection(0))
    assert (audit.state, audit.lot_size) == (AuditState.WITHDRAWN, 0)
    assert "空的" in audit.remark


def test_a_large_lot_is_listed_by_the_background_from_where_it_was_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 7)
    collection = drafted_collection(50)
    audit = planned(collection)
    assert audit.state == AuditState.LISTING
    assert 0 < audit.lot_size < 50
    # Somebody is at work meanwhile: what is listed stays listed, what is not yet listed is as it is now.
    late = collection.images.order_by("-pk")[0]
    decisions.accept(annotation=late.annotations.get(), user=UserFactory())

    finished(audit)

    assert (audit.state, audit.lot_size) == (AuditState.UNDER_WAY, 49)
    assert sorted(audit.units.values_list("number", flat=True)) == list(range(1, 50))
    assert not audit.units.filter(image=late).exists()


def test_listing_a_lot_that_is_listed_does_nothing() -> None:
    audit = planned(drafted_collection(40))
    assert not listing.list_more(audit.pk)
    assert audit.units.count() == 40


def test_it_is_known_who_asked_for_the_drafts_and_worded_their_prompt() -> None:
    asked, worded = UserFactory(), UserFactory()
    version = PromptVersionFactory(six_elements=True, created_by=worded)
    audit = planned(drafted_collection(40, version=version, asked_by=asked))
    assert audit.prompted_by == sorted([asked.pk, worded.pk])


def test_the_machine_checks_every_record_and_those_of_the_sample_by_name() -> None:
    collection = drafted_collection(40)
    twice = collection.images.order_by("pk")[0]
    Image.objects.filter(pk=twice.pk).update(identifier="P-X")
    ImageFactory(collection=collection, identifier="p-x")

    audit = planned(collection)

    assert audit.record_count == 40
    assert audit.machine_faults == {RecordFault.NO_SCAN: 40, RecordFault.NUMBER_TWICE: 1}
    assert all(RecordFault.NO_SCAN in item.record_faults for item in audit.sample.all())


def test_a_part_of_a_lot_that_failed_leaves_out_what_was_judged_wrong_and_says_what_was_drawn_before() -> None:
    collection = drafted_collection(40)
    failed = planned(collection)
    failed = judge_all(failed, wrong=failed.allowed + 1)
    wrong = failed.sample.at_fault().count()
    deciding.close(audit=failed, user=reviewer(collection), state=AuditState.SPLIT)

    part = listing.plan_audit(
        collection=collection,
        cut=Cut(fields=("place",)),
        promise=PROMISE,
        pass_share=0.95,
        user=reviewer(collection),
        parent=failed,
    )

    assert (part.lot_size, part.parent) == (40 - wrong, failed)
    assert part.drawn_before == 40 - wrong


def test_the_plan_is_in_the_log() -> None:
    collection = drafted_collection(40)
    user = reviewer(collection)
    audit = planned(collection, user)
    action = collection.actions.get(verb=Verb.AUDIT_PLANNED)
    assert (action.user, action.details["audit"], action.details["seed"]) == (user, audit.pk, audit.seed)


def test_the_sample_is_judged_as_the_draft_was_before_somebody_edited_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 7)
    collection = drafted_collection(30)
    audit = planned(collection)
    for image in collection.images.order_by("pk")[:7]:
        decisions.edit_and_accept(annotation=image.annotations.get(), user=UserFactory(), value="改过的")

    finished(audit)

    assert "改过的" not in set(audit.sample.values_list("value", flat=True))


def test_what_is_empty_is_drawn_like_the_rest(version: PromptVersion) -> None:
    collection = drafted_collection(30, version=version)
    for _number in range(30):
        RunFactory(image=ImageFactory(collection=collection), prompt_version=version)
    audit = planned(collection, prompt_version=version.pk)
    assert audit.lot_size == 60
    assert {bool(item.value) for item in audit.sample.all()} == {True, False}
