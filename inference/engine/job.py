"""One answer on its way through the scheduler: its row of the model, its text so far, its times."""

from __future__ import annotations

import time
from typing import Any

from inference.engine.handle import Handle
from inference.engine.output import OutputParser
from inference.engine.types import Answer, Delta, FinishReason, Timings


class Job:
    """One of a request's answers. Belongs to the engine's thread.

    Attributes:
        handle: the request's.
        index: which of its answers.
        row: the model's.
        tokens: generated so far.
        retried: memory ran out before its first token once already.
        protected: a batch job that has waited long enough; it makes way for nobody.
        since: when it began to wait for a row.
    """

    def __init__(self, handle: Handle, index: int, row: Any) -> None:
        """Begin.

        Args:
            handle: of the request.
            index: which of its answers.
            row: of the model, at its beginning.
        """
        request = handle.request
        self.handle, self.index, self.row = handle, index, row
        self.parser = OutputParser(thinking=request.thinking, inside_reasoning=row.opens_reasoning, stop=request.stop)
        self.tokens = 0
        self.retried = False
        self.protected = False
        self.since = handle.submitted
        self._queue_s = 0.0
        self._prefill_s = 0.0
        self._first_at: float | None = None
        self._latest_at: float | None = None

    @property
    def is_batch(self) -> bool:
        """Whether it makes way for people."""
        return self.handle.request.priority == "batch" and not self.protected

    @property
    def id(self) -> str:
        """The request's name in log lines."""
        return self.handle.request.id

    def prefilled(self, started: float) -> None:
        """Note that its prompt has been read.

        Args:
            started: when that began, by the monotonic clock.
        """
        now = time.monotonic()
        if self._first_at is None:
            self._queue_s = max(0.0, started - self.handle.submitted - self.handle.decoding_s)
            self._prefill_s = now - started
            self._first_at = now

    def feed(self, piece: str | None) -> FinishReason | None:
        """Take in what one token brought, and hand it out.

        Args:
            piece: text, possibly none; None where the model has ended the answer.

        Returns:
            Why the answer ends here, if it does.
        """
        if piece is None:
            return "stop"
        self.tokens += 1
        self._observe()
        self._hand_out(self.parser.feed(piece))
        if self.parser.stopped:
            return "stop"
        if self.handle.cancelled:
            return "cancelled"
        return "length" if self.tokens >= self.row.token_budget else None

    def finish(self, reason: FinishReason, model_version: str) -> Answer:
        """End the answer; what was held back is handed out.

        Args:
            reason: why it ends.
            model_version: name and fingerprint.

        Returns:
            The answer.
        """
        self._hand_out(self.parser.finish())
        # Reasoning that never came to an answer was cut off, whatever the model thought of it.
        if reason == "stop" and self.parser.still_reasoning:
            reason = "length"
        return Answer(
            self.parser.text, self.parser.reasoning, self.parser.boxes, reason, self.row.input_tokens, self.tokens,
            model_version, self._timings(), self.index,
        )  # fmt: skip

    def _observe(self) -> None:
        before, self._latest_at = self._latest_at, time.monotonic()
        if before is not None:
            self.handle.observer.wrote(self._latest_at - before)

    def _hand_out(self, delta: Delta | None) -> None:
        if delta is not None and self.handle.streaming:
            self.handle.put(Delta(delta.text, delta.reasoning, self.index))

    def _timings(self) -> Timings:
        ended = time.monotonic()
        vision_s = self.row.vision_s
        return Timings(
            queue_s=self._queue_s,
            vision_s=self.handle.decoding_s + vision_s,
            prefill_s=max(0.0, self._prefill_s - vision_s),
            decode_s=ended - (self._first_at or ended),
        )
