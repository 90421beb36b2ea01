"""Answers of the question page that are waited for, stopped, late or failed."""

import logging
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from inference.engine.errors import GenerationFailed
from inference.history import removing
from inference.models import Exchange
from inference.service import Service
from tests.inference.scripted import Gate
from tests.inference.scripted import ask as scripted_question
from tests.inference.views.conftest import (
    Remembering,
    answered,
    ask,
    conversation,
    error_of,
    events,
    hang_up,
    until,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

State = Exchange.State


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


def locked(verb: str) -> AbstractContextManager[None]:
    """Have the database refuse to write questions, as one does that somebody else keeps locked."""

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(verb) and "inference_exchange" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse)
