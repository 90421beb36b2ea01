"""What holds for every request: a name, a language, a client who sends all of it, an answer for one reader alone."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from glmv_site.refusals import refuse
from inference import request_ids

_REST = "/api/v1/"


class RequestIdMiddleware:
    """Names a request, by the client's own name where that is sane, and tells it with every answer.

    It is the first one, so that the answers of all others have the name too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Stand before the rest.

        Args:
            get_response: the rest.
        """
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request.

        Args:
            request: any.

        Returns:
            The rest's answer, with the header.
        """
        name = request_ids.accept(request.headers.get(request_ids.HEADER, ""))
        request.META[request_ids.ENVIRON] = name
        with request_ids.working_on(name):
            response = self._get_response(request)
        response[request_ids.HEADER] = name
        # Files log nothing, and the server may have a faster way to send them.
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            body = _Named(iter(response), response.close, name)
            response.streaming_content = body
            # A method and nothing else that can be called: CPython 3.11 specialises calls of these. Where it gives up
            # trying, Django's test client, whose generator closes itself here, can crash the interpreter.
            response.close = body.end  # type: ignore[method-assign]  # on purpose, as said above
        return response


class _Named(Iterator[bytes]):
    """The body of a streamed answer: written after the middleware has returned, it keeps its name."""

    def __init__(self, body: Iterator[bytes], close: Callable[[], None], name: str) -> None:
        self._body = body
        self._close = close
        self._name = name

    def __next__(self) -> bytes:
        with request_ids.working_on(self._name):
            try:
                return next(self._body)
            except StopIteration:
                raise
            except Exception as error:
                # The server logs it, and knows no names.
                error.add_note(f"request={self._name}")
                raise

    def end(self) -> None:
        with request_ids.working_on(self._name):
            self._close()


class PrivateAnswerMiddleware(MiddlewareMixin):
    """Keeps answers out of caches that others share: all of them depend on who asks, if only by language and header.

    What is the same for everybody says so itself, with ``public``: files of WhiteNoise's do.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Mark an answer as one reader's.

        Args:
            request: any.
            response: the answer to it.

        Returns:
            The same answer; its ``Cache-Control`` says ``private``, ``no-store`` or ``public``.
        """
        said = {word.partition("=")[0].strip().lower() for word in response.get("Cache-Control", "").split(",")}
        if not said & {"private", "no-store", "public"}:
            patch_cache_control(response, private=True)
        return response


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Django's, but on pages deaf to ``Accept-Language``.

    An archive's colleagues see Chinese even where a browser was installed in English; only the language switch
    (which sets the cookie) changes that. A program at the REST interface has no switch and says what it wants.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the cookie, or what a program asks for, or the site's own.

        Args:
            request: gets ``LANGUAGE_CODE``.
        """
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else self._asked_for(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def _asked_for(self, request: HttpRequest) -> str:
        """Return the language that a program at the REST interface asks for first; else the site's own."""
        if not request.path.startswith(_REST):
            return settings.LANGUAGE_CODE
        first = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip().lower()
        return "en" if first == "en" or first.startswith("en-") else settings.LANGUAGE_CODE


class UnfinishedBodyMiddleware(MiddlewareMixin):
    """Answers 408 to a form or an upload that came too slowly or whose client hung up: no failure of ours."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer instead of a view that could not read the body.

        Args:
            request: the view's.
            exception: what it raised.

        Returns:
            408; None for what is somebody else's to answer.
        """
        if not isinstance(exception, UnreadablePostError):
            return None
        return refuse(request, 408, _("请求体不完整，请重新发送。"), code="request_timeout")
