"""The question page and its answers: as they grow, stopped, failed, and kept."""

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import Settings

from inference.engine.errors import GenerationFailed, PromptTooLong
from inference.history import pictures, removing
from inference.models import Exchange, Owner, Picture
from inference.service import Service
from inference.types import ImagePart, Request, TextPart
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.askers import browser_of
from tests.inference.pictures import encoded
from tests.inference.scripted import Gate, ScriptedModel
from tests.inference.scripted import ask as scripted_question
from tests.inference.views.conftest import ANSWER, answered, ask, error_of, events, files, hang_up, uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

MISSING = str(uuid.uuid4())
State = Exchange.State


class Remembering(ScriptedModel):
    """Keeps what it was asked, and can find a prompt too long."""

    most_turns = 1000

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []

    def prepare(self, request: Request) -> int:
        self.requests.append(request)
        return super().prepare(request)

    def begin(self, request: Request, prepared: int) -> Any:
        if len(request.messages) > self.most_turns:
            raise PromptTooLong(len(request.messages), self.most_turns)
        return super().begin(request, prepared)


@pytest.fixture
def model() -> Remembering:
    return Remembering()


@pytest.fixture
def browser() -> Client:
    return browser_of()


def conversation(client: Client, number: str) -> Any:
    return client.get(f"/ask/conversations/{number}/")


def words(request: Request) -> list[str]:
    return ["".join(part.text for part in turn.parts if isinstance(part, TextPart)) for turn in request.messages]


class TestThePage:
    def test_it_brings_what_it_needs_to_know(self, settings: Settings) -> None:
        settings.GLMV_MAX_UPLOAD_MB = 77
        client = Client()
        number = uuid.uuid4()

        page = client.get("/ask/", {"conversation": str(number)})

        assert page.status_code == 200
        assert (page.context["max_upload_mb"], page.context["min_image_size"]) == (77, "640x480")
        assert (page.context["ai_label"], page.context["conversation"]) == ("AI 生成", number)
        assert {"csrftoken", "glmv_visitor"} <= set(client.cookies)

    def test_what_is_no_conversation_begins_a_new_one(self) -> None:
        assert Client().get("/ask/?conversation=1%27").context["conversation"] == ""


@pytest.mark.usefixtures("service")
class TestAnswering:
    def test_an_answer_comes_word_by_word_and_is_kept(self, browser: Client) -> None:
        told = uploaded(browser)
        response = ask(browser, "画面里有**什么**？", images=[told["id"]])

        assert response["Content-Type"].startswith("text/event-stream")
        assert response["X-Accel-Buffering"] == "no"
        seen = list(events(response))

        names = [name for name, _ in seen if name != "queue"]
        assert names[0] == "start"
        assert names[-1] == "done"
        assert set(names[1:-1]) == {"delta"}
        assert "".join(data["text"] for name, data in seen if name == "delta") == "画面里有**什么**？"
        done = seen[-1][1]
        exchange = Exchange.objects.get()
        assert done["html"] == "<p>画面里有<strong>什么</strong>？</p>\n"
        assert (done["exchange"], done["conversation"]) == (exchange.pk, str(exchange.conversation))
        assert (done["label"], done["finish_reason"], done["model_version"]) == ("AI 生成", "stop", "scripted@0")
        assert (exchange.state, exchange.answer, exchange.summary) == (State.ANSWERED, done["text"], done["text"])
        assert (exchange.input_tokens, exchange.output_tokens) == (7, done["output_tokens"])
        assert [picture.name for picture in exchange.pictures.all()] == ["扫描.png"]

    def test_boxes_are_told_apart_from_the_words(self, browser: Client, model: Remembering) -> None:
        model.script["桥在哪里？"] = ["桥在<|begin_of_box|>[[10,20,300,", "400]]<|end_of_box|>这里"]

        done = answered(ask(browser, "桥在哪里？"))

        assert done["boxes"] == [{"x1": 10, "y1": 20, "x2": 300, "y2": 400}]
        assert Exchange.objects.get().boxes == done["boxes"]

    def test_reasoning_is_told_apart_from_the_answer(self, browser: Client, model: Remembering) -> None:
        model.script["几个人？"] = ["<think>", "数一数", "</think>", "三个"]

        done = answered(ask(browser, "几个人？", thinking=True))

        assert (done["text"], done["reasoning"]) == ("三个", "数一数")
        assert Exchange.objects.get().reasoning == "数一数"
        assert model.requests[-1].thinking

    def test_the_turns_before_are_put_before_a_question_with_their_pictures(
        self, browser: Client, model: Remembering
    ) -> None:
        first = answered(ask(browser, "这是什么？", images=[uploaded(browser)["id"]]))
        second = answered(ask(browser, "几个人？", conversation=first["conversation"]))

        request = model.requests[-1]
        assert words(request) == ["这是什么？", "这是什么？", "几个人？"]
        assert [turn.role for turn in request.messages] == ["user", "assistant", "user"]
        assert isinstance(request.messages[0].parts[0], ImagePart)
        assert second["conversation"] == first["conversation"]

    def test_turns_that_failed_are_not_put_before_a_question(self, browser: Client, model: Remembering) -> None:
        first = answered(ask(browser, "甲"))
        Exchange.objects.update(state=State.FAILED)
        answered(ask(browser, "乙", conversation=first["conversation"]))

        assert words(model.requests[-1]) == ["乙"]

    def test_of_a_long_conversation_the_oldest_turns_are_left_out_and_that_is_told(
        self, browser: Client, model: Remembering
    ) -> None:
        number = answered(ask(browser, "甲"))["conversation"]
        for text in "乙丙丁":
            answered(ask(browser, text, conversation=number))
        model.most_turns = 3

        done = answered(ask(browser, "戊", conversation=number))

        assert words(model.requests[-1]) == ["丁", "丁", "戊"]
        assert done["text"] == "戊"
        assert "最早的 3 轮" in done["notice"]
        assert len(conversation(browser, number).json()["exchanges"]) == 5

    def test_a_question_that_is_too_long_by_itself_is_told(self, browser: Client, model: Remembering) -> None:
        model.most_turns = 0
        seen = list(events(ask(browser, "甲")))

        name, data = seen[-1]
        assert (name, data["code"]) == ("error", "context_length_exceeded")
        assert Exchange.objects.get().error == data["message"]

    def test_a_converted_page_is_what_the_model_sees_and_the_upload_is_let_go(
        self, browser: Client, model: Remembering, media: Path
    ) -> None:
        page = Image.new("RGB", (800, 600), "red")
        content = encoded(page, "TIFF", save_all=True, append_images=[Image.new("RGB", (900, 700), "blue")])
        told = uploaded(browser, content, "卷.tif")
        refused = ask(browser, images=[told["id"]])
        assert (refused.status_code, error_of(refused)["code"]) == (422, "needs_conversion")
        assert error_of(refused)["message"].startswith("检测到TIFF格式,")
        browser.post(f"/ask/images/{told['id']}/convert/", {"page": 1}, content_type="application/json")

        done = answered(ask(browser, images=[told["id"]]))

        part = model.requests[-1].messages[0].parts[0]
        assert isinstance(part, ImagePart)
        assert isinstance(part.source, Path)
        assert Image.open(part.source).size == (900, 700)
        assert {path.suffix for path in files(media)} == {".jpg"}
        answered(ask(browser, "再问", conversation=done["conversation"]))
        assert isinstance(model.requests[-1].messages[0].parts[0], ImagePart)

    def test_a_picture_can_be_asked_about_again_and_each_question_keeps_its_own(
        self, browser: Client, media: Path
    ) -> None:
        key = uploaded(browser)["id"]
        answered(ask(browser, "甲", images=[key]))
        answered(ask(browser, "乙", images=[key]))

        first, second = Exchange.objects.order_by("pk")
        kept = second.pictures.get()
        assert first.pictures.get().pk != kept.pk
        removing.erase(Exchange.objects.filter(pk=first.pk))
        for kind in ("preview", "thumbnail"):
            assert browser.get(f"/ask/images/{kept.pk}/{kind}/").status_code == 200
        assert pictures.source_of(kept) in files(media)

    def test_one_request_reads_no_more_rows_for_a_longer_conversation(self, browser: Client) -> None:
        number = answered(ask(browser, "甲", images=[uploaded(browser)["id"]]))["conversation"]
        with CaptureQueriesContext(connection) as before:
            assert conversation(browser, number).status_code == 200
        for text in "乙丙丁":
            answered(ask(browser, text, images=[uploaded(browser)["id"]], conversation=number))

        with CaptureQueriesContext(connection) as after:
            assert len(conversation(browser, number).json()["exchanges"]) == 4
        assert len(after) == len(before) == 2  # exchanges, pictures


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_held_while_the_model_works(
    browser: Client, service: Service, model: Remembering, gate: Gate
) -> None:
    model.before_token = gate
    response = ask(browser)
    stream = events(response)
    assert next(stream)[0] in ("queue", "start")

    assert connection.connection is None

    gate.open()
    assert until(stream, "done")["text"] == "石桥"


class TestStopping:
    def test_a_stop_in_the_middle_keeps_what_was_written(
        self, browser: Client, service: Service, model: Remembering, gate: Gate
    ) -> None:
        model.before_token = gate
        response = ask(browser, "一二三四五")
        gate.let_through(2)
        stream = events(response)
        assert until(stream, "delta")["text"]

        gate.let_through(1)
        hang_up(response)

        exchange = Exchange.objects.get()
        assert exchange.state == State.STOPPED
        assert exchange.answer
        assert "一二三四五".startswith(exchange.answer)
        assert exchange.output_tokens == len(exchange.answer)
        number = str(exchange.conversation)
        kept = conversation(browser, number).json()["exchanges"][0]
        assert (kept["text"], kept["state"]) == (exchange.answer, "stopped")
        gate.open()
        answered(ask(browser, "继续", conversation=number))
        assert words(model.requests[-1]) == ["一二三四五", exchange.answer, "继续"]

    def test_whoever_leaves_the_queue_leaves_a_question_without_an_answer(
        self, browser: Client, service: Service, model: Remembering, gate: Gate
    ) -> None:
        model.before_token = gate
        running = service.stream(scripted_question("占"))
        assert gate.reached.wait(30)

        response = ask(browser)
        hang_up(response)

        assert Exchange.objects.get().state == State.STOPPED
        assert service.waiting == 0
        running.close()

    def test_an_answer_that_nobody_reads_is_given_up(self, browser: Client, service: Service) -> None:
        hang_up(ask(browser))

        assert Exchange.objects.get().state == State.STOPPED
        assert service.waiting == 0


class TestTheQueue:
    def test_the_place_is_told_as_it_changes(
        self, browser: Client, service: Service, model: Remembering, gate: Gate
    ) -> None:
        model.before_token = gate
        running = service.stream(scripted_question("占"))
        assert gate.reached.wait(30)
        before = service.stream(scripted_question("先"))

        response = ask(browser, "后")
        stream = events(response)

        exchange = Exchange.objects.get()
        names = {"conversation": str(exchange.conversation), "exchange": exchange.pk}
        assert next(stream) == ("queue", {**names, "place": 2})
        before.close()
        assert next(stream) == ("queue", {**names, "place": 1})
        running.close()
        gate.open()
        assert next(stream)[0] == "start"
        assert until(stream, "done")["text"] == "后"

    def test_a_full_queue_is_told_before_anything_is_kept(
        self, browser: Client, service: Service, model: Remembering, gate: Gate
    ) -> None:
        model.before_token = gate
        streams = [service.stream(scripted_question("占"))]
        assert gate.reached.wait(30)
        streams += [service.stream(scripted_question("等")) for _ in range(3)]

        response = ask(browser)

        assert (response.status_code, error_of(response)["code"]) == (429, "busy")
        assert int(response["Retry-After"]) >= 1
        assert not Exchange.objects.exists()
        gate.open()


class TestTheDeadline:
    def test_who_waits_on_the_page_does_not_wait_for_ever(
        self, browser: Client, service: Service, model: Remembering, gate: Gate, settings: Settings
    ) -> None:
        settings.GLMV_DEADLINE_S = 0.05
        model.before_token = gate
        running = service.stream(scripted_question("占"))
        assert gate.reached.wait(30)

        name, told = list(events(ask(browser, "晚")))[-1]

        assert (name, told["code"]) == ("error", "deadline_exceeded")
        exchange = Exchange.objects.get()
        assert (exchange.state, exchange.error) == (State.FAILED, told["message"])
        running.close()
        gate.open()

    @pytest.mark.parametrize(("setting", "deadline_s"), [(300, 300), (0, None)])
    def test_the_setting_says_how_long(
        self,
        browser: Client,
        service: Service,
        model: Remembering,
        settings: Settings,
        setting: int,
        deadline_s: float | None,
    ) -> None:
        settings.GLMV_DEADLINE_S = setting
        answered(ask(browser))

        assert model.requests[-1].deadline_s == deadline_s


class TestFailures:
    def test_a_model_that_is_loading_is_told(self, browser: Client, installed: Service) -> None:
        response = ask(browser)

        assert (response.status_code, error_of(response)["code"]) == (503, "not_ready")
        assert response["Retry-After"]

    def test_a_failure_in_the_middle_is_told_and_keeps_what_was_written(
        self, browser: Client, service: Service, model: Remembering
    ) -> None:
        model.script["桥"] = ["石", "桥", GenerationFailed("broken")]
        seen = list(events(ask(browser, "桥")))

        name, data = seen[-1]
        assert (name, data["code"], data["retry_after"]) == ("error", "generation_failed", 5)
        exchange = Exchange.objects.get()
        assert (exchange.state, exchange.error) == (State.FAILED, data["message"])
        assert exchange.answer == "".join(data["text"] for name, data in seen if name == "delta")

    def test_a_record_that_fails_costs_nobody_the_answer(
        self, browser: Client, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR), locked("INSERT"):
            done = answered(ask(browser, "石桥"))

        assert (done["text"], done["exchange"], done["conversation"]) == ("石桥", None, None)
        assert "could not be recorded" in caplog.text
        assert answered(ask(browser, "下一问", conversation=done["conversation"]))["text"] == "下一问"

    def test_a_record_that_fails_in_a_conversation_leaves_the_conversation(
        self, browser: Client, service: Service
    ) -> None:
        number = answered(ask(browser, "石桥"))["conversation"]
        with locked("INSERT"):
            done = answered(ask(browser, "再问", conversation=number))

        assert (done["exchange"], done["conversation"]) == (None, number)
        assert answered(ask(browser, "下一问", conversation=number))["conversation"] == number

    def test_an_end_that_cannot_be_recorded_costs_nobody_the_answer(
        self, browser: Client, service: Service, model: Remembering, gate: Gate, caplog: pytest.LogCaptureFixture
    ) -> None:
        model.before_token = gate
        response = ask(browser, "石桥")
        gate.open()

        with caplog.at_level(logging.ERROR), locked("UPDATE"):
            assert answered(response)["text"] == "石桥"
        assert "could not be recorded" in caplog.text

    def test_a_question_erased_meanwhile_does_not_come_back(
        self, browser: Client, service: Service, model: Remembering, gate: Gate
    ) -> None:
        model.before_token = gate
        response = ask(browser, "石桥")
        removing.erase(Exchange.objects.all())
        gate.open()

        assert answered(response)["text"] == "石桥"
        assert not Exchange.objects.exists()


@pytest.mark.usefixtures("service")
class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "status", "param"),
        [
            ({"question": ""}, 400, "question"),
            ({"question": " \n"}, 400, "question"),
            ({"question": None}, 400, "question"),
            ({"question": 5}, 400, "question"),
            ({"question": "长" * 20_001}, 400, "question"),
            ({"images": "x"}, 400, "images"),
            ({"images": ["x"]}, 404, "images"),
            ({"images": [7]}, 404, "images"),
            ({"images": [MISSING]}, 404, "images"),
            ({"images": [MISSING] * 17}, 400, "images"),
            ({"conversation": "x"}, 404, None),
            ({"conversation": MISSING}, 404, None),
            ({"conversation": 3}, 400, "conversation"),
            ({"thinking": "yes"}, 400, "thinking"),
        ],
    )
    def test_what_cannot_be_meant_is_told(
        self, browser: Client, fields: dict[str, Any], status: int, param: str | None
    ) -> None:
        response = ask(browser, **fields)

        assert (response.status_code, error_of(response)["param"]) == (status, param)
        assert not Exchange.objects.exists()

    @pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "\ud800"])
    def test_what_is_no_json_is_a_bad_request(self, browser: Client, body: str) -> None:
        response = browser.generic("POST", ANSWER, body.encode("utf-8", "surrogatepass"), "application/json")

        assert response.status_code == 400
        error_of(response)

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
    )
    def test_a_form_is_no_question(self, browser: Client, kind: str) -> None:
        response = browser.generic("POST", ANSWER, b"question=x", kind)

        assert (response.status_code, error_of(response)["code"]) == (400, "invalid_content_type")

    def test_the_same_picture_twice_is_refused(self, browser: Client) -> None:
        key = uploaded(browser)["id"]

        assert ask(browser, images=[key, key]).status_code == 404

    def test_a_picture_whose_file_is_gone_is_told(self, browser: Client, media: Path) -> None:
        key = uploaded(browser)["id"]
        (media / Picture.objects.get().original).unlink()

        response = ask(browser, images=[key])
        assert response.status_code == 404
        assert str(media) not in response.content.decode()

    def test_a_question_that_another_site_made_a_browser_send_is_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.get("/ask/")

        assert error_of(ask(client))["code"] == "csrf_failed"
        token = client.cookies["csrftoken"].value
        body = json.dumps({"question": "石桥"})
        response = client.post(ANSWER, body, content_type="application/json", headers={"X-CSRFToken": token})
        assert answered(response)["text"] == "石桥"

    def test_with_login_asked_for_only_those_who_signed_in_are_answered(
        self, browser: Client, settings: Settings
    ) -> None:
        settings.GLMV_ASK_LOGIN = True

        assert error_of(ask(browser))["code"] == "login_required"
        assert conversation(browser, MISSING).status_code == 401
        user = UserFactory()
        assert answered(ask(browser_of(user)))["text"] == "石桥"
        assert Exchange.objects.get().user == user


@pytest.mark.usefixtures("service")
class TestOwners:
    def test_another_browser_neither_sees_nor_continues_a_conversation(self, browser: Client) -> None:
        number = answered(ask(browser))["conversation"]
        other = browser_of()

        assert conversation(browser, number).status_code == 200
        assert conversation(other, number).status_code == 404
        assert ask(other, conversation=number).status_code == 404

    def test_another_browsers_picture_cannot_be_asked_about(self, browser: Client) -> None:
        assert ask(browser_of(), images=[uploaded(browser)["id"]]).status_code == 404

    def test_a_user_finds_a_conversation_on_another_browser(self) -> None:
        user = UserFactory()
        number = answered(ask(browser_of(user)))["conversation"]

        assert conversation(browser_of(user), number).json()["exchanges"][0]["text"] == "石桥"
        assert conversation(browser_of(UserFactory()), number).status_code == 404
        assert conversation(browser_of(), number).status_code == 404

    def test_what_programs_asked_without_a_user_is_nobodys(self, browser: Client) -> None:
        exchange = ExchangeFactory(user=None)

        assert conversation(browser, str(exchange.conversation)).status_code == 404
        assert not Exchange.objects.of(Owner(None)).exists()

    def test_a_conversation_is_told_whole(self, browser: Client) -> None:
        done = answered(ask(browser, "**石桥**", images=[uploaded(browser)["id"]]))

        told = conversation(browser, done["conversation"]).json()

        (exchange,) = told["exchanges"]
        assert exchange["html"] == "<p><strong>石桥</strong></p>\n"
        assert exchange["images"][0]["preview"].startswith("/ask/images/")
        assert (exchange["state"], exchange["error"], exchange["label"]) == ("answered", "", "AI 生成")
        assert browser.get(exchange["images"][0]["thumbnail"]).status_code == 200

    def test_pictures_of_which_only_a_thumbnail_is_kept_say_so(self) -> None:
        user = UserFactory()
        exchange = ExchangeFactory(user=user)
        PictureFactory(exchange=exchange, shown="", original="")

        (image,) = conversation(browser_of(user), str(exchange.conversation)).json()["exchanges"][0]["images"]

        assert image["preview"] is None
        assert image["thumbnail"]


def locked(verb: str) -> AbstractContextManager[None]:
    """Have the database refuse to write questions, as one does that somebody else keeps locked."""

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(verb) and "inference_exchange" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse)


def until(stream: Iterator[tuple[str, dict[str, Any]]], wanted: str) -> dict[str, Any]:
    """Read on to an event of a kind."""
    return next(data for name, data in stream if name == wanted)
