"""The door to large scans in parts: which sizes there are, and one tile of one of them."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.importing.pyramids import is_large, pyramid_path
from catalog.models import ImageFile
from catalog.pages.media import mark, reader_of
from inference.engine.tiles import Level, PyramidDamaged, TileMissing, read_levels, read_tile


@require_safe
def description(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say in which sizes a scan can be had.

    Answers JSON: `width` and `height` of the scan in pixels; `picture`, the address of the picture for the screen, or
    null; `levels`, each with `width` and `height`, the full size first, and `tile_size`, the side of a tile in pixels.
    There are no levels where the scan is small, or its pyramid has not been made yet.

    Args:
        request: the request.
        pk: the ImageFile.
    """
    file = _seen(request, pk)
    if file is None or file.is_document:
        return _not_found()
    levels = _levels(file)
    picture = reverse("catalog:media", kwargs={"pk": file.pk, "kind": "screen"}) if file.screen else None
    content = {
        # The pyramid's own: of a few formats the header's size is not what is decoded.
        "width": levels[0].width if levels else file.width,
        "height": levels[0].height if levels else file.height,
        "picture": picture,
        "tile_size": levels[0].tile_size if levels else None,
        "levels": [{"width": level.width, "height": level.height} for level in levels],
    }
    response = JsonResponse(content)
    etag = quote_etag(f"{file.sha256}-tiles-{len(levels)}-{file.role}")
    # Asked for again each time: the pyramid may have been made meanwhile.
    mark(response, etag, lasting=False)
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
def tile(request: HttpRequest, pk: int, level: str, column: str, row: str) -> HttpResponseBase:
    """Send one tile of a scan: a JPEG, read from the pyramid as it is.

    Args:
        request: the request.
        pk: the ImageFile.
        level: 0 for the full size, 1 for half of it …
        column: from the left, counted from 0.
        row: from the top, counted from 0.
    """
    file = _seen(request, pk)
    if file is None:
        return _not_found()
    path = pyramid_path(file)
    try:
        status = path.stat()
        # A pyramid that was made again has tiles of other bytes.
        etag = quote_etag(f"{file.sha256}-{level}-{column}-{row}-{status.st_size}-{status.st_mtime_ns}")
        response = get_conditional_response(request, etag=etag)
        if response is None:
            content = read_tile(path, int(level), int(column), int(row))
            response = HttpResponse(content, content_type="image/jpeg")
    except (OSError, TileMissing, PyramidDamaged):
        return _not_found()
    mark(response, etag, lasting=policies.can_view_file(AnonymousUser(), file))
    return response


def _seen(request: HttpRequest, pk: int) -> ImageFile | None:
    """Return a scan whose derivatives the reader may fetch; for everybody else it does not exist."""
    file = ImageFile.objects.select_related("image__collection").filter(pk=pk).first()
    return file if file is not None and policies.can_view_file(reader_of(request), file) else None


def _levels(file: ImageFile) -> list[Level]:
    if not is_large(file):
        return []
    try:
        return read_levels(pyramid_path(file))
    except (OSError, PyramidDamaged):
        return []


def _not_found() -> HttpResponse:
    """Say that there is nothing, in words; whether nobody has it or this reader may not see it, is not told."""
    text = _("没有这幅图像，或没有图像的这一部分。请回到图像的页面重新打开。")
    response = HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response
