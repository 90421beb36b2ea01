"""The worker's part: it takes the next step of an audit where there is one, and waits where there is none."""

import pytest

from catalog.audit_words import AuditState
from catalog.review.acceptance import deciding
from catalog.review.jobs import LotWork
from tests.catalog.audits import drafted_collection, passed
from tests.catalog.people import reviewer

pytestmark = pytest.mark.django_db


def test_with_nothing_to_do_it_waits() -> None:
    work = LotWork()
    assert work.claim()
    assert work.step() > 0
    work.release()


def test_a_lot_is_accepted_step_by_step_without_a_pause() -> None:
    collection = drafted_collection(40)
    audit = deciding.accept(audit=passed(collection), user=reviewer(collection))
    work = LotWork()
    pauses: list[float] = []
    while not pauses or pauses[-1] == 0:
        pauses.append(work.step())
    audit.refresh_from_db()
    assert audit.state == AuditState.ACCEPTED
    # The units, that there are no more of them, and that nothing is left to do.
    assert pauses[:-1] == [0.0, 0.0]
