"""Who may do what with audits: walked up from a visitor to an administrator."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.models import Audit
from catalog.review import policies
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.people import administrator, cataloguer, reviewer
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def audit() -> Audit:
    return planned(drafted_collection(40))


def people(audit: Audit) -> dict[str, Any]:
    """Return somebody of each kind."""
    return {
        "visitor": AnonymousUser(),
        "stranger": UserFactory(),
        "elsewhere": MembershipFactory(reviewer=True).user,
        "inactive": MembershipFactory(
            user=UserFactory(is_active=False), collection=audit.collection, reviewer=True
        ).user,
        "cataloguer": cataloguer(audit.collection),
        "reviewer": reviewer(audit.collection),
        "administrator": administrator(),
    }


def allowed(audit: Audit, policy: str) -> set[str]:
    """Return the kinds of people that a policy lets do something."""
    asked = getattr(policies, policy)
    about = audit.collection if policy == "can_plan" else audit
    return {kind for kind, user in people(audit).items() if asked(user, about)}


def test_members_judge(audit: Audit) -> None:
    assert allowed(audit, "can_judge") == {"cataloguer", "reviewer", "administrator"}


@pytest.mark.parametrize("policy", ["can_plan", "can_decide", "can_accept"])
def test_planning_and_deciding_are_for_reviewers(audit: Audit, policy: str) -> None:
    assert allowed(audit, policy) == {"reviewer", "administrator"}


def test_audits_are_known_to_the_members_of_their_collection(audit: Audit) -> None:
    seen = {kind for kind, user in people(audit).items() if policies.visible_audits(user).exists()}
    assert seen == {"cataloguer", "reviewer", "administrator"}
