"""The server is looked for, lost and found again, and chosen in the settings."""

import socket
import subprocess
import sys
from base64 import b64encode
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from pytest_django.fixtures import Settings

from inference import conf, service
from inference.engine import errors
from inference.errors import sentence
from inference.remote import RemoteEngine, Target
from tests.inference.openai_server import OpenAIServer, openai_server, says
from tests.inference.remote.conftest import Start, failure
from tests.inference.scripted import ask


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_state(engine: RemoteEngine, state: str) -> None:
    with engine._changed:
        assert engine._changed.wait_for(lambda: engine.state == state, 30)


def wait_for_error(engine: RemoteEngine) -> errors.EngineError:
    with engine._changed:
        assert engine._changed.wait_for(lambda: engine.error is not None, 30)
    assert engine.error is not None
    return engine.error


def test_a_server_that_comes_late_is_found(free_port: int, start: Start) -> None:
    engine = start(url=f"http://127.0.0.1:{free_port}", wait=False)
    with pytest.raises(errors.EngineError):
        engine.wait_ready(0.1)
    assert engine.state == "loading"
    assert engine.model is None

    with openai_server(free_port):
        engine.wait_ready(30)
        assert engine.submit(ask("写")).result().text == "好"


def test_requests_are_refused_with_the_reason_while_the_server_is_away(free_port: int, start: Start) -> None:
    engine = start(url=f"http://127.0.0.1:{free_port}", wait=False)
    wait_for_error(engine)

    with translation.override("zh-hans"):
        error = failure(engine)
        assert isinstance(error, errors.NotReady)
        assert "连接不上" in sentence(error)


def test_a_server_that_goes_away_is_noticed_and_found_again(free_port: int, start: Start) -> None:
    with openai_server(free_port):
        engine = start(url=f"http://127.0.0.1:{free_port}", look_every_s=600)

    assert isinstance(failure(engine), errors.NotReady)
    wait_for_state(engine, "loading")

    with openai_server(free_port):
        engine.wait_ready(30)
        assert engine.submit(ask("写")).result().text == "好"


def test_it_is_noticed_without_a_request_too(free_port: int, start: Start) -> None:
    with openai_server(free_port):
        engine = start(url=f"http://127.0.0.1:{free_port}")

    wait_for_state(engine, "loading")


def test_a_wrong_key_is_told_at_once(server: OpenAIServer, start: Start) -> None:
    server.models = (401, {"error": {"message": "bad key"}})
    engine = start(wait=False)

    with pytest.raises(errors.CheckpointError, match="remote_key_refused"):
        engine.wait_ready()
    assert engine.error is not None
    assert "secret" not in repr(Target("http://x", "secret"))


@pytest.mark.parametrize(
    ("models", "code"),
    [
        ((200, {"data": []}), "remote_model_missing"),
        ((200, b"<html>"), "remote_unexpected"),
        ((200, ["?"]), "remote_unexpected"),
        ((404, b""), "remote_model_missing"),
        ((500, b""), "generation_failed"),
        ((200, {"data": [{"id": "demo", "model_version": ""}]}), "not_ready"),
    ],
)
def test_a_list_without_a_model_is_not_ready(
    server: OpenAIServer, start: Start, models: tuple[int, Any], code: str
) -> None:
    server.models = models
    engine = start(wait=False)

    assert wait_for_error(engine).code == code
    assert engine.state == "loading"


@pytest.mark.parametrize("models", [(404, b""), (200, {"data": [{"id": "other"}]})])
def test_a_configured_model_is_asked_whatever_the_list_says(
    server: OpenAIServer, start: Start, models: tuple[int, Any]
) -> None:
    server.models = models

    start(model="mine").submit(ask("写")).result()

    assert server.asked[0]["model"] == "mine"


def test_an_address_may_end_in_v1(server: OpenAIServer, start: Start) -> None:
    assert start(url=f"{server.url}/v1/").submit(ask("写")).result().text == "好"


def test_an_engine_can_be_started_again(server: OpenAIServer, start: Start) -> None:
    engine = start()
    assert engine.stop(30)
    assert engine.stop(30)

    engine.start()
    engine.start()
    engine.wait_ready(30)

    assert engine.submit(ask("写")).result().text == "好"
    assert engine.figures().output_tokens == 1


def test_the_service_asks_the_configured_server(server: OpenAIServer, settings: Settings) -> None:
    settings.GLMV_BACKEND = "remote"
    settings.GLMV_REMOTE_URL = server.url
    settings.GLMV_REMOTE_MODEL = "glm"
    settings.GLMV_REMOTE_KEY = "secret"
    server.plays(says("石", "桥"))
    made = service.build(conf.current())
    try:
        made.start()
        made.wait_ready(30)
        answer = made.describe(ask("写"))
    finally:
        made.stop(30)

    assert (made.model_name, answer.text) == ("glm", "石桥")
    assert server.keys == ["Bearer secret"]
    assert "secret" not in repr(conf.current())


@pytest.mark.parametrize("url", ["", "192.168.1.20:8000", "ftp://there", "http://", "http://[::1"])
def test_a_remote_backend_needs_an_address(settings: Settings, url: str) -> None:
    settings.GLMV_BACKEND = "remote"
    settings.GLMV_REMOTE_URL = url

    with pytest.raises(ImproperlyConfigured, match="GLMV_REMOTE_URL"):
        conf.current()


def test_asking_a_server_needs_no_torch() -> None:
    code = (
        "import sys, inference.remote\n"
        "print([name for name in ('torch', 'transformers', 'numpy', 'tokenizers') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("key", "header"),
    [("", "Basic " + b64encode(b"bob:pass/wort").decode()), ("sesame", "Bearer sesame")],
)
def test_a_password_in_the_address_goes_into_the_header_and_nowhere_else(
    server: OpenAIServer, start: Start, caplog: pytest.LogCaptureFixture, key: str, header: str
) -> None:
    caplog.set_level("DEBUG")
    engine = start(url=server.url.replace("://", "://bob:pass%2Fwort@"), key=key)

    assert engine.submit(ask("写")).result().text == "好"

    assert server.keys == [header]
    assert f"remote={server.url} " in caplog.text
    assert "wort" not in caplog.text


def test_what_anybody_may_read_names_no_address_and_the_log_does(
    free_port: int, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    engine = start(url=f"http://bob:password@127.0.0.1:{free_port}/v1", wait=False)

    with translation.override("zh-hans"):
        words = sentence(wait_for_error(engine))

    assert words.startswith("连接不上远程模型服务：请检查 GLMV_REMOTE_URL")
    assert "127.0.0.1" not in words
    assert f"remote=http://127.0.0.1:{free_port}/v1 is not ready" in caplog.text
    assert "password" not in caplog.text + words


def test_a_password_in_the_address_and_a_key_contradict_each_other(settings: Settings) -> None:
    settings.GLMV_BACKEND = "remote"
    settings.GLMV_REMOTE_URL = "http://bob:password@192.168.1.20:8000"
    assert "password" not in repr(conf.current())

    settings.GLMV_REMOTE_KEY = "sesame"
    with pytest.raises(ImproperlyConfigured, match="GLMV_REMOTE_KEY"):
        conf.current()


def test_an_address_that_is_of_no_use_is_quoted_without_its_password(settings: Settings) -> None:
    settings.GLMV_BACKEND = "remote"
    settings.GLMV_REMOTE_URL = "ftp://bob:password@there"

    with pytest.raises(ImproperlyConfigured) as refused:
        conf.current()

    assert "…@there" in str(refused.value)
    assert "password" not in str(refused.value)
