"""All questions and answers in the admin, to look into complaints: administrators only, and only to read.

Deleting is left to those who asked, and to the days after which history is erased: files go with the rows there.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.access import may_read_exchanges
from inference.labels import ai_label
from inference.models import Exchange


@admin.register(Exchange)
class ExchangeAdmin(admin.ModelAdmin[Exchange]):
    """What was asked, by whom, and what the model answered."""

    list_display = ("asked_at", "who", "__str__", "state", "label", "model_version", "input_tokens", "output_tokens")
    list_display_links = ("asked_at", "__str__")
    list_filter = ("state", "asked_at")
    list_select_related = ("user", "key")
    search_fields = ("question", "answer", "user__username", "key__name", "model_version")
    date_hierarchy = "asked_at"
    list_per_page = 50
    fields = (
        "asked_at",
        "who",
        "state",
        "error",
        "question",
        "picture_names",
        "label",
        "answer",
        "reasoning",
        "model_version",
        "input_tokens",
        "output_tokens",
        "queue_s",
        "first_token_s",
        "total_s",
        "conversation",
    )
    readonly_fields = fields

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Head the list with the name of what it lists."""
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural, **(extra_context or {})})

    @admin.display(description=_("提问者"))
    def who(self, obj: Exchange) -> str:
        """Return who asked, as far as it is known."""
        asker = str(obj.user) if obj.user else ""
        if obj.key is not None:
            return gettext("密钥“%(name)s”") % {"name": obj.key.name} + (f" · {asker}" if asker else "")
        return asker or (gettext("未登录的访客") if obj.visitor else gettext("程序"))

    @admin.display(description=_("AI 标识"))
    def label(self, obj: Exchange) -> str:
        """Return the label of the answer."""
        return ai_label(source="model", reviewed=False)

    @admin.display(description=_("图片文件名"))
    def picture_names(self, obj: Exchange) -> str:
        """Return what the pictures were called; they themselves are shown to whoever asked."""
        return gettext("；").join(str(picture) for picture in obj.pictures.all())

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return may_read_exchanges(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Exchange | None = None) -> bool:
        """Ask the policy."""
        return may_read_exchanges(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Exchange | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Exchange | None = None) -> bool:
        """Refuse."""
        return False
