"""Groups of look-alikes in the admin: the list merges them, the page takes them apart."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import policies
from catalog.admin.access import MemberAdmin, collections_filter, signed_in, works
from catalog.exceptions import CatalogError
from catalog.models import NearGroup
from catalog.records import near_duplicates
from catalog.templatetags.catalogue import print_img

_SHOWN = 8
OUT, OWN = "out", "own"


class SplitForm(forms.Form):
    """Which images leave a group, and whether they stay together."""

    images = forms.TypedMultipleChoiceField(coerce=int, required=False)
    way = forms.ChoiceField(choices=[(OUT, OUT), (OWN, OWN)])

    def __init__(self, *args: Any, keys: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["images"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]  # it chooses


@admin.register(NearGroup)
class NearGroupAdmin(MemberAdmin[NearGroup]):
    """What looks alike, side by side."""

    list_display = ("prints", "number", "collection", "created_at")
    list_display_links = ("number",)
    list_filter = (collections_filter("collection"),)
    list_select_related = ("collection",)
    list_per_page = 30
    show_full_result_count = False
    actions = ("merge",)

    class Media:
        css = {"all": ["css/groups.css"]}

    def mine(self, request: HttpRequest) -> QuerySet[NearGroup]:
        """Return the groups of the user's collections, with those of their images that the user may see."""
        return policies.visible_groups(request.user).with_images(policies.member_images(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: groups are made of images, in the images' list."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: NearGroup | None = None) -> bool:
        """Refuse: a group goes when its images are taken out."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: NearGroup | None = None) -> bool:
        """Let members work on the groups of their collections."""
        if obj is None:
            return works(request)
        return policies.can_catalogue(request.user, obj.collection)

    @admin.action(description=_("把所选近似组合并为一组"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[NearGroup]) -> None:
        """Make one group of the selection."""
        chosen = list(queryset)
        if not all(policies.can_catalogue(request.user, group.collection) for group in chosen):
            raise PermissionDenied
        try:
            kept = near_duplicates.merge(groups=[group.pk for group in chosen], user=signed_in(request))
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.message_user(request, gettext("已合并到“%(group)s”。") % {"group": kept}, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that splits are posted to."""
        view = self.admin_site.admin_view(self.split_view)
        return [path("<int:object_id>/split/", view, name="catalog_neargroup_split"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the images of a group, to be taken apart."""
        group = self.get_object(request, object_id)
        if group is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": str(group),
            "opts": self.opts,
            "group": group,
            "images": group.shown_images,  # type: ignore[attr-defined]  # prefetched by get_queryset
            "may_change": self.has_change_permission(request, group),
        }
        return TemplateResponse(request, "admin/catalog/neargroup/change_form.html", context)

    @method_decorator(require_POST)
    def split_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take images out of a group, and come back to it, or to the list where nothing is left of it."""
        group = self.get_object(request, str(object_id))
        if group is None:
            raise Http404
        if not self.has_change_permission(request, group):
            raise PermissionDenied
        shown = [image.pk for image in group.shown_images]  # type: ignore[attr-defined]  # prefetched by get_queryset
        given = SplitForm(request.POST, keys=shown)
        page = reverse("admin:catalog_neargroup_change", args=[object_id])
        if not given.is_valid():
            self.message_user(request, gettext("所选的图像已不在这个组里，请重新勾选。"), messages.ERROR)
            return HttpResponseRedirect(page)
        chosen = given.cleaned_data["images"]
        try:
            near_duplicates.split(
                group=group, images=chosen, user=signed_in(request), together=given.cleaned_data["way"] == OWN
            )
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(page)
        text = ngettext("已移出 %(n)d 幅图像。", "已移出 %(n)d 幅图像。", len(chosen)) % {"n": len(chosen)}
        self.message_user(request, text, messages.SUCCESS)
        left = NearGroup.objects.filter(pk=object_id).exists()
        return HttpResponseRedirect(page if left else reverse("admin:catalog_neargroup_changelist"))

    @admin.display(description=_("图像"))
    def prints(self, obj: Any) -> SafeString:
        """Return the first thumbnails."""
        cells = ((print_img(image.front),) for image in obj.shown_images[:_SHOWN])
        return format_html('<span class="list-prints">{}</span>', format_html_join("", "{}", cells))

    @admin.display(description=_("近似组"))
    def number(self, obj: Any) -> SafeString:
        """Return the group's name and how many images it has."""
        count = ngettext("%(n)d 幅", "%(n)d 幅", len(obj.shown_images)) % {"n": len(obj.shown_images)}
        return format_html("{} · {}", obj, count)
