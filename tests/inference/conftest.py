"""Fixtures of the model service's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.engine.engine import Engine
from inference.engine.model import Model
from tests.inference.checkpoints import make_checkpoint
from tests.inference.scripted import Gate, ScriptedModel


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny-glm4v")


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def start_engine() -> Iterator[Callable[..., Engine]]:
    """Start engines that are stopped when the test ends, however it ends."""
    engines: list[Engine] = []

    def start(model: Model, **options: object) -> Engine:
        engine = Engine(lambda: model, **options)  # type: ignore[arg-type]
        engines.append(engine)
        engine.start()
        engine.wait_ready(30)
        return engine

    yield start
    for engine in engines:
        engine.stop(30)
