"""Knowledge bases in the admin: members write those of their collections, reviewers make them public."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import MemberAdmin, Row, signed_in, works
from catalog.admin.seen import SeenValuesForm
from catalog.knowledge import entries
from catalog.models import KnowledgeBase, KnowledgeEntry

if TYPE_CHECKING:
    from catalog.policies import User


class KnowledgeBaseForm(SeenValuesForm[KnowledgeBase]):
    """What a knowledge base is described by; publishing one is a reviewer's affair."""

    user: ClassVar["User"]

    def clean(self) -> dict[str, Any] | None:
        """Ask the policies about the collection chosen."""
        cleaned = super().clean()
        collection = self.cleaned_data.get("collection", self.instance.collection)
        if "collection" not in self.errors and not policies.can_edit_knowledge(self.user, collection):
            # Only an empty choice gets here: the others are the user's own collections.
            self.add_error("collection", _("请选择一份您负责的馆藏。不属于任何馆藏的知识库，由负责所有馆藏的人建立。"))
        elif "is_public" in self.changed_data and not policies.can_publish_knowledge(self.user, collection):
            self.add_error("is_public", _("公开或撤回知识库须由这份馆藏的审核员来做。"))
        return cleaned


class _Editable(MemberAdmin[Row]):
    """Rows that members change and delete: those of their collections."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let members add; what they may choose is theirs."""
        return works(request)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let members change."""
        return works(request) and (obj is None or self.may_edit(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let members delete."""
        return works(request) and (obj is None or self.may_edit(request, obj))

    def may_edit(self, request: HttpRequest, obj: Row) -> bool:
        """Ask the policy about one row; where none is asked, nobody may."""
        return False

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        """Delete one by one, each with an entry in the log."""
        for obj in queryset:
            self.delete_model(request, obj)


@admin.register(KnowledgeBase)
class KnowledgeBaseAdmin(_Editable[KnowledgeBase]):
    """The list shows how much each base holds; its entries are a list of their own."""

    form = KnowledgeBaseForm
    list_display = ("title", "slug", "collection", "is_public", "entry_links")
    list_filter = ("is_public",)
    list_select_related = ("collection",)
    search_fields = ("title", "slug")
    fields = ("title", "slug", "collection", "notes", "is_public")

    def mine(self, request: HttpRequest) -> QuerySet[KnowledgeBase]:
        """Return the bases that the user sees as those who edit them do."""
        return policies.member_knowledge_bases(request.user).with_counts()

    def may_edit(self, request: HttpRequest, obj: KnowledgeBase) -> bool:
        """Ask the policy."""
        return policies.can_edit_knowledge(request.user, obj.collection)

    def get_readonly_fields(self, request: HttpRequest, obj: KnowledgeBase | None = None) -> tuple[str, ...]:
        """Keep the slug once programs use it, and the collection, which decides who may read."""
        return ("slug", "collection") if obj else ()

    def get_form(
        self, request: HttpRequest, obj: KnowledgeBase | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[KnowledgeBase]]:
        """Tell the form, which is made for each request, whose it is."""
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user  # type: ignore[attr-defined]  # of a class made for this request
        return form

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the user's collections."""
        if db_field.name == "collection":
            kwargs["queryset"] = policies.working_collections(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: KnowledgeBase, form: ModelForm[KnowledgeBase], change: bool
    ) -> None:
        """Save with an entry in the log."""
        entries.save_base(base=obj, user=signed_in(request))

    def delete_model(self, request: HttpRequest, obj: KnowledgeBase) -> None:
        """Delete with an entry in the log."""
        entries.delete_base(base=obj, user=signed_in(request))

    @admin.display(description=_("条目"), ordering="entry_count")
    def entry_links(self, obj: Any) -> SafeString:
        """Return the number of entries, leading to them."""
        address = reverse("admin:catalog_knowledgeentry_changelist", query={"base__id__exact": obj.pk})
        return format_html('<a href="{}">{}</a>', address, obj.entry_count)


class KnowledgeEntryForm(SeenValuesForm[KnowledgeEntry]):
    """What an entry says; the page says which fields."""


class MyBasesFilter(admin.RelatedFieldListFilter):
    """A filter by knowledge base that names only those the user may edit."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """Return the bases to choose from."""
        return [(str(base.pk), base.title) for base in policies.member_knowledge_bases(request.user)]


@admin.register(KnowledgeEntry)
class KnowledgeEntryAdmin(_Editable[KnowledgeEntry]):
    """What is known, entry by entry."""

    form = KnowledgeEntryForm
    list_display = ("title", "base", "source", "updated_at")
    list_filter = (("base", MyBasesFilter),)
    list_select_related = ("base",)
    search_fields = ("title", "text", "source")
    fields = ("base", "title", "text", "source")

    def mine(self, request: HttpRequest) -> QuerySet[KnowledgeEntry]:
        """Return the entries of the bases that the user sees as those who edit them do."""
        return super().mine(request).filter(base__in=policies.member_knowledge_bases(request.user))

    def may_edit(self, request: HttpRequest, obj: KnowledgeEntry) -> bool:
        """Ask the policy."""
        return policies.can_edit_knowledge(request.user, obj.base.collection)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the bases the user may edit."""
        if db_field.name == "base":
            kwargs["queryset"] = policies.editable_knowledge_bases(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: KnowledgeEntry, form: ModelForm[KnowledgeEntry], change: bool
    ) -> None:
        """Save with an entry in the log."""
        entries.save_entry(entry=obj, user=signed_in(request))

    def delete_model(self, request: HttpRequest, obj: KnowledgeEntry) -> None:
        """Delete with an entry in the log."""
        entries.delete_entry(entry=obj, user=signed_in(request))
