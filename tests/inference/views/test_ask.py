"""The question page and its answers, as they grow and are kept; whose they are."""

import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import Settings

from inference.history import pictures, removing
from inference.models import Exchange, Owner
from inference.service import Service
from inference.types import ImagePart
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.askers import browser_of
from tests.inference.pictures import encoded
from tests.inference.scripted import Gate
from tests.inference.views.conftest import (
    Remembering,
    answered,
    ask,
    conversation,
    error_of,
    events,
    files,
    until,
    uploaded,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

State = Exchange.State


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
        assert (done["text"], done["words"]) == ("桥在[[10,20,300,400]]这里", "桥在位置 1这里")
        assert '<span class="mention" data-box="1"' in done["html"]
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

    def test_pictures_of_which_no_file_was_kept_are_told(self, model: Remembering) -> None:
        user = UserFactory()
        exchange = ExchangeFactory(user=user, question="程序问的")
        PictureFactory(exchange=exchange, shown="", original="")
        client = browser_of(user)

        done = answered(ask(client, "还有呢？", conversation=str(exchange.conversation)))

        assert words(model.requests[-1])[0] == "程序问的"
        assert "1 张图片没有保存原图" in done["notice"]
        assert not any(isinstance(part, ImagePart) for turn in model.requests[-1].messages for part in turn.parts)

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
        browser.post(f"/ask/images/{told['id']}/convert/", {"page": 1}, content_type="application/json")

        done = answered(ask(browser, images=[told["id"]]))

        part = model.requests[-1].messages[0].parts[0]
        assert isinstance(part, ImagePart)
        assert isinstance(part.source, Path)
        assert Image.open(part.source).size == (900, 700)
        assert {path.suffix for path in files(media)} == {".jpg"}
        answered(ask(browser, "再问", conversation=done["conversation"]))
        assert isinstance(model.requests[-1].messages[0].parts[0], ImagePart)

    def test_a_tiff_that_nobody_converted_is_what_the_model_sees(
        self, browser: Client, model: Remembering, media: Path
    ) -> None:
        told = uploaded(browser, encoded(Image.new("RGB", (800, 600), "red"), "TIFF"), "桥.tif")

        done = answered(ask(browser, images=[told["id"]]))

        part = model.requests[-1].messages[0].parts[0]
        assert isinstance(part, ImagePart)
        assert isinstance(part.source, Path)
        assert (part.source.suffix, Image.open(part.source).size) == (".tif", (800, 600))
        [shown] = conversation(browser, done["conversation"]).json()["exchanges"][0]["images"]
        assert browser.get(shown["preview"]).status_code == 200

    def test_a_file_whose_first_page_is_of_no_use_has_another_chosen_first(self, browser: Client) -> None:
        pages = [Image.new("RGB", (90, 70)), Image.new("RGB", (900, 700))]
        told = uploaded(browser, encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "卷.tif")

        refused = ask(browser, images=[told["id"]])

        assert (refused.status_code, error_of(refused)["code"]) == (422, "needs_conversion")
        assert error_of(refused)["message"].startswith("检测到TIFF格式,")

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
