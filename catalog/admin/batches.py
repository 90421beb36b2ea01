"""Batches in the admin: what the model has drafted, how far it is, what failed, and what people may do about it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.admin.access import OfImageAdmin, ReadOnlyAdmin, collections_filter, is_member, signed_in, works
from catalog.admin.batch_panel import items_address, panel_of
from catalog.admin.starting import start_view
from catalog.batches.controls import BatchAction, act
from catalog.batches.progress import waiting_for_hours
from catalog.exceptions import CatalogError
from catalog.models import Batch, BatchItem, Run
from catalog.vocabulary import ItemState
from inference.labels import ai_label


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin[Batch]):
    """Runs of a prompt over images of a collection. The rows are written by `catalog.batches` alone."""

    # What changes comes first: on a phone the others are pushed aside.
    list_display = (
        "__str__",
        "state",
        "progress",
        "failed",
        "refused",
        "collection",
        "task",
        "selection",
        "created_at",
    )
    list_filter = ("state", collections_filter("collection"))
    list_select_related = ("collection", "prompt_version__prompt")
    fields = (
        "collection",
        "task",
        "selection",
        "replace_accepted",
        "created_by",
        "created_at",
    )
    readonly_fields = fields

    def mine(self, request: HttpRequest) -> QuerySet[Batch]:
        """Return the batches of the user's collections, with their counts."""
        return policies.visible_batches(request.user).with_progress()

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses at which batches begin, tell how far they are, and are told what to do."""
        view = self.admin_site.admin_view
        return [
            path("start/", view(self.start), name="catalog_batch_start"),
            path("<int:pk>/progress/", view(self.progress_view), name="catalog_batch_progress"),
            path("<int:pk>/act/<slug:action>/", view(self.act_view), name="catalog_batch_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer members to begin a batch, and say where batches wait for the hours."""
        closed = waiting_for_hours(policies.visible_batches(request.user))
        context = {"may_start": works(request), "closed": closed}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far the batch is, above what it is."""
        found = self.get_object(request, object_id)
        context = extra_context or {}
        if found is not None:
            context = {
                "title": found,
                "subtitle": None,
                "panel": panel_of(found, request.user),
                "all_actions": list(BatchAction),
                "failed_address": items_address(found, ItemState.FAILED),
                "refused_address": items_address(found, ItemState.REFUSED),
            } | context
        return super().change_view(request, object_id, form_url, context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Begin a batch of a collection."""
        return start_view(request, self.admin_site)

    @method_decorator(never_cache)
    @method_decorator(require_safe)
    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell the page how far the batch is."""
        return JsonResponse(panel_of(self._found(request, pk), request.user).as_json())

    def act_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Pause, resume, cancel or try again; what is not easily undone is asked once more."""
        batch = self._found(request, pk)
        if action not in BatchAction.values:
            raise Http404
        if not policies.can_draft(request.user, batch.collection):
            raise PermissionDenied
        chosen = BatchAction(action)
        address = reverse("admin:catalog_batch_change", args=[batch.pk])
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": f"{batch}：{chosen.label}",
                "opts": self.opts,
                "batch": batch,
                "action": chosen,
                "back": address,
                "panel": panel_of(batch, request.user),
            }
            return TemplateResponse(request, "admin/catalog/batch/confirm.html", context)
        try:
            self.message_user(request, act(batch=batch, action=chosen, user=signed_in(request)), messages.SUCCESS)
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(address)

    def _found(self, request: HttpRequest, pk: int) -> Batch:
        found = self.get_object(request, str(pk)) if is_member(request) else None
        if found is None:
            raise Http404
        return found

    @admin.display(description=_("任务"), ordering="prompt_version")
    def task(self, obj: Batch) -> str:
        """Return what is done with the images."""
        return obj.task

    @admin.display(description=_("进度"))
    def progress(self, obj: Any) -> SafeString:
        """Return a bar and the numbers it stands for."""
        finished = obj.total - obj.left_count
        words = gettext("%(done)d / %(total)d") % {"done": finished, "total": obj.total}
        return format_html('<progress max="{}" value="{}">{}</progress> {}', obj.total or 1, finished, words, words)

    @admin.display(description=_("失败"), ordering="failed_count")
    def failed(self, obj: Any) -> SafeString | str:
        """Return the number of failures, leading to their reasons."""
        return _link_to_items(obj, ItemState.FAILED, obj.failed_count)

    @admin.display(description=_("模型没有给出内容"), ordering="refused_count")
    def refused(self, obj: Any) -> SafeString | str:
        """Return how often the model answered without a value, leading to those images."""
        return _link_to_items(obj, ItemState.REFUSED, obj.refused_count)


@admin.register(BatchItem)
class BatchItemAdmin(OfImageAdmin[BatchItem]):
    """The images of batches, one by one."""

    list_display = ("record", "batch", "state", "attempts", "error", "finished_at")
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
class RunAdmin(OfImageAdmin[Run]):
    """What the model answered, word for word."""

    list_display = ("record", "prompt_version", "model_name", "model_version", "finish_reason", "created_at")
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


def _link_to_items(batch: Batch, state: ItemState, number: int) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', items_address(batch, state), number) if number else "0"
