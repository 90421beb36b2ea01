"""One thread, one queue: who comes in, who goes first, and what happens to the others when one request fails."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inference.engine import errors
from inference.engine.engine import THREAD_NAME, Engine
from inference.engine.types import Answer, Delta
from tests.inference.scripted import Gate, ScriptedModel, ask, occupy, picture
from tests.waiting import eventually

Start = Callable[..., Engine]


def test_an_answer_comes_out(model: ScriptedModel, start_engine: Start) -> None:
    answer = start_engine(model).submit(ask("一座石桥")).result()

    assert (answer.text, answer.finish_reason) == ("一座石桥", "stop")
    assert (answer.input_tokens, answer.output_tokens, answer.model_version) == (7, 4, "scripted@0")


def test_deltas_add_up_to_the_answer(model: ScriptedModel, start_engine: Start) -> None:
    *deltas, answer = start_engine(model).submit(ask("一座石桥"), streaming=True)

    assert [delta.text for delta in deltas if isinstance(delta, Delta)] == ["一", "座", "石", "桥"]
    assert isinstance(answer, Answer)
    assert answer.text == "一座石桥"


def test_deltas_come_while_the_answer_is_still_growing(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    events = iter(start_engine(model).submit(ask("石桥"), streaming=True))

    gate.let_through(1)

    assert next(events) == Delta("石", "")


def test_nobody_who_only_wants_the_answer_gets_deltas(model: ScriptedModel, start_engine: Start) -> None:
    assert [type(event) for event in start_engine(model).submit(ask("石桥"))] == [Answer]


def test_reasoning_boxes_and_stop_strings_are_taken_out(model: ScriptedModel, start_engine: Start) -> None:
    raw = "<think>找桥</think>\n在<|begin_of_box|>[[1,2,3,4]]<|end_of_box|>。完"
    model.script["桥呢"] = list(raw)

    answer = start_engine(model).submit(ask("桥呢", thinking=True, stop=("。",))).result()

    assert (answer.reasoning, answer.text, answer.finish_reason) == ("找桥", "在[[1,2,3,4]]", "stop")
    assert [(box.x1, box.y2) for box in answer.boxes] == [(1, 4)]


def test_an_answer_that_is_cut_off_says_so(model: ScriptedModel, start_engine: Start) -> None:
    answer = start_engine(model).submit(ask("一座石桥", max_new_tokens=2)).result()

    assert (answer.text, answer.finish_reason, answer.output_tokens) == ("一座", "length", 2)


def test_reasoning_without_an_end_counts_as_cut_off(model: ScriptedModel, start_engine: Start) -> None:
    model.script["想"] = ["<think>", "想不完"]

    answer = start_engine(model).submit(ask("想", thinking=True)).result()

    assert (answer.text, answer.reasoning, answer.finish_reason) == ("", "想不完", "length")


def test_only_the_engines_thread_runs_the_model(model: ScriptedModel, start_engine: Start) -> None:
    engine = start_engine(model)

    with ThreadPoolExecutor(8) as callers:
        answers = list(
            callers.map(lambda n: engine.submit(ask(f"第{n}问", picture=picture())).result().text, range(12))
        )

    assert answers == [f"第{n}问" for n in range(12)]
    assert model.threads == {THREAD_NAME}


def test_beyond_the_limit_requests_are_refused_with_advice(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=2)
    running = occupy(engine, gate)
    waiting = [engine.submit(ask(f"候{n}")) for n in range(2)]

    with pytest.raises(errors.Busy) as caught:
        engine.submit(ask("多"))

    assert caught.value.retry_after_s >= 1
    assert engine.waiting == 2
    gate.open()
    assert [handle.result().text for handle in (running, *waiting)] == ["占", "候0", "候1"]


def test_whoever_is_refused_costs_no_decoding(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=0)
    occupy(engine, gate)
    decoded: list[int] = []
    model.before_decoding = lambda: decoded.append(1)

    with pytest.raises(errors.Busy):
        engine.submit(ask("多", picture=picture()))

    assert decoded == []


def test_a_place_is_held_while_a_picture_is_decoded(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=1)
    occupy(engine, gate)
    decoding, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        decoding.set()
        assert go_on.wait(30)

    model.before_decoding = slowly
    with ThreadPoolExecutor(1) as caller:
        slow = caller.submit(engine.submit, ask("慢", picture=picture()))
        assert decoding.wait(30)

        with pytest.raises(errors.Busy):
            engine.submit(ask("多"))

        go_on.set()
        handle = slow.result(30)
    gate.open()
    assert handle.result().text == "慢"


@pytest.mark.parametrize("data", [b"", b"no picture", picture()[:60]])
def test_a_bad_picture_is_refused_and_gives_its_place_back(
    model: ScriptedModel, start_engine: Start, data: bytes
) -> None:
    engine = start_engine(model, queue_limit=1)

    for _ in range(5):
        with pytest.raises(errors.ImageError):
            engine.submit(ask("坏", picture=data))

    assert engine.waiting == 0
    assert engine.submit(ask("好", picture=picture())).result().text == "好"


def test_interactive_requests_overtake_batch_ones(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    engine = start_engine(model)
    occupy(engine, gate)
    handles = [engine.submit(ask(f"批{n}", priority="batch")) for n in range(2)]
    handles += [engine.submit(ask(f"人{n}")) for n in range(2)]

    gate.open()
    for handle in handles:
        handle.result()

    assert model.questions == ["占", "人0", "人1", "批0", "批1"]


def test_a_batch_takes_no_interactive_place(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=1, batch_limit=2)
    occupy(engine, gate)
    for n in range(2):
        engine.submit(ask(f"批{n}", priority="batch"))

    engine.submit(ask("人"))

    with pytest.raises(errors.Busy):
        engine.submit(ask("批2", priority="batch"))


def test_a_running_request_can_be_cancelled_between_tokens(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model)
    handle = engine.submit(ask("一座很长的石桥"), streaming=True)
    events = iter(handle)
    gate.let_through(2)
    assert [next(events), next(events)] == [Delta("一", ""), Delta("座", "")]

    handle.cancel()
    gate.let_through(1)

    answer = list(events)[-1]
    assert isinstance(answer, Answer)
    assert answer.finish_reason == "cancelled"
    assert answer.output_tokens <= 3
    gate.open()
    assert engine.submit(ask("下一个")).result().text == "下一个"


def test_a_waiting_request_can_be_cancelled_and_leaves_its_place(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=1)
    occupy(engine, gate)
    handle = engine.submit(ask("不要了"))

    handle.cancel()

    with pytest.raises(errors.Cancelled):
        handle.result()
    replacement = engine.submit(ask("要的"))
    gate.open()
    assert replacement.result().text == "要的"
    assert "不要了" not in model.questions


def test_a_deadline_is_kept_behind_a_request_that_never_ends(
    model: ScriptedModel, start_engine: Start, gate: Gate
) -> None:
    model.before_token = gate
    engine = start_engine(model, queue_limit=1)
    occupy(engine, gate)

    with pytest.raises(errors.DeadlineExceeded):
        engine.submit(ask("急", deadline_s=0.05)).result()

    engine.submit(ask("不急"))  # the place is free again


def test_a_deadline_is_kept_while_the_answer_grows(model: ScriptedModel, start_engine: Start, gate: Gate) -> None:
    model.before_token = gate
    engine = start_engine(model)

    # On a busy machine time may run out before the request is queued: a refusal of the same kind.
    with pytest.raises(errors.DeadlineExceeded):
        engine.submit(ask("急急急急", deadline_s=0.05)).result()

    gate.let_through(1)  # the token during which time ran out
    other = engine.submit(ask("下"))
    gate.open()
    assert other.result().text == "下"


def test_a_deadline_is_kept_while_pictures_are_decoded(model: ScriptedModel, start_engine: Start) -> None:
    engine = start_engine(model, queue_limit=0)
    model.before_decoding = lambda: time.sleep(0.03)

    with pytest.raises(errors.DeadlineExceeded):
        engine.submit(ask("急", picture=picture(), deadline_s=0.01))

    assert engine.waiting == 0
    assert model.questions == []


@pytest.fixture
def slow_decoding(model: ScriptedModel) -> Iterator[threading.Event]:
    """Hold the first picture in its decoder until the test ends; the event says that it is there."""
    decoding, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        decoding.set()
        assert go_on.wait(30)

    model.before_decoding = slowly
    yield decoding
    go_on.set()


def test_a_deadline_is_kept_while_a_decoder_is_waited_for(
    model: ScriptedModel, start_engine: Start, slow_decoding: threading.Event
) -> None:
    engine = start_engine(model, decoders=1)
    callers = ThreadPoolExecutor(1)
    first = callers.submit(engine.submit, ask("慢", picture=picture()))
    assert slow_decoding.wait(30)

    with pytest.raises(errors.DeadlineExceeded):
        engine.submit(ask("急", picture=picture(), deadline_s=0.05))

    assert not first.done()
    assert engine.waiting == 1
    callers.shutdown(wait=False)


def test_a_stop_is_heard_while_a_decoder_is_waited_for(
    model: ScriptedModel, start_engine: Start, slow_decoding: threading.Event
) -> None:
    engine = start_engine(model, decoders=1)
    callers = ThreadPoolExecutor(2)
    first = callers.submit(engine.submit, ask("慢", picture=picture()))
    assert slow_decoding.wait(30)
    second = callers.submit(engine.submit, ask("候", picture=picture()))
    eventually(lambda: engine.waiting == 2)

    engine.stop(timeout_s=0)

    assert isinstance(second.exception(30), errors.NotReady)
    assert not first.done()
    callers.shutdown(wait=False)


@pytest.mark.parametrize(
    ("failure", "wanted"),
    [
        (RuntimeError("cuDNN says no"), errors.GenerationFailed),
        (MemoryError(), errors.OutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), errors.OutOfMemory),
        (errors.PromptTooLong(9, 8), errors.PromptTooLong),
    ],
)
def test_one_requests_failure_is_its_own(
    model: ScriptedModel, start_engine: Start, failure: Exception, wanted: type[errors.EngineError]
) -> None:
    model.script["坏"] = ["好", failure]
    engine = start_engine(model)
    bad, good = engine.submit(ask("坏")), engine.submit(ask("好"))

    with pytest.raises(wanted):
        bad.result()

    assert good.result().text == "好"
    assert model.recoveries == (wanted is errors.OutOfMemory)


def test_torchs_own_out_of_memory_error_is_known(model: ScriptedModel, start_engine: Start) -> None:
    torch = pytest.importorskip("torch")
    model.script["大"] = [torch.OutOfMemoryError("CUDA out of memory")]

    with pytest.raises(errors.OutOfMemory):
        start_engine(model).submit(ask("大")).result()


def test_a_device_that_cannot_even_give_memory_back_fails_nobody_else(
    model: ScriptedModel, start_engine: Start
) -> None:
    model.script["坏"] = [MemoryError()]
    model.broken_recovery = RuntimeError("CUDA error: an illegal memory access was encountered")
    engine = start_engine(model)

    with pytest.raises(errors.OutOfMemory):
        engine.submit(ask("坏", deadline_s=30)).result()

    assert engine.submit(ask("好", deadline_s=30)).result().text == "好"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_whoever_is_being_answered_when_the_thread_ends_is_told(model: ScriptedModel, start_engine: Start) -> None:
    class Ends(BaseException):
        """Nothing that the engine could foresee."""

    def ends() -> None:
        raise Ends

    engine = start_engine(model)
    model.before_token = ends
    handle = engine.submit(ask("坏", deadline_s=30))

    with pytest.raises(errors.GenerationFailed):
        handle.result()
    assert engine.stop(30)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"top_k": -1}, "top_k"),
        ({"repetition_penalty": 0.0}, "repetition_penalty"),
        ({"frequency_penalty": 2.1}, "frequency_penalty"),
        ({"presence_penalty": float("nan")}, "presence_penalty"),
        ({"max_new_tokens": 0}, "max_new_tokens"),
        ({"deadline_s": 0.0}, "deadline_s"),
        ({"priority": "urgent"}, "priority"),
    ],
)
def test_values_that_cannot_be_meant_are_refused_by_name(
    model: ScriptedModel, start_engine: Start, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        start_engine(model).submit(ask("问", **options))

    assert caught.value.params["field"] == field


def test_every_request_has_a_name_in_the_log(
    model: ScriptedModel, start_engine: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="inference.engine")

    start_engine(model).submit(ask("问", id="abc123")).result()

    lines = [record for record in caplog.records if getattr(record, "tag", "") == "DEBUG-LLM"]
    assert "request=abc123" in lines[-1].getMessage()
    assert "output_tokens=1" in lines[-1].getMessage()
