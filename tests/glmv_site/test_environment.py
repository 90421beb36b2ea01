"""A mistyped setting is refused by its name, with what to do, and by every command alike."""

import os
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


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where settings may be written, for an environment that has none."""
    monkeypatch.setattr(Environment, "ENVIRON", {})
    return tmp_path / ".env"


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


@pytest.mark.parametrize("empty", ["", " "])
def test_what_is_empty_counts_as_not_set_whatever_its_type(env: Environment, empty: str) -> None:
    env.ENVIRON |= dict.fromkeys(("DATA_DIR", "ALLOWED_HOSTS", "DATABASE_URL", "LOG_FORMAT"), empty)

    assert env.str("DATA_DIR", default="/srv/data") == "/srv/data"
    assert env.list("ALLOWED_HOSTS", default=["*"]) == ["*"]
    assert env.database("DATABASE_URL", default="sqlite:////srv/x")["NAME"] == "/srv/x"
    assert env.parsed("LOG_FORMAT", str, default="text") == "text"


def test_where_the_default_is_empty_so_is_the_value(env: Environment) -> None:
    env.ENVIRON |= {"API_KEY": "", "CORS_ORIGINS": "", "STATIC_ROOT": ""}

    assert env.str("API_KEY", default="") == ""
    assert env.list("CORS_ORIGINS", default=[]) == []
    assert env.str("STATIC_ROOT", default=None) is None


def test_a_site_with_every_setting_empty_is_a_site_with_none(own_site: dict[str, str], tmp_path: Path) -> None:
    names = (
        "ALLOWED_HOSTS", "DATABASE_URL", "HOST", "GLMV_MODEL", "GLMV_BACKEND", "GLMV_SERVICE_URL", "GLMV_DEVICE",
        "GLMV_QUANTIZE", "GLMV_DEADLINE_S", "LOG_LEVEL",
    )  # fmt: skip
    listed = f"from glmv_site import settings; print(settings.DATABASES, [vars(settings).get(n) for n in {names}])"

    def told(**changes: str) -> str:
        environment = {name: value for name, value in own_site.items() if name not in names}
        return subprocess.run(
            [sys.executable, "-c", listed], env=environment | {"ENV_FILE": os.devnull} | changes, cwd=tmp_path,
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    assert told(**dict.fromkeys(names, "")) == told()


def test_a_file_is_read_and_the_environment_takes_precedence(env_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    env_file.write_text("# 端口\nexport PORT=8081\n\n  # 型号\nGLMV_MODEL='a b'\nHOST=::1\n")
    Environment.ENVIRON["HOST"] = "127.0.0.1"

    Environment.read_file(env_file)

    assert Environment.ENVIRON == {"PORT": "8081", "GLMV_MODEL": "a b", "HOST": "127.0.0.1"}
    assert not caplog.records


def test_a_line_that_cannot_be_meant_is_told_by_its_number_and_not_quoted(
    env_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env_file.write_text("PORT=8081\nAPI_KEY = open-sesame\n坏行\n")

    Environment.read_file(env_file)

    assert Environment.ENVIRON == {"PORT": "8081"}
    second, third = (record.getMessage() for record in caplog.records)
    assert f"{env_file} 第 2 行" in second
    assert f"{env_file} 第 3 行" in third
    assert "sesame" not in caplog.text


def test_a_file_in_another_encoding_is_refused_by_its_name(env_file: Path) -> None:
    env_file.write_bytes("# 端口\nPORT=8081\n".encode("gb18030"))

    with pytest.raises(ImproperlyConfigured, match="UTF-8") as refused:
        Environment.read_file(env_file)

    assert str(env_file) in str(refused.value)


def test_there_need_be_no_file(env_file: Path) -> None:
    Environment.read_file(env_file)

    assert Environment.ENVIRON == {}


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


def test_what_only_the_caller_can_know_is_not_read_from_a_file(env_file: Path) -> None:
    """A backup of another place may have brought it."""
    env_file.write_text("GLMV_HOST_DATA=/srv/old/data\nexport GLMV_MANAGE=bash start.sh manage\nGLMV_MODEL=demo\n")
    Environment.read_file(env_file)
    assert Environment.ENVIRON == {"GLMV_MODEL": "demo"}


@pytest.mark.parametrize("text", ["/mnt/backup", "//mnt//backup/", " /mnt/./backup"])
def test_a_folder_has_one_spelling(env: Environment, text: str) -> None:
    env.ENVIRON["GLMV_BACKUP_DIR"] = text
    assert str(env.folder("GLMV_BACKUP_DIR", default="/x")) == "/mnt/backup"


@pytest.mark.parametrize("text", ["backups", "./backups", "~/backups", "/mnt/link/../backup", "/", "//"])
def test_a_folder_that_depends_on_where_one_stands_is_refused(env: Environment, text: str) -> None:
    env.ENVIRON["GLMV_BACKUP_DIR"] = text
    with pytest.raises(ImproperlyConfigured, match=r"GLMV_BACKUP_DIR.*绝对路径"):
        env.folder("GLMV_BACKUP_DIR", default="/x")
