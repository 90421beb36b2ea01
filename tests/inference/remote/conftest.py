"""A server that plays by a script, engines that ask it, and what becomes of them when the test ends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from inference.engine import errors
from inference.engine.types import Request
from inference.remote import RemoteEngine, Target
from tests.inference.openai_server import OpenAIServer, openai_server
from tests.inference.scripted import ask

Start = Callable[..., RemoteEngine]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as playing:
        yield playing


@pytest.fixture
def start(server: OpenAIServer) -> Iterator[Start]:
    """Start remote engines that are stopped when the test ends, however it ends."""
    engines: list[RemoteEngine] = []

    def make(*, url: str = "", key: str = "", model: str = "", wait: bool = True, **options: Any) -> RemoteEngine:
        options = {"first_pause_s": 0.01, "look_every_s": 0.05, **options}
        engine = RemoteEngine(Target(url or server.url, key, model), **options)
        engines.append(engine)
        engine.start()
        if wait:
            engine.wait_ready(30)
        return engine

    yield make
    for engine in engines:
        assert engine.stop(30)


def failure(engine: RemoteEngine, request: Request | None = None) -> errors.EngineError:
    with pytest.raises(errors.EngineError) as caught:
        engine.submit(request or ask("石桥")).result()
    return caught.value
