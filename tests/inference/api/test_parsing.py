"""What a request may say, and that a refusal names the field."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django.fixtures import Settings

from inference.access import Caller
from inference.api.errors import ApiError
from inference.api.parsing import parse
from inference.service import Service
from inference.types import ImagePart, Message, Request, TextPart
from tests.inference.api.conftest import Post, error_of, question, scan, shown

_IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def read(*, internal: bool = False, **fields: Any) -> Request:
    return parse(question(**fields), models=["scripted"], caller=Caller(AnonymousUser(), internal=internal)).request


def test_what_is_not_said_is_greedy_and_bounded_by_the_engine() -> None:
    request = read()

    assert request.messages == (Message("user", (TextPart("石桥"),)),)
    assert (request.temperature, request.top_p, request.top_k, request.repetition_penalty) == (0.0, 1.0, 0, 1.0)
    assert (request.max_new_tokens, request.seed, request.stop, request.n) == (None, None, (), 1)
    assert (request.json_schema, request.thinking, request.priority) == (None, False, "interactive")
    assert (request.frequency_penalty, request.presence_penalty) == (0.0, 0.0)


def test_whoever_waits_does_not_wait_for_ever_and_a_batch_does(settings: Settings) -> None:
    settings.GLMV_DEADLINE_S = 60

    assert read().deadline_s == 60
    assert read(internal=True).deadline_s == 60
    assert read(priority="batch", internal=True).deadline_s is None


def test_there_need_not_be_a_deadline(settings: Settings) -> None:
    settings.GLMV_DEADLINE_S = 0

    assert read().deadline_s is None


def test_every_field_arrives() -> None:
    request = read(
        max_tokens=9, temperature=0.7, top_p=0.9, top_k=40, repetition_penalty=1.1, seed=-3, stop="。", n=4,
        frequency_penalty=-2, presence_penalty=0.5,
        chat_template_kwargs={"enable_thinking": True, "other": 1},
    )  # fmt: skip

    assert (request.max_new_tokens, request.temperature, request.top_p, request.top_k) == (9, 0.7, 0.9, 40)
    assert (request.repetition_penalty, request.seed, request.stop, request.n) == (1.1, -3, ("。",), 4)
    assert (request.frequency_penalty, request.presence_penalty) == (-2.0, 0.5)
    assert request.thinking


def test_the_newer_name_of_the_token_bound_goes_first() -> None:
    assert read(max_tokens=9, max_completion_tokens=5).max_new_tokens == 5


def test_a_temperature_next_to_nothing_is_greedy() -> None:
    assert read(temperature=1e-300).temperature == 0.0


def test_a_nucleus_of_nothing_is_greedy() -> None:
    request = read(temperature=1.2, top_p=0)

    assert (request.temperature, request.top_p) == (0.0, 1.0)


@pytest.mark.parametrize("choice", ["none", "auto", None])
def test_no_tools_may_be_chosen_under_both_names(choice: str | None) -> None:
    read(tool_choice=choice, function_call=choice, web_search_options=None)


def test_top_k_is_off_as_others_write_it() -> None:
    assert read(top_k=-1).top_k == 0


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, '{"type":"object"}'),
        ({"type": "json_schema", "json_schema": {"name": "卡", "schema": {"type": "string"}}}, '{"type":"string"}'),
        ({"type": "json_schema", "json_schema": {"name": "卡"}}, "{}"),
    ],
)
def test_the_form_of_the_answer(written: dict[str, Any], schema: str | None) -> None:
    assert read(response_format=written).json_schema == schema


@pytest.mark.parametrize("detail", ["low", "auto", "high"])
def test_detail_goes_with_its_picture(detail: str) -> None:
    [part, _text] = read(messages=shown(scan(), detail=detail)).messages[0].parts

    assert isinstance(part, ImagePart)
    assert part.detail == detail


def test_a_batch_is_a_batch_for_the_systems_own_processes_only() -> None:
    assert read(priority="batch", internal=True).priority == "batch"
    assert read(priority="batch").priority == "interactive"
    assert read(priority=["no", "matter"]).priority == "interactive"


def test_the_stream_says_whether_it_counts() -> None:
    call = parse(
        question(stream=True, stream_options={"include_usage": True}),
        models=["scripted"],
        caller=Caller(AnonymousUser()),
    )

    assert call.stream
    assert call.include_usage


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "你好"}, "messages"),
        ({"messages": ["你好"]}, "messages[0]"),
        ({"messages": [{"content": "你好"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "你好"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"text": "无"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].image_url"),
        ({"messages": [{"role": "system", "content": [_IMAGE]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": "甲"}, {"role": "assistant", "content": "乙"}]}, "messages[1].role"),
        ({"messages": shown(None)}, "messages[0].content[0].image_url.url"),
        ({"messages": shown(7)}, "messages[0].content[0].image_url.url"),
        ({"messages": shown("https://example.com/a.jpg")}, "messages[0].content[0].image_url.url"),
        ({"messages": shown("file:///etc/passwd")}, "messages[0].content[0].image_url.url"),
        ({"messages": shown("data:image/png,raw")}, "messages[0].content[0].image_url.url"),
        ({"messages": shown("data:image/png;base64,*?")}, "messages[0].content[0].image_url.url"),
        ({"messages": shown("data:image/png;base64,图")}, "messages[0].content[0].image_url.url"),
        ({"messages": shown(scan(), detail="ultra")}, "messages[0].content[0].image_url.detail"),
        ({"messages": shown(scan()) * 17}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"max_tokens": 2**40}, "max_tokens"),
        ({"max_completion_tokens": True}, "max_completion_tokens"),
        ({"temperature": 2.5}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"top_k": 1.5}, "top_k"),
        ({"repetition_penalty": 0}, "repetition_penalty"),
        ({"seed": 2**64}, "seed"),
        ({"stop": 3}, "stop"),
        ({"stop": ""}, "stop"),
        ({"stop": ["。", 3]}, "stop[1]"),
        ({"stop": ["一", "二", "三", "四", "五"]}, "stop"),
        ({"n": 5}, "n"),
        ({"n": 0}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": []}, "stream_options"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {}}, "response_format.type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": 3}}},
            "response_format.json_schema.schema",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": False}}},
            "response_format.json_schema.schema",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": 3}}},
            "response_format.json_schema.name",
        ),
        ({"user": 5}, "user"),
        ({"max_completion_tokens": 5, "max_tokens": "x"}, "max_tokens"),
        ({"chat_template_kwargs": {"enable_thinking": "on"}}, "chat_template_kwargs.enable_thinking"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"functions": [{}]}, "functions"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"5": 1}}, "logit_bias"),
        ({"audio": {"voice": "x"}}, "audio"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"function_call": {"name": "f"}}, "function_call"),
        ({"web_search_options": {"search_context_size": "low"}}, "web_search_options"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"frequency_penalty": 2.5}, "frequency_penalty"),
        ({"frequency_penalty": "high"}, "frequency_penalty"),
        ({"presence_penalty": -2.01}, "presence_penalty"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_meant_is_named(
    service: Service, post: Post, fields: dict[str, Any], param: str
) -> None:
    response = post(**fields)

    assert response.status_code == 400
    error = error_of(response)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert param in error["message"] or param in ("messages", "messages[1].role", "messages[0].content[0].type")


def test_a_wrong_priority_from_within_is_told() -> None:
    with pytest.raises(ApiError) as refusal:
        read(priority="soon", internal=True)

    assert refusal.value.param == "priority"


def test_a_picture_by_address_is_refused_with_what_to_send_instead(service: Service, post: Post) -> None:
    error = error_of(post(messages=shown("http://127.0.0.1:8080/secret.jpg")))

    assert "data:image/jpeg;base64" in error["message"]


def test_another_model_is_not_found(service: Service, post: Post) -> None:
    response = post(model="gpt-5")

    error = error_of(response)
    assert response.status_code == 404
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert "scripted" in error["message"]


def test_broken_lines_and_missing_padding_do_no_harm() -> None:
    head, _comma, encoded = scan().partition(",")
    broken = "\r\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76)).rstrip("=")

    [part, _text] = read(messages=shown(f"{head},{broken}")).messages[0].parts

    assert isinstance(part, ImagePart)
