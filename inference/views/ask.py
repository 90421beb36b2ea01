"""The question page, and what answers its questions."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from inference.api.database import let_go_of_database
from inference.api.errors import ApiError, invalid
from inference.api.fields import Fields
from inference.api.streaming import event_stream
from inference.api.watcher import WATCHER
from inference.history import answering, pictures, recording
from inference.history.answering import MOST_IMAGES, Conversation
from inference.history.owners import greet, mark_of, may_ask, owner_of, remember, visitor_of
from inference.history.rendering import to_html, worded
from inference.labels import ai_label
from inference.metrics.requests import counted
from inference.models import Exchange, Owner, Picture
from inference.service import get_service
from inference.views.answers import AnswerEvents
from inference.views.asked_pictures import advice, told
from inference.views.calls import json_answer, not_found, page_call, read_fields

MOST_CHARACTERS = 20_000
"""How long a question may be."""


@never_cache
@require_safe
@ensure_csrf_cookie
def ask(request: HttpRequest) -> HttpResponseBase:
    """Show the question page; it goes on with ``?conversation=`` where that is one's own.

    Args:
        request: GET.
    """
    if not may_ask(request):
        return redirect_to_login(request.get_full_path())
    greet(request)
    width, height = settings.GLMV_MIN_IMAGE_SIZE
    context = {
        "max_upload_mb": settings.GLMV_MAX_UPLOAD_MB,
        "max_request_mb": settings.GLMV_MAX_REQUEST_MB,
        "min_image_size": f"{width}x{height}",
        "most_images": MOST_IMAGES,
        "owner_mark": mark_of(owner_of(request)),
        "visitor_mark": mark_of(visitor_of(request)),
        "ai_label": ai_label(source="model", reviewed=False),
        "conversation": _uuid_or_none(request.GET.get("conversation")) or "",
        "urls": {name: reverse(name) for name in ("ask", "ask-images", "ask-answer", "history")},
        "hide_site_search": True,
    }
    response = render(request, "inference/ask.html", context)
    remember(request, response)
    return response


@counted
@page_call("POST")
def answer(request: HttpRequest, owner: Owner) -> HttpResponseBase:
    """Answer a question, as the answer grows.

    Args:
        request: JSON with ``conversation``, ``question``, ``images`` and ``thinking``.
        owner: who asks.

    Returns:
        A stream of server-sent events; JSON where the question is refused.
    """
    fields = read_fields(request)
    text = _question(fields)
    number = _conversation(fields, owner)
    chosen, files = _pictures(fields, owner)
    turns = answering.earlier_turns(owner, number) if number else []
    conversation = Conversation(turns, answering.question(text, files), thinking=fields.flag("thinking"))
    let_go_of_database()
    service, transcript = get_service(), recording.Transcript()
    stream = conversation.ask(service)
    try:
        fresh = number or uuid.uuid4()
        exchange = recording.begin(owner=owner, question=text, conversation=fresh, chosen=chosen)
        # A conversation of which nothing could be written is none that the next question could go on with.
        number = fresh if exchange else number
        let_go_of_database()
        body = AnswerEvents(
            service, conversation, stream, number=number, exchange=exchange, transcript=transcript
        )  # fmt: skip
    except BaseException:  # nobody else closes it where no response comes of it
        stream.close()
        raise
    body.watch = WATCHER.watch(request.META, body.give_up)
    return event_stream(body)


@page_call("GET", "HEAD")
def conversation(request: HttpRequest, owner: Owner, number: uuid.UUID) -> HttpResponse:
    """Tell what was said in a conversation.

    Args:
        request: GET.
        owner: whose it is.
        number: the conversation's.
    """
    exchanges = list(
        Exchange.objects.of(owner).filter(conversation=number).order_by("asked_at", "pk").prefetch_related("pictures")
    )
    if not exchanges:
        raise not_found(_("没有这段对话，可能已经删除；请开始新的对话。"))
    return json_answer({"conversation": str(number), "exchanges": [_exchange(exchange) for exchange in exchanges]})


def _question(fields: Fields) -> str:
    text = (fields.text("question") or "").strip()
    if not text:
        raise invalid("question", _("请先写下问题。"), "missing_field")
    if len(text) > MOST_CHARACTERS:
        words = _("问题有 %(count)s 个字，最多 %(limit)s 个字，请缩短后再试。")
        raise invalid("question", words % {"count": len(text), "limit": MOST_CHARACTERS})
    return text


def _conversation(fields: Fields, owner: Owner) -> uuid.UUID | None:
    """Return the conversation to go on with; None begins a new one."""
    value = fields.text("conversation")
    if not value:
        return None
    number = _uuid_or_none(value)
    if number is None or not answering.exists(owner, number):
        message = _("没有这段对话，可能已经删除；再问一次，就是新的对话。")
        raise ApiError(404, message, param="conversation", code="conversation_gone")
    return number


def _pictures(fields: Fields, owner: Owner) -> tuple[list[Picture], list[Path]]:
    values = fields.items("images") or []
    if len(values) > MOST_IMAGES:
        words = _("一次最多问 %(limit)s 张图片，请移除 %(count)s 张再发送。")
        raise invalid("images", words % {"limit": MOST_IMAGES, "count": len(values) - MOST_IMAGES})
    keys = [_uuid_or_none(value) for value in values]
    found = answering.chosen_pictures(owner, [key for key in keys if key is not None])
    if found is None or None in keys or len(set(keys)) < len(keys):
        raise ApiError(404, _("没有这张图片，可能已经删除；请重新上传。"), param="images", code="not_found")
    files: list[Path] = []
    for picture in found:
        if pictures.needs_conversion(picture):
            raise ApiError(422, advice(picture), param="images", code="needs_conversion")
        file = pictures.source_of(picture)
        if file is None:
            raise ApiError(404, _("图片文件已经不在，请重新上传。"), param="images", code="not_found")
        files.append(file)
    return found, files


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "exchange": exchange.pk,
        "asked_at": exchange.asked_at.isoformat(),
        "question": exchange.question,
        "images": [told(picture) for picture in exchange.pictures.all()],
        "text": exchange.answer,
        "reasoning": exchange.reasoning,
        "words": worded(exchange.answer, exchange.boxes),
        "html": to_html(exchange.answer, exchange.boxes),
        "boxes": exchange.boxes,
        "state": exchange.state,
        "error": exchange.error,
        "model_version": exchange.model_version,
        "input_tokens": exchange.input_tokens,
        "output_tokens": exchange.output_tokens,
        "seconds": round(exchange.total_s, 1),
        "label": ai_label(source="model", reviewed=False),
    }


def _uuid_or_none(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
