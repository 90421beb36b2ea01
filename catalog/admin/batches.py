"""Batches in the admin: what the model has drafted, how far it is, and what failed. Read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import ReadOnlyAdmin, collections_filter
from catalog.models import Batch, BatchItem, Run
from inference.labels import ai_label


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin[Batch]):
    """Runs of a prompt over a collection."""

    list_display = ("__str__", "collection", "prompt_version", "selection", "state", "progress", "failed", "created_at")
    list_filter = ("state", collections_filter("collection"))
    list_select_related = ("collection", "prompt_version__prompt")
    readonly_fields = ("progress", "failed")

    def mine(self, request: HttpRequest) -> QuerySet[Batch]:
        """Return the batches of the user's collections, with their counts."""
        return policies.visible_batches(request.user).with_progress()

    @admin.display(description=_("进度"))
    def progress(self, obj: Any) -> SafeString:
        """Return a bar and the numbers it stands for."""
        finished = obj.total - obj.left_count
        words = gettext("%(done)d / %(total)d") % {"done": finished, "total": obj.total}
        return format_html('<progress max="{}" value="{}">{}</progress> {}', obj.total or 1, finished, words, words)

    @admin.display(description=_("失败"), ordering="failed_count")
    def failed(self, obj: Any) -> SafeString | str:
        """Return the number of failures, leading to their reasons."""
        if not obj.failed_count:
            return "0"
        address = reverse(
            "admin:catalog_batchitem_changelist", query={"batch__id__exact": obj.pk, "state__exact": "failed"}
        )
        return format_html('<a href="{}">{}</a>', address, obj.failed_count)


@admin.register(BatchItem)
class BatchItemAdmin(ReadOnlyAdmin[BatchItem]):
    """The images of batches, one by one."""

    list_display = ("image", "batch", "state", "attempts", "error", "finished_at")
    list_filter = ("state", collections_filter("batch__collection"))
    list_select_related = ("image", "batch")
    search_fields = ("image__identifier", "error")

    def mine(self, request: HttpRequest) -> QuerySet[BatchItem]:
        """Return the items whose images the user may see as a member."""
        return super().mine(request).filter(image__in=policies.member_images(request.user))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let a batch's page lead to its items."""
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """What the model answered, word for word."""

    list_display = ("image", "prompt_version", "model_name", "model_version", "finish_reason", "created_at")
    list_filter = ("model_name", "finish_reason", collections_filter("image__collection"))
    list_select_related = ("image", "prompt_version__prompt")
    search_fields = ("image__identifier", "raw_text")
    fields = (
        "image",
        "prompt_version",
        "batch_item",
        "model_name",
        "model_version",
        "parameters",
        "ai_label",
        "raw_text",
        "finish_reason",
        "input_tokens",
        "output_tokens",
        "timings",
        "created_at",
    )
    readonly_fields = fields

    def mine(self, request: HttpRequest) -> QuerySet[Run]:
        """Return the answers about images the user may see as a member."""
        return super().mine(request).filter(image__in=policies.member_images(request.user))

    @admin.display(description=_("AI 标识"))
    def ai_label(self, obj: Run) -> str:
        """Return the label of words that nobody has reviewed."""
        return ai_label(source="model", reviewed=False)
