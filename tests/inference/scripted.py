"""A model that says what a test tells it to, token by token, as slowly as the test wants."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from inference.engine.engine import Engine
from inference.engine.handle import Handle
from inference.engine.images import open_image
from inference.engine.types import ImagePart, Message, Request, TextPart


class ScriptedRow:
    """One answer: the pieces of its script, then the end."""

    input_tokens = 7
    vision_s = 0.0

    def __init__(self, owner: "ScriptedModel", pieces: list[str | Exception], request: Request) -> None:
        self._owner = owner
        self._pieces = iter(pieces)
        self.token_budget = request.max_new_tokens or 100
        self.opens_reasoning = owner.opens_reasoning

    def next_piece(self) -> str | None:
        if self._owner.before_token is not None:
            self._owner.before_token()
        piece = next(self._pieces, None)
        if isinstance(piece, Exception):
            raise piece
        return piece


@dataclass
class ScriptedModel:
    """Implements :class:`inference.engine.model.Model`.

    Attributes:
        script: pieces of the answer to a question, by its text; other questions are echoed, one character a token.
        before_token: called before every token, in the engine's thread.
        before_decoding: called before pictures are decoded, in the caller's thread.
        questions: what was begun, in order.
        threads: names of the threads that ran the model.
        recoveries: how often memory was given back.
        broken_recovery: raised whenever memory is to be given back.
    """

    name: str = "scripted"
    version: str = "scripted@0"
    script: dict[str, list[str | Exception]] = field(default_factory=dict)
    before_token: Callable[[], object] | None = None
    before_decoding: Callable[[], object] | None = None
    opens_reasoning: bool = False
    questions: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    recoveries: int = 0
    broken_recovery: Exception | None = None

    def prepare(self, request: Request) -> int:
        if self.before_decoding is not None:
            self.before_decoding()
        parts = [part for message in request.messages for part in message.parts if isinstance(part, ImagePart)]
        return sum(open_image(part.source).width for part in parts)

    def begin(self, request: Request, prepared: int) -> ScriptedRow:
        question = text_of(request)
        self.questions.append(question)
        self.threads.add(threading.current_thread().name)
        return ScriptedRow(self, self.script.get(question, list(question)), request)

    def recover(self) -> None:
        self.recoveries += 1
        if self.broken_recovery is not None:
            raise self.broken_recovery


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
