"""The one door to masters and derivatives: it asks the policy, then lets nginx or Django send the file."""

import mimetypes
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.exceptions import DerivativeAwaited, FileRejected
from catalog.importing.derivatives import whole_derivative
from catalog.models import ImageFile
from catalog.shares import absence_of
from inference.access import User, bearer, recognise
from inference.models import Scope

MASTER = "master"
DERIVATIVES = ("thumbnail", "screen")
KINDS = (*DERIVATIVES, MASTER)
PUBLIC_MAX_AGE_S = 3600


@require_safe
def media(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send a scan's master or one of its derivatives.

    Derivatives go to whoever sees the image, masters to members. To everybody else the file does not exist.
    Programs that read the catalogue's interface with a key get its files with the same key.

    Args:
        request: the request.
        pk: the ImageFile.
        kind: ``thumbnail``, ``screen`` or ``master``.
    """
    file = get_object_or_404(ImageFile.objects.select_related("image__collection"), pk=pk)
    may = policies.can_view_master if kind == MASTER else policies.can_view_file
    if not may(reader_of(request), file):
        raise Http404
    try:
        path = _path(file, kind)
    except DerivativeAwaited as awaited:
        return _come_again(awaited)
    # With its size: whoever was once sent a picture that was cut off is not to keep it.
    etag = quote_etag(f"{file.sha256}-{kind}-{path.name}-{path.stat().st_size}")
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = _send(file, kind, path)
    mark(response, etag, lasting=kind != MASTER and policies.can_view_file(AnonymousUser(), file))
    return response


def mark(response: HttpResponseBase, etag: str, *, lasting: bool) -> None:
    """Say how a browser may keep a file.

    Args:
        response: that sends it, or says that it is as it was.
        etag: the file's.
        lasting: whether the browser need not ask again for a while: everybody sees the file.
    """
    response.headers["ETag"] = etag
    # Never in a shared cache: access can be withdrawn. What only members see is asked for again each time.
    if lasting:
        patch_cache_control(response, private=True, max_age=PUBLIC_MAX_AGE_S)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Authorization",))


def reader_of(request: HttpRequest) -> User:
    """Return on whose behalf a file is asked for: the owner of a key that may read, or whoever is signed in."""
    caller = recognise(bearer(request.META.get("HTTP_AUTHORIZATION", "")))
    if caller is not None and caller.key is not None and caller.key.allows(Scope.READ):
        return caller.user
    return request.user


def _path(file: ImageFile, kind: str) -> Path:
    """Return where the file lies.

    Raises:
        DerivativeAwaited: it is being made again, after others.
        Http404: it was never made, or is not there now (a NAS that is switched off) and cannot be made again.
    """
    if kind == MASTER:
        path = file.master_path
        # Looked at first: a file on a dead server would keep the page waiting for ever.
        if file.place_outside is not None and absence_of(path) is not None:
            raise Http404
    else:
        if not getattr(file, kind):
            raise Http404
        try:
            path = whole_derivative(file, kind)
        except FileRejected as error:
            raise Http404 from error
    if not path.is_file():
        raise Http404
    return path


def _come_again(awaited: DerivativeAwaited) -> HttpResponse:
    response = HttpResponse(str(awaited), status=503, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(awaited.retry_after_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def _send(file: ImageFile, kind: str, path: Path) -> HttpResponseBase:
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    inside = path.is_relative_to(settings.MEDIA_ROOT)
    prefix = settings.GLMV_X_ACCEL_PREFIX
    if prefix and inside:
        response: HttpResponseBase = HttpResponse(content_type=content_type)
        relative = path.relative_to(settings.MEDIA_ROOT).as_posix()
        response.headers["X-Accel-Redirect"] = f"{prefix.rstrip('/')}/{quote(relative)}"
    else:
        response = FileResponse(path.open("rb"), content_type=content_type)
    name = file.original_name if kind == MASTER else path.name
    disposition = content_disposition_header(kind == MASTER, Path(name).name)
    response.headers["Content-Disposition"] = disposition or "inline"
    return response
