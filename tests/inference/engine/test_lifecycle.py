"""How an engine comes to life, and how it ends: nobody is let in too early, nobody is forgotten."""

import gc
import threading
import weakref
from collections.abc import Callable

import pytest

from inference.engine import errors
from inference.engine.engine import Engine
from tests.inference.scripted import Gate, ScriptedModel, ask, occupy, picture

Start = Callable[..., Engine]


def test_draining_answers_those_who_wait_and_lets_nobody_in(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model)
    handles = [occupy(engine, gate), engine.submit(ask("候"))]

    assert not engine.drain(timeout_s=0)
    states = [engine.state]
    with pytest.raises(errors.NotReady) as caught:
        engine.submit(ask("晚"))
    assert caught.value.state == "draining"

    gate.open()
    assert engine.drain(30)
    assert [handle.result().text for handle in handles] == ["占", "候"]
    assert [*states, engine.state] == ["draining", "stopped"]


def test_stopping_cuts_the_running_answer_and_refuses_those_who_wait(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model)
    model.script["占"] = ["长"] * 50
    running, waiting = occupy(engine, gate), engine.submit(ask("候"))

    assert not engine.stop(timeout_s=0)
    gate.open()
    assert engine.stop(30)

    assert running.result().finish_reason == "cancelled"
    with pytest.raises(errors.NotReady):
        waiting.result()


def test_a_request_whose_picture_was_being_decoded_at_the_stop_is_refused(
    model: ScriptedModel, start_engine: Start
) -> None:
    engine = start_engine(model)
    model.before_decoding = lambda: engine.stop(timeout_s=0)

    with pytest.raises(errors.NotReady):
        engine.submit(ask("晚", picture=picture()))

    assert engine.stop(30)


def test_an_engine_can_be_started_again(model: ScriptedModel, start_engine: Start) -> None:
    engine = start_engine(model)
    engine.stop(30)

    engine.start()
    engine.wait_ready(30)

    assert engine.submit(ask("又来")).result().text == "又来"


def test_nothing_is_taken_before_the_model_is_there(model: ScriptedModel) -> None:
    go_on = threading.Event()

    def load() -> ScriptedModel:
        assert go_on.wait(30)
        return model

    engine = Engine(load)
    with pytest.raises(errors.NotReady) as stopped:
        engine.submit(ask("早"))
    engine.start()
    with pytest.raises(errors.NotReady) as loading:
        engine.submit(ask("早"))
    with pytest.raises(errors.NotReady):
        engine.wait_ready(0)
    assert (stopped.value.state, loading.value.state) == ("stopped", "loading")

    go_on.set()
    engine.wait_ready(30)
    assert engine.stop(30)


@pytest.mark.parametrize(
    ("failure", "code"),
    [(errors.CheckpointError("weights_incomplete"), "weights_incomplete"), (RuntimeError("?"), "load_failed")],
)
def test_a_failed_load_leaves_the_reason(failure: Exception, code: str) -> None:
    def load() -> ScriptedModel:
        raise failure

    engine = Engine(load)
    engine.start()

    with pytest.raises(errors.CheckpointError) as caught:
        engine.wait_ready(30)
    assert caught.value.code == code
    assert engine.state == "stopped"
    assert engine.error is not None
    with pytest.raises(errors.NotReady) as refused:
        engine.submit(ask("问"))
    assert refused.value.cause is engine.error


def test_the_model_is_warmed_up_before_anybody_is_let_in(model: ScriptedModel, gate: Gate) -> None:
    model.before_token = gate
    engine = Engine(lambda: model, warm_up=ask("热", picture=picture()))
    engine.start()
    assert gate.reached.wait(30)

    assert engine.state == "loading"
    gate.open()
    engine.wait_ready(30)

    assert model.questions == ["热"]
    assert engine.stop(30)


def test_a_failed_warm_up_is_a_failed_start(model: ScriptedModel) -> None:
    model.script["热"] = [RuntimeError("cuDNN says no")]
    engine = Engine(lambda: model, warm_up=ask("热"))
    engine.start()

    with pytest.raises(errors.GenerationFailed):
        engine.wait_ready(30)


def test_a_model_too_large_for_its_first_answer_counts_as_too_large(model: ScriptedModel) -> None:
    model.script["热"] = [MemoryError()]
    engine = Engine(lambda: model, warm_up=ask("热"))
    engine.start()

    with pytest.raises(errors.CheckpointError) as caught:
        engine.wait_ready(30)
    assert caught.value.code == "checkpoint_too_large"


def test_a_failed_load_is_logged_with_its_details(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> ScriptedModel:
        raise errors.CheckpointError("checkpoint_unreadable", path="/models/glm", detail="incomplete metadata")

    engine = Engine(load)
    engine.start()
    with pytest.raises(errors.CheckpointError):
        engine.wait_ready(30)

    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "checkpoint_unreadable" in line.getMessage()
    assert "incomplete metadata" in line.getMessage()


def test_a_failed_load_keeps_nothing_of_the_model_in_memory() -> None:
    class Weights:
        pass

    kept: list[weakref.ref[Weights]] = []

    def load() -> ScriptedModel:
        weights = Weights()
        kept.append(weakref.ref(weights))
        try:
            raise MemoryError
        except MemoryError as error:
            raise errors.CheckpointError("checkpoint_too_large") from error

    engine = Engine(load)
    engine.start()
    with pytest.raises(errors.CheckpointError):
        engine.wait_ready(30)
    assert engine.stop(30)

    gc.collect()
    assert kept[0]() is None


def test_stopping_cuts_the_warm_up_short(model: ScriptedModel, gate: Gate) -> None:
    model.before_token = gate
    model.script["热"] = ["长"] * 1000
    engine = Engine(lambda: model, warm_up=ask("热", max_new_tokens=1000))
    engine.start()
    assert gate.reached.wait(30)

    assert not engine.stop(timeout_s=0)
    gate.let_through(1)

    assert engine.stop(30)
    assert (engine.state, engine.error) == ("stopped", None)


def test_stopping_while_the_model_loads_never_becomes_ready(model: ScriptedModel) -> None:
    go_on = threading.Event()

    def load() -> ScriptedModel:
        assert go_on.wait(30)
        return model

    engine = Engine(load)
    engine.start()
    assert not engine.stop(timeout_s=0)
    go_on.set()

    assert engine.stop(30)
    assert (engine.state, model.questions) == ("stopped", [])
