"""The action log and the annotations' history in the admin. Read-only."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import OfImageAdmin, ReadOnlyAdmin, collections_filter, reads_log
from catalog.labels import label_of
from catalog.models import Action, Annotation


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin[Action]):
    """Who did what, and when."""

    list_display = ("created_at", "who", "verb", "label", "details_text")
    list_filter = ("verb", collections_filter("collection"))
    list_select_related = ("user",)
    search_fields = ("label", "user__username")
    date_hierarchy = "created_at"
    fields = ("created_at", "who", "verb", "label", "details_text")
    readonly_fields = fields

    def mine(self, request: HttpRequest) -> QuerySet[Action]:
        """Return the entries about the user's collections."""
        return policies.visible_actions(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the log to members and auditors."""
        return reads_log(request)

    def has_view_permission(self, request: HttpRequest, obj: Action | None = None) -> bool:
        """Let members and auditors read what the policy gives them."""
        return reads_log(request)

    @admin.display(description=_("用户"), ordering="user__username")
    def who(self, obj: Action) -> str:
        """Return the account's name."""
        return str(obj.user) if obj.user else gettext("命令行")

    @admin.display(description=_("细节"))
    def details_text(self, obj: Action) -> str:
        """Return the details as JSON with readable Chinese."""
        return json.dumps(obj.details, ensure_ascii=False) if obj.details else ""


@admin.register(Annotation)
class AnnotationAdmin(OfImageAdmin[Annotation]):
    """Every proposal there ever was, with what became of it."""

    list_display = (
        "record",
        "field",
        "value",
        "source",
        "evidence",
        "flag",
        "state",
        "ai_label",
        "decided_by",
        "created_at",
    )
    list_filter = ("state", "source", "field", "evidence", "flag", collections_filter("image__collection"))
    list_select_related = ("image", "decided_by", "run")
    search_fields = ("value", "image__identifier")
    fields = (
        "image",
        "field",
        "ai_label",
        "value",
        "original_value",
        "source",
        "evidence",
        "state",
        "flag",
        "run",
        "created_by",
        "created_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    readonly_fields = fields

    def mine(self, request: HttpRequest) -> QuerySet[Annotation]:
        """Return the annotations of images the user may see as a member."""
        return super().mine(request).filter(image__in=policies.member_images(request.user))

    @admin.display(description=_("AI 标识"))
    def ai_label(self, obj: Annotation) -> str:
        """Return the AI label."""
        return label_of(obj)
