"""OpenAI's own client, unmodified, against the running server."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

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
