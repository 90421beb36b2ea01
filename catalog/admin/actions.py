"""What can be done to a selection of images in the admin's list: proposing to open them, closing and exporting them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import is_publisher, signed_in, works
from catalog.admin.bulk import bulk_view
from catalog.admin.disclosure import propose_view, withdraw_view
from catalog.admin.exports import export_view
from catalog.admin.starting import chosen_view
from catalog.admin.volumes import volume_view
from catalog.exceptions import CatalogError
from catalog.models import BulkChange, Export, Image
from catalog.records import entries, near_duplicates
from catalog.vocabulary import Access


class ImageActions(admin.ModelAdmin[Image]):
    """The actions of the image list."""

    actions = (
        "accept_shown",
        "reject_shown",
        "set_field",
        "replace_words",
        "draft_chosen",
        "export_csv",
        "export_xlsx",
        "put_together",
        "set_volume",
        "examine_disclosure",
        "withdraw_disclosure",
        "internal_access",
        "restrict_access",
    )

    @admin.action(description=_("采用所选记录的草稿（先预览）"), permissions=["publish"])
    def accept_shown(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse | None:
        """Prepare that the drafts which the filters show are accepted."""
        return bulk_view(request, queryset, self.admin_site, BulkChange.Kind.ACCEPT)

    @admin.action(description=_("退回所选记录的草稿……"), permissions=["publish"])
    def reject_shown(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse | None:
        """Ask for the reason; prepare that the drafts which the filters show are rejected."""
        return bulk_view(request, queryset, self.admin_site, BulkChange.Kind.REJECT)

    @admin.action(description=_("给所选记录填写一项……"), permissions=["publish"])
    def set_field(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse | None:
        """Ask for a field and its value; prepare that it is written."""
        return bulk_view(request, queryset, self.admin_site, BulkChange.Kind.SET)

    @admin.action(description=_("在所选记录里查找替换……"), permissions=["publish"])
    def replace_words(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse | None:
        """Ask for words; prepare that they are replaced."""
        return bulk_view(request, queryset, self.admin_site, BulkChange.Kind.REPLACE)

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Offer drafting and grouping to whoever works on any collection; each image is asked about again."""
        return works(request)

    @admin.action(description=_("起草或识读所选图像……"), permissions=["work"])
    def draft_chosen(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Ask how, then have the model draft the selection; with all of the list chosen, all that the filter shows."""
        return chosen_view(request, queryset, self.admin_site)

    @admin.action(description=_("导出所选为 CSV（Excel、WPS 可直接打开）"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Send the selection as CSV: accepted values, drafts, and where each comes from."""
        return export_view(request, queryset, Export.Format.CSV)

    @admin.action(description=_("导出所选为 Excel 工作簿（可改好再交回）"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Send the selection as a workbook in which every cell is text."""
        return export_view(request, queryset, Export.Format.XLSX)

    @admin.action(description=_("归为一个近似组"), permissions=["work"])
    def put_together(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Make a group of look-alikes of the selection."""
        chosen = [image.pk for image in queryset]
        if policies.reviewable_images(request.user).filter(pk__in=chosen).count() < len(chosen):
            self.message_user(request, gettext("所选图像中有您不负责的，没有归组。"), messages.ERROR)
            return
        try:
            group = near_duplicates.put_together(images=chosen, user=signed_in(request))
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.message_user(request, gettext("已归为“%(group)s”。") % {"group": group}, messages.SUCCESS)

    @admin.action(description=_("填写册号……"), permissions=["work"])
    def set_volume(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse | None:
        """Ask for the 册号 of the selection; with all of the list chosen, of all that the filter shows."""
        return volume_view(request, queryset, self.admin_site)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Offer changing access to whoever publishes any collection; each image is checked again."""
        return is_publisher(request)

    @admin.action(description=_("提出开放审核（初审）……"), permissions=["publish"])
    def examine_disclosure(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Ask what is proposed, then leave the list to a second examiner; nothing is opened here."""
        return propose_view(request, queryset, self.admin_site)

    @admin.action(description=_("撤回开放（回到未审核，立即不再公开）……"), permissions=["publish"])
    def withdraw_disclosure(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Ask why, then close what was open; that takes one person."""
        return withdraw_view(request, queryset, self.admin_site)

    @admin.action(description=_("内部可见：全体成员"), permissions=["publish"])
    def internal_access(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Let all members of the collection look."""
        self._set_access(request, queryset, Access.INTERNAL)

    @admin.action(description=_("内部可见：仅审核员（已开放的随即撤回）"), permissions=["publish"])
    def restrict_access(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Close images to all but reviewers."""
        self._set_access(request, queryset, Access.RESTRICTED)

    def _set_access(self, request: HttpRequest, queryset: QuerySet[Image], access: Access) -> None:
        mine = policies.publishable_collections(request.user)
        chosen = list(queryset)
        allowed = set(queryset.filter(collection__in=mine).values_list("pk", flat=True))
        for image in chosen:
            if image.pk in allowed:
                entries.change_image(image=image, user=signed_in(request), changes={"access": access})
        text = ngettext("已把 %(n)d 幅图像设为“%(access)s”。", "已把 %(n)d 幅图像设为“%(access)s”。", len(allowed))
        self.message_user(request, text % {"n": len(allowed), "access": access.label}, messages.SUCCESS)
        if refused := len(chosen) - len(allowed):
            text = gettext("另有 %(n)d 幅未改：内部可见范围须由其馆藏的审核员来定。")
            self.message_user(request, text % {"n": refused}, messages.WARNING)
