"""Pictures of the question page: they come in, are converted, shown and removed, each for its owner alone."""

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _

from inference.api.body import BodyTooLarge, stated_length
from inference.api.errors import invalid
from inference.api.fields import missing
from inference.history import pictures, removing
from inference.history.quotas import require_space
from inference.history.uploads import FIELD, PictureUploadHandler
from inference.models import Owner, Picture
from inference.views.calls import json_answer, not_found, page_call, read_fields, require_page

_MB = 1024 * 1024
# What a form adds to the file in it.
_ENVELOPE = 64 * 1024


@page_call("POST")
def images(request: HttpRequest, owner: Owner) -> HttpResponse:
    """Take a picture in.

    Args:
        request: a form with the field ``file``.
        owner: who asks.

    Returns:
        201 with the picture.
    """
    most = settings.GLMV_MAX_UPLOAD_MB * _MB
    length = stated_length(request.META)
    if length > most + _ENVELOPE:
        raise BodyTooLarge(settings.GLMV_MAX_UPLOAD_MB)
    if request.content_type != "multipart/form-data":
        raise invalid(None, _("请以 multipart/form-data 上传图片。"), "invalid_content_type")
    require_space(owner, length)
    upload = PictureUploadHandler(request, most)
    request.upload_handlers = [upload]
    try:
        _receive(request, upload)
        if upload.path is None:
            raise missing(FIELD)
        picture = pictures.take(owner, upload.path, upload.name)
    finally:
        upload.discard()
    return json_answer(told(picture), 201)


@page_call("GET", "HEAD", "DELETE")
def image(request: HttpRequest, owner: Owner, pk: uuid.UUID) -> HttpResponse:
    """Tell about a picture, or remove one that was not asked about.

    Args:
        request: GET or DELETE.
        owner: whose it is.
        pk: the picture.
    """
    if request.method != "DELETE":
        return json_answer(told(_picture(owner, pk)))
    require_page(request)
    picture = _picture(owner, pk)
    if picture.exchange_id is not None:
        raise pictures.PictureInUse
    removing.remove(Picture.objects.of(owner).filter(pk=pk))
    return HttpResponse(status=204)


@page_call("POST")
def convert(request: HttpRequest, owner: Owner, pk: uuid.UUID) -> HttpResponse:
    """Convert a page of a picture to JPEG.

    Args:
        request: JSON with ``page``, counted from 0.
        owner: whose it is.
        pk: the picture.

    Returns:
        The picture.
    """
    fields = read_fields(request)
    page = fields.integer("page", 0) or 0
    picture = _picture(owner, pk)
    if picture.exchange_id is not None or not picture.original:
        raise pictures.PictureInUse
    return json_answer(told(pictures.convert(picture, page)))


@page_call("GET", "HEAD")
def image_file(request: HttpRequest, owner: Owner, pk: uuid.UUID, kind: pictures.Kind) -> HttpResponseBase:
    """Send what browsers show of a picture.

    Args:
        request: GET.
        owner: whose it is.
        pk: the picture.
        kind: ``preview`` or ``thumbnail``.
    """
    path = pictures.file_of(_picture(owner, pk), kind)
    if path is None:
        raise not_found(_("这张图片还没有可以显示的版本，请先转换。"))
    etag = quote_etag(f"{pk}-{path.stem}")
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None and settings.GLMV_X_ACCEL_PREFIX:
        response = HttpResponse(content_type="image/jpeg")
        name = path.relative_to(settings.MEDIA_ROOT).as_posix()
        response.headers["X-Accel-Redirect"] = f"{settings.GLMV_X_ACCEL_PREFIX.rstrip('/')}/{name}"
    elif response is None:
        response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response.headers["ETag"] = etag
    # Another page may be chosen, and what was erased is gone.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def told(picture: Picture) -> dict[str, Any]:
    """Say in JSON what the page needs to know of a picture.

    Args:
        picture: any.
    """
    return {
        "id": str(picture.pk),
        "name": picture.name,
        "format": pictures.CONVERTIBLE.get(picture.format, picture.format),
        "width": picture.width,
        "height": picture.height,
        "pages": picture.pages,
        "page": picture.page,
        "convertible": picture.format in pictures.CONVERTIBLE,
        "needs_conversion": pictures.needs_conversion(picture),
        "message": advice(picture) if pictures.is_better_converted(picture) else "",
        "preview": reverse("ask-image-preview", args=[picture.pk]) if picture.shown else None,
        "thumbnail": reverse("ask-image-thumbnail", args=[picture.pk]) if picture.thumbnail else None,
    }


def advice(picture: Picture) -> str:
    """Recommend converting a picture.

    Args:
        picture: of a format that browsers cannot show.
    """
    # The wording is quoted in the system's public description, down to its commas and brackets.
    words = _("检测到%(format)s格式,建议转为JPEG以提升识别精度(可点击此处一键转换)")
    return words % {"format": pictures.CONVERTIBLE.get(picture.format, picture.format)}


def _receive(request: HttpRequest, upload: PictureUploadHandler) -> None:
    """Read an upload, and see that all of it came, and from our page."""
    incomplete = invalid(FIELD, _("上传没有完成，请重试。"), "incomplete_body")
    try:
        request.POST  # noqa: B018 - reading it receives the upload
    except (UnreadablePostError, MultiPartParserError, SuspiciousOperation, BadRequest) as error:
        raise incomplete from error
    if upload.too_large:
        raise BodyTooLarge(settings.GLMV_MAX_UPLOAD_MB)
    require_page(request)
    if upload.path is not None and not upload.complete:
        raise incomplete


def _picture(owner: Owner, pk: uuid.UUID) -> Picture:
    picture = Picture.objects.of(owner).filter(pk=pk).first()
    if picture is None:
        raise not_found(_("没有这张图片，可能已经删除；请重新上传。"))
    return picture
