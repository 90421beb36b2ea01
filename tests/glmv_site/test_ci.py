"""The run on PostgreSQL leaves out only folders whose tests would do the same there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
# What a test needs to come to the database of the test run; a program of its own is given another one.
_DATABASE = re.compile(r"django_db|\b(?:transactional_)?db\b *[,:)]|tests\.factories|django_assert|\bclient\b *[:,)]")

# They start whole sites, each with an SQLite of its own, whatever the test run has.
_OF_THEIR_OWN = {"browser", "benchmarks"}


def _left_out() -> list[str]:
    (listed,) = re.findall(r"^ONCE=\((.+)\)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    return str(listed).split()


@pytest.mark.parametrize("folder", sorted({*_left_out()} - _OF_THEIR_OWN))
def test_a_folder_that_is_run_once_asks_no_database(folder: str) -> None:
    files = sorted((TESTS / folder).rglob("*.py"))
    assert files
    assert [str(path) for path in files if _DATABASE.search(path.read_text(encoding="utf-8"))] == []


def test_the_folders_of_the_catalogue_are_run_on_both() -> None:
    assert not [folder for folder in _left_out() if folder.startswith(("catalog", "glmv_site"))]
