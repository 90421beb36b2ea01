"""Fifty clients at once, against the site as it is served, with the demo model on the CPU."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.browser.sites import DEMO, site
from tests.inference.api.conftest import CHAT, question, scan, shown

CLIENTS = 50
# Far longer than any answer takes: who has none by then hangs.
_PATIENCE_S = 240.0
_ROWS = 4


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site(DEMO, tmp_path_factory.mktemp("strict"), GLMV_QUEUE_LIMIT="15", GLMV_MAX_BATCH=str(_ROWS)) as address:
        yield address


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site(DEMO, tmp_path_factory.mktemp("patient"), GLMV_QUEUE_LIMIT="50", GLMV_MAX_BATCH=str(_ROWS)) as address:
        yield address


def test_with_fifteen_places_everybody_is_answered_or_told_when_to_come_back(strict: str) -> None:
    answers = storm(strict)

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 429}
    assert statuses[200] >= 15
    for answer in answers:
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["error"]["code"] == "busy"


def test_with_fifty_places_everybody_is_answered(patient: str) -> None:
    answers = storm(patient)

    assert Counter(answer.status_code for answer in answers) == {200: CLIENTS}
    assert all(answer.json()["choices"][0]["finish_reason"] in ("stop", "length") for answer in answers)


def test_after_a_storm_queue_and_memory_are_as_before(patient: str) -> None:
    storm(patient)  # brings caches to what they ever grow to
    before = resident_bytes(patient)

    storm(patient)

    ready = httpx.get(f"{patient}/ready").json()
    assert (ready["state"], ready["running"], ready["waiting"], ready["restarts"]) == ("ready", 0, 0, 0)
    assert resident_bytes(patient) < before * 1.1


def storm(address: str) -> list[httpx.Response]:
    """Ask from all clients at the same moment; a connection that breaks or hangs fails the test."""
    together = Barrier(CLIENTS)
    picture = scan()

    def ask(number: int) -> httpx.Response:
        body = question(model="demo", messages=shown(picture), max_tokens=24, seed=number)
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as client:
            together.wait(_PATIENCE_S)
            return client.post(f"{address}{CHAT}", json=body)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(ask, range(CLIENTS)))
    _wait_idle(address)
    return answers


def _wait_idle(address: str) -> None:
    """Wait until the last row is given back, which is a moment after the last answer."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        ready = httpx.get(f"{address}/ready").json()
        if not ready["running"] and not ready["waiting"]:
            return
        time.sleep(0.05)
    pytest.fail("the queue did not empty")


def resident_bytes(address: str) -> float:
    """Read from the metrics how much memory the process holds."""
    text = httpx.get(f"{address}/metrics").text
    found = re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])
