"""What schemathesis has to know of /v1: how a stream is read, and what a request needs to get as far as the model.

``SCHEMATHESIS_HOOKS=tests.inference.api.schemathesis_hooks st run …`` loads it for the command.
"""

import json
from typing import Any

import schemathesis
from schemathesis import Case
from schemathesis.core.deserialization import DeserializationContext
from schemathesis.core.transport import Response
from schemathesis.hooks import HookContext

from tests.inference.api.conftest import scan

_FEW_TOKENS = 8
_FEW_PICTURES = 2
_PICTURES = (scan(), scan(640, 700), scan(1200, 480))


@schemathesis.deserializer("text/event-stream")
def read_stream(context: DeserializationContext, response: Response) -> list[Any]:
    """Read the data of each event; the mark of the end is a word."""
    lines = [line for line in response.content.decode().split("\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    data = [line.removeprefix("data: ") for line in lines]
    return [each if each == "[DONE]" else json.loads(each) for each in data]


@schemathesis.hook("before_call")
def lead_on(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Put in what nobody guesses: the model's name, pictures, a question at the end. Nothing wrong is put right."""
    body: Any = case.body
    if not isinstance(body, dict) or not case.path.startswith("/v1/"):
        return
    if body.get("model") and isinstance(body["model"], str):
        body["model"] = "default"
    for bound in ("max_tokens", "max_completion_tokens"):
        if _is_number(body.get(bound)) and body[bound] > _FEW_TOKENS:
            body[bound] = _FEW_TOKENS if body[bound] < 2**31 else body[bound]
    if isinstance(body.get("knowledge_base_id"), str) and len(body["knowledge_base_id"]) % 2:
        del body["knowledge_base_id"]
    messages = body.get("messages")
    if isinstance(messages, list) and messages:
        _ask(messages[-1])
        for message in messages:
            _show(message)


def _ask(message: Any) -> None:
    if isinstance(message, dict) and message.get("role") in ("assistant", "system", "developer"):
        message["role"] = "user"


def _show(message: Any) -> None:
    parts = message.get("content") if isinstance(message, dict) else None
    if not isinstance(parts, list):
        return
    for part in parts:
        image: Any = part.get("image_url") if isinstance(part, dict) else None
        url = image.get("url") if isinstance(image, dict) else None
        if isinstance(url, str) and url:
            image["url"] = _PICTURES[len(url) % len(_PICTURES)]
    # More pictures than a request may bring are described in words only.
    seen = 0
    for part in list(parts):
        seen += _is_picture(part)
        if seen > _FEW_PICTURES and _is_picture(part):
            parts.remove(part)


def _is_picture(part: Any) -> bool:
    """Tell whether a part is a picture with nothing wrong about it."""
    if not isinstance(part, dict) or part.get("type") != "image_url" or not isinstance(part.get("image_url"), dict):
        return False
    image = part["image_url"]
    return image.get("url") in _PICTURES and image.get("detail") in (None, "auto", "low", "high")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
