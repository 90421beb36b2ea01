"""Writes a request as the JSON of a chat completion. Pictures travel inside it, as the local engine would see them."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image

from inference.engine import request_log
from inference.engine.errors import SchemaUnusable, of_picture
from inference.engine.images import ImageLimits, read_info, take_in
from inference.engine.types import ImagePart, Message, Request, TextPart
from inference.remote.target import RemoteModel

# Formats and pixel formats that every server reads alike; anything else is decoded here, by our rules.
_UNDERSTOOD_BY_ALL = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PLAIN_MODES = ("RGB", "L")
_JPEG_QUALITY = 92
_MOST_BYTES = 2_500_000
"""A picture with more bytes is encoded anew: two of them, and what is around them, have to fit into a request."""


def write_body(request: Request, model: RemoteModel, limits: ImageLimits, default_max_new_tokens: int) -> bytes:
    """Write a request.

    Extensions are sent only where they say something: strict servers refuse fields that they do not know.

    Args:
        request: what is asked; it has been validated.
        model: who is asked.
        limits: how pictures are taken in.
        default_max_new_tokens: bound on answers that bring none of their own.

    Returns:
        JSON. The answer is always wanted as a stream, since only a stream can be watched and given up.

    Raises:
        ImageError: a picture cannot be used; it says which.
        SchemaUnusable: the schema is no JSON.
        OutOfMemory: there is not enough memory for a picture.
    """
    pictures = count()
    body: dict[str, Any] = {
        "model": model.name,
        "messages": [_message(message, limits, request, pictures) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_new_tokens or default_max_new_tokens,
        "temperature": request.temperature,
        # GLM reasons unless it is told not to.
        "chat_template_kwargs": {"enable_thinking": request.thinking},
    }
    unusual: dict[str, tuple[Any, Any]] = {
        "top_p": (request.top_p, 1.0),
        "top_k": (request.top_k, 0),
        "repetition_penalty": (request.repetition_penalty, 1.0),
        "frequency_penalty": (request.frequency_penalty, 0.0),
        "presence_penalty": (request.presence_penalty, 0.0),
        "seed": (request.seed, None),
        "stop": (list(request.stop), []),
        "n": (request.n, 1),
    }
    body |= {name: value for name, (value, usual) in unusual.items() if value != usual}
    if request.json_schema is not None:
        body["response_format"] = _response_format(request.json_schema)
    # Elsewhere this field is a number, or unknown.
    if request.priority == "batch" and model.is_ours:
        body["priority"] = "batch"
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _response_format(schema: str) -> dict[str, Any]:
    try:
        wanted = json.loads(schema)
    except ValueError as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error
    if wanted in ({}, {"type": "object"}):
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted, "strict": True}}


def _message(message: Message, limits: ImageLimits, request: Request, pictures: Iterator[int]) -> dict[str, Any]:
    if all(isinstance(part, TextPart) for part in message.parts):
        text = "".join(part.text for part in message.parts if isinstance(part, TextPart))
        return {"role": message.role, "content": text}
    return {"role": message.role, "content": [_part(part, limits, request, pictures) for part in message.parts]}


def _part(part: ImagePart | TextPart, limits: ImageLimits, request: Request, pictures: Iterator[int]) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    with of_picture(next(pictures)):
        mime, data = _picture(part, limits, request)
    uri = f"data:{mime};base64,{b64encode(data).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": uri, "detail": part.detail}}


def _picture(part: ImagePart, limits: ImageLimits, request: Request) -> tuple[str, bytes]:
    """Return a picture's kind and bytes, and leave a line about it."""
    started = time.perf_counter()
    # Also where the bytes are sent as they are: a damaged picture is told apart here, and in our words.
    picture, size = take_in(part, limits)
    decoded = time.perf_counter()
    written = _written(part, picture, shrunk=picture.size != size)
    request_log.picture_read(
        request, source=size, sent=picture.size, decode_s=decoded - started, patch_s=time.perf_counter() - decoded
    )
    return written


def _written(part: ImagePart, picture: Image.Image, *, shrunk: bool) -> tuple[str, bytes]:
    """Return the bytes as they came where every server sees the same in them, otherwise those of a JPEG."""
    if not shrunk and part.page == 0:
        mime = _understood_by_all(part.source)
        if mime is not None:
            return mime, part.source.read_bytes() if isinstance(part.source, Path) else part.source
    written = BytesIO()
    picture.save(written, "JPEG", quality=_JPEG_QUALITY, icc_profile=picture.info.get("icc_profile"))
    return _UNDERSTOOD_BY_ALL["JPEG"], written.getvalue()


def _understood_by_all(source: bytes | Path) -> str | None:
    """Return the kind of a picture that needs no translation, else None."""
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    info = read_info(source)
    plain = info.exif.get("Orientation", 1) == 1 and info.mode in _PLAIN_MODES
    return _UNDERSTOOD_BY_ALL.get(info.format) if plain and size <= _MOST_BYTES else None
