"""What supervisors and load balancers are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from glmv_site.office_hours import office_hours, wall_clock
from inference.engine.engine import Engine
from inference.engine.errors import CheckpointError
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel
from tests.outages import fill, make_read_only, mounted

pytestmark = pytest.mark.django_db


@pytest.fixture
def installed(model: ScriptedModel) -> Iterator[Service]:
    """Put a scripted service in this process's place."""
    scripted = Service(Engine(lambda: model), model_name="scripted")
    before = use_service(scripted)
    yield scripted
    use_service(before)
    scripted.stop(30)


def test_health_says_three_things_and_no_more(client: Client, installed: Service) -> None:
    answer = client.get("/health")

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["status", "version", "uptime_seconds"]
    assert body["status"] == "healthy"
    assert isinstance(body["version"], str)
    assert isinstance(body["uptime_seconds"], int)
    assert body["uptime_seconds"] >= 0


def test_health_does_not_depend_on_the_model(client: Client, installed: Service) -> None:
    assert installed.state == "stopped"
    assert client.get("/health").status_code == 200


def test_ready_is_503_until_requests_are_taken(client: Client, installed: Service) -> None:
    before = client.get("/ready")
    installed.start()
    installed.wait_ready(30)
    after = client.get("/ready")

    assert (before.status_code, before.json()["state"]) == (503, "stopped")
    assert (after.status_code, after.json()["state"]) == (200, "ready")
    assert after.json()["model_version"] == "scripted@0"


def test_ready_says_why_the_model_is_not_there(client: Client) -> None:
    def load() -> ScriptedModel:
        raise CheckpointError("device_unavailable", device="cuda")

    broken = Service(Engine(load), model_name="glm")
    before = use_service(broken)
    try:
        broken.start()
        with pytest.raises(CheckpointError):
            broken.wait_ready(30)
        answer = client.get("/ready")
    finally:
        use_service(before)

    assert answer.status_code == 503
    assert "cuda" in answer.json()["reason"]


def test_ready_is_503_where_nothing_can_be_kept_and_says_why(
    client: Client, installed: Service, settings: Settings, tmp_path: Path
) -> None:
    installed.start()
    installed.wait_ready(30)
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = disk / "media"  # which is not there yet
        usual = client.get("/ready")
        fill(disk)
        full = client.get("/ready")
        (disk / "fill").unlink()
        make_read_only(disk)
        read_only = client.get("/ready")

    assert (usual.status_code, usual.json()["storage"]) == (200, "ok")
    for answer, storage, word in ((full, "no_space", "磁盘已满"), (read_only, "read_only", "只能读取")):
        body = answer.json()
        assert (answer.status_code, body["state"], body["storage"]) == (503, "unavailable", storage)
        assert word in body["reason"]
        assert int(answer["Retry-After"]) > 0


def test_a_model_that_is_not_there_comes_first(
    client: Client, installed: Service, settings: Settings, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = disk
        fill(disk)
        body = client.get("/ready").json()

    assert (body["state"], body["storage"]) == ("stopped", "no_space")


@pytest.mark.parametrize("address", ["/health", "/ready"])
def test_probes_are_never_cached_and_only_read(client: Client, installed: Service, address: str) -> None:
    assert "no-store" in client.get(address)["Cache-Control"]
    assert client.post(address).status_code == 405


def test_outside_the_hours_it_is_ready_for_people_and_says_when_the_background_goes_on(
    client: Client, installed: Service, settings: Settings
) -> None:
    assert client.get("/ready").json()["background"] == "ok"
    yesterday = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][(wall_clock().weekday() - 1) % 7]
    settings.GLMV_HOURS = office_hours(f"{yesterday} 00:00-12:00")
    installed.start()
    installed.wait_ready(30)

    answer = client.get("/ready")

    assert answer.status_code == 200
    assert "自动继续" in answer.json()["background"]
    assert answer.json()["hours"] == settings.GLMV_HOURS.in_words
