"""switch.sh: back to the version before, and forth, whatever the site and its settings say."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.bundle.conftest import Bundle, add_version, in_use, link, switch, told, with_double


def test_going_back_and_forth_changes_the_program_only(first: Bundle, second: Bundle) -> None:
    assert first.install().returncode == 0
    assert second.install().returncode == 0
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)

    back = switch(first, "--back")

    assert back.returncode == 0, back.stderr
    assert (in_use(first), (first.base / "data" / "running").read_text()) == ("a" * 12, "a" * 12)
    assert switch(first).stdout.splitlines() == [f"{first.id}  正在使用", f"{second.id}  上一个"]
    assert switch(first, "--back").returncode == 0
    assert in_use(first) == "b" * 12


def add_version_that_refuses_the_settings(bundle: Bundle) -> str:
    """Make a later version, in use, that does not know a setting which the one before takes.

    Args:
        bundle: whose version is the one before.

    Returns:
        The name of the later one.
    """
    name = add_version(bundle, "b" * 12)
    start = bundle.base / "versions" / name / "start.sh"
    start.write_text(start.read_text().replace("'^PORT=[^0-9]'", "'^OLD='"))
    link(bundle, current=name, previous=bundle.id)
    return name


@pytest.mark.parametrize("runs", [False, True])
def test_going_back_is_possible_from_a_version_that_refuses_the_settings(first: Bundle, runs: bool) -> None:
    assert first.install().returncode == 0
    later = add_version_that_refuses_the_settings(first)
    if runs:
        subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    (first.base / ".env").write_text("OLD=1\n")

    back = switch(first, "--back")

    assert back.returncode == 0, back.stderr
    assert in_use(first) == "a" * 12
    running = first.base / "data" / "running"
    assert (running.read_text() if running.exists() else "") == ("a" * 12 if runs else "")
    assert str((first.base / "previous").readlink()) == f"versions/{later}"


def test_where_both_versions_refuse_the_settings_going_back_is_possible_unless_something_runs(first: Bundle) -> None:
    assert first.install().returncode == 0
    add_version_that_refuses_the_settings(first)
    (first.base / ".env").write_text("OLD=1\nPORT=八千\n")
    sleeper = subprocess.Popen(["bash", "-c", "sleep 300; : manage.py serve"], cwd=first.base / "current")
    try:
        refused = switch(first, "--back")
    finally:
        sleeper.kill()
        sleeper.wait()

    assert refused.returncode == 1
    assert "端口不可用" in refused.stderr
    assert f"改好 {first.base / '.env'}" in refused.stderr
    assert in_use(first) == "b" * 12
    assert switch(first, "--back").returncode == 0
    assert in_use(first) == "a" * 12


def test_a_container_that_runs_is_seen_where_both_versions_refuse_the_settings(first: Bundle, tmp_path: Path) -> None:
    assert first.install().returncode == 0
    add_version_that_refuses_the_settings(first)
    (first.base / ".env").write_text("OLD=1\nPORT=八千\n")
    programs = with_double(tmp_path / "bin", "docker", "echo running 1")

    refused = switch(first, "--back", PATH=f"{programs}:{first.environment['PATH']}")

    assert refused.returncode == 1
    assert "网站正在运行" in refused.stderr
    assert in_use(first) == "b" * 12


# As a power cut would end it: before the second of the two links is changed.
_KILLED_BETWEEN_THE_LINKS = """
case $* in *.current.new*) kill -9 -- "-$(ps -o pgid= -p $$ | tr -d ' ')" ;; esac
exec /bin/mv "$@"
"""


def test_going_back_that_is_killed_between_the_two_links_can_be_run_again(first: Bundle, tmp_path: Path) -> None:
    assert first.install().returncode == 0
    second = add_version(first, "b" * 12)
    link(first, current=second, previous=first.id)
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    programs = with_double(tmp_path / "bin", "mv", _KILLED_BETWEEN_THE_LINKS)

    killed = switch(first, "--back", PATH=f"{programs}:{first.environment['PATH']}")

    assert killed.returncode == -signal.SIGKILL
    for name in ("current", "previous"):
        assert str((first.base / name).readlink()) == f"versions/{second}"
    again = switch(first, "--back")
    assert again.returncode == 0, again.stderr
    assert (in_use(first), (first.base / "data" / "running").read_text()) == ("a" * 12, "a" * 12)
    assert str((first.base / "previous").readlink()) == f"versions/{second}"
    assert sorted(path.name for path in (first.base / "versions").iterdir()) == [first.id, second]


def test_after_an_update_that_was_killed_between_the_links_the_way_back_is_to_the_older_version(first: Bundle) -> None:
    assert first.install().returncode == 0
    second, third = add_version(first, "b" * 12), add_version(first, "c" * 12)
    link(first, current=second, previous=second)

    assert switch(first, second).returncode == 0
    assert (first.base / "versions" / third).exists()
    assert switch(first, "--back").returncode == 0
    assert in_use(first) == "a" * 12


def test_a_version_that_is_not_there_cannot_be_switched_to(first: Bundle) -> None:
    assert first.install().returncode == 0

    for arguments, sentence in ((["--back"], "没有更早的版本可退"), (["9.9"], "没有装好的版本 9.9")):
        refused = switch(first, *arguments)
        assert refused.returncode == 1
        assert sentence in refused.stderr


def test_a_site_that_was_stopped_in_vain_is_started_again(first: Bundle) -> None:
    assert first.install().returncode == 0
    second = add_version(first, "b" * 12)
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    sleeper = subprocess.Popen(["bash", "-c", "sleep 300; : manage.py serve"], cwd=first.installed)
    try:
        refused = switch(first, second)
    finally:
        sleeper.kill()
        sleeper.wait()

    assert refused.returncode == 1
    assert f"进程 {sleeper.pid}" in refused.stderr
    assert told(first)[1:] == ["stop " + "a" * 12, "start " + "a" * 12]
    assert in_use(first) == "a" * 12
    assert not (first.base / ".start-again").exists()


def test_a_site_that_does_not_stop_is_left_as_it_is(first: Bundle) -> None:
    assert first.install().returncode == 0
    second = add_version(first, "b" * 12)
    start = first.installed / "start.sh"
    start.write_text(start.read_text().replace("stop) rm", "stop) exit 1; rm"))
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)

    refused = switch(first, second)

    assert refused.returncode == 1
    assert "网站停不下来，没有换版本" in refused.stderr
    assert in_use(first) == "a" * 12
    assert not (first.base / ".start-again").exists()
