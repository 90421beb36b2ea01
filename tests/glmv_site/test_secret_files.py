"""Secrets in DATA_DIR are made once, whole, and for the owner only."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from glmv_site.secret_files import read_or_create, write_private


def test_a_secret_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret"
    numbers = count()
    assert read_or_create(path, lambda: f"secret {next(numbers)}") == "secret 0"
    assert read_or_create(path, lambda: f"secret {next(numbers)}") == "secret 0"


def test_a_secret_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    read_or_create(path, lambda: "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_those_who_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    numbers = count()
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_or_create(path, lambda: f"secret {next(numbers)}"), range(32)))
    assert found == {path.read_text().strip()}
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_those_who_write_at_once_leave_one_whole_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_private(path, f"secret {number:04}"), range(200)))
    assert re.fullmatch(r"secret \d{4}\n", path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_writing_again_replaces_the_secret_and_keeps_it_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
