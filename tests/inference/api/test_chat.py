"""A whole answer, as OpenAI's clients expect it, and what this system says beyond that."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from inference.api import responses
from inference.service import Service
from inference.types import Answer, Box, Timings
from tests.inference.api.conftest import CHAT, Post, question, scan, shown
from tests.inference.scripted import ScriptedModel


def answer(**values: Any) -> Answer:
    given = {"text": "桥", "reasoning": "", "boxes": (), "finish_reason": "stop", "input_tokens": 7, "output_tokens": 1}
    return Answer(**{**given, "model_version": "scripted@0", "timings": Timings(0, 0, 0, 0), **values})


def test_a_completion_has_openais_form(service: Service, post: Post) -> None:
    response = post()

    body = response.json()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert body["id"].startswith("chatcmpl-")
    assert (body["object"], body["model"]) == ("chat.completion", "scripted")
    assert isinstance(body["created"], int)
    [choice] = body["choices"]
    assert choice == {
        "index": 0,
        "message": {"role": "assistant", "content": "石桥"},
        "finish_reason": "stop",
        "logprobs": None,
    }


def test_tokens_are_counted_under_both_names(service: Service, post: Post) -> None:
    assert post().json()["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "total_tokens": 9,
        "input_tokens": 7,
        "output_tokens": 2,
    }


def test_the_answer_says_which_model_wrote_it_and_that_a_model_did(service: Service, post: Post) -> None:
    body = post().json()

    assert body["model_version"] == "scripted@0"
    assert body["aigc"]["label"] == "AI 生成"


def test_the_answer_carries_the_seven_keys_of_the_labelling_standard(
    service: Service, post: Post, settings: Settings
) -> None:
    settings.GLMV_AIGC_PRODUCER, settings.GLMV_AIGC_CODE = "云溪县档案馆", "001191000000000000000000"

    body = post().json()

    assert body["aigc"] == {
        "label": "AI 生成",
        "Label": "1",
        "ContentProducer": "001191000000000000000000",
        "ProduceID": body["id"],
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def test_an_answer_that_was_cut_off_says_so(service: Service, post: Post) -> None:
    [choice] = post(text="一座石桥", max_tokens=2).json()["choices"]

    assert (choice["message"]["content"], choice["finish_reason"]) == ("一座", "length")


def test_reasoning_is_kept_apart(service: Service, model: ScriptedModel, post: Post) -> None:
    model.script["石桥"] = ["<think>", "想一想", "</think>", "一座石桥"]

    [choice] = post(chat_template_kwargs={"enable_thinking": True}).json()["choices"]

    assert choice["message"] == {"role": "assistant", "content": "一座石桥", "reasoning_content": "想一想"}


def test_boxes_are_told_only_where_there_are_any() -> None:
    boxed = responses.completion([answer(boxes=(Box(1, 2, 30, 40),))], call_id="c", model="m")

    assert boxed["choices"][0]["message"]["boxes"] == [[1, 2, 30, 40]]


def test_several_answers_share_one_prompt_in_the_count() -> None:
    body = responses.completion([answer(), answer(index=1, output_tokens=5)], call_id="c", model="m")

    assert [choice["index"] for choice in body["choices"]] == [0, 1]
    assert body["usage"]["prompt_tokens"] == 7
    assert body["usage"]["completion_tokens"] == 6


def test_as_many_answers_come_as_were_asked_for(service: Service, post: Post) -> None:
    choices = post(n=3).json()["choices"]

    assert [(choice["index"], choice["message"]["content"]) for choice in choices] == [(n, "石桥") for n in range(3)]


def test_pictures_and_several_turns_reach_the_model(service: Service, model: ScriptedModel, post: Post) -> None:
    messages = [
        {"role": "developer", "content": "你是编目员。"},
        *shown(scan()),
        {"role": "assistant", "content": [{"type": "text", "text": "一座石桥。"}]},
        {"role": "user", "content": [{"type": "text", "text": "哪一年"}, {"type": "text", "text": "？"}]},
    ]

    response = post(messages=messages, model="default")

    assert response.status_code == 200, response.content
    assert model.questions == ["哪一年？"]


def test_fields_that_nobody_knows_are_ignored(service: Service, post: Post) -> None:
    response = post(user="u-1", store=True, metadata={"a": 1}, logprobs=False, tools=[], frequency_penalty=0, seed=None)

    assert response.status_code == 200, response.content


def test_asking_needs_no_database(
    service: Service, client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.cookies["sessionid"] = "a-session-that-may-be-there"
    with django_assert_num_queries(0):
        whole = client.post(CHAT, json.dumps(question()), content_type="application/json")
        streamed = client.post(CHAT, json.dumps(question(stream=True)), content_type="application/json")
        assert b"".join(streamed)

    assert (whole.status_code, streamed.status_code) == (200, 200)


def test_a_form_on_another_site_needs_no_token_because_nothing_is_done_in_anybodys_name(service: Service) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(CHAT, json.dumps(question()), content_type="application/json").status_code == 200


def test_the_models_list_names_the_model(installed: Service, client: Client) -> None:
    response = client.get("/v1/models")

    [model] = response.json()["data"]
    assert response.json()["object"] == "list"
    assert (model["id"], model["object"], model["owned_by"]) == ("scripted", "model", "glmv")
    assert isinstance(model["created"], int)


@pytest.mark.parametrize("address", [CHAT, "/v1/models"])
def test_another_method_is_refused_in_openais_way(installed: Service, client: Client, address: str) -> None:
    response = client.delete(address)

    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert response["Allow"] in ("POST", "GET, HEAD")
