"""Serves requests from the queue, one after another, in the engine's thread: the seam where batching belongs."""

import logging
import threading
import time

from inference.engine.errors import EngineError, GenerationFailed, OutOfMemory, is_out_of_memory
from inference.engine.handle import Handle
from inference.engine.lanes import Lanes
from inference.engine.model import Model, Row
from inference.engine.output import OutputParser
from inference.engine.types import Answer, FinishReason, Timings

logger = logging.getLogger(__name__)


class Scheduler:
    """The loop around the model. One request's failure is one request's failure."""

    def __init__(self, model: Model, lanes: Lanes) -> None:
        """Connect queue and model.

        Args:
            model: loaded.
            lanes: where requests wait.
        """
        self._model = model
        self._lanes = lanes
        self._hurry = threading.Event()

    def run(self) -> None:
        """Serve until the queue is closed and empty."""
        while (handle := self._lanes.take()) is not None:
            started = time.monotonic()
            # Somebody waits for this handle: it gets an event even where the thread itself comes to an end.
            outcome: Answer | EngineError = GenerationFailed("the engine's thread ended")
            try:
                outcome = self.serve(handle)
            finally:
                handle.put(outcome)
                self._lanes.done(handle, time.monotonic() - started)
                del handle  # its pictures and text need not wait for the next request

    def hurry(self) -> None:
        """End the running request after its current token. May be called from any thread."""
        self._hurry.set()

    def serve(self, handle: Handle) -> Answer | EngineError:
        """Work on one request.

        Args:
            handle: its deltas go there.

        Returns:
            The answer, or the error that is this request's only.
        """
        outcome = self._try(handle)
        if isinstance(outcome, OutOfMemory):
            # Only now: while the exception was being handled its frames still held the tensors.
            self._recover(handle)
        return outcome

    def _recover(self, handle: Handle) -> None:
        """Have the model give memory back; a device that cannot even do that fails the next request, not the thread."""
        try:
            self._model.recover()
        except Exception:
            logger.exception("request=%s: memory could not be given back", handle.request.id)

    def _try(self, handle: Handle) -> Answer | EngineError:
        try:
            handle.check()
            return self._generate(handle)
        except EngineError as error:
            error.__context__ = None
            return error.with_traceback(None)
        except Exception as error:  # whatever it is, the next request must find a living thread
            detail = f"{type(error).__name__}: {error}"[:200]
            if is_out_of_memory(error):
                logger.warning("request=%s ran out of memory: %s", handle.request.id, detail)
                return OutOfMemory(detail)
            logger.exception("request=%s failed", handle.request.id)
            return GenerationFailed(detail)

    def _generate(self, handle: Handle) -> Answer:
        request = handle.request
        begun = time.monotonic()
        prepared, handle.prepared = handle.prepared, None
        row = self._model.begin(request, prepared)
        parser = OutputParser(thinking=request.thinking, inside_reasoning=row.opens_reasoning, stop=request.stop)
        piece = row.next_piece()
        prefilled = time.monotonic()
        tokens, reason = self._decode(handle, row, parser, piece)
        ended = time.monotonic()
        timings = Timings(
            queue_s=max(0.0, begun - handle.submitted - handle.decoding_s),
            vision_s=handle.decoding_s + row.vision_s,
            prefill_s=max(0.0, prefilled - begun - row.vision_s),
            decode_s=ended - prefilled,
        )
        answer = Answer(
            parser.text, parser.reasoning, parser.boxes, reason, row.input_tokens, tokens, self._model.version, timings
        )
        _log(handle, answer)
        return answer

    def _decode(self, handle: Handle, row: Row, parser: OutputParser, piece: str | None) -> tuple[int, FinishReason]:
        """Generate until the end of the answer; return how many tokens it has and why it ended."""
        tokens = 0
        while True:
            reason = self._feed(handle, parser, piece)
            tokens += piece is not None
            if reason is None and tokens >= row.token_budget:
                reason = "length"
            if reason is not None:
                break
            piece = row.next_piece()
        last = parser.finish()
        if last is not None and handle.streaming:
            handle.put(last)
        # Reasoning that never came to an answer was cut off, whatever the model thought of it.
        return tokens, "length" if reason == "stop" and parser.still_reasoning else reason

    def _feed(self, handle: Handle, parser: OutputParser, piece: str | None) -> FinishReason | None:
        """Take in what one token brought; return why the answer ends here, if it does."""
        if handle.overdue:
            raise handle.too_late()
        if piece is None:
            return "stop"
        delta = parser.feed(piece)
        if delta is not None and handle.streaming:
            handle.put(delta)
        if parser.stopped:
            return "stop"
        return "cancelled" if handle.cancelled or self._hurry.is_set() else None


def _log(handle: Handle, answer: Answer) -> None:
    timings = answer.timings
    rate = (answer.output_tokens - 1) / timings.decode_s if answer.output_tokens > 1 and timings.decode_s else 0.0
    logger.info(
        "request=%s lane=%s input_tokens=%d output_tokens=%d finish=%s queue_ms=%.1f vision_ms=%.1f prefill_ms=%.1f "
        "decode_ms=%.1f tokens_per_s=%.1f",
        handle.request.id, handle.request.priority, answer.input_tokens, answer.output_tokens, answer.finish_reason,
        1e3 * timings.queue_s, 1e3 * timings.vision_s, 1e3 * timings.prefill_s, 1e3 * timings.decode_s, rate,
        extra={"tag": "DEBUG-LLM"},
    )  # fmt: skip
