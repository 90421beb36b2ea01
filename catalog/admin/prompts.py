"""Prompts in the admin: members read them, administrators add wordings; a wording once made is never changed."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.admin.access import MemberAdmin, ReadOnlyInline, signed_in
from catalog.models import Prompt, PromptVersion
from catalog.services import records


class VersionInline(ReadOnlyInline):
    """The wordings of a prompt, newest first."""

    model = PromptVersion
    fields = ("number", "text", "form", "with_facts", "max_new_tokens", "created_at", "created_by")
    readonly_fields = fields
    ordering = ("-number",)
    verbose_name_plural = _("版本（不可修改；要改措辞，请增加提示词版本）")


@admin.register(Prompt)
class PromptAdmin(MemberAdmin[Prompt]):
    """The named questions."""

    list_display = ("name", "slug", "current_text")
    search_fields = ("name", "slug")
    inlines = (VersionInline,)

    def mine(self, request: HttpRequest) -> QuerySet[Prompt]:
        """Return all prompts, each with its current wording."""
        newest = PromptVersion.objects.filter(prompt=OuterRef("pk")).order_by("-number")
        return super().mine(request).annotate(newest_text=Subquery(newest.values("text")[:1]))

    def get_readonly_fields(self, request: HttpRequest, obj: Prompt | None = None) -> tuple[str, ...]:
        """Keep the slug once commands use it."""
        return ("slug",) if obj else ()

    @admin.display(description=_("现用正文"))
    def current_text(self, obj: Prompt) -> str:
        """Return the current wording."""
        return obj.newest_text or ""  # type: ignore[attr-defined]


@admin.register(PromptVersion)
class PromptVersionAdmin(MemberAdmin[PromptVersion]):
    """The wordings. Adding one makes it the prompt's current one."""

    list_display = ("prompt", "number", "form", "with_facts", "text", "created_at", "created_by")
    list_select_related = ("prompt", "created_by")
    list_filter = ("prompt", "form")
    search_fields = ("text",)
    fields = ("prompt", "text", "form", "schema", "with_facts", "max_new_tokens")

    def has_change_permission(self, request: HttpRequest, obj: PromptVersion | None = None) -> bool:
        """Refuse: versions are immutable."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PromptVersion | None = None) -> bool:
        """Refuse: drafts refer to the wording they answer."""
        return False

    def save_model(
        self, request: HttpRequest, obj: PromptVersion, form: ModelForm[PromptVersion], change: bool
    ) -> None:
        """Add the wording through the service, which numbers it."""
        made = records.add_prompt_version(user=signed_in(request), **form.cleaned_data)
        obj.pk, obj.number = made.pk, made.number
