"""A lot is accepted, released or rejected in steps: what was judged and still is as it was, and nothing else."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.audit_words import AuditState, UnitOutcome, UnitVerdict
from catalog.exceptions import AlreadyDecided
from catalog.models import Annotation, Audit, Batch, Image
from catalog.records import annotations
from catalog.records.secrecy import Mark, hold
from catalog.review import decisions
from catalog.review.acceptance import deciding, executing
from catalog.review.acceptance.listing import plan_audit
from catalog.review.acceptance.lots import Cut
from catalog.review.acceptance.plans import Promise
from catalog.review.undoing import undo_last
from catalog.vocabulary import Flag, ImageStatus, MarkPlace, State, Verb
from tests.catalog.audits import (
    accepted,
    draft_of,
    drafted_collection,
    finished,
    judge_all,
    passed,
    planned,
    released,
)
from tests.catalog.people import reviewer
from tests.factories import ImageFactory, PromptVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


def outcomes(audit: Audit) -> dict[str, int]:
    """Return how many units became what."""
    found: dict[str, int] = {}
    for outcome in audit.units.values_list("outcome", flat=True):
        found[outcome] = found.get(outcome, 0) + 1
    return found


class TestAccepting:
    """All drafts of a lot, held back."""

    def test_every_draft_is_accepted_by_the_audit_in_the_name_of_who_said_so(self) -> None:
        collection = drafted_collection(40)
        user = reviewer(collection)
        audit = accepted(collection, user)

        assert audit.state == AuditState.ACCEPTED
        assert outcomes(audit) == {UnitOutcome.ACCEPTED: 40}
        for item in Annotation.objects.filter(image__collection=collection):
            assert (item.state, item.audit, item.held) == (State.ACCEPTED, audit, True)
            assert (item.decided_by, item.ai_origin) == (user, True)
            assert item.decided_at is not None

    def test_no_column_has_it_and_the_record_no_longer_waits(self) -> None:
        collection = drafted_collection(40)
        accepted(collection)
        for image in collection.images.all():
            assert (image.place, image.status, image.revision) == ("", ImageStatus.DESCRIBED, 0)

    def test_a_field_that_the_draft_left_open_makes_a_record_to_be_researched(self) -> None:
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(39, version=version)
        image = ImageFactory(collection=collection)
        draft_of(image, version=version, field="place", value="待考")
        accepted(collection)
        image.refresh_from_db()
        assert (image.status, image.place) == (ImageStatus.TO_RESEARCH, "")

    def test_a_record_with_another_draft_goes_on_waiting(self) -> None:
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(40, version=version)
        image = collection.images.order_by("pk")[0]
        draft_of(image, version=version, field="people", value="王芳")
        accepted(collection)
        image.refresh_from_db()
        assert image.status == ImageStatus.TO_REVIEW
        assert image.annotations.drafts().get().field == "people"

    def test_what_a_judge_called_wrong_stays_a_draft(self) -> None:
        collection = drafted_collection(60)
        audit = plan_audit(
            collection=collection,
            cut=Cut(fields=("place",)),
            promise=Promise(0.3, 0.05, beta=0.2, alpha=0.2, floor=0.3),
            pass_share=0.95,
            user=reviewer(collection),
        )
        assert audit.allowed >= 1
        audit = judge_all(audit, wrong=1)
        finished(deciding.accept(audit=audit, user=reviewer(collection)))

        assert outcomes(audit) == {UnitOutcome.ACCEPTED: 59, UnitOutcome.WRONG: 1}
        wrong = audit.sample.get(verdict=UnitVerdict.WRONG).unit.annotation
        assert wrong is not None
        assert wrong.state == State.DRAFT

    @pytest.mark.parametrize("what", ["accepted", "edited", "rejected", "written", "redrafted", "doubted", "deleted"])
    def test_what_has_changed_since_is_left_and_counted(self, what: str) -> None:
        collection = drafted_collection(40)
        audit = passed(collection)
        image = collection.images.order_by("pk")[0]
        draft, user = image.annotations.get(), UserFactory()
        if what == "accepted":
            decisions.accept(annotation=draft, user=user)
        elif what == "edited":
            decisions.edit_and_accept(annotation=draft, user=user, value="别处")
        elif what == "rejected":
            decisions.reject(annotation=draft, user=user)
        elif what == "written":
            decisions.set_value(image=image, field="place", value="别处", user=user)
        elif what == "redrafted":
            decisions.reject(annotation=draft, user=user)
            draft_of(image, version=PromptVersionFactory(), field="place", value="新稿")
        elif what == "doubted":
            annotations.mark_draft(draft=draft, evidence=draft.evidence, flag=Flag.DOUBTFUL)
        else:
            image.delete()
        before = list(Annotation.objects.filter(image_id=image.pk).order_by("pk").values())

        finished(deciding.accept(audit=audit, user=reviewer(collection)))

        assert outcomes(audit) == {UnitOutcome.ACCEPTED: 39, UnitOutcome.CHANGED: 1}
        assert list(Annotation.objects.filter(image_id=image.pk).order_by("pk").values()) == before

    def test_a_draft_outside_the_frozen_list_is_left(self) -> None:
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(40, version=version)
        audit = passed(collection)
        late = ImageFactory(collection=collection)
        draft_of(late, version=version, field="place", value="后来的")
        finished(deciding.accept(audit=audit, user=reviewer(collection)))
        assert late.annotations.get().state == State.DRAFT

    def test_it_is_in_the_log_step_by_step_with_what_it_was_about(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(executing, "AT_ONCE", 15)
        collection = drafted_collection(40)
        user = reviewer(collection)
        audit = accepted(collection, user)
        told = collection.actions.filter(verb=Verb.LOT_ACCEPTED)
        assert {(action.user, action.details["audit"]) for action in told} == {(user, audit.pk)}
        keys = [key for action in told for key in action.details["annotations"]]
        assert sorted(keys) == sorted(Annotation.objects.values_list("pk", flat=True))
        assert told.count() == 3

    def test_how_many_queries_a_step_takes_does_not_depend_on_its_units(self, monkeypatch: pytest.MonkeyPatch) -> None:
        collection = drafted_collection(60)
        audit = deciding.accept(audit=passed(collection), user=reviewer(collection))

        def queries(units: int) -> int:
            monkeypatch.setattr(executing, "AT_ONCE", units)
            with CaptureQueriesContext(connection) as counted:
                executing.step(audit.pk)
            return len(counted)

        few = queries(3)
        assert queries(30) <= few + 2  # rows are written some hundred parameters at a time


class TestReleasing:
    """What was accepted becomes public."""

    def test_the_columns_have_it_as_if_a_person_had_accepted_it(self) -> None:
        collection = drafted_collection(40, field="date")
        for place, image in enumerate(collection.images.order_by("pk")):
            assert image.annotations.get().value == f"地点{place}"
        audit = released(collection, fields=("date",))
        assert audit.state == AuditState.RELEASED
        assert audit.released_at is not None
        for place, image in enumerate(collection.images.order_by("pk")):
            assert (image.date_text, image.date_unread, image.revision) == (f"地点{place}", True, 1)
            assert (image.status, image.annotations.get().held) == (ImageStatus.DESCRIBED, False)

    def test_a_date_is_understood(self) -> None:
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(39, version=version, field="date")
        image = ImageFactory(collection=collection)
        draft_of(image, version=version, field="date", value="1958年")
        released(collection, fields=("date",))
        image.refresh_from_db()
        assert str(image.date_start) == "1958-01-01"

    def test_what_a_person_replaced_since_stays_theirs(self) -> None:
        collection = drafted_collection(40)
        audit = accepted(collection)
        image = collection.images.order_by("pk")[0]
        decisions.set_value(image=image, field="place", value="人写的", user=UserFactory())
        finished(deciding.release(audit=audit, user=reviewer(collection)))
        image.refresh_from_db()
        assert (image.place, image.annotations.accepted().get().audit) == ("人写的", None)

    def test_undone_later_what_a_person_replaced_is_as_public_as_its_lot(self) -> None:
        collection = drafted_collection(40)
        audit = accepted(collection)
        image, user = collection.images.order_by("pk")[0], UserFactory()
        decisions.set_value(image=image, field="place", value="人写的", user=user)
        finished(deciding.release(audit=audit, user=reviewer(collection)))

        undo_last(user=user, since=timezone.now() - timedelta(minutes=1), images=Image.objects.all())

        image.refresh_from_db()
        assert image.place == "地点0"
        assert image.annotations.accepted().get().audit == audit


class TestOutranking:
    """One person's look at one value counts for more than a sample."""

    @pytest.mark.parametrize("is_released", [False, True])
    def test_confirming_makes_it_a_persons_decision_and_public(self, is_released: bool) -> None:
        collection = drafted_collection(40)
        (released if is_released else accepted)(collection)
        image, user = collection.images.order_by("pk")[0], UserFactory()

        now = decisions.confirm(annotation=image.annotations.accepted().get(), user=user)

        image.refresh_from_db()
        assert (image.place, now.value) == ("地点0", "地点0")
        assert (now.audit, now.held, now.ai_origin, now.decided_by) == (None, False, True, user)

    def test_so_does_saving_it_unchanged(self) -> None:
        collection = drafted_collection(40)
        accepted(collection)
        image = collection.images.order_by("pk")[0]
        decisions.set_value(image=image, field="place", value="地点0", user=UserFactory(), seen_value="地点0")
        assert image.annotations.accepted().get().audit is None

    def test_so_does_editing_it(self) -> None:
        collection = drafted_collection(40)
        accepted(collection)
        image = collection.images.order_by("pk")[0]
        now = decisions.set_value(image=image, field="place", value="地点零", user=UserFactory())
        assert (now.audit, now.ai_origin, now.original_value) == (None, True, "地点0")

    def test_what_is_a_persons_decision_is_not_confirmed_again(self) -> None:
        collection = drafted_collection(40)
        accepted(collection)
        item = collection.images.order_by("pk")[0].annotations.get()
        decisions.confirm(annotation=item, user=UserFactory())
        with pytest.raises(AlreadyDecided):
            decisions.confirm(annotation=item, user=UserFactory())

    def test_undoing_it_puts_it_back_behind_its_audit(self) -> None:
        collection = drafted_collection(40)
        audit = accepted(collection)
        image, user = collection.images.order_by("pk")[0], UserFactory()
        decisions.confirm(annotation=image.annotations.get(), user=user)
        undo_last(user=user, since=timezone.now() - timedelta(minutes=1), images=Image.objects.all())
        image.refresh_from_db()
        back = image.annotations.accepted().get()
        assert (image.place, back.audit, back.held) == ("", audit, True)


class TestDraftingAgain:
    """A lot that failed is rejected with a reason, and a batch is queued."""

    def test_its_drafts_are_rejected_and_their_images_are_in_a_batch(self) -> None:
        collection = drafted_collection(40)
        audit = planned(collection)
        audit = judge_all(audit, wrong=audit.allowed + 1)
        kept = collection.images.order_by("-pk")[0]
        decisions.accept(annotation=kept.annotations.get(), user=UserFactory())
        user, version = reviewer(collection), PromptVersionFactory(six_elements=True)

        audit = finished(deciding.redraft(audit=audit, user=user, version=version, reason="地名总是写到县"))

        assert audit.state == AuditState.REDRAFTED
        rejected = Annotation.objects.filter(state=State.REJECTED)
        assert {item.reason for item in rejected} == {"地名总是写到县"}
        assert {item.decided_by for item in rejected} == {user}
        batch = Batch.objects.get(prompt_version=version)
        assert (batch.background, batch.created_by) == (True, user)
        assert set(batch.items.values_list("image", flat=True)) == {item.image_id for item in rejected}
        assert len(rejected) == 39
        assert outcomes(audit) == {UnitOutcome.REJECTED: 39, UnitOutcome.CHANGED: 1}
        assert Image.objects.filter(status=ImageStatus.REJECTED).count() == 39


@pytest.mark.django_db(transaction=True)
def test_others_go_on_reviewing_while_a_lot_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "AT_ONCE", 10)
    collection = drafted_collection(80)
    audit = deciding.accept(audit=passed(collection), user=reviewer(collection))
    people = [UserFactory() for _number in range(2)]
    images = list(collection.images.order_by("-pk"))
    failures: list[BaseException] = []
    decided: set[int] = set()

    def review(user: Any, mine: list[Image]) -> None:
        try:
            for image in mine:
                draft = image.annotations.get()
                try:
                    decisions.edit_and_accept(annotation=draft, user=user, value=f"人改的{image.pk}")
                    decided.add(image.pk)
                except AlreadyDecided:
                    pass
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=review, args=[user, images[number::2]]) for number, user in enumerate(people)]
    for thread in threads:
        thread.start()
    finished(audit)
    for thread in threads:
        thread.join()

    assert failures == []
    for image in Image.objects.filter(collection=collection):
        item = image.annotations.get()
        assert item.state == State.ACCEPTED
        if image.pk in decided:
            assert (image.place, item.audit) == (f"人改的{image.pk}", None)
        else:
            assert (image.place, item.audit, item.held) == ("", audit, True)
    found = outcomes(audit)
    assert found.get(UnitOutcome.ACCEPTED, 0) == 80 - len(decided)
    assert found.get(UnitOutcome.CHANGED, 0) == len(decided)


def _address() -> str:
    """Return the address of the tests' database, for another process."""
    database = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return f"postgres://{database['USER']}:{database.get('PASSWORD', '')}@{place}"


_WORK = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "glmv_site.settings"
import django
django.setup()
from catalog.review.acceptance import executing
executing.AT_ONCE = 4
print("ready", flush=True)
while executing.go_on():
    print("step", flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_in_the_middle_leaves_whole_steps_and_another_goes_on() -> None:
    collection = drafted_collection(120)
    audit = deciding.accept(audit=passed(collection), user=reviewer(collection))
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORK],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": _address(), "DATA_DIR": str(settings.DATA_DIR), "ENV_FILE": os.devnull},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    for _line in range(6):
        assert worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    audit.refresh_from_db()
    assert audit.state == AuditState.ACCEPTING
    done = audit.units.filter(number__lte=audit.position)
    assert 0 < audit.position < 120
    assert set(done.values_list("outcome", flat=True)) == {UnitOutcome.ACCEPTED}
    assert Annotation.objects.filter(audit=audit).count() == audit.position

    finished(audit)

    assert outcomes(audit) == {UnitOutcome.ACCEPTED: 120}
    assert Annotation.objects.filter(audit=audit, held=True, state=State.ACCEPTED).count() == 120
    keys = [
        key for action in collection.actions.filter(verb=Verb.LOT_ACCEPTED) for key in action.details["annotations"]
    ]
    assert len(keys) == len(set(keys)) == 120


def test_the_oldest_comes_first_and_with_nothing_to_do_nothing_is_done() -> None:
    assert not executing.go_on()
    first = deciding.accept(audit=passed(drafted_collection(40)), user=UserFactory())
    second = deciding.accept(audit=passed(drafted_collection(40)), user=UserFactory())
    assert executing.go_on()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.position, second.position) == (40, 0)


def test_a_record_in_which_a_mark_was_found_since_stays_as_it_is() -> None:
    collection = drafted_collection(40)
    audit = deciding.accept(audit=passed(collection), user=reviewer(collection))
    stopped = collection.images.order_by("pk")[0]
    hold(image=stopped, marks=[Mark(MarkPlace.READING, "机密★")])

    finished(audit)

    assert not Annotation.objects.accepted().filter(image=stopped).exists()
    assert stopped.annotations.drafts().exists()
    assert Annotation.objects.accepted().filter(audit=audit).exists()
