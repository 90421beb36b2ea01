"""Whoever drafts beside a running site has the site's model answer; only another model is loaded a second time."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings

from catalog.drafting.describer import chosen_describer
from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.openai_server import openai_server
from tests.inference.scripted import ScriptedModel, ask

LOADING = ["正在加载模型……"]


@pytest.fixture
def own_service() -> Iterator[Service]:
    """Put a service with a scripted model in this process's place."""
    service = Service(Engine(ScriptedModel), model_name="scripted")
    before = use_service(service)
    yield service
    service.stop(30)
    use_service(before)


@pytest.fixture
def site(settings: Settings) -> Iterator[list[int]]:
    """Run a site; it answers with the status that stands in the list."""
    status = [200]

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[0] if self.path == "/ready" else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.GLMV_SERVICE_URL = f"http://127.0.0.1:{server.server_port}/"
        yield status
        server.shutdown()


@pytest.fixture
def told() -> list[str]:
    """Collect what is told about who drafts."""
    return []


def test_the_running_site_is_asked_with_the_internal_key(
    own_service: Service, settings: Settings, told: list[str]
) -> None:
    with openai_server() as server:
        server.models = (200, {"data": [{"id": "scripted"}], "state": "ready", "model": "scripted"})
        settings.GLMV_SERVICE_URL = server.url
        with chosen_describer(told.append) as describer:
            answer = describer.describe(ask("拍的是什么？", priority="batch"))
            assert describer.model_name == "scripted"

    assert answer.text == "好"
    assert server.keys == [f"Bearer {settings.GLMV_INTERNAL_KEY}"]
    assert told == ["由正在运行的网站起草……"]
    assert own_service.state == "stopped", "no second model was loaded"


def test_another_model_beside_a_running_site_is_announced(
    own_service: Service, site: list[int], told: list[str]
) -> None:
    with chosen_describer(told.append) as describer:
        assert describer.model_version == "scripted@0"

    assert ["停止网站" in line for line in told] == [True, False]


def test_a_site_without_a_model_needs_no_warning(own_service: Service, site: list[int], told: list[str]) -> None:
    site[0] = 503

    with chosen_describer(told.append):
        pass

    assert told == LOADING


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "no address", "file:///etc/hostname/x"])
def test_where_no_site_runs_drafting_goes_on(
    own_service: Service, settings: Settings, told: list[str], address: str
) -> None:
    settings.GLMV_SERVICE_URL = address

    with chosen_describer(told.append) as describer:
        assert describer.model_version == "scripted@0"

    assert told == LOADING


def test_the_process_that_has_the_model_warns_of_nothing(
    own_service: Service, site: list[int], told: list[str]
) -> None:
    own_service.start()
    own_service.wait_ready(30)

    with chosen_describer(told.append):
        pass

    assert told == []
    assert own_service.state == "ready"
