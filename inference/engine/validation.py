"""Refuses requests that contradict themselves, naming the field, before they cost anything."""

import math

from inference.engine.errors import InvalidRequest
from inference.engine.types import ImagePart, Request

MOST_ANSWERS = 4
"""How many answers one request may ask for."""
MOST_PENALTY = 2
"""How much a frequency or presence penalty may be, either way."""


def validate(request: Request) -> None:
    """Check a request's values.

    Args:
        request: any.

    Raises:
        InvalidRequest: the first field that cannot be meant.
    """
    _validate_messages(request)
    for field, value, lowest, highest in (
        ("temperature", request.temperature, 0.0, math.inf),
        ("top_k", request.top_k, 0, math.inf),
    ):
        _require(lowest <= value < highest, field, f"must be at least {lowest}")
    _require(0.0 < request.top_p <= 1.0, "top_p", "must be over 0 and at most 1")
    _require(0.0 < request.repetition_penalty < math.inf, "repetition_penalty", "must be over 0")
    for field, value in (
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
    ):
        _require(-MOST_PENALTY <= value <= MOST_PENALTY, field, f"must be {-MOST_PENALTY} to {MOST_PENALTY}")
    _require(request.max_new_tokens is None or request.max_new_tokens >= 1, "max_new_tokens", "must be at least 1")
    _require(1 <= request.n <= MOST_ANSWERS, "n", f"must be 1 to {MOST_ANSWERS}")
    _require(request.thinking_limit is None or request.thinking_limit >= 1, "thinking_limit", "must be at least 1")
    _require(request.deadline_s is None or request.deadline_s > 0, "deadline_s", "must be over 0")
    _require(request.priority in ("interactive", "batch"), "priority", "must be interactive or batch")


def _validate_messages(request: Request) -> None:
    _require(bool(request.messages), "messages", "must not be empty")
    _require(request.messages[-1].role != "assistant", "messages", "the last one must be a question")
    for message in request.messages:
        _require(bool(message.parts), "messages", "must have a content")
        if message.role != "user":
            pictures = any(isinstance(part, ImagePart) for part in message.parts)
            _require(not pictures, "messages", "pictures belong into messages of the user")


def _require(holds: bool, field: str, detail: str) -> None:
    if not holds:
        raise InvalidRequest(field, detail)
