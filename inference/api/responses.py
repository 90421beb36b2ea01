"""Writes whole answers as OpenAI's objects, with what this system knows beyond them."""

import time
from collections.abc import Sequence
from typing import Any

from inference.api.knowledge import Citation
from inference.labels import ai_label, aigc_object
from inference.types import Answer, Box

OWNER = "glmv"


def completion(
    answers: Sequence[Answer], *, call_id: str, model: str, citations: Sequence[Citation] | None = None
) -> dict[str, Any]:
    """Write the answer to a request.

    Args:
        answers: all of them, in order.
        call_id: the completion's name.
        model: the model's name.
        citations: what the model was given from a knowledge base; None where none was asked for.

    Returns:
        A ``chat.completion``.
    """
    body = {
        "id": call_id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [_choice(answer) for answer in answers],
        "usage": usage(answers),
        "model_version": answers[0].model_version,
        "aigc": aigc(call_id),
    }
    return body if citations is None else {**body, "citations": cited(citations)}


def cited(citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """Write what an answer refers to.

    Args:
        citations: what the model was given.

    Returns:
        ``number``, ``title`` and ``url`` each.
    """
    return [{"number": citation.number, "title": citation.title, "url": citation.url} for citation in citations]


def usage(answers: Sequence[Answer]) -> dict[str, int]:
    """Count tokens.

    Args:
        answers: to one prompt, which is counted once.

    Returns:
        The numbers under OpenAI's names and under the plain ones.
    """
    read, written = answers[0].input_tokens, sum(answer.output_tokens for answer in answers)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "input_tokens": read,
        "output_tokens": written,
    }


def aigc(call_id: str) -> dict[str, str]:
    """Return the label that AI text carries on every way out, for people, and the keys of GB 45438-2025 for machines.

    Args:
        call_id: the completion's name.
    """
    return {"label": ai_label(source="model", reviewed=False), **aigc_object(produced=call_id)}


def boxes(found: Sequence[Box]) -> list[list[int]]:
    """Write rectangles.

    Args:
        found: in thousandths of the picture.

    Returns:
        ``[x1, y1, x2, y2]`` each.
    """
    return [[box.x1, box.y1, box.x2, box.y2] for box in found]


def models(names: Sequence[str], version: str, created: int) -> dict[str, Any]:
    """List the models.

    Args:
        names: under which they can be asked for.
        version: of the loaded checkpoint; empty while none is.
        created: seconds since 1970.

    Returns:
        A ``list`` of ``model`` objects.
    """
    return {"object": "list", "data": [model(name, version, created) for name in names]}


def model(name: str, version: str, created: int) -> dict[str, Any]:
    """Describe a model.

    Args:
        name: under which it can be asked for.
        version: of the loaded checkpoint; empty while none is.
        created: seconds since 1970.

    Returns:
        A ``model``.
    """
    return {"id": name, "object": "model", "created": created, "owned_by": OWNER, "model_version": version}


def _choice(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.boxes:
        message["boxes"] = boxes(answer.boxes)
    return {"index": answer.index, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}
