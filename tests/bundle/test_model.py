"""A model on the medium comes into the data folder as a whole, or not at all."""

import signal
from pathlib import Path

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


def _put_model(bundle: Bundle, files: dict[str, str]) -> None:
    _write(bundle.folder / "model" / "m", files)
    bundle.seal()


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
