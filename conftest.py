"""Settings of the whole test run: few threads per process, and a switch that makes skipped tests fail the run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation

# Two cores are shared by the test processes; more threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--no-skips``, for machines that must be able to run everything.

    Args:
        parser: pytest's.
    """
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run under ``--no-skips`` in which a test was skipped.

    Args:
        session: the run that ends.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("--no-skips"):
        return
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Leave no test what another has put into the cache."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Leave no test in the language that the last page of another was in."""
    yield
    translation.deactivate()


def pytest_unconfigure() -> None:
    """Remove this process's DATA_DIR; worker processes end without running what is registered for their exit."""
    folder = Path(os.environ.get("DATA_DIR", ""))
    if folder.name.startswith("glmv-test-"):
        shutil.rmtree(folder, ignore_errors=True)
