"""Browsers that have asked before: a signed-in user's, and one that only its cookie knows."""

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.test import Client

from inference.history.owners import COOKIE, new_value, owner_of
from inference.models import Owner


def browser_of(user: User | None = None) -> Client:
    """Return a client: signed in, or with a visitor's cookie of its own."""
    client = Client()
    if user is None:
        client.cookies[COOKIE] = new_value()
    else:
        client.force_login(user)
    return client


def visitor_of(client: Client) -> str:
    """Return what the database keeps of a visitor's cookie."""
    request = HttpRequest()
    request.user = AnonymousUser()
    request.COOKIES[COOKIE] = client.cookies[COOKIE].value
    owner = owner_of(request)
    assert isinstance(owner, Owner)
    return owner.visitor
