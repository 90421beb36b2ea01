"""The page 历史 of a record: every text of every field, compared with each other, and put back where wished."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from catalog import policies
from catalog.admin.access import is_member, signed_in
from catalog.exceptions import AlreadyDecided, CatalogError
from catalog.models import Image
from catalog.review import decisions, history

_MOST_KEY = 2**63 - 1


class TwoTexts(forms.Form):
    """Which two texts are compared."""

    one = forms.IntegerField(min_value=1, max_value=_MOST_KEY)
    other = forms.IntegerField(min_value=1, max_value=_MOST_KEY)


class Restoration(forms.Form):
    """Which text is put back, and what the record said when that was asked for."""

    annotation = forms.IntegerField(min_value=1, max_value=_MOST_KEY)
    seen = forms.IntegerField(required=False, min_value=1, max_value=_MOST_KEY)


class ImageHistory(admin.ModelAdmin[Image]):
    """Adds the page to the images' admin, in place of Django's own."""

    def get_urls(self) -> list[URLPattern]:
        """Add the address at which a text is put back."""
        view = self.admin_site.admin_view(self.restore_view)
        return [path("<int:object_id>/restore/", view, name="catalog_image_restore"), *super().get_urls()]

    @method_decorator(require_safe)
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what became of each field, and two texts beside each other where two were chosen."""
        if not is_member(request):
            raise PermissionDenied
        found = self._found(request, object_id)
        chosen = TwoTexts(request.GET)
        pair = history.compared(found, **chosen.cleaned_data) if "one" in request.GET and chosen.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("历史：%(image)s") % {"image": found},
            "opts": self.opts,
            "image": found,
            "fields": history.history_of(found),
            "pair": pair,
            "asked": "one" in request.GET or "other" in request.GET,
            "may_restore": policies.can_review(request.user, found),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/catalog/image/history.html", context)

    @method_decorator(require_POST)
    def restore_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Put a text back into the record."""
        found = self._found(request, str(object_id))
        if not policies.can_review(request.user, found):
            raise PermissionDenied
        given = Restoration(request.POST)
        page = reverse("admin:catalog_image_history", args=[found.pk])
        earlier = found.annotations.filter(pk=given.cleaned_data["annotation"]).first() if given.is_valid() else None
        if earlier is None:
            self.message_user(request, gettext("没有找到要恢复的内容，没有改动。请刷新页面后再试。"), messages.ERROR)
            return HttpResponseRedirect(page)
        try:
            decisions.restore(annotation=earlier, user=signed_in(request), seen=given.cleaned_data["seen"])
        except AlreadyDecided:
            self.message_user(request, gettext("这段内容已经在用，或正在等待审核，没有改动。"), messages.ERROR)
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            text = gettext("已恢复“%(field)s”。") % {"field": earlier.get_field_display()}
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(f"{page}#history-{earlier.field}")

    def _found(self, request: HttpRequest, object_id: str) -> Image:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found
