"""A medium that is damaged or not complete is refused before anything is touched; split files are read as one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundle.conftest import Bundle


def damage(path: Path) -> None:
    """Turn one bit round.

    Args:
        path: of the file.
    """
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    """Take the second half away.

    Args:
        path: of the file.
    """
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("name", "harm", "sentence"),
    [
        ("program.tar.gz", damage, "program.tar.gz（内容不对）"),
        ("program.tar.gz", cut_off, "program.tar.gz（内容不对）"),
        ("program.tar.gz", Path.unlink, "program.tar.gz（读不出来）"),
        ("wheels/probe-1.0-py3-none-any.whl", damage, "probe-1.0-py3-none-any.whl（内容不对）"),
        ("manifest.sha256", cut_off, "清单 manifest.sha256 不完整"),
        ("manifest.sha256", Path.unlink, "没有拷完"),
        ("bundle.txt", Path.unlink, "没有拷完"),
        ("install/program.sh", Path.unlink, "缺少 install/program.sh"),
    ],
)
def test_a_damaged_medium_is_refused_and_nothing_is_touched(
    first: Bundle, name: str, harm: Callable[[Path], None], sentence: str
) -> None:
    harm(first.folder / name)

    refused = first.install()

    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert not first.base.exists()


def test_what_the_system_itself_puts_on_a_stick_is_no_damage(first: Bundle) -> None:
    (first.folder / "System Volume Information").mkdir()
    (first.folder / "System Volume Information" / "IndexerVolumeGuid").write_text("x")

    checked = first.install("--check")

    assert checked.returncode == 0, checked.stderr
    assert "没有问题" in checked.stdout
    assert not first.base.exists()


def test_files_beyond_the_limit_of_fat32_are_split_and_joined_again(first: Bundle) -> None:
    model = first.folder / "model" / "某模型"
    (model / "sub").mkdir(parents=True)
    weights = bytes(range(256)) * 20_000
    (model / "model.safetensors").write_bytes(weights)
    (model / "config.json").write_text("{}")
    (model / "sub" / "chat template.jinja").write_text("x")
    first.seal(LARGEST_BYTES="4000000", PART_BYTES="1000000")

    parts = sorted(path.name for path in model.glob("model.safetensors*"))
    assert parts == [*(f"model.safetensors.part-0{number}" for number in range(6)), "model.safetensors.whole"]
    done = first.install()

    assert done.returncode == 0, done.stdout + done.stderr
    installed = first.base / "data" / "models" / "某模型"
    assert (installed / "model.safetensors").read_bytes() == weights
    assert sorted(path.name for path in installed.rglob("*") if path.is_file()) == [
        "chat template.jinja",
        "config.json",
        "model.safetensors",
    ]
    assert str(installed) in done.stdout


def test_a_part_that_is_damaged_is_refused(first: Bundle) -> None:
    model = first.folder / "model" / "m"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(bytes(5_000_000))
    first.seal(LARGEST_BYTES="4000000", PART_BYTES="3000000")
    damage(model / "model.safetensors.part-01")

    refused = first.install()

    assert refused.returncode == 1
    assert "model.safetensors.part-01（内容不对）" in refused.stderr


def test_nothing_is_written_to_the_medium(first: Bundle) -> None:
    def listing() -> list[str]:
        found = subprocess.run(
            ["find", first.folder, "-printf", "%p %s %T@\n"], capture_output=True, text=True, check=True
        )
        return sorted(found.stdout.splitlines())

    before = listing()

    assert first.install().returncode == 0
    assert listing() == before


def test_a_manifest_that_was_made_anew_for_changed_files_still_names_each(first: Bundle) -> None:
    lines = (first.folder / "manifest.sha256").read_text().splitlines()

    files = [path for path in first.folder.rglob("*") if path.is_file() and path.name != "manifest.sha256"]
    assert lines[-1] == f"# {len(files)} files"
    assert {line[66:] for line in lines[:-1]} == {str(path.relative_to(first.folder)) for path in files}
