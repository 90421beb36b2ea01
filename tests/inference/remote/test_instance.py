"""One instance of the product asks another: what goes out of its engine comes back over HTTP as the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from inference.engine import errors
from inference.engine.engine import Engine
from inference.engine.types import Answer, Box
from inference.remote import RemoteEngine
from inference.service import Service, use_service
from tests.inference.remote.conftest import Start
from tests.inference.scripted import Gate, ScriptedModel, ask, picture

Connect = Callable[..., RemoteEngine]


@pytest.fixture
def other(model: ScriptedModel) -> Iterator[Service]:
    """Start the service that the live server has."""
    scripted = Service(Engine(lambda: model, queue_limit=1), model_name="scripted")
    before = use_service(scripted)
    scripted.start()
    scripted.wait_ready(30)
    yield scripted
    use_service(before)
    scripted.stop(30)


@pytest.fixture
def connect(start: Start, other: Service, live_server: LiveServer) -> Connect:
    """Start engines that ask the live server."""
    return lambda key="", **options: start(url=live_server.url, key=key, look_every_s=600, **options)


def told(answer: Answer) -> Answer:
    """Return an answer without its times, which are nobody else's."""
    return replace(answer, timings=None)  # type: ignore[arg-type]


def test_the_model_is_known_by_its_own_name_and_version(connect: Connect) -> None:
    engine = connect()

    assert engine.model is not None
    assert (engine.model.name, engine.model.version, engine.model.is_ours) == ("scripted", "scripted@0", True)


@pytest.mark.parametrize("thinking", [True, False])
def test_an_answer_is_the_one_that_the_other_engine_gave(
    connect: Connect, other: Service, model: ScriptedModel, thinking: bool
) -> None:
    model.script["什么？"] = [
        "<think>",
        "想",
        "</think>",
        "石",
        "桥",
        "<|begin_of_box|>",
        "[1,2,3,4]",
        "<|end_of_box|>",
    ]
    request = ask("什么？", picture=picture(800, 600), thinking=thinking)

    answer = connect().submit(request).result()

    assert told(answer) == told(other.describe(request))
    assert answer.boxes == (Box(1, 2, 3, 4),)


def test_a_stream_adds_up_to_the_answer(connect: Connect) -> None:
    *deltas, answer = connect().submit(ask("一座石桥"), streaming=True)

    assert isinstance(answer, Answer)
    assert "".join(delta.text for delta in deltas if not isinstance(delta, Answer)) == answer.text == "一座石桥"


def test_several_answers_come_back_as_several(connect: Connect) -> None:
    answers = connect().submit(ask("桥", n=2)).results()

    assert [(answer.index, answer.text, answer.output_tokens) for answer in answers] == [(0, "桥", 1), (1, "桥", 1)]


def test_the_others_refusal_of_a_small_picture_stays_one(connect: Connect) -> None:
    with pytest.raises(errors.ImageTooSmall):
        connect().submit(ask("什么？", picture=picture(100, 80))).result()


def test_with_the_internal_key_small_pictures_and_the_batch_lane_are_open(
    connect: Connect, other: Service, settings: Settings
) -> None:
    engine = connect(settings.GLMV_INTERNAL_KEY)

    answer = engine.submit(ask("什么？", picture=picture(100, 80), priority="batch")).result()

    assert answer.text == "什么？"


def test_a_wrong_key_is_refused(connect: Connect, settings: Settings) -> None:
    settings.API_KEY = "right"

    engine = connect("wrong", wait=False)

    with pytest.raises(errors.CheckpointError, match="remote_key_refused"):
        engine.wait_ready(30)
    connect("right")


def test_a_crowded_instance_is_busy_for_us_too(
    connect: Connect, other: Service, model: ScriptedModel, gate: Gate
) -> None:
    engine = connect()
    model.before_token = gate
    running = other.stream(ask("占"))
    assert gate.reached.wait(30)
    waiting = other.stream(ask("等"))

    with pytest.raises(errors.Busy):
        engine.submit(ask("晚", deadline_s=3)).result()

    running.close()
    waiting.close()


def test_a_failure_over_there_keeps_its_name(connect: Connect, model: ScriptedModel) -> None:
    model.script["坏"] = [RuntimeError("boom")]
    model.script["大"] = [MemoryError()]
    engine = connect()

    with pytest.raises(errors.GenerationFailed):
        engine.submit(ask("坏")).result()
    with pytest.raises(errors.OutOfMemory):
        engine.submit(ask("大")).result()
    assert engine.submit(ask("好")).result().text == "好"


def test_a_failure_after_the_first_words_keeps_its_name(connect: Connect, model: ScriptedModel) -> None:
    model.script["断"] = ["石", RuntimeError("boom")]

    with pytest.raises(errors.GenerationFailed):
        list(connect().submit(ask("断"), streaming=True))


def test_an_instance_that_is_still_loading_is_waited_for(connect: Connect, other: Service) -> None:
    assert other.stop(30)

    engine = connect(wait=False)
    with pytest.raises(errors.NotReady):
        engine.wait_ready(0.5)
    other.start()

    engine.wait_ready(30)
