"""How much may be sent to pages that Django reads forms for: what is longer is refused before any of it is read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from catalog.exceptions import UploadTooLarge
from glmv_site.refusals import REST, refuse
from inference.api.body import stated_length

VISITORS_MB = 1
"""Most that somebody may send who has not signed in; the forms for visitors hold a few words."""
_MB = 1024 * 1024
# What a form adds to the file in it.
_ENVELOPE = 64 * 1024
# These take pictures from visitors, read their bodies by themselves and know how much of them.
_OWN_LIMITS = ("/v1/", "/ask/images/", "/ask/answer/")


class BodyLimitMiddleware(MiddlewareMixin):
    """Answers 413 to a body that says it is longer than is taken from whoever sends it.

    Only what a body says of its length counts: of one that says nothing, a chunked one, Django reads nothing. Callers
    of the REST interface show only later who they are.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer instead of a view whose body is too long.

        Args:
            request: the view's; nobody has touched its body yet.
            view: the page.
            args: the view's.
            kwargs: likewise.

        Returns:
            413; None where the body may be read.
        """
        length = stated_length(request.META)
        if length <= VISITORS_MB * _MB or request.path_info.startswith(_OWN_LIMITS):
            return None
        if not request.path_info.startswith(REST) and not request.user.is_authenticated:
            sentence = _("未登录时最多只能发送 %(limit)s MB，请登录后再试。") % {"limit": VISITORS_MB}
            return refuse(request, 413, sentence, code="request_too_large")
        limit = settings.GLMV_MAX_UPLOAD_MB
        if length <= limit * _MB + _ENVELOPE:
            return None
        return refuse(request, 413, str(UploadTooLarge(limit=limit)), code="request_too_large")
