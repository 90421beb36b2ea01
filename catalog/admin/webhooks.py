"""Webhooks in the admin, for administrators: endpoints with their secrets, deliveries with what came of each.

A secret is part of one page, the answer to the form that made it, and of nothing else, as an API key's is.
"""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.admin.access import MemberAdmin, Row, is_administrator
from catalog.exceptions import DeliveryRefused
from catalog.models import WebhookDelivery, WebhookEndpoint
from catalog.vocabulary import DeliveryState, EventKind
from catalog.webhooks import deliveries, endpoints


class ForAdministrators(MemberAdmin[Row]):
    """A list that nobody but administrators sees."""

    empty_value_display = "—"

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/keys.css", "css/webhooks.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def posted(self, request: HttpRequest, object_id: str) -> Row | HttpResponse:
        """Return the row that a button of its page is about; an answer where it is not to be pressed.

        Raises:
            Http404: there is no such row.
            PermissionDenied: somebody else presses it.
        """
        if not is_administrator(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found


class EndpointForm(forms.ModelForm[WebhookEndpoint]):
    """Who is told of what."""

    events = forms.MultipleChoiceField(
        label=_("事件"),
        choices=[(kind.value, kind.label) for kind in EventKind.offered()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少勾选一种事件。")},
    )

    class Meta:
        model = WebhookEndpoint
        fields: ClassVar[list[str]] = ["name", "url", "events", "collection", "active"]
        help_texts: ClassVar[dict[str, Any]] = {
            "url": _("http:// 或 https:// 开头；主机须在设置 GLMV_WEBHOOK_HOSTS 之列。")
        }

    def clean_url(self) -> str:
        """Refuse what nothing would be sent to."""
        from catalog.webhooks.sending import Sender

        url: str = self.cleaned_data["url"].strip()
        if refused := Sender.configured().refusal(url):
            raise forms.ValidationError(refused)
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ForAdministrators[WebhookEndpoint]):
    """The endpoints."""

    form = EndpointForm
    list_display = ("name", "url", "event_names", "collection", "active", "health", "last_delivered")
    list_filter = ("active",)
    list_select_related = ("collection",)
    search_fields = ("name", "url")
    autocomplete_fields = ("collection",)
    actions = ("switch_on", "switch_off")

    def mine(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        """Return the endpoints, with how their deliveries went."""
        given_up = Count("deliveries", filter=Q(deliveries__state=DeliveryState.GIVEN_UP))
        delivered = Q(deliveries__state=DeliveryState.DELIVERED)
        last = Max("deliveries__finished_at", filter=delivered)
        return WebhookEndpoint.objects.annotate(given_up_count=given_up, delivered_at=last)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    has_delete_permission = has_change_permission

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """Let deliveries go with their endpoint, though no list deletes them."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(missing) - {str(WebhookDelivery._meta.verbose_name)}, protected  # noqa: SLF001 - as Django

    # --- The list ----------------------------------------------------------------------------------------------------

    @admin.display(description=_("事件"))
    def event_names(self, obj: WebhookEndpoint) -> str:
        """Return what it is told of."""
        return gettext("、").join(str(kind.label) for kind in EventKind if kind.value in obj.events)

    @admin.display(description=_("情况"))
    def health(self, obj: Any) -> SafeString | str:
        """Return whether messages arrive, leading to those that did not."""
        if obj.failures:
            words = ngettext("连续 %(n)d 次没有送达", "连续 %(n)d 次没有送达", obj.failures) % {"n": obj.failures}
            return _link(words, endpoint__id__exact=obj.pk)
        if obj.given_up_count:
            words = ngettext("%(n)d 条没有送达", "%(n)d 条没有送达", obj.given_up_count) % {"n": obj.given_up_count}
            return _link(words, endpoint__id__exact=obj.pk, state__exact=DeliveryState.GIVEN_UP.value)
        return gettext("正常") if obj.delivered_at else gettext("还没有推送过")

    @admin.display(description=_("最近送达"), ordering="delivered_at")
    def last_delivered(self, obj: Any) -> Any:
        """Return when a message was last taken."""
        return obj.delivered_at

    @admin.action(description=_("启用所选地址"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Tell endpoints of events again."""
        self._switch(request, queryset, active=True)

    @admin.action(description=_("停用所选地址"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Tell endpoints of nothing from now on."""
        self._switch(request, queryset, active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint], *, active: bool) -> None:
        changed = list(queryset.exclude(active=active))
        endpoints.switch([one.pk for one in changed], active=active)
        told = gettext("启用") if active else gettext("停用")
        for one in changed:
            self.log_change(request, one, told)
        words = gettext("已启用 %(number)d 个推送地址。") if active else gettext("已停用 %(number)d 个推送地址。")
        messages.success(request, words % {"number": len(changed)})

    # --- Saving, and the secret --------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer one way to save a new endpoint: what follows is the page that shows its secret."""
        offered = {"show_save_and_add_another": False, "show_save_and_continue": object_id is not None}
        return super().changeform_view(request, object_id, form_url, {**offered, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        """Save; where the endpoint is new, the request carries its secret to the answer, and no further."""
        if change:
            endpoints.change(obj, form.changed_data)
        else:
            request.issued_secret = endpoints.create(obj)  # type: ignore[attr-defined]  # carried by this request

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret instead of leading elsewhere."""
        return self._issued(request, obj, request.issued_secret)  # type: ignore[attr-defined]  # carried by this request

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses where a secret is replaced and a test is sent."""
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"catalog_webhookendpoint_{name}")
            for name, view in (("replace", self.replace_view), ("test", self.test_view))
        ]
        return [*own, *super().get_urls()]

    def replace_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a secret shall be replaced; replace it and show its successor.

        Args:
            request: POST replaces the secret that it was shown of: a page that is sent twice replaces once.
            object_id: the endpoint's.

        Returns:
            The question, or the page that shows the new secret.
        """
        if not is_administrator(request):
            raise PermissionDenied
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if request.method != "POST":
            return self._page(request, "replace", found, title=gettext("换发签名密钥"))
        secret = endpoints.replace(found, seen=request.POST.get("seen", ""))
        if secret is None:
            messages.error(request, gettext("签名密钥刚刚已换发过，没有再换。若新密钥没有记下，请再换发一次。"))
            return HttpResponseRedirect(reverse("admin:catalog_webhookendpoint_change", args=[found.pk]))
        self.log_change(request, found, gettext("换发签名密钥"))
        return self._issued(request, found, secret)

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have a test sent, and lead to what becomes of it.

        Args:
            request: POST alone sends one.
            object_id: the endpoint's.

        Returns:
            The way to the delivery.
        """
        found = self.posted(request, object_id)
        if isinstance(found, HttpResponse):
            return found
        if not found.active:
            messages.error(request, gettext("这个推送地址已停用，请先启用再测试。"))
            return HttpResponseRedirect(reverse("admin:catalog_webhookendpoint_change", args=[found.pk]))
        delivery = endpoints.send_test(found)
        messages.success(request, gettext("测试消息已交给后台进程，几秒后刷新本页看结果。"))
        return HttpResponseRedirect(reverse("admin:catalog_webhookdelivery_change", args=[delivery.pk]))

    def _issued(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        return self._page(request, "issued", endpoint, title=gettext("签名密钥"), secret=secret)

    def _page(self, request: HttpRequest, name: str, endpoint: WebhookEndpoint, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "endpoint": endpoint}
        return TemplateResponse(request, f"admin/catalog/webhookendpoint/{name}.html", {**shared, **context})


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ForAdministrators[WebhookDelivery]):
    """What became of each message: written by the worker, sent again from here."""

    list_display = ("kind", "happened", "endpoint", "told_state", "told_status", "attempts", "next_or_last")
    list_filter = ("state", "endpoint", "event__kind")
    actions = ("send_selected_again",)
    fields = ("told_state", "kind", "message", "endpoint", "happened", "next_or_last", "attempts_table", "body")
    readonly_fields = fields

    def mine(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Return the deliveries, with what names them."""
        return WebhookDelivery.objects.select_related("event", "endpoint").defer("event__body")

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Let administrators send again."""
        return is_administrator(request)

    @admin.display(description=_("事件"), ordering="event__kind")
    def kind(self, obj: WebhookDelivery) -> str:
        """Return what is told."""
        return obj.event.get_kind_display()

    @admin.display(description=_("发生时间"), ordering="event__created_at")
    def happened(self, obj: WebhookDelivery) -> str:
        """Return when it happened."""
        return _moment(obj.event.created_at)

    @admin.display(description=_("消息编号"))
    def message(self, obj: WebhookDelivery) -> SafeString:
        """Return the id that the receiver knows it by."""
        return format_html("<code>{}</code>", obj.event_id)

    @admin.display(description=_("状态"), ordering="state")
    def told_state(self, obj: WebhookDelivery) -> SafeString | str:
        """Return where it stands, marked where somebody is to look."""
        words = obj.get_state_display()
        if obj.state == DeliveryState.GIVEN_UP:
            return format_html('<span class="state state-bad">{}</span>', words)
        if obj.state == DeliveryState.WAITING and obj.attempts:
            return gettext("没有送达，稍后再试")
        return words

    @admin.display(description=_("对方的回答"), ordering="status")
    def told_status(self, obj: WebhookDelivery) -> str:
        """Return the status of the last answer; where there was none, why."""
        if obj.status is None:
            return obj.answer
        return gettext("HTTP %(status)d") % {"status": obj.status}

    @admin.display(description=_("结束或下次发送"))
    def next_or_last(self, obj: WebhookDelivery) -> str:
        """Return when it ended, or when it is tried next."""
        at = obj.finished_at or (obj.due_at if obj.state == DeliveryState.WAITING else None)
        return _moment(at) if at is not None else self.empty_value_display

    @admin.display(description=_("历次尝试"))
    def attempts_table(self, obj: WebhookDelivery) -> SafeString | str:
        """Return each attempt with what the endpoint said, the last one first."""
        if not obj.history:
            return gettext("还没有发送过")
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (_moment(datetime.fromisoformat(told["at"]), "Y-m-d H:i:s"), told["status"] or "—", told["words"])
                for told in reversed(obj.history)
            ),
        )
        head = (gettext("时间"), gettext("状态码"), gettext("对方的话，或没有送达的原因"))
        return format_html(
            '<table class="webhook-attempts"><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead>'
            "<tbody>{}</tbody></table>",
            *head,
            rows,
        )

    @admin.display(description=_("内容"))
    def body(self, obj: WebhookDelivery) -> SafeString:
        """Return what is sent, as it is."""
        return format_html('<pre class="webhook-body">{}</pre>', obj.event.body)

    @admin.action(description=_("重新发送所选"), permissions=["send"])
    def send_selected_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Have messages sent once more."""
        sent, refused = 0, ""
        for delivery in queryset:
            try:
                deliveries.send_again(delivery)
                sent += 1
            except DeliveryRefused as error:
                refused = str(error)
        if sent:
            words = ngettext("%(n)d 条消息已交给后台进程。", "%(n)d 条消息已交给后台进程。", sent) % {"n": sent}
            messages.success(request, words)
        if refused:
            messages.warning(request, gettext("有的消息没有重新发送：%(reason)s") % {"reason": refused})

    def get_urls(self) -> list[URLPattern]:
        """Add the address where a message is sent again."""
        again = self.admin_site.admin_view(self.again_view)
        return [
            path("<path:object_id>/again/", again, name="catalog_webhookdelivery_again"),
            *super().get_urls(),
        ]

    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have a message sent once more, and lead back to its page.

        Args:
            request: POST alone sends it.
            object_id: the delivery's.

        Returns:
            The way back.
        """
        found = self.posted(request, object_id)
        if isinstance(found, HttpResponse):
            return found
        try:
            deliveries.send_again(found)
            messages.success(request, gettext("消息已交给后台进程，几秒后刷新本页看结果。"))
        except DeliveryRefused as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:catalog_webhookdelivery_change", args=[found.pk]))


def _link(words: str, **query: Any) -> SafeString:
    address = reverse("admin:catalog_webhookdelivery_changelist", query=query)
    return format_html('<a class="state state-bad" href="{}">{}</a>', address, words)


def _moment(at: datetime, form: str = "Y-m-d H:i") -> str:
    return date_format(timezone.localtime(at), form)
