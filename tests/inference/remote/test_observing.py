"""Of answers that another server writes there are the same log lines and figures, under one name on both sides."""

from dataclasses import dataclass, field

import pytest

from inference.engine.types import Answer, Request
from tests.inference.openai_server import Exchange, OpenAIServer, says
from tests.inference.remote.conftest import Start
from tests.inference.scripted import ask, picture


@dataclass
class Notes:
    """Looks on."""

    tokens: int = 0
    gaps: int = 0
    answers: list[Answer] = field(default_factory=list)

    def wrote(self, gap_s: float, tokens: int = 1) -> None:
        self.tokens += tokens
        self.gaps += gap_s > 0

    def answered(self, request: Request, answer: Answer) -> None:
        self.answers.append(answer)


def test_a_picture_and_an_answer_leave_a_line_each(
    server: OpenAIServer, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays(says("石", "桥"))
    caplog.set_level("INFO", logger="inference.engine")

    start().submit(ask("这是什么？", picture=picture(2400, 1600), id="abc-1")).result()

    tagged = {getattr(record, "tag", ""): record for record in caplog.records}
    assert "source=2400x1600 sent=1024x683 " in tagged["DEBUG-VISION"].getMessage()
    assert "output_tokens=2" in tagged["DEBUG-LLM"].getMessage()
    assert {tagged[tag].request_id for tag in ("DEBUG-VISION", "DEBUG-LLM")} == {"abc-1"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "told"), [("abc-1", "abc-1"), ("名字", None), ("a\nb", None)])
def test_the_other_server_is_told_the_name(server: OpenAIServer, start: Start, name: str, told: str | None) -> None:
    start().submit(ask("问", id=name)).result()

    assert server.names == [told]


def test_whoever_looks_on_sees_all_tokens_also_those_that_came_at_once(server: OpenAIServer, start: Start) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        exchange.words("一座")
        exchange.words("石桥", reason="stop")
        exchange.end(completion_tokens=5)

    server.plays(script)
    engine, notes = start(), Notes()
    engine.observer = notes

    answer = engine.submit(ask("问")).result()

    assert notes.answers == [answer]
    assert notes.gaps == 1
    assert notes.tokens == 4  # all but the first one
