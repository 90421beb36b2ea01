"""Collections in the admin: members read theirs, reviewers change and publish them, administrators make them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import numbering, policies
from catalog.accounts import roles
from catalog.admin.access import MemberAdmin, is_administrator, is_publisher, signed_in
from catalog.admin.numbering import CollectionNumbers
from catalog.admin.seen import SeenValuesForm
from catalog.models import Collection, Membership
from catalog.records import entries


class NumberPatternInput(AdminTextInputWidget):
    """A text with patterns to choose from; another may be written."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Return the text with its list."""
        listed = {**(attrs or {}), "list": f"{name}-patterns"}
        choices = format_html_join("", '<option value="{}">{}</option>', numbering.SHIPPED)
        written = super().render(name, value, listed, renderer)
        return format_html('{}<datalist id="{}-patterns">{}</datalist>', written, name, choices)


class CollectionForm(SeenValuesForm[Collection]):
    """What a collection is described by; the page says which fields."""


@admin.register(Collection)
class CollectionAdmin(CollectionNumbers, MemberAdmin[Collection]):
    """The list shows where the work stands; the page is the collection's description."""

    form = CollectionForm
    list_display = ("title", "slug", "kind", "is_public", "images", "waiting", "to_research", "described")
    list_filter = ("kind", "is_public")
    search_fields = ("title", "slug", "fonds_number")
    actions = ("publish", "withdraw")
    fieldsets = (
        (None, {"fields": ("title", "slug", "kind", "introduction")}),
        (_("档案"), {"fields": ("fonds_number", "creator", "class_code", "retention_period", "number_pattern")}),
        (_("导入"), {"fields": ("name_pattern",)}),
        (_("起草与公开"), {"fields": ("prompt", "blind_first", "notes", "is_public")}),
    )

    def mine(self, request: HttpRequest) -> QuerySet[Collection]:
        """Return the collections the user works on."""
        return policies.member_collections(request.user).with_counts()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the patterns that are shipped."""
        if db_field.name == "number_pattern":
            kwargs["widget"] = NumberPatternInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask the policy, of those whom it could let."""
        could = is_administrator(request) or is_publisher(request)
        return could and policies.can_create_collection(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Collection | None = None) -> bool:
        """Let administrators delete an empty one; the database keeps those with images."""
        return is_administrator(request)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """Let roles go with their collection, though no list deletes them; whatever else is in the way stays there."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(missing) - {str(Membership._meta.verbose_name)}, protected  # noqa: SLF001 - as Django

    def delete_model(self, request: HttpRequest, obj: Collection) -> None:
        """Delete with an entry in the log for each role that goes with it."""
        roles.take_all_in(collection=obj, by=signed_in(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        """Delete one by one, so that each does so."""
        for collection in queryset:
            self.delete_model(request, collection)

    def has_change_permission(self, request: HttpRequest, obj: Collection | None = None) -> bool:
        """Let reviewers change their collections."""
        if obj is None:
            return is_publisher(request)
        return policies.can_publish(request.user, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Collection | None = None) -> tuple[str, ...]:
        """Keep the slug once addresses point at it, and leave publishing to reviewers of the collection."""
        if obj is not None:
            return ("slug",)
        return () if policies.can_publish_any(request.user) else ("is_public",)

    def save_model(self, request: HttpRequest, obj: Collection, form: ModelForm[Collection], change: bool) -> None:
        """Save with an entry in the log."""
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            entries.change_collection(collection=obj, user=signed_in(request), changes=values)
        else:
            obj.pk = entries.create_collection(user=signed_in(request), **form.cleaned_data).pk

    @admin.action(description=_("公开所选馆藏"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        """Make collections public."""
        self._set_public(request, queryset, is_public=True)

    @admin.action(description=_("撤回所选馆藏的公开"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        """Take collections back."""
        self._set_public(request, queryset, is_public=False)

    def _set_public(self, request: HttpRequest, queryset: QuerySet[Collection], *, is_public: bool) -> None:
        allowed = queryset.filter(pk__in=policies.publishable_collections(request.user))
        refused = queryset.count() - allowed.count()
        changed = 0
        for collection in allowed:
            entries.change_collection(collection=collection, user=signed_in(request), changes={"is_public": is_public})
            changed += 1
        self.message_user(request, ngettext("已处理 %(n)d 份馆藏。", "已处理 %(n)d 份馆藏。", changed) % {"n": changed})
        if refused:
            text = gettext("另有 %(n)d 份未处理：公开馆藏须由其审核员来做。") % {"n": refused}
            self.message_user(request, text, level="warning")

    @admin.display(description=_("图像"), ordering="image_count")
    def images(self, obj: Any) -> SafeString:
        """Return the number of images, leading to them."""
        return _link_to_images(obj.image_count, collection=obj.slug)

    @admin.display(description=_("待审核"), ordering="to_review_count")
    def waiting(self, obj: Any) -> SafeString:
        """Return the number of images with drafts, leading to them."""
        return _link_to_images(obj.to_review_count, collection=obj.slug, status__exact="to_review")

    @admin.display(description=_("待考"), ordering="to_research_count")
    def to_research(self, obj: Any) -> SafeString:
        """Return the number of images with a field that is left open, leading to them."""
        return _link_to_images(obj.to_research_count, collection=obj.slug, status__exact="to_research")

    @admin.display(description=_("已著录"), ordering="described_count")
    def described(self, obj: Any) -> int:
        """Return the number of images described."""
        return int(obj.described_count)


def _link_to_images(number: int, **query: str) -> SafeString:
    address = reverse("admin:catalog_image_changelist", query=query)
    return format_html('<a href="{}">{}</a>', address, number)
