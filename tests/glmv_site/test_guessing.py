"""Who guesses passwords has to wait; nobody else has to."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from glmv_site.guessing import client_address
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
_PASSWORD = "一个好记的口令"
_LIMIT = 10
DOORS = pytest.mark.parametrize("door", ["/login/", "/admin/login/"])


def _somebody() -> User:
    user = UserFactory(is_staff=True)
    user.set_password(_PASSWORD)
    user.save()
    return user


def _sign_in(user: User, door: str = "/login/", password: str = _PASSWORD, **headers: str) -> int:
    data = {"username": user.get_username(), "password": password}
    return Client().post(door, data, **headers).status_code  # type: ignore[arg-type]


def _guess(user: User, door: str = "/login/", times: int = _LIMIT, **headers: str) -> list[int]:
    return [_sign_in(user, door, f"口令{number}", **headers) for number in range(times)]


@DOORS
def test_after_ten_wrong_passwords_the_right_one_is_refused_with_a_sentence(door: str) -> None:
    user = _somebody()
    assert _guess(user, door) == [200] * (_LIMIT - 1) + [429]

    refused = Client().post(door, {"username": user.get_username(), "password": _PASSWORD})

    assert refused.status_code == 429
    assert "请过 15 分钟再试" in refused.content.decode()
    assert refused["Retry-After"] == "900"
    assert "_auth_user_id" not in refused.wsgi_request.session


def test_the_other_door_is_closed_as_well() -> None:
    user = _somebody()
    _guess(user)

    assert _sign_in(user, "/admin/login/") == 429


def test_another_browser_is_no_other_machine() -> None:
    user = _somebody()
    for number in range(_LIMIT):
        _sign_in(user, password="错", HTTP_USER_AGENT=f"browser {number}")

    assert _sign_in(user) == 429


def test_somebody_else_on_the_same_machine_signs_in() -> None:
    _guess(_somebody())

    assert _sign_in(_somebody()) == 302


def test_the_same_person_on_another_machine_signs_in() -> None:
    user = _somebody()
    _guess(user, REMOTE_ADDR="192.0.2.1")

    assert _sign_in(user, REMOTE_ADDR="192.0.2.2") == 302


def test_after_the_wait_the_right_password_opens_again_and_guesses_in_between_make_it_no_longer() -> None:
    user = _somebody()
    _guess(user)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert _sign_in(user) == 429

    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=2))

    assert _sign_in(user) == 302


def test_who_remembers_in_time_begins_anew_and_leaves_no_trace() -> None:
    user = _somebody()
    _guess(user, times=_LIMIT - 1)

    assert _sign_in(user) == 302
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()
    assert _guess(user, times=_LIMIT - 1) == [200] * (_LIMIT - 1)


def test_no_password_is_kept() -> None:
    _sign_in(_somebody(), password="不该留下的口令")

    kept = AccessAttempt.objects.values().get()
    assert "不该留下的口令" not in str(kept)


@pytest.mark.parametrize(
    ("https", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1"),  # nobody is in front who would have written it
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "2001:DB8::9", "2001:db8::9"),
        (True, "unknown", "192.0.2.1"),
        (True, "", "192.0.2.1"),
    ],
)
def test_behind_an_https_proxy_its_word_counts(settings: Settings, https: bool, forwarded: str, address: str) -> None:
    settings.HTTPS = https
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_a_connection_without_an_address_has_none() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None
