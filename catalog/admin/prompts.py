"""Prompts in the admin: members read them, reviewers add wordings; a wording once made is never changed."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.access import MemberAdmin, ReadOnlyInline, Row, is_publisher, signed_in
from catalog.admin.trials import trial_cell, trial_page
from catalog.drafting.prompts import add_prompt_version, check_prompt_version
from catalog.models import Prompt, PromptVersion

_LONGEST_KEY = 18


class PromptVersionForm(ModelForm[PromptVersion]):
    """A new wording; what could never work is refused beside its field, for it could not be mended."""

    class Meta:
        model = PromptVersion
        fields = ("prompt", "text", "form", "schema", "with_facts", "group_pictures", "max_new_tokens")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Left empty it is none. Who may only look has a form without fields.
        if "group_pictures" in self.fields:
            self.fields["group_pictures"].required = False

    def clean_group_pictures(self) -> int:
        """Return how many other photographs are shown."""
        return self.cleaned_data["group_pictures"] or 0

    def clean(self) -> dict[str, Any]:
        """Refuse what could never work."""
        given = super().clean() or self.cleaned_data
        checked = ("form", "schema", "max_new_tokens", "group_pictures")
        if all(name in given for name in checked):
            check_prompt_version(**{name: given[name] for name in checked})
        return given


class VersionInline(ReadOnlyInline):
    """The wordings of a prompt, newest first."""

    model = PromptVersion
    fields = (
        "number", "text", "form", "with_facts", "group_pictures", "max_new_tokens", "created_at", "created_by",
    )  # fmt: skip
    readonly_fields = fields
    ordering = ("-number",)
    verbose_name_plural = _("版本（不可修改；要改措辞，请增加提示词版本）")


class _Revised(MemberAdmin[Row]):
    """What reviewers add to; all collections share the prompts, so it is not asked whose they are."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let reviewers add."""
        return is_publisher(request)


@admin.register(Prompt)
class PromptAdmin(_Revised[Prompt]):
    """The named questions."""

    list_display = ("name", "slug", "current_text", "trial")
    search_fields = ("name", "slug")
    inlines = (VersionInline,)

    def has_change_permission(self, request: HttpRequest, obj: Prompt | None = None) -> bool:
        """Let reviewers rename a prompt."""
        return is_publisher(request)

    def has_delete_permission(self, request: HttpRequest, obj: Prompt | None = None) -> bool:
        """Let reviewers delete one that has no wording yet; the database keeps the others."""
        return is_publisher(request)

    def mine(self, request: HttpRequest) -> QuerySet[Prompt]:
        """Return all prompts, each with its current wording."""
        newest = PromptVersion.objects.filter(prompt=OuterRef("pk")).order_by("-number")
        return super().mine(request).annotate(newest_text=Subquery(newest.values("text")[:1]))

    def get_readonly_fields(self, request: HttpRequest, obj: Prompt | None = None) -> tuple[str, ...]:
        """Keep the slug once commands use it."""
        return ("slug",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which a prompt is tried, and where its answers come from one by one."""
        page = self.admin_site.admin_view(self.trial_view)
        cell = self.admin_site.admin_view(require_POST(trial_cell))
        return [
            path("<int:object_id>/trial/", page, name="catalog_prompt_trial"),
            path("trial/answer/", cell, name="catalog_prompt_trial_answer"),
            *super().get_urls(),
        ]

    def trial_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the page on which a prompt is tried."""
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        return trial_page(request, found, self.admin_site.each_context(request) | {"opts": self.opts})

    @admin.display(description=_("试用"))
    def trial(self, obj: Prompt) -> SafeString:
        """Return the way to the page on which it is tried."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:catalog_prompt_trial", args=[obj.pk]), gettext("试一试")
        )

    @admin.display(description=_("现用正文"))
    def current_text(self, obj: Prompt) -> str:
        """Return the current wording."""
        return obj.newest_text or ""  # type: ignore[attr-defined]  # annotated above


@admin.register(PromptVersion)
class PromptVersionAdmin(_Revised[PromptVersion]):
    """The wordings. Adding one makes it the prompt's current one; none is changed, for drafts refer to it."""

    form = PromptVersionForm
    list_display = ("prompt", "number", "form", "with_facts", "text", "created_at", "created_by")
    list_select_related = ("prompt", "created_by")
    list_filter = ("prompt", "form")
    search_fields = ("text",)
    fields = ("prompt", "text", "form", "schema", "with_facts", "group_pictures", "max_new_tokens")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new wording with the current one of its prompt: mostly a few words of it are changed."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        key = str(given.get("prompt", ""))
        prompt = Prompt.objects.filter(pk=key).first() if key.isdecimal() and len(key) <= _LONGEST_KEY else None
        current = prompt.current if prompt else None
        if current is None:
            return given
        copied = ("text", "form", "schema", "with_facts", "group_pictures", "max_new_tokens")
        return {name: getattr(current, name) for name in copied} | given

    def save_model(
        self, request: HttpRequest, obj: PromptVersion, form: ModelForm[PromptVersion], change: bool
    ) -> None:
        """Have the wording numbered and added."""
        made = add_prompt_version(user=signed_in(request), **form.cleaned_data)
        obj.pk, obj.number = made.pk, made.number
