"""What goes into the engine and what comes out: plain data, without Django and without torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Role = Literal["system", "user", "assistant"]
Detail = Literal["low", "auto", "high"]
Priority = Literal["interactive", "batch"]
FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture inside a message.

    Attributes:
        source: the encoded file's bytes, or the path of a file. Never a URL.
        page: which page of a multi-page TIFF, counted from 0.
        detail: ``auto`` shrinks large pictures as configured, ``high`` keeps them up to the model's own limit,
            ``low`` shrinks every picture to 512 pixels on its longer side.
        max_pixels: most pixels that its header may claim; None takes the engine's limit, which is that of public
            doors. Whoever trusts where the picture comes from says more.
    """

    source: bytes | Path = field(repr=False)
    page: int = 0
    detail: Detail = "auto"
    max_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words inside a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: who speaks, and pictures and words in order."""

    role: Role
    parts: tuple[ImagePart | TextPart, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A question to the model.

    Attributes:
        messages: the conversation so far; the model answers the last turn.
        max_new_tokens: bound on the answer's tokens; None takes the engine's default.
        temperature: 0 chooses the likeliest token every time (greedy).
        top_p: nucleus sampling; 1 turns it off.
        top_k: sampling among the k likeliest; 0 turns it off.
        repetition_penalty: over 1 makes tokens that occurred already less likely.
        frequency_penalty: taken from a token's score for each time that the answer has it already; below 0 it is added.
        presence_penalty: taken once from the scores of all tokens that the answer has already.
        seed: makes a sampled answer repeatable; None draws a fresh one.
        stop: the answer ends before the first of these strings.
        n: how many answers are wanted; they share the reading of the prompt, and each has a seed of its own.
        json_schema: a JSON schema as text; the answer (not the reasoning) is sure to follow it. ``{}`` is any JSON.
        thinking: lets the model reason before it answers; the reasoning is kept apart from the answer.
        thinking_limit: most tokens of reasoning, after which the model has to answer; None sets no bound but
            ``max_new_tokens``.
        priority: ``interactive`` requests overtake ``batch`` ones.
        deadline_s: seconds from submission after which the request is given up.
        id: names the request in log lines; empty draws one.
    """

    messages: tuple[Message, ...]
    max_new_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    json_schema: str | None = None
    thinking: bool = False
    thinking_limit: int | None = None
    priority: Priority = "interactive"
    deadline_s: float | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture, in thousandths of its width and height from the upper left corner."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Where a request's time went, in seconds.

    Attributes:
        queue_s: waiting for its turn.
        vision_s: decoding and shrinking the pictures, cutting them into patches, and the vision encoder.
        prefill_s: reading the prompt, up to the first token.
        decode_s: the other tokens.
    """

    queue_s: float
    vision_s: float
    prefill_s: float
    decode_s: float

    @property
    def first_token_s(self) -> float:
        """From the request to its first token."""
        return self.queue_s + self.vision_s + self.prefill_s

    @property
    def total_s(self) -> float:
        """From the request to its last token."""
        return self.first_token_s + self.decode_s


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said.

    Attributes:
        text: the answer, without box markers.
        reasoning: what the model thought before it; empty without thinking.
        boxes: rectangles that the answer names.
        finish_reason: ``stop`` (the model was done, or a stop string came), ``length`` (the token bound was reached,
            or the reasoning never ended) or ``cancelled``.
        input_tokens: tokens of the prompt, pictures included.
        output_tokens: tokens generated, the end-of-turn token not counted.
        model_version: name and fingerprint of the checkpoint.
        timings: where the time went.
        index: which of the ``n`` answers, counted from 0.
    """

    text: str
    reasoning: str
    boxes: tuple[Box, ...]
    finish_reason: FinishReason
    input_tokens: int
    output_tokens: int
    model_version: str
    timings: Timings
    index: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """What has been added to an answer since the last delta; either part may be empty, never both.

    Attributes:
        text: more of the answer.
        reasoning: more of the reasoning.
        index: of which of the ``n`` answers, counted from 0.
    """

    text: str
    reasoning: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How the engine is doing, for the metrics.

    Attributes:
        running: answers that are being written.
        waiting: requests that wait.
        most_rows: how many answers may be written at once now.
        out_of_memory: how often memory has run out.
        restarts: how often the engine's thread has been started again after a crash.
        prompt_tokens: tokens read since the start.
        output_tokens: tokens generated since the start.
        model: what the model tells of its memory and caches.
    """

    running: int = 0
    waiting: int = 0
    most_rows: int = 0
    out_of_memory: int = 0
    restarts: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    model: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a picture's header says, without decoding it.

    Attributes:
        width: pixels across, as displayed (EXIF orientation applied).
        height: pixels down, as displayed.
        format: ``JPEG``, ``PNG``, ``TIFF``, ``WEBP``, ``BMP``, ``GIF``, ``HEIF``, ``AVIF`` or ``JPEG2000``.
        mode: Pillow's name of the pixel format, such as ``I;16`` or ``CMYK``.
        pages: pages of a TIFF, 1 for everything else.
        exif: tags by name, with values that JSON can hold.
    """

    width: int
    height: int
    format: str
    mode: str
    pages: int
    exif: Mapping[str, str | int | float | list[int | float]]
