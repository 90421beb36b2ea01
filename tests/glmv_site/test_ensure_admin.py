"""The first run makes one administrator, whose password is shown once and kept privately."""

import io
import re
import stat
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from pytest_django import Settings

from catalog.accounts.roles import held_by
from catalog.models import Action
from catalog.vocabulary import Role, Verb


def _ensure_admin(**options: str) -> str:
    printed = io.StringIO()
    call_command("ensure_admin", stdout=printed, **options)
    return printed.getvalue()


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_the_printed_password_opens_the_new_account() -> None:
    printed = _ensure_admin()
    match = re.search(r"密码 (\S+?)（", printed)
    assert match is not None
    user = authenticate(HttpRequest(), username="admin", password=match[1])
    assert user is not None
    assert user.is_superuser


@pytest.mark.django_db
def test_the_password_is_kept_where_only_the_owner_reads_it(data_dir: Path) -> None:
    _ensure_admin()
    path = data_dir / "admin_password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert authenticate(HttpRequest(), username="admin", password=path.read_text().strip()) is not None


@pytest.mark.django_db
def test_a_second_run_says_nothing_and_changes_nothing(data_dir: Path) -> None:
    _ensure_admin()
    before = (data_dir / "admin_password").read_text()
    assert _ensure_admin() == ""
    assert (data_dir / "admin_password").read_text() == before
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db
def test_where_an_administrator_exists_none_is_made(data_dir: Path) -> None:
    get_user_model().objects.create_superuser("馆长", password="自己的密码")
    assert _ensure_admin() == ""
    assert not (data_dir / "admin_password").exists()


@pytest.mark.django_db
def test_a_name_that_somebody_has_is_refused_and_leaves_no_password_behind(data_dir: Path) -> None:
    get_user_model().objects.create_user("admin", password="自己的密码")

    with pytest.raises(CommandError, match="--username"):
        _ensure_admin()

    assert not (data_dir / "admin_password").exists()
    assert not get_user_model().objects.get().is_superuser


@pytest.mark.django_db
def test_an_account_that_cannot_be_made_leaves_no_password_behind(data_dir: Path) -> None:
    with pytest.raises(CommandError, match="不能为空"):
        _ensure_admin(username="")

    assert not (data_dir / "admin_password").exists()


@pytest.mark.django_db
def test_the_account_may_have_another_name() -> None:
    _ensure_admin(username="archivist")
    assert get_user_model().objects.get().username == "archivist"


@pytest.mark.django_db
def test_the_first_account_is_cataloguer_and_reviewer_too_and_the_log_says_so() -> None:
    _ensure_admin()
    account = get_user_model().objects.get()
    assert held_by(account) == {(Role.CATALOGUER, None), (Role.REVIEWER, None)}
    made, *given = Action.objects.order_by("pk")
    assert (made.verb, made.user, made.label) == (Verb.ACCOUNT_CREATED, None, "admin")
    assert [entry.verb for entry in given] == [Verb.ROLE_GIVEN, Verb.ROLE_GIVEN]
    assert given[-1].details["beside"] == ["administrator", "cataloguer"]
