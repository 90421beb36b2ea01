"""Keys in the admin: made, switched on and off, replaced; administrators only.

The key itself is part of one page, the answer to the form that made it, and of nothing else: no message, which would
lie in a cookie or a session until some page shows it; no redirect, whose target would have to find it somewhere.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.access import may_manage_keys
from inference.models import ApiKey, Scope

_WRITING = (Scope.WRITE, Scope.DECIDE, Scope.MEMBERS)


class ApiKeyForm(forms.ModelForm[ApiKey]):
    """What a key is good for, as boxes to tick."""

    scopes = forms.MultipleChoiceField(
        label=_("权限"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "“提问”“批量”用于 /v1/ 的模型接口，“批量”的请求排在提问的人之后；其余用于 /api/v1/ 的目录接口："
            "“写入”上传、分组、起草、提出草稿、导出，“审核与公开”写入和审核著录内容、抽检、改馆藏和提示词、导入表格，“管理成员”授予和收回角色。"
        ),
    )
    rate_per_minute = forms.IntegerField(
        label=_("每分钟次数上限"), required=False, min_value=1, max_value=100_000, help_text=_("留空表示不限。")
    )

    class Meta:
        model = ApiKey
        fields: ClassVar[list[str]] = ["name", "owner", "scopes", "rate_per_minute", "keeps_history", "active"]

    def clean(self) -> dict[str, Any] | None:
        """Ask for what a scope is nothing without.

        What a key may write, is asked of its owner's roles; how urgent its questions are, only where it may ask.
        """
        cleaned = super().clean()
        scopes = self.cleaned_data.get("scopes", ())
        writing = [scope for scope in _WRITING if scope in scopes]
        if writing and self.cleaned_data.get("owner", ...) is None:
            words = _("有“%(scope)s”权限的密钥必须代表一位用户，能写什么由这位用户的角色决定。")
            self.add_error("owner", words % {"scope": writing[0].label})
        if Scope.BATCH in scopes and Scope.ASK not in scopes:
            self.add_error("scopes", _("“批量”只决定提问的先后，请同时勾选“提问”。"))
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """The named keys."""

    form = ApiKeyForm
    list_display = ("name", "begins", "owner", "scope_names", "rate", "active", "last_use")
    list_filter = ("active",)
    list_select_related = ("owner",)
    search_fields = ("name", "beginning", "owner__username")
    autocomplete_fields = ("owner",)
    actions = ("switch_on", "switch_off", "replace_selected")
    empty_value_display = "—"

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/keys.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return may_manage_keys(request.user)

    has_add_permission = has_module_permission

    def has_view_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Ask the policy."""
        return may_manage_keys(request.user)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    # --- Lists and forms ---------------------------------------------------------------------------------------------

    @admin.display(description=_("密钥开头"), ordering="beginning")
    def begins(self, obj: ApiKey) -> str:
        """Return the first characters, by which its holder can tell it."""
        return f"{obj.beginning}…" if obj.beginning else ""

    @admin.display(description=_("权限"))
    def scope_names(self, obj: ApiKey) -> str:
        """Return what the key is good for."""
        return gettext("、").join(str(scope.label) for scope in Scope if obj.allows(scope))

    @admin.display(description=_("每分钟"), ordering="rate_per_minute")
    def rate(self, obj: ApiKey) -> str:
        """Return the bound on calls."""
        if obj.rate_per_minute is None:
            return gettext("不限")
        return gettext("%(number)d 次") % {"number": obj.rate_per_minute}

    @admin.display(description=_("最近使用"), ordering="last_used_at")
    def last_use(self, obj: ApiKey) -> Any:
        """Return when a program last brought the key, to the minute."""
        return obj.last_used_at or gettext("从未使用")

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Show what is known of a key once it exists."""
        known = ["begins", "created_at", "last_use"] if obj else []
        return [*known, *ApiKeyForm.Meta.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """Return the fields that describe and are not filled in."""
        return ["begins", "created_at", "last_use"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Head the list with the name of what it lists."""
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer one way to save a new key: what follows is the page that shows it."""
        offered = {"show_save_and_add_another": False, "show_save_and_continue": object_id is not None}
        return super().changeform_view(request, object_id, form_url, {**offered, **(extra_context or {})})

    # --- The key itself ----------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key where the record is new; the request carries it to the answer, and no further."""
        if not change:
            request.issued_key = obj.renew()  # type: ignore[attr-defined]  # carried by this request
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the new key instead of leading elsewhere."""
        return self._issued(request, obj, request.issued_key)  # type: ignore[attr-defined]  # carried by this request

    def get_urls(self) -> list[URLPattern]:
        """Add the address where a key is replaced."""
        replace = self.admin_site.admin_view(self.replace_view)
        return [path("<path:object_id>/replace/", replace, name="inference_apikey_replace"), *super().get_urls()]

    def replace_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a key shall be replaced; replace it and show its successor.

        Args:
            request: POST replaces the key whose beginning it names: a page that is sent twice replaces once.
            object_id: the key's.

        Returns:
            The question, or the page that shows the new key.
        """
        if not may_manage_keys(request.user):
            raise PermissionDenied
        key = self.get_object(request, unquote(object_id))
        if key is None:
            raise Http404
        if request.method != "POST":
            return self._page(request, "replace", key, title=gettext("换发新密钥"))
        token = ApiKey.objects.replace(key) if request.POST.get("beginning") == key.beginning else None
        if token is None:
            messages.error(request, gettext("这个密钥刚刚已换发过，没有再换。若新密钥没有记下，请再换发一次。"))
            return HttpResponseRedirect(reverse("admin:inference_apikey_change", args=[key.pk]))
        self.log_change(request, key, gettext("换发新密钥"))
        return self._issued(request, key, token)

    def _issued(self, request: HttpRequest, key: ApiKey, token: str) -> HttpResponse:
        return self._page(request, "issued", key, title=gettext("新的 API 密钥"), token=token)

    def _page(self, request: HttpRequest, name: str, key: ApiKey, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "key": key}
        return TemplateResponse(request, f"admin/inference/apikey/{name}.html", {**shared, **context})

    # --- Actions -----------------------------------------------------------------------------------------------------

    @admin.action(description=_("启用所选密钥"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Put keys in force again."""
        self._switch(request, queryset, active=True)

    @admin.action(description=_("停用所选密钥"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Refuse keys from now on."""
        self._switch(request, queryset, active=False)

    @admin.action(description=_("换发新密钥"), permissions=["change"])
    def replace_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Lead to the page where a key is replaced."""
        keys = list(queryset[:2])
        if len(keys) != 1:
            messages.error(request, gettext("一次只能换发一个密钥，请只选一个。"))
            return None
        return HttpResponseRedirect(reverse("admin:inference_apikey_replace", args=[keys[0].pk]))

    def _switch(self, request: HttpRequest, keys: QuerySet[ApiKey], *, active: bool) -> None:
        told = gettext("启用") if active else gettext("停用")
        changed = list(keys.exclude(active=active))
        ApiKey.objects.filter(pk__in=[key.pk for key in changed]).update(active=active)
        for key in changed:
            self.log_change(request, key, told)
        words = gettext("已启用 %(number)d 个密钥。") if active else gettext("已停用 %(number)d 个密钥，立即生效。")
        messages.success(request, words % {"number": len(changed)})
