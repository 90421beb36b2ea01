"""Reads the turns of a conversation: words and pictures."""

from typing import cast

from django.utils.translation import gettext as _

from inference.api.errors import invalid, unsupported
from inference.api.fields import Fields, as_fields, as_text, missing
from inference.api.pictures import Pictures
from inference.types import Detail, ImagePart, Message, Role, TextPart

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_DETAILS = ("auto", "low", "high")

UNSUPPORTED_IN_TURNS = ("tool_calls", "function_call", "audio")
"""Fields of a turn of OpenAI's that are refused unless they are empty."""


def read_messages(fields: Fields, pictures: Pictures) -> tuple[Message, ...]:
    """Read ``messages``.

    Args:
        fields: of the request.
        pictures: finds the pictures that the request names.

    Returns:
        The turns; the last one asks.

    Raises:
        ApiError: 400 where something cannot be meant, 404 where a picture is not there, 422 where one cannot be used.
    """
    values = fields.items("messages")
    if not values:
        raise missing(fields.at("messages"))
    path = fields.at("messages")
    messages = tuple(_message(as_fields(value, f"{path}[{place}]"), pictures) for place, value in enumerate(values))
    if messages[-1].role == "assistant":
        raise invalid(f"{path}[{len(messages) - 1}].role", _("最后一条消息应为提问（role 为 user）。"))
    return messages


def _message(fields: Fields, pictures: Pictures) -> Message:
    if fields.raw("role") is None:
        raise missing(fields.at("role"))
    role = _ROLES[fields.choice("role", tuple(_ROLES), "user")]
    fields.refuse(*UNSUPPORTED_IN_TURNS)
    content = fields.raw("content")
    path = fields.at("content")
    if content is None or content == []:
        raise missing(path)
    if not isinstance(content, list):
        return Message(role, (TextPart(as_text(content, path)),))
    parts = tuple(_part(as_fields(value, f"{path}[{place}]"), role, pictures) for place, value in enumerate(content))
    return Message(role, parts)


def _part(fields: Fields, role: Role, pictures: Pictures) -> TextPart | ImagePart:
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
    return _image(image, pictures)


def _image(fields: Fields, pictures: Pictures) -> ImagePart:
    detail = cast("Detail", fields.choice("detail", _DETAILS, "auto"))
    url = fields.raw("url")
    if url is None:
        raise missing(fields.at("url"))
    if not isinstance(url, str):
        as_text(url, fields.at("url"))  # says what it should be
    return pictures.find(url, detail, fields.at("url"))
