"""install.sh: into an empty folder, over an older version, and interrupted."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.bundle.conftest import ROOT, Bundle, in_use, make_bundle, switch, told, with_double
from tests.waiting import eventually


def test_an_empty_folder_gets_a_program_with_its_environment_and_an_entrance(first: Bundle) -> None:
    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert f'启动：bash "{first.base}/start.sh"' in done.stdout
    python = first.base / "current" / ".venv" / "bin" / "python"
    said = subprocess.run([python, "-c", "import probe; print(probe.VERSION)"], capture_output=True, text=True)
    assert said.stdout == "1.0\n"
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    assert (first.base / "data" / "running").read_text() == "a" * 12
    subprocess.run(["bash", first.base / "start.sh", "stop"], check=True)


def test_nothing_is_left_for_start_and_make_to_install(first: Bundle) -> None:
    assert first.install().returncode == 0

    requirements = (first.installed / "requirements.txt").stat().st_mtime
    for stamp in (".made", ".runtime"):
        assert (first.installed / ".venv" / stamp).stat().st_mtime >= requirements
    assert not (first.installed / ".venv" / ".gpu").exists()


def test_pips_own_settings_and_sources_are_not_asked(first: Bundle, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    (tmp_path / "pip.py").write_text("raise SystemExit(9)")
    config.write_text("[global]\nindex-url = http://192.0.2.1/simple\nno-such-option = 1\n")

    done = first.install(PIP_INDEX_URL="http://192.0.2.1/simple", PIP_CONFIG_FILE=str(config), PYTHONPATH=str(tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_run_finds_everything_done(first: Bundle) -> None:
    assert first.install().returncode == 0
    made = (first.installed / ".venv" / ".made").stat().st_mtime_ns

    done = first.install()

    assert done.returncode == 0
    assert "已经装好" in done.stdout
    assert (first.installed / ".venv" / ".made").stat().st_mtime_ns == made


def test_an_update_keeps_settings_and_data_and_the_old_version(first: Bundle, second: Bundle) -> None:
    assert first.install().returncode == 0
    (first.base / ".env").write_text("PORT=8081\n")
    (first.base / "data" / "db.sqlite3").write_text("records")

    done = second.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert in_use(second) == "b" * 12
    assert (second.base / "current" / ".env").read_text() == "PORT=8081\n"
    assert (second.base / "current" / "data" / "db.sqlite3").read_text() == "records"
    assert (first.installed / ".venv" / "bin" / "python").exists()
    assert "--back" in done.stdout
    # It did not run before, and is not started by an update.
    assert not (second.base / "data" / "running").exists()


def test_a_site_that_runs_is_stopped_by_its_own_version_and_started_by_the_new_one(
    first: Bundle, second: Bundle
) -> None:
    assert first.install().returncode == 0
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)

    done = second.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert told(second) == ["start " + "a" * 12, "stop " + "a" * 12, "start " + "b" * 12]


def test_a_setting_that_is_wrong_is_what_is_told_and_nothing_is_changed(first: Bundle, second: Bundle) -> None:
    assert first.install().returncode == 0
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    settings = first.base / ".env"
    settings.write_text("PORT=八千\n")

    refused = second.install()

    assert refused.returncode == 1
    assert "端口不可用" in refused.stderr
    assert f"改好 {settings}" in refused.stderr
    assert in_use(first) == "a" * 12
    settings.unlink()
    assert second.install().returncode == 0
    assert (first.base / "data" / "running").read_text() == "b" * 12


def test_a_new_version_that_does_not_start_says_how_to_go_back(first: Bundle, tmp_path: Path) -> None:
    assert first.install().returncode == 0
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    broken = make_bundle(tmp_path / "坏" / "bundle", first.base, "c" * 40, broken=True)

    done = broken.install()

    assert done.returncode == 1
    assert "迁移失败" in done.stderr
    assert f'退回旧版本：bash "{first.base}/switch.sh" --back' in done.stderr
    found = re.search(r"见 (.+?) 的“(.+?)”", done.stderr)
    assert found
    manual, section = found.groups()
    assert f"# {section}\n" in (ROOT / Path(manual).relative_to(first.base / "current")).read_text()
    assert switch(first, "--back").returncode == 0
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    assert (first.base / "data" / "running").read_text() == "a" * 12


@pytest.mark.parametrize("reached", ["manage.py", ".venv/bin/python", ".venv/lib/python3.11/site-packages/probe.py"])
def test_a_kill_in_the_middle_leaves_the_old_version_working_and_can_be_run_again(
    first: Bundle, second: Bundle, reached: str
) -> None:
    assert first.install().returncode == 0
    begun = second.begin()
    eventually(lambda: os.path.lexists(second.installed / reached) or begun.poll() is not None)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate()

    assert in_use(first) == "a" * 12
    assert not (second.installed / ".complete").exists()
    subprocess.run(["bash", first.base / "start.sh", "start"], check=True)
    again = second.install()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "上次没有装完" in again.stdout
    assert (second.base / "data" / "running").read_text() == "b" * 12


def test_every_file_is_on_the_disk_before_the_version_counts_as_complete(first: Bundle, tmp_path: Path) -> None:
    programs = with_double(
        tmp_path / "bin",
        "sync",
        f'complete=no; [ ! -e "{first.installed}/.complete" ] || complete=yes\n'
        f'echo "$complete $*" >>"{tmp_path}/flushed"',
    )

    done = first.install(PATH=f"{programs}:{first.environment['PATH']}")

    assert done.returncode == 0, done.stderr
    flushed = (tmp_path / "flushed").read_text().splitlines()
    assert flushed == [f"no -f {first.installed}", f"yes -f {first.installed}"]


def test_two_updates_later_the_oldest_version_is_removed(first: Bundle, second: Bundle, tmp_path: Path) -> None:
    third = make_bundle(tmp_path / "三" / "bundle", first.base, "c" * 40)
    for bundle in (first, second, third):
        assert bundle.install().returncode == 0

    assert sorted(path.name for path in (first.base / "versions").iterdir()) == [second.id, third.id]


def test_a_program_that_was_started_in_another_way_is_not_switched_under_its_feet(
    first: Bundle, second: Bundle
) -> None:
    assert first.install().returncode == 0
    sleeper = subprocess.Popen(["bash", "-c", "sleep 300; : manage.py serve"], cwd=first.installed)
    try:
        refused = second.install()
    finally:
        sleeper.kill()
        sleeper.wait()

    assert refused.returncode == 1
    assert f"进程 {sleeper.pid}" in refused.stderr
    assert not second.installed.exists()


def test_a_second_installer_for_the_same_place_steps_back(first: Bundle) -> None:
    first.base.mkdir(parents=True)
    with (first.base / ".install.lock").open("w") as lock:
        holder = subprocess.Popen(["flock", str(lock.name), "sleep", "300"], start_new_session=True)
        try:
            eventually(lambda: subprocess.run(["flock", "-n", lock.name, "true"]).returncode != 0)
            refused = first.install()
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.wait()

    assert refused.returncode == 1
    assert "另一个 install.sh" in refused.stderr


def test_a_checkout_that_no_bundle_made_is_left_alone(first: Bundle) -> None:
    first.base.mkdir(parents=True)
    (first.base / "manage.py").touch()

    refused = first.install()

    assert refused.returncode == 1
    assert "不是用安装盘装的" in refused.stderr
    assert [path.name for path in first.base.iterdir()] == ["manage.py"]
