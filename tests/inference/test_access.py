"""Who asks, by the key that is brought."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django.fixtures import Settings

from inference.access import (
    Caller,
    KeyRefused,
    TooOften,
    bearer,
    count_call,
    identify,
    may_manage_keys,
    recognise,
)
from inference.models import ApiKey, Scope
from inference.models.api_keys import PREFIX
from tests.factories import UserFactory
from tests.inference.keys import issued

EVERY_SCOPE = list(Scope)


def scopes_of(caller: Caller) -> list[Scope]:
    return [scope for scope in EVERY_SCOPE if caller.may(scope)]


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("BEARER abc", "abc"),
        ("Bearer", ""),
        ("Token abc", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_a_key_stands_after_bearer(header: str, token: str) -> None:
    assert bearer(header) == token


class TestWithoutApiKey:
    @pytest.mark.parametrize("header", ["", "Bearer sk-placeholder", "Bearer EMPTY", "Token abc", "Basic YTpi"])
    def test_everybody_may_ask_and_nothing_else(self, header: str) -> None:
        caller = identify(header)

        assert caller.user == AnonymousUser()
        assert scopes_of(caller) == [Scope.ASK]

    @pytest.mark.django_db
    def test_what_looks_like_a_key_has_to_be_one(self) -> None:
        with pytest.raises(KeyRefused):
            identify(f"Bearer {PREFIX}unknown")


class TestWithApiKey:
    @pytest.fixture(autouse=True)
    def _closed(self, settings: Settings) -> None:
        settings.API_KEY = "sesam"

    def test_whoever_brings_it_may_ask_and_nothing_else(self) -> None:
        assert scopes_of(identify("Bearer sesam")) == [Scope.ASK]

    @pytest.mark.django_db
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer sesa", "Bearer sesam1", "sesam", f"Bearer {PREFIX}x"])
    def test_nobody_else_is_let_in(self, header: str) -> None:
        with pytest.raises(KeyRefused):
            identify(header)

    @pytest.mark.django_db
    def test_a_named_key_opens_as_well(self) -> None:
        key, token = issued(Scope.ASK)

        assert identify(f"Bearer {token}").key == key

    def test_one_in_chinese_is_compared_byte_by_byte(self, settings: Settings) -> None:
        settings.API_KEY = "芝麻开门"
        sent = settings.API_KEY.encode().decode("latin-1")  # as WSGI hands on what a client sent as UTF-8

        assert scopes_of(identify(f"Bearer {sent}")) == [Scope.ASK]
        with pytest.raises(KeyRefused):
            identify("Bearer \ud800")


@pytest.mark.django_db
class TestNamedKeys:
    def test_the_caller_is_its_owner_and_may_what_the_key_says(self) -> None:
        owner = UserFactory()
        key, token = issued(Scope.READ, Scope.BATCH, owner=owner)

        caller = identify(f"Bearer {token}")

        assert (caller.user, caller.key, caller.internal) == (owner, key, False)
        assert scopes_of(caller) == [Scope.BATCH, Scope.READ]

    def test_without_an_owner_it_is_a_visitors(self) -> None:
        _key, token = issued(Scope.ASK)

        assert identify(f"Bearer {token}").user == AnonymousUser()

    def test_even_an_administrators_key_is_good_for_its_scopes_only(self) -> None:
        _key, token = issued(Scope.READ, owner=UserFactory(administrator=True))

        assert scopes_of(identify(f"Bearer {token}")) == [Scope.READ]

    def test_one_that_is_switched_off_is_refused_although_nobody_needs_one(self) -> None:
        _key, token = issued(Scope.ASK, active=False)

        with pytest.raises(KeyRefused):
            identify(f"Bearer {token}")

    def test_its_use_is_written_down(self) -> None:
        key, token = issued(Scope.ASK)

        identify(f"Bearer {token}")

        assert ApiKey.objects.get(pk=key.pk).last_used_at is not None

    def test_a_wrong_one_leaves_no_trace(self) -> None:
        key, token = issued(Scope.ASK)

        assert recognise(token + "x") is None
        assert ApiKey.objects.get(pk=key.pk).last_used_at is None


class TestTheSystemsOwnKey:
    def test_it_may_do_everything(self, settings: Settings) -> None:
        caller = identify(f"Bearer {settings.GLMV_INTERNAL_KEY}")

        assert caller.internal
        assert scopes_of(caller) == EVERY_SCOPE

    def test_where_it_is_empty_nobody_has_it(self, settings: Settings) -> None:
        settings.GLMV_INTERNAL_KEY = ""

        assert not identify("Bearer").internal


@pytest.mark.django_db
class TestRates:
    def test_a_key_is_let_in_as_often_as_it_says(self) -> None:
        key, _token = issued(Scope.ASK, rate_per_minute=2)
        caller = Caller(AnonymousUser(), key)
        count_call(caller)
        count_call(caller)

        with pytest.raises(TooOften) as refusal:
            count_call(caller)

        assert refusal.value.limit == 2
        assert 1 <= refusal.value.wait_s <= 60

    def test_without_a_rate_it_may_call_as_often_as_it_likes(self) -> None:
        caller = Caller(AnonymousUser(), issued(Scope.ASK)[0])

        for _ in range(1000):
            count_call(caller)

    def test_who_has_no_named_key_is_not_counted(self) -> None:
        for caller in (Caller(AnonymousUser()), Caller(AnonymousUser(), internal=True)):
            for _ in range(1000):
                count_call(caller)


@pytest.mark.django_db
def test_keys_are_managed_by_administrators_only() -> None:
    people: list[Any] = [
        AnonymousUser(),
        UserFactory(),
        UserFactory(is_staff=True),
        UserFactory(administrator=True, is_active=False),
        UserFactory(administrator=True),
    ]

    assert [may_manage_keys(person) for person in people] == [False, False, False, False, True]
