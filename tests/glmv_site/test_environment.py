"""A mistyped setting is refused by its name, with what to do, and by every command alike."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured

from glmv_site.environment import Environment, kept_secret


@pytest.fixture
def env() -> Environment:
    made = Environment()
    made.ENVIRON = {}
    return made


@pytest.mark.parametrize("text", ["1", "true", "ON", " yes "])
def test_a_switch_is_on(env: Environment, text: str) -> None:
    env.ENVIRON["HTTPS"] = text
    assert env.bool("HTTPS", default=False)


@pytest.mark.parametrize("text", ["0", "false", "Off", "no"])
def test_a_switch_is_off(env: Environment, text: str) -> None:
    env.ENVIRON["HTTPS"] = text
    assert not env.bool("HTTPS", default=True)


def test_what_is_neither_on_nor_off_is_refused(env: Environment) -> None:
    env.ENVIRON["HTTPS"] = "ja"
    with pytest.raises(ImproperlyConfigured, match="HTTPS 的值“ja”"):
        env.bool("HTTPS", default=False)


def test_what_is_empty_counts_as_not_set(env: Environment) -> None:
    env.ENVIRON |= {"PORT": "", "HTTPS": ""}
    assert env.int("PORT", default=8080) == 8080
    assert env.bool("HTTPS", default=True)


@pytest.mark.parametrize(
    "address", ["nonsense", "postgres://glmv:open-sesame@db:port/glmv", "oracel://a:open-sesame@b/c"]
)
def test_what_is_no_address_of_a_database_is_refused_and_not_quoted(
    env: Environment, address: str, recwarn: pytest.WarningsRecorder
) -> None:
    env.ENVIRON["DATABASE_URL"] = address

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        env.database("DATABASE_URL", default="sqlite:////tmp/x")

    assert "sesame" not in str(refused.value)
    assert not recwarn.list


def test_a_data_folder_that_cannot_be_made_is_named_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ImproperlyConfigured, match="DATA_DIR") as refused:
        kept_secret(tmp_path / "file" / "data", "secret_key", lambda: "x")

    assert str(tmp_path / "file" / "data" / "secret_key") in str(refused.value)


@pytest.mark.parametrize("command", ["doctor", "serve"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "abc"),
        ("LOG_LEVEL", "blah"),
        ("LOG_FORMAT", "xml"),
        ("GLMV_MAX_BATCH", "many"),
        ("GLMV_MIN_IMAGE_SIZE", "640"),
        ("DATABASE_URL", "nonsense"),
        ("DATA_DIR", "/dev/null/data"),
    ],
)
def test_a_command_tells_it_in_one_line(own_site: dict[str, str], command: str, setting: str, value: str) -> None:
    result = subprocess.run(
        [sys.executable, str(site_settings.BASE_DIR / "manage.py"), command],
        env=own_site | {setting: value}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 1
    assert setting in result.stderr
    assert len(result.stderr.splitlines()) == 1
