"""What can be done to a selection of images in the admin's list: opening and closing them, exporting them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.models import Image
from catalog.services import records
from catalog.vocabulary import Access


class ImageActions(admin.ModelAdmin[Image]):
    """The actions of the image list."""

    actions = ("open_access", "internal_access", "restrict_access")

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Offer changing access to whoever publishes any collection; each image is checked again."""
        return policies.publishable_collections(request.user).exists()

    @admin.action(description=_("设为开放（公开馆藏中人人可见）"), permissions=["publish"])
    def open_access(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Open images."""
        self._set_access(request, queryset, Access.OPEN)

    @admin.action(description=_("设为内部（仅成员可见）"), permissions=["publish"])
    def internal_access(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Close images to the public."""
        self._set_access(request, queryset, Access.INTERNAL)

    @admin.action(description=_("设为控制使用（仅审核员可见）"), permissions=["publish"])
    def restrict_access(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Close images to all but reviewers."""
        self._set_access(request, queryset, Access.RESTRICTED)

    def _set_access(self, request: HttpRequest, queryset: QuerySet[Image], access: Access) -> None:
        mine = policies.publishable_collections(request.user)
        chosen = list(queryset)
        allowed = set(queryset.filter(collection__in=mine).values_list("pk", flat=True))
        for image in chosen:
            if image.pk in allowed:
                records.change_image(image=image, user=request.user, changes={"access": access})
        text = ngettext("已把 %(n)d 幅图像设为“%(access)s”。", "已把 %(n)d 幅图像设为“%(access)s”。", len(allowed))
        self.message_user(request, text % {"n": len(allowed), "access": access.label}, messages.SUCCESS)
        if refused := len(chosen) - len(allowed):
            text = gettext("另有 %(n)d 幅未改：开放程度须由其馆藏的审核员来定。")
            self.message_user(request, text % {"n": refused}, messages.WARNING)
