"""A model that says what a test tells it to, token by token, as slowly as the test wants."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from inference.engine.engine import Engine
from inference.engine.errors import of_picture
from inference.engine.handle import Handle
from inference.engine.images import open_image
from inference.engine.types import ImagePart, Message, Request, TextPart


class ScriptedRow:
    """One answer: the pieces of its script, then the end."""

    input_tokens = 7
    vision_s = 0.0

    def __init__(self, pieces: list[str | Exception], request: Request, opens_reasoning: bool) -> None:
        self.pieces = pieces
        self.written = 0
        self.admitted = False
        self.token_budget = request.max_new_tokens or 100
        self.opens_reasoning = opens_reasoning

    def peek(self) -> str | Exception | None:
        return self.pieces[self.written] if self.written < len(self.pieces) else None


@dataclass
class ScriptedModel:
    """Implements :class:`inference.engine.model.Model`.

    Attributes:
        most_rows: how many answers may be written at once.
        script: pieces of the answer to a question, by its text; other questions are echoed, one character a token.
            An exception in it is raised when its turn comes, in whichever step; once where it is ``Once``.
        before_token: called before every prefill and step, in the engine's thread.
        before_decoding: called before pictures are decoded, in the caller's thread.
        questions: what was begun, in order.
        requests: the same, whole.
        prefilled: what was read, in order; more than once where an answer had to make way.
        batches: the questions of the answers that grew in each step.
        threads: names of the threads that ran the model.
        recoveries: how often memory was given back.
        broken_recovery: raised whenever memory is to be given back.
    """

    name: str = "scripted"
    version: str = "scripted@0"
    most_rows: int = 1
    script: dict[str, list[str | Exception]] = field(default_factory=dict)
    before_token: Callable[[], object] | None = None
    before_decoding: Callable[[], object] | None = None
    opens_reasoning: bool = False
    questions: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    prefilled: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    recoveries: int = 0
    broken_recovery: Exception | None = None
    _names: dict[ScriptedRow, str] = field(default_factory=dict)

    def prepare(self, request: Request) -> int:
        if self.before_decoding is not None:
            self.before_decoding()
        parts = [part for message in request.messages for part in message.parts if isinstance(part, ImagePart)]
        width = 0
        for index, part in enumerate(parts):
            with of_picture(index):
                width += open_image(part.source).width
        return width

    def begin(self, request: Request, prepared: int) -> list[ScriptedRow]:
        question = text_of(request)
        self.questions.append(question)
        self.requests.append(request)
        self.threads.add(threading.current_thread().name)
        script = self.script.get(question, list(question))
        rows = [ScriptedRow(script, request, self.opens_reasoning) for _ in range(request.n)]
        self._names |= dict.fromkeys(rows, question)
        return rows

    def admit(self, row: ScriptedRow) -> bool:
        if sum(other.admitted for other in self._names) >= self.most_rows:
            return False
        row.admitted = True
        return True

    def prefill(self, row: ScriptedRow) -> str | None:
        assert row.admitted, "read without a place"
        self.prefilled.append(self._names[row])
        return self._write([row])[0]

    def step(self, rows: Sequence[ScriptedRow]) -> list[str | None]:
        assert all(row.admitted for row in rows), "stepped without a place"
        self.batches.append([self._names[row] for row in rows])
        return self._write(rows)

    def release(self, row: ScriptedRow) -> None:
        row.admitted = False

    def recover(self) -> None:
        self.recoveries += 1
        if self.broken_recovery is not None:
            raise self.broken_recovery

    def figures(self) -> dict[str, float]:
        return {"cache_tokens": sum(row.admitted for row in self._names)}

    def _write(self, rows: Sequence[ScriptedRow]) -> list[str | None]:
        if self.before_token is not None:
            self.before_token()
        pieces: list[str | None] = []
        for row in rows:
            piece = row.peek()
            if isinstance(piece, Exception):
                if isinstance(piece, Once):
                    row.pieces = [other for other in row.pieces if other is not piece]
                    raise piece.error
                raise piece
            pieces.append(piece)
        for row in rows:
            row.written += 1
        return pieces


class Once(Exception):
    """Stands in a script for an error that is not raised a second time."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Gate:
    """Lets tokens through one by one: the engine waits at it until a test opens it."""

    def __init__(self) -> None:
        self._open = threading.Semaphore(0)
        self.reached = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self._open.acquire(timeout=30), "a test forgot to open its gate"

    def let_through(self, tokens: int = 1) -> None:
        self._open.release(tokens)

    def open(self) -> None:
        self._open.release(1_000_000)


def occupy(engine: Engine, gate: Gate) -> Handle:
    """Let a request run that stands before its first token."""
    handle = engine.submit(ask("占"))
    assert gate.reached.wait(30)
    return handle


def ask(text: str, *, picture: bytes | None = None, **options: Any) -> Request:
    """Write a request with one question, and a picture if there is one."""
    parts = (TextPart(text),) if picture is None else (ImagePart(picture), TextPart(text))
    return Request((Message("user", parts),), **options)


def text_of(request: Request) -> str:
    """Return the words of a request's last turn."""
    return "".join(part.text for part in request.messages[-1].parts if isinstance(part, TextPart))


def picture(width: int = 120, height: int = 90, kind: str = "PNG", colour: str = "teal") -> bytes:
    """Draw a picture that is not the same everywhere."""
    image = Image.new("RGB", (width, height), colour)
    image.paste("white", (width // 4, height // 4, width // 2, height // 2))
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
