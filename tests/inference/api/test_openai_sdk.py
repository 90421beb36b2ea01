"""OpenAI's own client, unmodified, against the running server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel, Field

from tests.inference.api.conftest import scan


@pytest.fixture(scope="module")
def sdk(live_port: int) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"http://127.0.0.1:{live_port}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_chat(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "石桥"}])

    assert completion.choices[0].message.content == "石桥"
    assert completion.usage is not None
    assert completion.usage.total_tokens == 9


def test_stream_with_the_numbers_of_tokens(sdk: OpenAI) -> None:
    chunks = list(
        sdk.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": "一座石桥"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "一座石桥"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4


def test_a_picture_as_a_data_uri(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(
        model="scripted",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": scan(), "detail": "high"}},
                    {"type": "text", "text": "石桥"},
                ],
            }
        ],
    )

    assert completion.choices[0].message.content == "石桥"


def test_models(sdk: OpenAI) -> None:
    assert [model.id for model in sdk.models.list()] == ["scripted"]


def test_each_refusal_is_the_clients_own_class_of_error(sdk: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "桥"}], logprobs=True)
    assert refusal.value.param == "logprobs"
    assert refusal.value.code == "unsupported_parameter"

    with pytest.raises(openai.NotFoundError):
        sdk.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "桥"}])

    small = {"type": "image_url", "image_url": {"url": scan(100, 80)}}
    with pytest.raises(openai.UnprocessableEntityError, match="640x480"):
        sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": [small]}])  # type: ignore[list-item, misc]


def test_a_picture_that_is_too_much_is_told_as_such(sdk: OpenAI) -> None:
    heavy = "data:image/png;base64," + "A" * (11 * 1024 * 1024)
    with pytest.raises(openai.APIStatusError) as refusal:
        sdk.chat.completions.create(
            model="scripted",
            messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": heavy}}]}],
        )

    assert refusal.value.status_code == 413


@pytest.fixture(scope="module")
def demo(demo_port: int) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"http://127.0.0.1:{demo_port}/v1", api_key="none", max_retries=0) as client:
        yield client


@contextmanager
def counting(port: int, **options: Any) -> Iterator[tuple[OpenAI, list[int]]]:
    """Give a client, and the statuses that it has got."""
    statuses: list[int] = []
    hooks = {"response": [lambda response: statuses.append(response.status_code)]}
    with openai.DefaultHttpxClient(event_hooks=hooks) as transport:
        yield OpenAI(base_url=f"http://127.0.0.1:{port}/v1", http_client=transport, **options), statuses


class Record(BaseModel):
    title: str = Field(max_length=12)
    has_people: bool


def test_one_model(sdk: OpenAI) -> None:
    assert sdk.models.retrieve("scripted").id == "scripted"

    with pytest.raises(openai.NotFoundError) as refusal:
        sdk.models.retrieve("zai-org/GLM-4.6V-Flash")
    assert refusal.value.code == "model_not_found"


def test_what_this_system_adds_can_be_read(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "石桥"}])

    assert completion.model_extra is not None
    assert completion.model_extra["aigc"]["label"] == "AI 生成"
    assert completion.model_extra["model_version"] == "scripted@0"


def test_several_answers_at_once(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "桥"}], n=2)

    assert [choice.message.content for choice in completion.choices] == ["桥", "桥"]


def test_every_option_of_openais_that_is_heeded_is_taken(demo: OpenAI) -> None:
    completion = demo.chat.completions.create(
        model="default",
        messages=[
            {"role": "developer", "content": "你是编目员。"},
            {"role": "user", "content": "石桥"},
            {"role": "assistant", "content": "一座石桥。"},
            {"role": "user", "content": "再说一遍。"},
        ],
        max_completion_tokens=8, temperature=0.7, top_p=0.9, seed=3, stop=["。", "！"], n=2, frequency_penalty=0.5,
        presence_penalty=-0.5, response_format={"type": "text"}, user="u-1", store=False, metadata={"from": "test"},
        extra_body={"top_k": 20, "repetition_penalty": 1.1, "chat_template_kwargs": {"enable_thinking": False}},
    )  # fmt: skip

    assert len(completion.choices) == 2


def test_an_answer_of_a_given_form_is_parsed(demo: OpenAI) -> None:
    completion = demo.chat.completions.parse(
        model="default",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": scan()}},
                    {"type": "text", "text": "请著录这张照片。"},
                ],
            }
        ],
        response_format=Record,
    )

    record = completion.choices[0].message.parsed
    assert isinstance(record, Record)
    assert len(record.title) <= 12


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object"},
        {
            "type": "json_schema",
            "json_schema": {
                "name": "record",
                "strict": True,
                "schema": {
                    "type": "object",
                    "properties": {"kind": {"enum": ["桥", "塔"]}},
                    "required": ["kind"],
                    "additionalProperties": False,
                },
            },
        },
    ],
    ids=["json_object", "json_schema"],
)
def test_a_form_holds_while_the_answer_grows_too(demo: OpenAI, form: Any) -> None:
    asked: list[Any] = [{"role": "user", "content": "这是什么？"}]
    chunks = demo.chat.completions.create(
        model="default", messages=asked, response_format=form, stream=True, frequency_penalty=0.5, max_tokens=400
    )

    pieces = [chunk.choices[0] for chunk in chunks]
    text = "".join(piece.delta.content or "" for piece in pieces)
    if form["type"] == "json_schema":
        assert json.loads(text)["kind"] in ("桥", "塔")
    elif pieces[-1].finish_reason == "stop":
        assert isinstance(json.loads(text), dict)
    else:
        assert text.lstrip().startswith("{")


def test_a_wrong_key_is_an_authentication_error(strict_port: int) -> None:
    wrong = counting(strict_port, api_key="wrong")
    with wrong as (client, statuses), pytest.raises(openai.AuthenticationError) as refusal:
        client.models.list()

    assert refusal.value.code == "invalid_api_key"
    assert statuses == [401], "trying again would be in vain"


def test_mistakes_are_not_tried_again(sdk: OpenAI, live_port: int) -> None:
    asked: list[Any] = [{"role": "user", "content": "桥"}]
    with counting(live_port, api_key="none", max_retries=3) as (client, statuses):
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(model="scripted", messages=asked, temperature=9)
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="gpt-5", messages=asked)

    assert statuses == [400, 404]


def test_a_full_queue_is_a_rate_limit_error_and_says_when_to_come_again(strict_port: int) -> None:
    once = counting(strict_port, api_key="sesam", max_retries=0)
    with occupied(strict_port), once as (client, statuses), pytest.raises(openai.RateLimitError) as refusal:
        client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "桥"}])

    assert refusal.value.code == "busy"
    assert int(refusal.value.response.headers["retry-after"]) >= 1
    assert statuses == [429]


def test_whoever_tries_again_when_told_to_is_answered(strict_port: int) -> None:
    with occupied(strict_port) as release, counting(strict_port, api_key="sesam", max_retries=5) as (client, statuses):
        # It is refused once at least: the row is freed only afterwards.
        client._client.event_hooks["response"].append(lambda _response: release())
        completion = client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "桥"}])

    assert completion.choices[0].message.content == "桥"
    assert statuses[0] == 429
    assert statuses[-1] == 200


@contextmanager
def occupied(port: int) -> Iterator[Callable[[], None]]:
    """Keep the one row of a site busy until the end, or until what is given is called."""
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="sesam", max_retries=9) as client:
        stream = client.chat.completions.create(
            model="scripted", messages=[{"role": "user", "content": "长" * 5000}], max_tokens=5000, stream=True
        )
        next(iter(stream))
        try:
            yield stream.close
        finally:
            stream.close()
