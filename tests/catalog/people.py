"""The four steps that every protected door is walked up: a visitor, a stranger, the wrong role, the right one."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Collection
from tests.factories import MembershipFactory, UserFactory


def cataloguer(collection: Collection | None) -> User:
    """Return a 编目员 of a collection, of all of them where None, who may enter the workbench."""
    user: User = UserFactory(is_staff=True)
    MembershipFactory(user=user, collection=collection)
    return user


def reviewer(collection: Collection | None) -> User:
    """Return a 审核员 of a collection, of all of them where None, who may enter the workbench."""
    user: User = UserFactory(is_staff=True)
    MembershipFactory(user=user, collection=collection, reviewer=True)
    return user


def stranger() -> User:
    """Return somebody who may enter the workbench but works on nothing."""
    return UserFactory(is_staff=True)


def auditor(collection: Collection | None) -> User:
    """Return a 审计员 of a collection, of all of them where None, who may enter the workbench."""
    user: User = UserFactory(is_staff=True)
    MembershipFactory(user=user, collection=collection, auditor=True)
    return user


def administrator() -> User:
    """Return an administrator who holds every role beside, as the first account of an installation does."""
    return UserFactory(head=True)


def administrator_only() -> User:
    """Return an administrator with no role in any collection, who sees and does not decide."""
    return UserFactory(administrator=True)


def browser(user: User | None = None) -> Client:
    """Return a client, signed in where a user is given."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def sent(response: Any) -> bytes:
    """Return the whole content of a response that was streamed."""
    return b"".join(response.streaming_content)
