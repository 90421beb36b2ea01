"""A describer for tests: answers from a queue, keeps what it was asked, and can be slow, busy or gone."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from inference.types import Answer, FinishReason, ImagePart, Request, Timings

Reply = str | Answer | BaseException


def answer_of(text: str, finish_reason: FinishReason = "stop") -> Answer:
    """Return an answer with this text."""
    return Answer(
        text=text,
        reasoning="",
        boxes=(),
        finish_reason=finish_reason,
        input_tokens=40,
        output_tokens=len(text),
        model_version="fake@1",
        timings=Timings(0.0, 0.01, 0.02, 0.03),
    )


def failing_for(path: Path, error: BaseException, times: int | None = None) -> Callable[[Request], None]:
    """Return what raises an error before a request that shows a certain file.

    Args:
        path: the file.
        error: what is raised.
        times: how often; None for always.
    """
    left = [times]

    def fail(request: Request) -> None:
        shown = [part.source for part in request.messages[0].parts if isinstance(part, ImagePart)]
        if path in shown and left[0] != 0:
            left[0] = None if left[0] is None else left[0] - 1
            raise error

    return fail


class FakeDescriber:
    """Answers each request with the next reply of its queue, then with `default`.

    Args:
        replies: texts or answers to give and errors to raise, in order.
        default: the text once the queue is empty.
        delay_s: how long each answer takes.
        before: called before each answer with the request.
        most_rows: how many requests it answers at once.
    """

    model_name = "fake"
    model_version = "fake@1"

    def __init__(
        self,
        replies: Iterable[Reply] = (),
        *,
        default: str = "桥头有三个人",
        delay_s: float = 0.0,
        before: Callable[[Request], object] | None = None,
        most_rows: int = 1,
    ) -> None:
        self.queue = deque(replies)
        self.default = default
        self.delay_s = delay_s
        self.before = before
        self.most_rows = most_rows
        self.history: list[Request] = []

    def describe(self, request: Request) -> Answer:
        """Answer."""
        self.history.append(request)
        if self.before is not None:
            self.before(request)
        if self.delay_s:
            time.sleep(self.delay_s)
        reply = self.queue.popleft() if self.queue else self.default
        if isinstance(reply, BaseException):
            raise reply
        return reply if isinstance(reply, Answer) else answer_of(reply)


class SteadyClock:
    """A clock that goes forward when it is slept by, and not otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
