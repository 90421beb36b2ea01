"""Reads the model's raw text as it grows: reasoning apart from answer, box markers out, stop strings obeyed.

The result does not depend on how the text is cut into pieces: whatever may still become a marker or a stop string is
held back until it is clear.
"""

import re
from typing import Literal

from inference.engine.detokenise import BOX_OPEN, MARKERS, THINK_CLOSE, THINK_OPEN
from inference.engine.types import Box, Delta

_TAG = re.compile("|".join(re.escape(marker) for marker in MARKERS))
_THINK_TAG = re.compile(f"{re.escape(THINK_OPEN)}|{re.escape(THINK_CLOSE)}")
_NUMBER = r"\s*(\d{1,4}(?:\.\d+)?)\s*"
_BOX = re.compile(rf"\[{_NUMBER}[,\uff0c]{_NUMBER}[,\uff0c]{_NUMBER}[,\uff0c]{_NUMBER}\]")
_BOX_SCALE = 1000

_Channel = Literal["undecided", "reasoning", "content"]


class OutputParser:
    """One answer in the making.

    Text without any tag is content. Text in ``<think>…</think>`` is reasoning; when the tag is never closed, all that
    follows it is. Text before a ``</think>`` that nobody opened is reasoning too. With thinking on nothing is handed
    out before that is settled; with it off content is handed out at once, so that after a stray ``</think>`` the
    deltas differ from the final :attr:`text`.

    Attributes:
        stopped: a stop string came; nothing that follows counts.
    """

    def __init__(self, *, thinking: bool, inside_reasoning: bool = False, stop: tuple[str, ...] = ()) -> None:
        """Begin an empty answer.

        Args:
            thinking: the model was asked to reason first.
            inside_reasoning: the prompt itself ends with an opened ``<think>``.
            stop: strings that end the answer; they count in content only, and are not part of it.
        """
        self._channel: _Channel = "reasoning" if inside_reasoning else "undecided" if thinking else "content"
        self._settled = inside_reasoning
        self._pending = ""
        self._stop = _StopFinder(stop)
        self._text = _Trimmed()
        self._reasoning = _Trimmed()
        self._box_open = False
        self._boxed: list[str] = []

    @property
    def text(self) -> str:
        """The answer so far, as far as it is clear."""
        return self._text.value

    @property
    def reasoning(self) -> str:
        """The reasoning so far, as far as it is clear."""
        return self._reasoning.value

    @property
    def stopped(self) -> bool:
        """Whether a stop string has ended the answer."""
        return self._stop.found

    @property
    def still_reasoning(self) -> bool:
        """Whether the reasoning has not come to its end."""
        return self._channel == "reasoning"

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The rectangles named between box markers."""
        return tuple(box for part in self._boxed for box in _read_boxes(part))

    def feed(self, piece: str) -> Delta | None:
        """Add text.

        Args:
            piece: what the model wrote next, any length.

        Returns:
            What became clear by it, or None.
        """
        if self.stopped or not piece:
            return None
        self._pending += piece
        if self._channel == "undecided":
            self._settle()
        if self._channel != "undecided":
            self._pending = self._consume(self._pending)
        return self._delta()

    def finish(self) -> Delta | None:
        """End the answer: what was held back is text after all.

        Returns:
            What became clear by it, or None.
        """
        if self._channel == "undecided":
            self._channel = "content"
            self._pending = self._consume(self._pending)
        self._write(self._pending)
        self._pending = ""
        if not self.stopped:
            self._text.add(self._stop.rest())
        return self._delta()

    def _settle(self) -> None:
        """Decide by the first think tag what the text before it is."""
        match = _THINK_TAG.search(self._pending)
        if match is None:
            return
        before = self._pending[: match.start()]
        self._channel = "content" if match[0] == THINK_OPEN else "reasoning"
        self._settled = True
        self._write(self._consume(before))
        self._pending = self._pending[match.start() :]

    def _consume(self, raw: str) -> str:
        """Take in all that cannot be the beginning of a tag; return the rest."""
        start = 0
        for match in _TAG.finditer(raw):
            self._write(raw[start : match.start()])
            self._obey(match[0])
            start = match.end()
        keep = _held_back(raw[start:], MARKERS)
        self._write(raw[start : len(raw) - keep])
        return raw[len(raw) - keep :]

    def _obey(self, tag: str) -> None:
        """Act on a complete tag."""
        if self.stopped:
            return
        if tag == THINK_OPEN:
            self._channel, self._settled = "reasoning", True
        elif tag == THINK_CLOSE:
            if not self._settled:
                self._turn_into_reasoning()
            self._channel, self._settled = "content", True
        elif self._channel == "content":
            self._box_open = tag == BOX_OPEN
            if tag == BOX_OPEN:
                self._boxed.append("")

    def _turn_into_reasoning(self) -> None:
        """Nobody opened what is being closed: everything so far was reasoning."""
        self._text.add(self._stop.rest())
        self._reasoning, self._text = self._text, _Trimmed()
        self._box_open, self._boxed = False, []

    def _write(self, text: str) -> None:
        if not text or self.stopped:
            return
        if self._channel == "reasoning":
            self._reasoning.add(text)
            return
        clear, used = self._stop.feed(text)
        if self._box_open:
            self._boxed[-1] += text[:used]
        self._text.add(clear)

    def _delta(self) -> Delta | None:
        text, reasoning = self._text.take(), self._reasoning.take()
        return Delta(text, reasoning) if text or reasoning else None


class _Trimmed:
    """Growing text without white space at either end."""

    def __init__(self) -> None:
        self.value = ""
        self._space = ""
        self._taken = 0

    def add(self, text: str) -> None:
        text = self._space + text if self.value else text.lstrip()
        body = text.rstrip()
        self.value += body
        self._space = text[len(body) :] if self.value else ""

    def take(self) -> str:
        """Return what was added since the last call."""
        new = self.value[self._taken :]
        self._taken = len(self.value)
        return new


class _StopFinder:
    """Lets text through up to the first stop string to be completed."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = tuple(string for string in stop if string)
        self._held = ""
        self.found = False

    def feed(self, text: str) -> tuple[str, int]:
        """Return the text that is clear now, and how much of the argument was read before a stop string ended it."""
        if not self._stop:
            return text, len(text)
        before = len(self._held)
        window = self._held + text
        # Of several, the one completed first counts: so it does not matter in which pieces the text came.
        ends = [(place + len(string), place) for string in self._stop if (place := window.find(string)) >= 0]
        if ends:
            end, place = min(ends)
            self.found, self._held = True, ""
            return window[:place], end - before
        keep = _held_back(window, self._stop)
        self._held = window[len(window) - keep :]
        return window[: len(window) - keep], len(text)

    def rest(self) -> str:
        """Return and forget what was held back."""
        held, self._held = self._held, ""
        return held


def _held_back(text: str, strings: tuple[str, ...]) -> int:
    """Return the length of the longest end of a text that one of the strings begins with."""
    longest = min(len(text), max(map(len, strings)) - 1)
    for length in range(longest, 0, -1):
        end = text[-length:]
        if any(string.startswith(end) for string in strings):
            return length
    return 0


def _read_boxes(text: str) -> list[Box]:
    """Return the well-formed rectangles in what stood between two box markers."""
    boxes = []
    for match in _BOX.finditer(text):
        x1, y1, x2, y2 = (round(float(number)) for number in match.groups())
        if x1 < x2 <= _BOX_SCALE and y1 < y2 <= _BOX_SCALE:
            boxes.append(Box(x1, y1, x2, y2))
    return boxes
