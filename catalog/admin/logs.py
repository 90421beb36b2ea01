"""The action log and the annotations' history in the admin. Read-only."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.admin.access import (
    MyCollectionsFilter,
    OfImageAdmin,
    ReadOnlyAdmin,
    collections_filter,
    reads_log,
    signed_in,
)
from catalog.exchange.log_export import stream_log
from catalog.labels import label_for_staff
from catalog.models import Action, Annotation
from catalog.records import action_log
from catalog.records.log_words import changes_of, name_of, person_of, sentence_of
from catalog.vocabulary import Verb


class PersonFilter(admin.SimpleListFilter):
    """A filter by who did it. Members find what they did themselves; how much a colleague does is not for them."""

    title = _("人")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Return the people to choose from: those who did anything, for whoever audits."""
        user = signed_in(request)
        if not policies.exports_log(user):
            return [(str(user.pk), gettext("我自己"))]
        did = Action.objects.filter(user=OuterRef("pk"))
        people = get_user_model().objects.filter(Exists(did)).order_by("username")
        return [(str(person.pk), f"{name_of(person)}") for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what the person chosen did; one who is not offered is not found."""
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(user=chosen) if chosen in dict(self.lookup_choices) else queryset.none()


class LogCollections(MyCollectionsFilter):
    """A filter by collection that names those whose log the user reads."""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Return the collections to choose from."""
        read = policies.member_collections(request.user) | policies.audited_collections(request.user)
        return [(collection.slug, collection.title) for collection in read]


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin[Action]):
    """Who did what, and when, in words."""

    list_display = ("created_at", "sentence", "where")
    list_display_links = ("created_at",)
    list_filter = ("verb", PersonFilter, ("created_at", admin.DateFieldListFilter), LogCollections)
    list_select_related = ("user", "collection")
    search_fields = ("label",)
    search_help_text = _("查照片号、馆藏、批次或账户的名称。")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = ("created_at", "sentence", "who", "verb", "label", "where", "changes", "link")
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

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the table."""
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="catalog_action_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer the table to whoever may take it away, of what the filters show."""
        may = policies.exports_log(request.user)
        query = request.GET.urlencode()
        address = reverse("admin:catalog_action_export") + (f"?{query}" if query else "")
        return super().changelist_view(request, {"export": address if may else "", **(extra_context or {})})

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the entries that the filters show as CSV."""
        if not policies.exports_log(request.user):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{reverse('admin:catalog_action_changelist')}?e=1")
        chosen = policies.exportable_actions(request.user).filter(pk__in=shown.order_by().values("pk"))
        # What is written about the export itself is not part of it.
        last = chosen.order_by("-pk").values_list("pk", flat=True).first() or 0
        chosen = chosen.filter(pk__lte=last)
        filters = request.GET.urlencode()
        action_log.record(verb=Verb.LOG_EXPORTED, user=signed_in(request), entries=chosen.count(), filters=filters)
        name = f"log-{timezone.localtime():%Y%m%d-%H%M}.csv"
        return StreamingHttpResponse(
            in_language(stream_log(chosen), get_language()),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": content_disposition_header(True, name) or ""},
        )

    @admin.display(description=_("说明"))
    def sentence(self, obj: Action) -> str:
        """Return what was done, as a sentence."""
        return sentence_of(obj)

    @admin.display(description=_("用户"), ordering="user__username")
    def who(self, obj: Action) -> str:
        """Return the person, with the account's name."""
        if obj.user is None:
            return gettext("系统或命令行")
        return gettext("%(name)s（%(account)s）") % {"name": person_of(obj), "account": obj.user.get_username()}

    @admin.display(description=_("馆藏"), ordering="collection__title")
    def where(self, obj: Action) -> str:
        """Return the collection."""
        return obj.collection.title if obj.collection else ""

    @admin.display(description=_("改动"))
    def changes(self, obj: Action) -> SafeString | str:
        """Return what was changed, column by column."""
        lines = changes_of(obj)
        if not lines:
            return gettext("没有登记项的改动")
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}：{} → {}</li>", lines))

    @admin.display(description=_("链中次序与摘要"))
    def link(self, obj: Action) -> str:
        """Return the entry's place in the chain and its digest."""
        link = getattr(obj, "digest", None)
        return f"{link.position}：{link.digest}" if link else gettext("还没有接入，一分钟之内由后台接入")


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
        return label_for_staff(obj)


def in_language(pieces: Iterator[str], language: str | None) -> Iterator[str]:
    """Yield the pieces in the language of the request, which is over when they are made."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
