"""Whoever waits can be told how many turns it takes until theirs, and looks up now and then."""

from collections.abc import Callable

import pytest

from inference.engine.engine import Engine
from inference.engine.errors import DeadlineExceeded, GenerationFailed
from inference.engine.handle import Handle
from inference.engine.types import Request
from tests.inference.scripted import Gate, ScriptedModel, ask, occupy
from tests.waiting import eventually

Start = Callable[..., Engine]


@pytest.fixture
def engine(model: ScriptedModel, start_engine: Start, gate: Gate) -> Engine:
    model.before_token = gate
    return start_engine(model)


def submit(engine: Engine, request: Request) -> Handle:
    return engine.submit(request, streaming=True)


def test_who_runs_has_no_place(engine: Engine, gate: Gate) -> None:
    running = occupy(engine, gate)

    assert running.place == 0


def test_places_count_from_the_next_one_and_move_up(engine: Engine, gate: Gate) -> None:
    running = occupy(engine, gate)
    first, second, third = (submit(engine, ask(text)) for text in "甲乙丙")
    assert [first.place, second.place, third.place] == [1, 2, 3]

    first.cancel()
    assert [second.place, third.place] == [1, 2]

    gate.open()
    assert running.result().text == "占"
    assert third.result().text == "丙"
    assert [second.place, third.place] == [0, 0]


def test_the_one_that_the_scheduler_looks_ahead_to_is_still_the_next(
    model: ScriptedModel, engine: Engine, gate: Gate
) -> None:
    submit(engine, ask("占占占占"))
    assert gate.reached.wait(30)
    first, second = submit(engine, ask("甲")), submit(engine, ask("乙"))

    gate.let_through(2)  # the first turn ends, and the next one finds no room for anybody
    eventually(lambda: "甲" in model.questions)

    assert [first.place, second.place] == [1, 2]


def test_batches_stand_behind_people(engine: Engine, gate: Gate) -> None:
    occupy(engine, gate)
    batch = submit(engine, ask("批", priority="batch"))
    assert batch.place == 1

    person = submit(engine, ask("人"))

    assert (person.place, batch.place) == (1, 2)


def test_waiting_for_an_event_gives_none_out(engine: Engine, gate: Gate) -> None:
    handle = submit(engine, ask("占"))
    assert not handle.await_event(0.01)

    gate.open()

    assert handle.await_event(30)
    assert handle.await_event(30)
    events = [event for some in iter(handle.gather, []) for event in some]
    assert "".join(event.text for event in events[:-1]) == events[-1].text == "占"
    assert handle.await_event(30)


def test_waiting_ends_with_a_failure_too(model: ScriptedModel, engine: Engine, gate: Gate) -> None:
    model.script["坏"] = [GenerationFailed("broken")]
    gate.open()
    handle = submit(engine, ask("坏"))

    assert handle.await_event(30)
    with pytest.raises(GenerationFailed):
        list(iter(handle.gather, []))


def test_waiting_ends_with_the_deadline(engine: Engine, gate: Gate) -> None:
    occupy(engine, gate)
    handle = submit(engine, ask("晚", deadline_s=0.05))

    assert handle.await_event(30)
    with pytest.raises(DeadlineExceeded):
        handle.gather()
