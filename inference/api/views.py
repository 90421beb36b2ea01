"""The addresses under /v1: read, check the key, ask the service, answer."""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from inference.api import responses, wire
from inference.api.body import read_json
from inference.api.database import let_go_of_database
from inference.api.errors import ApiError, from_engine, from_outage, unforeseen
from inference.api.keys import admit
from inference.api.parsing import Call, parse, require_model
from inference.api.recorded import recorded
from inference.api.streaming import EventStream, event_stream, require_finished
from inference.api.watcher import WATCHER, Watch
from inference.engine.errors import Cancelled, EngineError, ImageError
from inference.errors import outage_of
from inference.metrics.requests import CountedStream, counted
from inference.models import Scope
from inference.service import Stream, get_service
from inference.types import Answer

_CREATED = int(time.time())

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


def endpoint(*methods: str) -> Callable[[View], View]:
    """Make a view answer in OpenAI's way whatever goes wrong.

    Args:
        methods: HTTP's, that are answered.

    Returns:
        A decorator.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
            try:
                _require_method(request, methods)
                response = view(request, **parts)
            except ApiError as error:
                response = error.response()
            except EngineError as error:
                response = from_engine(error).response()
            except Exception as error:
                # Django's own page would be HTML, which these clients cannot read.
                logger.exception("%s %s failed", request.method, request.path)
                outage = outage_of(error)
                response = (from_outage(outage) if outage else unforeseen()).response()
            if response.status_code == 405:
                response["Allow"] = ", ".join(methods)
            response.setdefault("Cache-Control", "no-store")
            return response

        return counted(answer)

    return decorate


@endpoint("POST")
def chat_completions(request: HttpRequest) -> HttpResponseBase:
    """Answer a conversation, whole or as it grows.

    Args:
        request: POST with OpenAI's JSON.

    Returns:
        A ``chat.completion``, a stream of server-sent events, or an error envelope.
    """
    caller = admit(request, Scope.ASK)
    service = get_service()
    call = parse(read_json(request), models=[service.model_name], caller=caller)
    let_go_of_database()
    try:
        stream = service.stream(call.request, deltas=call.stream)
    except ImageError as error:
        raise from_engine(error, _field_of(error, call)) from error
    watch = WATCHER.watch(request.META, stream.close)
    stream = recorded(stream, caller, call.request)
    if call.stream:
        return _streamed(stream, watch, call, service.model_name)
    with watch, closing(stream):
        answers = _complete(stream, watch)
    body = responses.completion(answers, call_id=call.id, model=service.model_name, citations=call.citations)
    return HttpResponse(wire.encode(body), content_type=wire.JSON)


@endpoint("GET", "HEAD")
def models(request: HttpRequest) -> HttpResponseBase:
    """List the model, loaded or not.

    Args:
        request: GET.

    Returns:
        A ``list`` with one ``model``.
    """
    admit(request)
    service = get_service()
    body = responses.models([service.model_name], service.model_version, _CREATED)
    return HttpResponse(wire.encode(body), content_type=wire.JSON)


@endpoint("GET", "HEAD")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Tell about one model, loaded or not.

    Args:
        request: GET.
        name: the model's, slashes and all; ``default`` is whichever there is.

    Returns:
        A ``model``.
    """
    admit(request)
    service = get_service()
    require_model(name, [service.model_name])
    body = responses.model(service.model_name, service.model_version, _CREATED)
    return HttpResponse(wire.encode(body), content_type=wire.JSON)


@endpoint("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Refuse what OpenAI has and this interface does not, in words that its clients understand.

    Args:
        request: any.
        rest: what stands after ``/v1``.
    """
    message = _("没有这个接口地址，可用的地址：/v1/chat/completions、/v1/models。")
    raise ApiError(404, message, code="unknown_url")


def _require_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise ApiError(405, _("这个地址不支持此请求方法。"), code="method_not_allowed")


def _field_of(error: ImageError, call: Call) -> str | None:
    """Return the path of the field that names a refused picture."""
    return None if error.picture is None else call.picture_fields[error.picture]


def _complete(stream: Stream, watch: Watch) -> list[Answer]:
    """Wait for the whole answers."""
    answers = [event for event in stream if isinstance(event, Answer)]
    if watch.gone:
        raise Cancelled
    for answer in answers:
        require_finished(answer)
    return sorted(answers, key=lambda answer: answer.index)


def _streamed(stream: Stream, watch: Watch, call: Call, model: str) -> CountedStream:
    """Wait for the first words: whatever fails before them can still be told by the status."""
    try:
        first = stream.gather()
        if watch.gone:
            raise Cancelled
        body = EventStream(stream, first, watch, call, model)
    except BaseException:  # nobody else closes them where no response comes of it
        watch.close()
        stream.close()
        raise
    return event_stream(body)
