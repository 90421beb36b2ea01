"""Fetching a package, and the list of what will be wrong with it."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.exchange.packages import places
from catalog.exchange.packages.planning import fault_words
from catalog.exchange.packages.policies import can_fetch, holds_secrets, visible_packages
from catalog.exchange.packages.zipping import MOST_BYTES, zipped
from catalog.models import Package
from catalog.pages.members import member_page, signed_in
from inference.spreadsheets import csv_lines


@require_safe
@member_page
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a package as one ZIP to whoever may still see all of its records."""
    user = signed_in(request)
    found = get_object_or_404(visible_packages(user), pk=pk)
    if not can_fetch(user, found):
        raise PermissionDenied
    if reason := _why_not(found):
        messages.error(request, reason)
        return HttpResponseRedirect(found.get_absolute_url())
    response = StreamingHttpResponse(zipped(places.place_of(found)), content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{found.name}.zip") or "attachment"
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
@member_page
def problems(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the list of all files that cannot be called by their number, and of masters that are amiss."""
    user = signed_in(request)
    found = get_object_or_404(visible_packages(user).defer("images"), pk=pk)
    if not can_fetch(user, found):
        raise PermissionDenied
    workplace = places.workplace_of(found.pk)
    if not workplace.is_planned:
        messages.error(request, _("核对的清单已经不在了：包已经做好，或已取消。"))
        return HttpResponseRedirect(found.get_absolute_url())
    lines = _in_language(csv_lines(_lines(found)), get_language())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = _("%(name)s_核对.csv") % {"name": found.name}
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    patch_cache_control(response, private=True, no_store=True)
    return response


def _why_not(found: Package) -> str:
    """Return why a package cannot be sent; empty where it can."""
    if found.state != Package.State.DONE or not places.place_of(found).is_dir():
        return _("这个包没有做好，或已经不在磁盘上。")
    if holds_secrets(found):
        return _("包里有记录后来因标有密级或疑似涉密停用，不能下载。请删除这个包，需要时重新做。")
    if found.bytes > MOST_BYTES:
        return _("这个包太大，不能从网页下载。请到服务器的文件夹里取：%(path)s") % {"path": places.place_of(found)}
    return ""


def _lines(found: Package) -> Iterator[list[str]]:
    yield [_("照片号"), _("将写作"), _("有什么问题")]
    for record in places.workplace_of(found.pk).planned():
        if not record.files:
            yield [record.label, "", _("没有扫描件")]
        for one in record.files:
            for fault in (*one.faults, *filter(None, [one.amiss])):
                yield [record.label, one.path, fault_words(fault)]


def _in_language(pieces: Iterator[str], language: str | None) -> Iterator[str]:
    """Return what is made while it is sent, in the language of whoever asked."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
