"""A lot that was accepted is taken back: all its values are drafts again, but for what people touched since."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.audit_words import AuditState, UnitOutcome
from catalog.exceptions import AuditNotReady, VerdictRefused
from catalog.models import Annotation, Audit, Image
from catalog.review import decisions
from catalog.review.acceptance import deciding, executing, lots
from catalog.review.acceptance.lots import Cut
from catalog.review.undoing import undo_last
from catalog.vocabulary import ImageStatus, State, Verb
from tests.catalog.audits import accepted, draft_of, drafted_collection, finished, passed, released
from tests.catalog.people import reviewer
from tests.catalog.review.acceptance.test_executing import _address, outcomes
from tests.factories import PromptVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


def recalled(audit: Audit, reason: str = "地名整批写错了") -> Audit:
    return finished(deciding.recall(audit=audit, user=reviewer(audit.collection), reason=reason))


@pytest.mark.parametrize("was_public", [False, True])
def test_its_values_are_drafts_again_and_in_no_record(was_public: bool) -> None:
    collection = drafted_collection(40)
    audit = recalled((released if was_public else accepted)(collection))

    assert audit.state == AuditState.RECALLED
    assert outcomes(audit) == {UnitOutcome.RECALLED: 40}
    for item in Annotation.objects.filter(image__collection=collection):
        assert (item.state, item.audit, item.held) == (State.DRAFT, None, False)
        assert (item.decided_by, item.decided_at, item.ai_origin) == (None, None, True)
    for image in collection.images.all():
        assert (image.place, image.status) == ("", ImageStatus.TO_REVIEW)


def test_dates_and_what_is_searched_are_forgotten_with_them() -> None:
    version = PromptVersionFactory(six_elements=True)
    collection = drafted_collection(39, version=version, field="date")
    image = collection.images.create(identifier="A-1")
    draft_of(image, version=version, field="date", value="1958年")
    recalled(released(collection, fields=("date",)))
    image.refresh_from_db()
    assert (image.date_text, image.date_start, image.date_unread) == ("", None, False)


@pytest.mark.parametrize("what", ["edited", "confirmed", "deleted"])
def test_what_people_touched_since_stays_as_it_is(what: str) -> None:
    collection = drafted_collection(40)
    audit = released(collection)
    image = collection.images.order_by("pk")[0]
    if what == "edited":
        decisions.set_value(image=image, field="place", value="人写的", user=UserFactory())
    elif what == "confirmed":
        decisions.confirm(annotation=image.annotations.accepted().get(), user=UserFactory())
    else:
        image.delete()
    before = list(Annotation.objects.filter(image_id=image.pk).order_by("pk").values())

    audit = recalled(audit)

    assert outcomes(audit) == {UnitOutcome.RECALLED: 39, UnitOutcome.CHANGED: 1}
    assert list(Annotation.objects.filter(image_id=image.pk).order_by("pk").values()) == before
    if what != "deleted":
        image.refresh_from_db()
        assert image.place in ("人写的", "地点0")


def test_a_person_who_undoes_later_finds_the_draft_and_not_what_was_taken_back() -> None:
    collection = drafted_collection(40)
    audit = released(collection)
    image, user = collection.images.order_by("pk")[0], UserFactory()
    decisions.set_value(image=image, field="place", value="人写的", user=user)
    recalled(audit)

    undo_last(user=user, since=timezone.now() - timedelta(minutes=1), images=Image.objects.all())

    image.refresh_from_db()
    back = image.annotations.get(value="地点0")
    assert (image.place, image.status) == ("", ImageStatus.TO_REVIEW)
    assert (back.state, back.audit, back.decided_by) == (State.DRAFT, None, None)


def test_a_newer_draft_beside_a_value_goes_on_waiting() -> None:
    collection = drafted_collection(40)
    audit = released(collection)
    image = collection.images.order_by("pk")[0]
    run = image.annotations.get().run
    newer = Annotation.objects.create(
        image=image, field="place", value="新稿", source="model", ai_origin=True, run=run, state=State.DRAFT
    )
    recalled(audit)
    assert image.annotations.drafts().get() == newer
    assert image.annotations.get(value="地点0").state == State.SUPERSEDED


def test_it_is_logged_in_steps_in_the_name_of_who_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "AT_ONCE", 15)
    collection = drafted_collection(40)
    audit = recalled(accepted(collection))
    told = collection.actions.filter(verb=Verb.LOT_RECALLED)
    assert {(action.user, action.details["audit"]) for action in told} == {(audit.recalled_by, audit.pk)}
    assert sum(len(action.details["annotations"]) for action in told) == 40
    assert told.count() == 3
    closed = collection.actions.filter(verb=Verb.AUDIT_CLOSED).get()
    assert (closed.user, closed.details["reason"]) == (audit.recalled_by, "地名整批写错了")
    assert audit.remark == "收回原因：地名整批写错了"


def test_its_drafts_may_be_in_a_lot_again_and_are_known_to_have_been_in_one() -> None:
    collection = drafted_collection(40)
    recalled(accepted(collection))
    size = lots.size_of(collection, Cut(fields=("place",)))
    assert (size.drafts, size.drawn_before) == (40, 40)


def test_a_reason_is_asked_for_and_only_what_was_accepted_can_be_taken_back() -> None:
    collection = drafted_collection(40)
    audit = passed(collection)
    with pytest.raises(AuditNotReady):
        deciding.recall(audit=audit, user=reviewer(collection), reason="错")
    audit = finished(deciding.accept(audit=audit, user=reviewer(collection)))
    with pytest.raises(VerdictRefused):
        deciding.recall(audit=audit, user=reviewer(collection), reason=" \n")
    audit = recalled(audit)
    with pytest.raises(AuditNotReady):
        deciding.recall(audit=audit, user=reviewer(collection), reason="再来")


def test_how_many_queries_a_step_takes_does_not_depend_on_its_units(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = drafted_collection(60)
    audit = deciding.recall(audit=released(collection), user=reviewer(collection), reason="错")

    def queries(units: int) -> int:
        monkeypatch.setattr(executing, "AT_ONCE", units)
        with CaptureQueriesContext(connection) as counted:
            executing.step(audit.pk)
        return len(counted)

    few = queries(3)
    assert queries(30) <= few + 2  # rows are written some hundred parameters at a time


_WORK = """
import os
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
    collection = drafted_collection(80)
    audit = deciding.recall(audit=accepted(collection), user=reviewer(collection), reason="错")
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORK],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": _address(), "DATA_DIR": str(settings.DATA_DIR), "ENV_FILE": os.devnull},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    for _line in range(4):
        assert worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    audit.refresh_from_db()
    assert audit.state == AuditState.RECALLING
    assert 0 < audit.position < 80
    assert Annotation.objects.drafts().count() == audit.position

    finished(audit)
    assert outcomes(audit) == {UnitOutcome.RECALLED: 80}
    assert Annotation.objects.drafts().count() == 80
