"""The four steps that every protected door is walked up: a visitor, a stranger, the wrong role, the right one."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client

from catalog.models import Collection
from tests.factories import MembershipFactory, UserFactory


def cataloguer(collection: Collection | None) -> AbstractBaseUser:
    """Return a 编目员 of a collection, of all of them where None, who may enter the workbench."""
    return MembershipFactory(user=UserFactory(is_staff=True), collection=collection).user


def reviewer(collection: Collection | None) -> AbstractBaseUser:
    """Return a 审核员 of a collection, of all of them where None, who may enter the workbench."""
    return MembershipFactory(user=UserFactory(is_staff=True), collection=collection, reviewer=True).user


def stranger() -> AbstractBaseUser:
    """Return somebody who may enter the workbench but works on nothing."""
    return UserFactory(is_staff=True)


def administrator() -> AbstractBaseUser:
    """Return an administrator."""
    return UserFactory(administrator=True)


def browser(user: AbstractBaseUser | None = None) -> Client:
    """Return a client, signed in where a user is given."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client
