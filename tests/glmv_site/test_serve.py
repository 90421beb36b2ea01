"""`manage.py serve` as an administrator meets it: processes die, ports are taken, databases are empty."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from gunicorn.util import parse_address
from pytest_django import Settings

from glmv_site.management.commands import serve
from glmv_site.parsing import host_in_url
from tests.glmv_site.conftest import free_port
from tests.processes import children
from tests.waiting import eventually

_MANAGE = str(site_settings.BASE_DIR / "manage.py")
_STARTS = 5


def _manage(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, _MANAGE, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def _status(environment: dict[str, str], address: str) -> int | None:
    """Return the status that an address answers with, None where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}{address}") as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.fixture
def migrated_site(own_site: dict[str, str]) -> dict[str, str]:
    """Return the environment of an installation with a database."""
    assert _manage(own_site, "migrate", "--verbosity", "0").returncode == 0
    return own_site


@pytest.fixture
def served(migrated_site: dict[str, str], tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the site, from a folder that is not its own, and stop it at the end.

    Yields:
        The process of `manage.py serve`, once the site answers.
    """
    for _ in range(_STARTS):
        process = _start(migrated_site, tmp_path)
        try:
            eventually(lambda: process.poll() is not None or _status(migrated_site, "/health") == 200)  # noqa: B023 - asked at once
            log = (tmp_path / "log").read_text()
            if process.poll() is not None and "--port" in log:
                migrated_site["PORT"] = free_port()  # another program was quicker
                continue
            assert process.poll() is None, log
            yield process
            return
        finally:
            process.terminate()
            process.wait(60)
    pytest.fail("no port stayed free")


def _start(environment: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    """Start the site in a folder, its log beside it."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([sys.executable, _MANAGE, "serve"], env=environment, cwd=folder, stderr=log)


def test_the_site_answers_while_its_model_cannot_be_loaded(
    served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]
) -> None:
    assert _status(migrated_site, "/") == 200
    eventually(lambda: _status(migrated_site, "/ready") == 503)


def test_static_files_are_served_without_collecting_and_data_are_not(
    served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]
) -> None:
    assert _status(migrated_site, "/static/css/base.css") == 200
    assert _status(migrated_site, "/static/admin/css/base.css") == 200
    for address in ("/data/secret_key", "/static/secret_key", "/static/..%2fsecret_key", "/media/masters/"):
        assert _status(migrated_site, address) == 404


def test_a_killed_worker_is_replaced(served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]) -> None:
    master, _drafting = children(served.pid)
    (worker,) = children(master)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: bool(children(master)) and children(master) != [worker])
    eventually(lambda: _status(migrated_site, "/health") == 200)


def test_a_killed_web_server_is_replaced(served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]) -> None:
    master, drafting = children(served.pid)
    os.kill(master, signal.SIGKILL)
    eventually(lambda: len(children(served.pid)) == 2 and master not in children(served.pid))
    assert drafting in children(served.pid)
    eventually(lambda: _status(migrated_site, "/health") == 200)


def test_a_killed_worker_of_batches_is_replaced_and_the_site_stays(
    served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]
) -> None:
    master, drafting = children(served.pid)
    os.kill(drafting, signal.SIGKILL)
    eventually(lambda: len(children(served.pid)) == 2 and drafting not in children(served.pid))
    assert master in children(served.pid)
    assert _status(migrated_site, "/health") == 200


def test_sigterm_stops_everything_with_success(
    served: "subprocess.Popen[bytes]", migrated_site: dict[str, str]
) -> None:
    served.terminate()
    assert served.wait(60) == 0
    assert _status(migrated_site, "/health") is None


def test_a_port_that_is_taken_is_named(migrated_site: dict[str, str]) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        migrated_site["PORT"] = str(occupant.getsockname()[1])
        result = _manage(migrated_site, "serve")
    assert result.returncode == 1
    assert migrated_site["PORT"] in result.stderr
    assert "--port" in result.stderr


def test_a_database_without_tables_is_refused_with_the_command_that_makes_them(own_site: dict[str, str]) -> None:
    result = _manage(own_site, "serve")
    assert result.returncode == 1
    assert "manage.py upgrade" in result.stderr


def test_a_database_that_does_not_answer_is_told_in_a_sentence(own_site: dict[str, str]) -> None:
    result = _manage(own_site | {"DATABASE_URL": f"postgres://glmv:x@127.0.0.1:{free_port()}/glmv"}, "serve")
    assert result.returncode == 1
    assert "连接不上数据库" in result.stderr
    assert "DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("flag", ["--max_new_tokens", "--max-new-tokens"])
def test_flags_may_be_written_with_hyphens_or_underscores(flag: str, own_site: dict[str, str]) -> None:
    # Parsing comes before the look at the database, so an unknown flag would give another error.
    arguments = ["--host", "127.0.0.1", "--port", "1", "--device", "cpu", "--quantize", "int4", flag, "64"]
    result = _manage(own_site, "serve", *arguments)
    assert "manage.py upgrade" in result.stderr


@pytest.mark.parametrize(
    ("flag", "value", "setting"),
    [
        ("--quantize", "int3", "GLMV_QUANTIZE"),
        ("--max-new-tokens", "0", "GLMV_MAX_NEW_TOKENS"),
        ("--max-new-tokens", "-5", "GLMV_MAX_NEW_TOKENS"),
        ("--port", "0", "PORT"),
        ("--port", "70000", "PORT"),
    ],
)
def test_flags_are_held_to_what_the_settings_are_held_to(flag: str, value: str, setting: str) -> None:
    # The database of the tests is not looked at: this comes first.
    with pytest.raises(CommandError, match=f"设置 {setting} 的值 {value} 不可用"):
        call_command("serve", f"{flag}={value}", skip_checks=True)


@pytest.mark.parametrize(
    ("host", "bound"),
    [("127.0.0.1", ("127.0.0.1", 80)), ("::1", ("::1", 80)), ("[::]", ("::", 80)), ("archive.cn", ("archive.cn", 80))],
)
def test_the_web_server_understands_every_kind_of_host(host: str, bound: tuple[str, int]) -> None:
    assert parse_address(f"{host_in_url(host)}:80") == bound


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104 - compared, not bound
        ("::", "http://127.0.0.1:9000"),
        ("192.168.1.5", "http://192.168.1.5:9000"),
        ("::1", "http://[::1]:9000"),
    ],
)
def test_the_worker_finds_the_site_where_it_listens(host: str, address: str) -> None:
    assert serve._service_url(host, 9000) == address


def test_the_worker_finds_the_site_where_the_setting_says(settings: Settings) -> None:
    settings.GLMV_SERVICE_URL = "http://10.0.0.7:8080"
    assert serve._service_url("127.0.0.1", 9000) == "http://10.0.0.7:8080"
