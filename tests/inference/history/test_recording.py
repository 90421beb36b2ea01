"""What is written down of a question and its answer, by the page and by programs."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from inference.engine.errors import GenerationFailed
from inference.history import pictures, recording
from inference.history.recording import Transcript
from inference.models import ApiKey, Exchange, Owner, Scope
from inference.types import Answer, Delta, Timings
from tests.factories import UserFactory
from tests.inference.api.conftest import CHAT, question, scan, shown
from tests.inference.scripted import ScriptedModel
from tests.inference.views.conftest import installed, service

__all__ = ["installed", "service"]

pytestmark = pytest.mark.django_db

State = Exchange.State


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def begin(text: str = "石桥") -> Exchange:
    exchange = recording.begin(owner=Owner(UserFactory().pk), question=text, conversation=uuid.uuid4())
    assert exchange is not None
    return exchange


class TestRecords:
    @pytest.mark.parametrize(
        ("text", "summary"),
        [("石桥", "石桥"), ("一\n 二\t三", "一 二 三"), ("长" * 40, "长" * 40), ("长" * 41, "长" * 39 + "…")],
    )
    def test_a_summary_is_the_beginning_on_one_line(self, text: str, summary: str) -> None:
        assert begin(text).summary == summary

    def test_characters_that_a_database_refuses_are_left_out(self) -> None:
        exchange = begin("石\0桥")
        transcript = Transcript()
        transcript.add([Delta("三\0人", "")])
        recording.finish(exchange, transcript, State.STOPPED, "断\0了")

        exchange.refresh_from_db()
        assert (exchange.question, exchange.answer, exchange.error) == ("石桥", "三人", "断了")

    def test_of_an_answer_the_numbers_are_kept(self) -> None:
        exchange = begin()
        transcript = Transcript()
        timings = Timings(queue_s=1.25, vision_s=0, prefill_s=0, decode_s=0)
        transcript.add([Delta("三人", "")])
        transcript.add([Answer("三人", "想", (), "stop", 120, 8, "glm@1", timings)])
        recording.finish(exchange, transcript, State.ANSWERED)

        exchange.refresh_from_db()
        assert (exchange.answer, exchange.reasoning, exchange.model_version) == ("三人", "想", "glm@1")
        assert (exchange.input_tokens, exchange.output_tokens, exchange.queue_s) == (120, 8, 1.25)
        assert exchange.total_s >= exchange.first_token_s >= 0


@pytest.mark.usefixtures("service")
class TestPrograms:
    def test_a_key_that_keeps_a_history_keeps_it_for_its_owner(self, media: Path) -> None:
        user = UserFactory()
        key, token = ApiKey.objects.issue("小程序", [Scope.ASK], owner=user, keeps_history=True)

        assert call(token, messages=shown(scan())).status_code == 200

        exchange = Exchange.objects.of(Owner(user.pk)).get()
        assert (exchange.question, exchange.answer, exchange.state) == ("石桥", "石桥", State.ANSWERED)
        assert (exchange.key, exchange.model_version) == (key, "scripted@0")
        kept = exchange.pictures.get()
        path = pictures.file_of(kept, "thumbnail")
        assert path is not None
        assert Image.open(path).size == (240, 180)
        assert (pictures.file_of(kept, "preview"), pictures.source_of(kept)) == (None, None)

    def test_any_other_leaves_no_trace(self) -> None:
        _, token = ApiKey.objects.issue("工作站", [Scope.ASK], owner=UserFactory())

        assert call(token).status_code == 200
        assert Client().post(CHAT, json.dumps(question()), content_type="application/json").status_code == 200
        assert not Exchange.objects.exists()

    def test_a_streamed_answer_is_kept_when_it_has_been_sent(self) -> None:
        response = call(keeping(), stream=True)

        assert not Exchange.objects.exists()
        assert read(response).endswith("[DONE]\n\n")
        assert (Exchange.objects.get().answer, Exchange.objects.get().state) == ("石桥", State.ANSWERED)

    def test_several_answers_are_one_record(self) -> None:
        call(keeping(), n=2)

        exchange = Exchange.objects.get()
        assert exchange.answer == "石桥\n\n———\n\n石桥"
        assert exchange.output_tokens == 4

    def test_a_failure_is_kept_with_its_reason(self, model: ScriptedModel) -> None:
        model.script["石桥"] = ["石", GenerationFailed("broken")]
        response = call(keeping())

        exchange = Exchange.objects.get()
        assert response.status_code == 503
        assert (exchange.state, exchange.error) == (State.FAILED, response.json()["error"]["message"])

    def test_a_failure_in_mid_stream_keeps_what_was_written(self, model: ScriptedModel) -> None:
        model.script["石桥"] = ["石", GenerationFailed("broken")]
        read(call(keeping(), stream=True))

        exchange = Exchange.objects.get()
        assert exchange.state == State.FAILED
        assert exchange.answer in ("", "石")

    def test_a_refusal_is_no_question(self) -> None:
        assert call(keeping(), temperature="hot").status_code == 400
        assert not Exchange.objects.exists()


def keeping() -> str:
    return ApiKey.objects.issue("记录", [Scope.ASK], keeps_history=True)[1]


def read(response: Any) -> str:
    """Read a stream to its end, which closes it."""
    return b"".join(response.streaming_content).decode()


def call(token: str, **fields: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().post(CHAT, json.dumps(question(**fields)), content_type="application/json", headers=headers)
