"""Reads the turns of a conversation: words, and pictures as data URIs."""

import binascii
import re
from typing import Any, cast

from django.utils.translation import gettext as _

from inference.api.errors import from_engine, invalid, unsupported
from inference.api.fields import Fields, as_fields, as_text, missing
from inference.engine.errors import EngineError
from inference.engine.images import PUBLIC_MAX_PIXELS, check_size, read_info
from inference.types import Detail, ImagePart, Message, Role, TextPart

MOST_IMAGES = 16
"""How many pictures one request may bring: each is decoded, however few bytes it has."""

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_DETAILS = ("auto", "low", "high")
# Which kind of picture it is, its bytes say better than its label.
_DATA_URI = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


def read_messages(fields: Fields, min_size: tuple[int, int] | None) -> tuple[Message, ...]:
    """Read ``messages``.

    Args:
        fields: of the request.
        min_size: least width and height of a picture; None accepts any.

    Returns:
        The turns; the last one asks.

    Raises:
        ApiError: 400 where something cannot be meant, 422 where a picture cannot be used.
    """
    values = fields.items("messages")
    if not values:
        raise missing(fields.at("messages"))
    path = fields.at("messages")
    messages = tuple(_message(as_fields(value, f"{path}[{place}]"), min_size) for place, value in enumerate(values))
    if messages[-1].role == "assistant":
        raise invalid(f"{path}[{len(messages) - 1}].role", _("最后一条消息应为提问（role 为 user）。"))
    images = sum(isinstance(part, ImagePart) for message in messages for part in message.parts)
    if images > MOST_IMAGES:
        raise invalid(path, _("一次请求最多附 %(limit)s 张图片。") % {"limit": MOST_IMAGES})
    return messages


def _message(fields: Fields, min_size: tuple[int, int] | None) -> Message:
    if fields.raw("role") is None:
        raise missing(fields.at("role"))
    role = _ROLES[fields.choice("role", tuple(_ROLES), "user")]
    fields.refuse("tool_calls", "function_call", "audio")
    content = fields.raw("content")
    path = fields.at("content")
    if content is None or content == []:
        raise missing(path)
    if not isinstance(content, list):
        return Message(role, (TextPart(as_text(content, path)),))
    parts = tuple(_part(as_fields(value, f"{path}[{place}]"), role, min_size) for place, value in enumerate(content))
    return Message(role, parts)


def _part(fields: Fields, role: Role, min_size: tuple[int, int] | None) -> TextPart | ImagePart:
    kind = fields.text("type")
    if kind is None:
        raise missing(fields.at("type"))
    if kind == "text":
        text = fields.text("text")
        if text is None:
            raise missing(fields.at("text"))
        return TextPart(text)
    if kind != "image_url":
        raise unsupported(fields.at("type"))
    if role != "user":
        raise invalid(fields.at("type"), _("图片只能放在 role 为 user 的消息里。"))
    image = fields.inner("image_url")
    if image is None:
        raise missing(fields.at("image_url"))
    return _image(image, min_size)


def _image(fields: Fields, min_size: tuple[int, int] | None) -> ImagePart:
    detail = cast("Detail", fields.choice("detail", _DETAILS, "auto"))
    path = fields.at("url")
    url = fields.raw("url")
    if url is None:
        raise missing(path)
    if not isinstance(url, str):
        as_text(url, path)  # says what it should be
    source = _bytes_of(url, path)
    if min_size is not None:
        try:
            info = read_info(source, max_pixels=PUBLIC_MAX_PIXELS)
            check_size(info.width, info.height, min_size)
        except EngineError as error:
            raise from_engine(error, path) from error
    return ImagePart(source, detail=detail)


def _bytes_of(url: Any, path: str) -> bytes:
    start = _DATA_URI.match(url)
    if start is None:
        words = _("%(field)s 只接受内嵌的图片，不接受网址或文件路径：请写成 data:image/jpeg;base64,… 的形式。")
        raise invalid(path, words % {"field": path}, "invalid_image_url")
    encoded = url[start.end() :]
    if any(space in encoded for space in "\r\n \t"):  # some encoders break lines
        encoded = "".join(encoded.split())
    padding = "=" * (-len(encoded) % 4)
    try:
        return binascii.a2b_base64(encoded + padding, strict_mode=True)
    except ValueError as error:  # binascii.Error is one, and so is the complaint about characters beyond ASCII
        words = _("字段 %(field)s 的 base64 内容有误或不完整，请重新编码。")
        raise invalid(path, words % {"field": path}, "invalid_base64") from error
