"""start.sh and the process that it leaves behind: one at a time, found again where it is, its log kept small."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.conftest import LOADING, READY, ROOT, Installation, answering_at, lend_environment
from tests.glmv_site.conftest import free_port
from tests.waiting import eventually


@pytest.fixture
def quick(installation: Installation) -> Iterator[Installation]:
    """Return an installation whose site is up at once, see quick_site.py.

    Yields:
        The installation; what still runs of it is stopped afterwards.
    """
    shutil.copy2(ROOT / "tests/docker/quick_site.py", installation.folder / "manage.py")
    lend_environment(installation.folder / ".venv")
    installation.environment |= {"HOST": "127.0.0.1", "GLMV_MODEL": "demo", "SERVE_LOG_CHECK_EVERY": "0.1"}
    yield installation
    (installation.foreign.state / "die").touch()
    installation.start("stop")


def _answers(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def _runs(pid: str) -> bool:
    return Path("/proc", pid.strip()).exists()


# --- One at a time ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["flock", "no flock"])
def turns(request: pytest.FixtureRequest, quick: Installation) -> Installation:
    """Return an installation on a machine with or without the program `flock`."""
    if request.param == "no flock":
        (quick.foreign.bin / "flock").unlink()
    return quick


def test_while_one_starts_the_site_no_other_starts_or_stops_it(turns: Installation) -> None:
    hold = turns.foreign.state / "hold"
    hold.touch()
    first = turns.begin()
    eventually(lambda: (turns.data / "serve.log").exists())
    for command in ("start", "stop", "restart"):
        other = turns.start(command)
        assert other.returncode == 1
        assert f"另一个 start.sh 正在运行（进程 {first.pid}）" in other.stderr
    hold.unlink()
    out, err = first.communicate()
    assert first.returncode == 0, err
    assert "服务已就绪" in out
    assert (turns.data / "serve.log").read_text().count("serve ") == 1
    assert turns.start("status").returncode == 0
    assert turns.start("stop").returncode == 0
    assert not _answers(turns.port)


def test_the_next_one_has_its_turn_when_the_site_runs_and_when_it_is_stopped(turns: Installation) -> None:
    assert turns.start().returncode == 0
    assert "已经在运行" in turns.start().stdout
    assert turns.start("restart").returncode == 0
    assert "已停止" in turns.start("stop").stdout
    assert turns.start().returncode == 0


def test_waiting_for_the_model_keeps_nobody_from_stopping_the_site(turns: Installation) -> None:
    (turns.foreign.state / "deaf").touch()
    waiting = turns.begin()
    assert waiting.stdout is not None
    assert any(line.startswith("等待") for line in waiting.stdout)
    assert turns.start("stop").returncode == 0
    _, err = waiting.communicate()
    assert waiting.returncode == 1
    assert "网站进程已退出" in err


@pytest.mark.parametrize("is_taken", [False, True], ids=["nobody's number", "another program's number"])
def test_a_lock_whose_owner_is_gone_is_in_nobodys_way(is_taken: bool, quick: Installation) -> None:
    (quick.foreign.bin / "flock").unlink()
    quick.data.mkdir()
    (quick.data / "start.lock.link").symlink_to(str(os.getpid()) if is_taken else "99999999")
    assert quick.start().returncode == 0


def test_another_one_that_answers_at_the_port_is_not_taken_for_the_site_that_died(quick: Installation) -> None:
    state = quick.foreign.state
    (state / "deaf").touch()
    started = quick.begin()
    eventually(lambda: (quick.data / "serve.pid").exists())
    with answering_at("127.0.0.1", quick.port, LOADING) as answers:
        pid = (quick.data / "serve.pid").read_text()
        (state / "die").touch()
        eventually(lambda: not _runs(pid))
        answers[:] = [READY]
        out, err = started.communicate()
    assert started.returncode == 1, out
    assert "网站进程已退出：CommandError: cannot listen" in err


# --- Found again -----------------------------------------------------------------------------------------------------


def test_a_running_site_is_found_at_the_port_that_it_was_started_with(quick: Installation) -> None:
    assert quick.start().returncode == 0
    port = free_port()
    again = quick.start(PORT=port, HOST="127.0.0.2")
    assert again.returncode == 0, again.stderr
    assert f"服务已就绪：http://127.0.0.1:{quick.port}（模型 quick@1）" in again.stdout
    state = quick.start("status", PORT=port, HOST="127.0.0.2")
    assert state.returncode == 0
    assert f"http://127.0.0.1:{quick.port}" in state.stdout
    assert "可以使用" in state.stdout


def test_after_a_restart_it_is_where_the_settings_say(quick: Installation) -> None:
    assert quick.start().returncode == 0
    port = free_port()
    assert f"http://127.0.0.1:{port}" in quick.start("restart", PORT=port).stdout
    assert not _answers(quick.port)


def test_a_process_that_does_not_answer_is_said_to(quick: Installation) -> None:
    (quick.foreign.state / "deaf").touch()
    started = quick.begin()
    eventually(lambda: (quick.data / "serve.pid").exists())
    state = quick.start("status")
    assert state.returncode == 4
    assert f"端口 {quick.port} 上没有应答" in state.stdout
    (quick.foreign.state / "die").touch()
    started.communicate()


# --- Its log ---------------------------------------------------------------------------------------------------------


def test_the_log_of_a_running_site_is_kept_small(quick: Installation) -> None:
    assert quick.start(SERVE_LOG_BYTES="1000").returncode == 0
    log = quick.data / "serve.log"

    def fill() -> bool:
        _answers(quick.port)
        quick.start("status")
        return (quick.data / "serve.log.4").exists()

    eventually(fill)
    assert log.stat().st_size < 3000
    assert not (quick.data / "serve.log.5").exists()


def test_the_log_of_the_last_run_is_kept_aside(quick: Installation) -> None:
    for _ in range(2):
        assert quick.start().returncode == 0
        assert quick.start("stop").returncode == 0
    first, second = ((quick.data / name).read_text() for name in ("serve.log.1", "serve.log"))
    assert first.count("serve ") == second.count("serve ") == 1
    assert first != second
