"""What the site says of itself, as the worker beside it hears it, and how many questions it is asked at once."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from catalog.drafting.site import RunningSite, SiteState
from tests.inference.openai_server import openai_server
from tests.inference.scripted import ask


@pytest.mark.parametrize(
    ("status", "said", "heard"),
    [
        (200, {"state": "ready", "model": "m", "most_rows": 4}, SiteState("ready", "m", 4)),
        (200, {"state": "ready", "model": "m", "most_rows": 0}, SiteState("ready", "m", None)),
        (503, {"state": "loading", "reason": "正在加载。"}, SiteState("loading", reason="正在加载。")),
        (503, {"state": "stopped", "reason": "找不到模型。"}, SiteState("stopped", reason="找不到模型。")),
        (502, b"<html>", SiteState("absent")),
        (200, [], SiteState("ready")),
        (404, {"detail": "?"}, SiteState("absent")),
    ],
)
def test_the_site_is_heard(settings: Settings, status: int, said: Any, heard: SiteState) -> None:
    with openai_server() as server:
        server.models = (status, said)
        settings.GLMV_SERVICE_URL = server.url

        assert RunningSite().look() == heard


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "no address", "file:///etc/hostname"])
def test_where_nobody_answers_there_is_no_site(settings: Settings, address: str) -> None:
    settings.GLMV_SERVICE_URL = address

    assert RunningSite().look() == SiteState("absent")


@pytest.mark.parametrize(
    ("told", "hopeless"),
    [
        (SiteState("stopped", reason="找不到模型。"), True),
        (SiteState("stopped"), False),
        (SiteState("loading", reason="连接不上。"), False),
        (SiteState("absent"), False),
    ],
)
def test_only_a_model_that_could_not_be_loaded_is_not_waited_for(told: SiteState, hopeless: bool) -> None:
    assert told.hopeless is hopeless


def test_it_is_asked_as_many_questions_at_once_as_it_has_rows(settings: Settings) -> None:
    with openai_server() as server:
        server.models = (200, {"data": [{"id": "m"}], "state": "ready", "model": "m", "most_rows": 3})
        settings.GLMV_SERVICE_URL = server.url
        site = RunningSite()

        with site.describer(site.look()) as describer:
            assert describer.most_rows == 3
            assert describer.describe(ask("？", priority="batch")).text == "好"

    assert server.keys == [f"Bearer {settings.GLMV_INTERNAL_KEY}"]
