"""A model on the medium comes into the data folder as a whole, or not at all."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.bundle.conftest import Bundle, with_double


def test_a_model_that_was_copied_in_half_is_copied_again(first: Bundle) -> None:
    _put_model(first, {"config.json": "{}"})
    there = first.base / "data" / "models" / "m"
    _write(there.with_name(".m.incomplete"), {"config.json": "{"})

    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name: path.read_text() for path in there.iterdir()} == {"config.json": "{}"}
    assert [path.name for path in there.parent.iterdir()] == ["m"]


def test_a_model_that_changed_is_replaced_as_a_whole(first: Bundle) -> None:
    _put_model(first, {"config.json": "new", "tokenizer.json": "same", "model.safetensors": "new weights"})
    there = first.base / "data" / "models" / "m"
    _write(there, {"config.json": "old", "tokenizer.json": "same", "model-00001-of-00002.safetensors": "old weights"})
    same = (there / "tokenizer.json").stat().st_ino

    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name: path.read_text() for path in there.iterdir()} == {
        "config.json": "new",
        "tokenizer.json": "same",
        "model.safetensors": "new weights",
    }
    # What is the same was not copied again, and nothing is left beside it.
    assert (there / "tokenizer.json").stat().st_ino == same
    assert [path.name for path in there.parent.iterdir()] == ["m"]


def test_a_half_copied_other_model_leaves_nothing_in_the_new_one(first: Bundle) -> None:
    new = {"config.json": "new", "model.safetensors": "new weights"}
    _put_model(first, new)
    there = first.base / "data" / "models" / "m"
    half = there.with_name(".m.incomplete")
    _write(
        half, {"model-00001-of-00002.safetensors": "other", "model.safetensors.index.json": "{}", "config.json": "x"}
    )
    _write(half / "model.safetensors", {"part": "a folder in place of a file"})
    (half / "tokenizer.json").symlink_to(first.folder / "bundle.txt")

    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name: path.read_text() for path in there.iterdir()} == new


# As a power cut would end it, in the middle of the second file.
_KILLED_WHILE_COPYING = """
[[ $1 == *tokenizer.json ]] || exec /usr/bin/tee "$@"
head -c 3 >"$1"
kill -9 -- "-$(ps -o pgid= -p $$ | tr -d ' ')"
"""


def test_a_kill_while_a_model_is_copied_leaves_the_old_one_as_it_was(first: Bundle, tmp_path: Path) -> None:
    new = {"config.json": "new", "tokenizer.json": "newer", "weights.safetensors": "new weights"}
    _put_model(first, new)
    there = first.base / "data" / "models" / "m"
    old = {"config.json": "old", "tokenizer.json": "older", "weights.safetensors": "old weights"}
    _write(there, old)
    programs = with_double(tmp_path / "bin", "tee", _KILLED_WHILE_COPYING)

    killed = first.install(PATH=f"{programs}:{first.environment['PATH']}")

    assert killed.returncode == -signal.SIGKILL
    assert {path.name: path.read_text() for path in there.iterdir()} == old
    again = first.install()
    assert again.returncode == 0, again.stdout + again.stderr
    assert {path.name: path.read_text() for path in there.iterdir()} == new
    assert [path.name for path in there.parent.iterdir()] == ["m"]


def test_a_model_that_is_there_already_is_left_alone(first: Bundle) -> None:
    _put_model(first, {"config.json": "{}"})
    there = first.base / "data" / "models" / "m"
    _write(there, {"config.json": "{}", "notes.txt": "ours"})
    made = there.stat().st_mtime_ns

    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "复制到" not in done.stdout
    assert (there.stat().st_mtime_ns, (there / "notes.txt").read_text()) == (made, "ours")
    assert str(there) in done.stdout


# --- On another disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(first: Bundle, tmp_path: Path) -> Path:
    """Return the folder of a model on another disk, to which the data folder has a link; the medium has a new one."""
    _put_model(first, _NEW)
    place = tmp_path / "大 磁盘" / "glm"
    _write(place, _OLD)
    (first.base / "data" / "models").mkdir(parents=True)
    (first.base / "data" / "models" / "m").symlink_to(place)
    return place


def test_a_link_to_a_model_stays_and_the_model_is_replaced_where_it_is(first: Bundle, linked: Path) -> None:
    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    link = first.base / "data" / "models" / "m"
    assert link.readlink() == linked
    assert _read(linked) == _NEW
    assert [path.name for path in linked.parent.iterdir()] == ["glm"]
    assert [path.name for path in link.parent.iterdir()] == ["m"]


def test_room_is_asked_for_on_the_disk_that_the_link_leads_to(first: Bundle, linked: Path, tmp_path: Path) -> None:
    full = _with_full_disk(first, tmp_path, linked.parent)

    refused = first.install(**full)

    assert refused.returncode == 1
    assert f"磁盘空间不够：{linked.parent} 所在的磁盘" in refused.stderr
    assert _read(linked) == _OLD


def test_a_link_to_a_disk_that_is_not_there_is_told(first: Bundle, linked: Path) -> None:
    linked.rename(linked.with_name("elsewhere"))

    refused = first.install()

    assert refused.returncode == 1
    assert f"指向 {linked}，那里没有文件夹" in refused.stderr
    assert not linked.exists()
    assert not first.installed.exists()


def test_a_model_that_is_a_mount_point_is_refused_only_where_it_has_to_change(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, _NEW)
    there = first.base / "data" / "models" / "m"
    _write(there, _OLD)
    programs = with_double(tmp_path / "bin", "mountpoint", f'[ "$2" = "{there}" ]')
    path = f"{programs}:{first.environment['PATH']}"

    refused = first.install(PATH=path)

    assert refused.returncode == 1
    assert f"{there} 是一个挂载点" in refused.stderr
    assert _read(there) == _OLD
    for name, text in _NEW.items():
        (there / name).write_text(text)
    assert first.install(PATH=path).returncode == 0


# --- Room ------------------------------------------------------------------------------------------------------------


def test_new_weights_of_the_old_size_need_room_beside_the_old_ones(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, {"model.safetensors": "n" * 3_000_000})
    there = first.base / "data" / "models" / "m"
    _write(there, {"model.safetensors": "o" * 3_000_000})
    # Enough for everything but the model; told by the sizes there would be nothing to copy.
    full = _with_full_disk(first, tmp_path, first.base, free_kib=1000 + 20000 + 100 + 1000)

    for arguments in (["--check"], []):
        refused = first.install(*arguments, **full)
        assert refused.returncode == 1
        assert "磁盘空间不够" in refused.stderr
        assert "两份都要放得下" in refused.stderr
        assert not first.installed.exists()
    (there / "model.safetensors").write_text("n" * 3_000_000)
    assert first.install(**full).returncode == 0


def test_what_was_copied_before_an_interruption_needs_no_room_again(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, {"config.json": "{}", "model.safetensors": "n" * 3_000_000})
    there = first.base / "data" / "models" / "m"
    _write(there.with_name(".m.incomplete"), {"model.safetensors": "n" * 3_000_000})

    done = first.install(**_with_full_disk(first, tmp_path, first.base, free_kib=1000 + 20000 + 100 + 1000))

    assert done.returncode == 0, done.stdout + done.stderr
    assert (there / "config.json").exists()


# --- The exchange ----------------------------------------------------------------------------------------------------

# As a power cut would end it, when the new one is in its place and the old one not yet removed.
_KILLED_AT_REMOVAL = """
[[ $* == *" "*.incomplete* && -e "$(dirname "${@: -1}")/m/weights.safetensors" ]] || exec /usr/bin/rm "$@"
grep -q new "$(dirname "${@: -1}")/m/weights.safetensors" || exec /usr/bin/rm "$@"
kill -9 -- "-$(ps -o pgid= -p $$ | tr -d ' ')"
"""
_NO_EXCHANGE = """
case " $* " in *" -I - "*) exit 1 ;; esac
exec REAL "$@"
"""
# Between the two moves.
_KILLED_BETWEEN_THE_MOVES = """
[[ $* != *.incomplete* ]] || kill -9 -- "-$(ps -o pgid= -p $$ | tr -d ' ')"
exec /usr/bin/mv "$@"
"""


def test_at_no_time_is_there_no_model(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, _NEW)
    there = first.base / "data" / "models" / "m"
    _write(there, _OLD)
    moves = with_double(
        tmp_path / "bin",
        "mv",
        f'[[ $* != *models* ]] || echo "$*" >>"{tmp_path}/moved"\nexec /usr/bin/mv "$@"',
    )

    done = first.install(PATH=f"{moves}:{first.environment['PATH']}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert _read(there) == _NEW
    # One call of the kernel's exchanged the folders, not two moves.
    assert not (tmp_path / "moved").exists()


def test_what_is_left_of_the_old_model_after_a_kill_is_removed_the_next_time(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, _NEW)
    there = first.base / "data" / "models" / "m"
    _write(there, _OLD)
    programs = with_double(tmp_path / "bin", "rm", _KILLED_AT_REMOVAL)

    killed = first.install(PATH=f"{programs}:{first.environment['PATH']}")

    assert killed.returncode == -signal.SIGKILL
    assert _read(there) == _NEW
    assert _read(there.with_name(".m.incomplete")) == _OLD
    assert first.install().returncode == 0
    assert _read(there) == _NEW
    assert [path.name for path in there.parent.iterdir()] == ["m"]


def test_where_the_disk_cannot_exchange_folders_they_are_moved(first: Bundle, tmp_path: Path) -> None:
    _put_model(first, _NEW)
    there = first.base / "data" / "models" / "m"
    _write(there, _OLD)
    path = f"{_without_exchange(first, tmp_path)}:{first.environment['PATH']}"
    killing = with_double(tmp_path / "kill", "mv", _KILLED_BETWEEN_THE_MOVES)

    killed = first.install(PATH=f"{killing}:{path}")

    assert killed.returncode == -signal.SIGKILL
    assert not there.exists()
    # From this start.sh puts it back.
    assert _read(there.with_name(".m.before")) == _OLD
    assert first.install(PATH=path).returncode == 0
    assert _read(there) == _NEW
    assert [path.name for path in there.parent.iterdir()] == ["m"]


def test_moves_on_another_disk_that_were_cut_off_are_taken_up_again(
    first: Bundle, linked: Path, tmp_path: Path
) -> None:
    path = f"{_without_exchange(first, tmp_path)}:{first.environment['PATH']}"
    linked.rename(linked.with_name(".glm.before"))

    done = first.install(PATH=path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert _read(linked) == _NEW
    assert [path.name for path in linked.parent.iterdir()] == ["glm"]


_OLD = {"config.json": "old", "tokenizer.json": "older", "weights.safetensors": "old weights"}
_NEW = {"config.json": "new", "tokenizer.json": "newer", "weights.safetensors": "new weights"}


def _without_exchange(bundle: Bundle, tmp_path: Path) -> Path:
    real = shutil.which("python3.11", path=bundle.environment["PATH"])
    return with_double(tmp_path / "python", "python3.11", _NO_EXCHANGE.replace("REAL", str(real)))


def _with_full_disk(bundle: Bundle, tmp_path: Path, folder: Path, *, free_kib: int = 0) -> dict[str, str]:
    """Let a folder, and what is below it, have a disk of its own with little room.

    Args:
        bundle: whose installer.
        tmp_path: of the test.
        folder: as the system names it.
        free_kib: what is free there.

    Returns:
        The installer's environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    programs = with_double(
        tmp_path / "disks",
        "stat",
        f'[[ "$2 ${{@: -1}}" != "%d {folder}"* ]] || {{ echo 99; exit; }}\nexec /usr/bin/stat "$@"',
    )
    (programs / "df").write_text(
        f'#!/usr/bin/env bash\n[[ "${{@: -1}}" == "{folder}"* ]] || exec /usr/bin/df "$@"\n'
        f"printf 'x\\n/dev/x 1 1 {free_kib} 1 x\\n'\n"
    )
    (programs / "df").chmod(0o755)
    return {"PATH": f"{programs}:{bundle.environment['PATH']}"}


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def _put_model(bundle: Bundle, files: dict[str, str]) -> None:
    _write(bundle.folder / "model" / "m", files)
    bundle.seal()


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
