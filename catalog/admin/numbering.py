"""The page on which a collection's photographs get their numbers: looked at first, then given."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.admin.access import signed_in
from catalog.exceptions import CatalogError, NumberPatternRefused
from catalog.models import Collection
from catalog.records.numbering import digest_of, fill_numbers, propose_numbers

_SHOWN = 500


class CollectionNumbers(admin.ModelAdmin[Collection]):
    """Adds the page to the collections' admin."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page's address."""
        view = self.admin_site.admin_view(self.numbers_view)
        choosing = self.admin_site.admin_view(self.numbering_view)
        return [
            path("numbering/", choosing, name="catalog_collection_numbering"),
            path("<int:object_id>/numbers/", view, name="catalog_collection_numbers"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def numbering_view(self, request: HttpRequest) -> HttpResponse:
        """Show in which collections there is something to be numbered; of one alone, go there."""
        collections = policies.working_collections(request.user).with_unnumbered().order_by("title", "pk")
        mine = list(collections)
        if not mine:
            raise PermissionDenied
        if len(mine) == 1:
            return HttpResponseRedirect(reverse("admin:catalog_collection_numbers", args=[mine[0].pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("编号"),
            "opts": self.opts,
            "collections": mine,
        }
        return TemplateResponse(request, "admin/catalog/collection/numbering.html", context)

    def numbers_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show which numbers there would be; give them where they are agreed to."""
        collection = self.get_object(request, str(object_id))
        if collection is None:
            raise Http404
        if not policies.can_catalogue(request.user, collection):
            raise PermissionDenied
        images = policies.reviewable_images(request.user)
        if request.method == "POST":
            try:
                filled = fill_numbers(
                    collection=collection, user=signed_in(request), seen=request.POST.get("seen", ""), images=images
                )
            except (CatalogError, ValidationError) as error:
                text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                self.message_user(request, text, messages.ERROR)
            else:
                text = ngettext("已给 %(n)d 幅图像编号。", "已给 %(n)d 幅图像编号。", filled) % {"n": filled}
                self.message_user(request, text, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:catalog_collection_numbers", args=[object_id]))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": gettext("编号：%(title)s") % {"title": collection.title},
            "opts": self.opts,
            "collection": collection,
        }
        try:
            proposals = propose_numbers(collection, images)
        except NumberPatternRefused as error:
            context["refused"] = str(error)
        else:
            context |= {
                "proposals": proposals[:_SHOWN],
                "count": len(proposals),
                "possible": sum(bool(proposal.identifier) for proposal in proposals),
                "seen": digest_of(proposals),
            }
        return TemplateResponse(request, "admin/catalog/collection/numbers.html", context)
