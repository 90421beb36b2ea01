"""The two log lines that each request leaves: how its pictures were read, and how its answer was written.

Both carry the request's name, in the line for people and as ``request_id`` for programs.
"""

import logging

from inference.engine.types import Answer, Request

_vision = logging.getLogger("inference.engine.vision")
_llm = logging.getLogger("inference.engine.llm")


def tags(request_id: str, tag: str | None = None) -> dict[str, str]:
    """Return what a log record carries beside its words.

    Args:
        request_id: whose line it is.
        tag: shown instead of the level, where one is given.

    Returns:
        For ``extra=``.
    """
    return {"request_id": request_id} if tag is None else {"request_id": request_id, "tag": tag}


def picture_read(
    request: Request, *, source: tuple[int, int], sent: tuple[int, int], decode_s: float, patch_s: float,
    patches: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """Tell how a picture was read. Of the picture itself nothing is told.

    Args:
        request: that brought it.
        source: its size in pixels as it came.
        sent: its size in pixels as the model gets it.
        decode_s: seconds of decoding and shrinking.
        patch_s: seconds of cutting it into patches, or of encoding it for another server.
        patches: across and down, where they are cut here.
    """
    cut = "" if patches is None else f" patches={patches[0]}x{patches[1]}"
    _vision.info(
        "request=%s source=%dx%d sent=%dx%d%s decode_ms=%.1f patch_ms=%.1f",
        request.id, *source, *sent, cut, 1e3 * decode_s, 1e3 * patch_s,
        extra=tags(request.id, "DEBUG-VISION"),
    )  # fmt: skip


def picture_known(request: Request, patches: tuple[int, int]) -> None:
    """Tell that a picture was seen before and has not been read again.

    Args:
        request: that brought it.
        patches: across and down.
    """
    words = "request=%s cached patches=%dx%d decode_ms=0.0 patch_ms=0.0"
    _vision.info(words, request.id, *patches, extra=tags(request.id, "DEBUG-VISION"))


def answer_written(request: Request, answer: Answer, batch: int) -> None:
    """Tell how an answer was written.

    Args:
        request: what was asked.
        answer: to it.
        batch: how many answers were being written at its end.
    """
    timings = answer.timings
    rate = (answer.output_tokens - 1) / timings.decode_s if answer.output_tokens > 1 and timings.decode_s else 0.0
    _llm.info(
        "request=%s lane=%s input_tokens=%d output_tokens=%d finish=%s queue_ms=%.1f vision_ms=%.1f prefill_ms=%.1f "
        "first_token_ms=%.1f decode_ms=%.1f tokens_per_s=%.1f batch=%d",
        request.id, request.priority, answer.input_tokens, answer.output_tokens, answer.finish_reason,
        1e3 * timings.queue_s, 1e3 * timings.vision_s, 1e3 * timings.prefill_s, 1e3 * timings.first_token_s,
        1e3 * timings.decode_s, rate, batch,
        extra=tags(request.id, "DEBUG-LLM"),
    )  # fmt: skip
