"""What is asked arrives as it was meant, and what is answered is read as the local engine's answers are."""

import json
import threading

import pytest

from inference.engine import errors
from inference.engine.types import Answer, Box, Delta
from tests.inference.openai_server import Exchange, OpenAIServer, says
from tests.inference.remote.conftest import Start, failure
from tests.inference.scripted import ask


def test_words_come_as_they_are_written_and_the_answer_last(server: OpenAIServer, start: Start) -> None:
    server.plays(says("石", "桥"))

    *deltas, answer = start().submit(ask("这是什么？"), streaming=True)

    assert deltas == [Delta("石", ""), Delta("桥", "")]
    assert isinstance(answer, Answer)
    assert (answer.text, answer.finish_reason, answer.model_version) == ("石桥", "stop", "glm")
    assert (answer.input_tokens, answer.output_tokens) == (11, 2)


def test_whoever_waits_for_the_whole_answer_gets_no_deltas(server: OpenAIServer, start: Start) -> None:
    server.plays(says("石", "桥"))

    assert [type(event) for event in start().submit(ask("这是什么？"))] == [Answer]


def test_what_is_asked_arrives_as_it_was_meant(server: OpenAIServer, start: Start) -> None:
    request = ask(
        "写",
        max_new_tokens=9, temperature=0.5, top_p=0.6, top_k=2, repetition_penalty=1.1, seed=7, stop=("。",),
        thinking=True, frequency_penalty=0.3, presence_penalty=-0.2,
    )  # fmt: skip

    start(key="secret").submit(request).result()

    [body] = server.asked
    wanted = {
        "model": "glm", "messages": [{"role": "user", "content": "写"}], "stream": True,
        "stream_options": {"include_usage": True}, "max_tokens": 9, "temperature": 0.5, "top_p": 0.6, "top_k": 2,
        "repetition_penalty": 1.1, "frequency_penalty": 0.3, "presence_penalty": -0.2, "seed": 7, "stop": ["。"],
        "chat_template_kwargs": {"enable_thinking": True},
    }  # fmt: skip
    assert body == wanted
    assert server.keys == ["Bearer secret"]


def test_strict_servers_are_spared_what_says_nothing(server: OpenAIServer, start: Start) -> None:
    start(default_max_new_tokens=77).submit(ask("写", priority="batch")).result()

    [body] = server.asked
    assert body["max_tokens"] == 77
    assert {
        "top_p", "top_k", "repetition_penalty", "frequency_penalty", "presence_penalty", "seed", "stop", "n",
        "priority", "response_format",
    }.isdisjoint(body)  # fmt: skip
    assert server.keys == [None]


@pytest.mark.parametrize("schema", ["{}", '{"type": "object"}'])
def test_any_json_is_asked_for_as_such(server: OpenAIServer, start: Start, schema: str) -> None:
    start().submit(ask("写", json_schema=schema)).result()

    assert server.asked[0]["response_format"] == {"type": "json_object"}


def test_a_schema_travels_along(server: OpenAIServer, start: Start) -> None:
    schema = {"type": "object", "properties": {"地点": {"type": "string"}}}

    start().submit(ask("写", json_schema=json.dumps(schema))).result()

    assert server.asked[0]["response_format"]["json_schema"]["schema"] == schema


def test_a_schema_that_is_no_json_is_refused_here(server: OpenAIServer, start: Start) -> None:
    assert failure(start(), ask("写", json_schema="{")).params["field"] == "json_schema"
    assert server.asked == []


def test_several_answers_are_told_apart(server: OpenAIServer, start: Start) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.words("塔", index=1)
        exchange.words("桥", index=0)
        exchange.words("楼", index=1)
        exchange.words(index=0, reason="stop")
        exchange.words(index=1, reason="length")
        exchange.end(completion_tokens=9)

    server.plays(play)

    answers = start().submit(ask("写", n=2)).results()

    assert [(answer.text, answer.finish_reason) for answer in answers] == [("桥", "stop"), ("塔楼", "length")]
    assert sum(answer.output_tokens for answer in answers) == 9
    assert server.asked[0]["n"] == 2


def test_a_server_that_gives_one_answer_only_is_told_by_the_field(server: OpenAIServer, start: Start) -> None:
    assert failure(start(), ask("写", n=2)).params["field"] == "n"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_that_the_server_keeps_apart_stays_apart(server: OpenAIServer, start: Start, field: str) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event({"choices": [{"index": 0, "delta": {field: "想"}}]})
        exchange.words("桥")
        exchange.words(reason="stop")
        exchange.end()

    server.plays(play)

    *deltas, answer = start().submit(ask("写", thinking=True), streaming=True)

    assert deltas == [Delta("", "想"), Delta("桥", "")]
    assert isinstance(answer, Answer)
    assert (answer.text, answer.reasoning) == ("桥", "想")


def test_reasoning_and_boxes_in_the_content_are_taken_out(server: OpenAIServer, start: Start) -> None:
    box = "<|begin_of_box|>[1,2,300,400]<|end_of_box|>"
    server.plays(says("<thi", "nk>想</think>", "桥", box))

    answer = start().submit(ask("写", thinking=True)).result()

    assert (answer.text, answer.reasoning) == ("桥[1,2,300,400]", "想")
    assert answer.boxes == (Box(1, 2, 300, 400),)


def test_reasoning_that_never_ends_was_cut_off(server: OpenAIServer, start: Start) -> None:
    server.plays(says("<think>想"))

    assert start().submit(ask("写", thinking=True)).result().finish_reason == "length"


def test_a_stop_string_that_the_server_ignores_still_ends_the_answer(server: OpenAIServer, start: Start) -> None:
    server.plays(says("石桥。", "还有", reason="length"))

    answer = start().submit(ask("写", stop=("。",))).result()

    assert (answer.text, answer.finish_reason) == ("石桥", "stop")


def test_line_separators_inside_a_text_end_no_event(server: OpenAIServer, start: Start) -> None:
    server.plays(says("桥\u2028塔\x85楼"))

    assert start().submit(ask("写")).result().text == "桥\u2028塔\x85楼"


def test_comments_between_events_are_no_words(server: OpenAIServer, start: Start) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.wfile.write(b": keep-alive\n\nevent: message\n")
        exchange.words("桥", reason="stop")
        exchange.event("[DONE]")

    server.plays(play)

    answer = start().submit(ask("写")).result()

    assert (answer.text, answer.output_tokens) == ("桥", 1)


def test_another_instance_of_the_product_is_known_by_its_list(server: OpenAIServer, start: Start) -> None:
    server.models = (200, {"data": [{"id": "demo", "model_version": "demo@1"}]})
    engine = start()

    answer = engine.submit(ask("写", priority="batch")).result()

    assert server.asked[0]["priority"] == "batch"
    assert answer.model_version == "demo@1"


def test_more_questions_than_the_server_is_to_have_at_once_wait(server: OpenAIServer, start: Start) -> None:
    held = threading.Event()

    def play(exchange: Exchange) -> None:
        assert held.wait(30)
        says("好")(exchange)

    server.plays(play)
    engine = start(rows=1, queue_limit=1)
    first, second = engine.submit(ask("一")), engine.submit(ask("二"))

    # One is with the server, or about to be, and one waits: there is no place for a third.
    with pytest.raises(errors.Busy):
        engine.submit(ask("三"))
    held.set()

    assert (first.result().text, second.result().text) == ("好", "好")
