"""Exporting what is chosen in the admin's list of images: a few are sent at once, many are left to the worker."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog import policies
from catalog.admin.access import signed_in
from catalog.exceptions import CatalogError
from catalog.exchange.exports.running import export_chosen
from catalog.models import Image


def export_view(request: HttpRequest, images: QuerySet[Image], fmt: str) -> HttpResponse:
    """Export what is chosen.

    Args:
        request: the list's form.
        images: the choice.
        fmt: one of `Export.Format`.

    Returns:
        The way to the file, or to the export's page; where it is refused, back to the list.
    """
    # From the policy again: the list's own queryset carries what the list shows.
    allowed = policies.member_images(request.user).filter(pk__in=images.order_by().values("pk"))
    ordered = allowed.order_by("collection_id", "identifier", "pk")
    words = _("工作台里选定的图像")
    try:
        export = export_chosen(user=signed_in(request), images=ordered, fmt=fmt, words=words)
    except CatalogError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
    page = "catalog:export" if export.is_under_way else "catalog:export-file"
    return HttpResponseRedirect(reverse(page, args=[export.pk]))
