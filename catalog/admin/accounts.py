"""Accounts in the admin, for administrators: one form makes a person with their roles, changes and switches them off.

A password that the page made up is part of the answer to the form and of nothing else: no message, which would lie in
a cookie or a session until some page shows it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from catalog.accounts import accounts
from catalog.admin.access import MemberAdmin, Row, is_administrator, signed_in
from catalog.admin.account_form import GENERATE, AccountForm
from catalog.exceptions import CatalogError
from catalog.models import Membership
from catalog.vocabulary import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class AdministratorsOnly(MemberAdmin[Row]):
    """A list that only administrators see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the policy."""
        return is_administrator(request)


@admin.register(Membership)
class MembershipAdmin(AdministratorsOnly[Membership]):
    """Who works on which collection, to look up; roles are given on the account's page."""

    list_display = ("user", "role", "where", "created_at")
    list_display_links = None
    list_filter = ("role", "collection")
    list_select_related = ("user", "collection")
    search_fields = ("user__username", "user__last_name", "user__first_name", "collection__title")
    fields = ("user", "role", "where", "created_at")
    readonly_fields = fields

    @admin.display(description=_("馆藏"), ordering="collection__title")
    def where(self, obj: Membership) -> str:
        """Return the collection's title."""
        return obj.collection.title if obj.collection else gettext("所有馆藏")


class AccountAdmin(AdministratorsOnly[Any]):
    """The accounts, each with what its person may do."""

    form = AccountForm
    list_display = ("username", "full_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "memberships__role")
    search_fields = UserAdmin.search_fields
    ordering = ("username",)
    actions = ("switch_off", "switch_on")
    fieldsets = (
        (None, {"fields": ("username", ("last_name", "first_name"), "email")}),
        (_("密码"), {"fields": ("password_mode", "password")}),
        (_("能做什么"), {"fields": ("is_superuser", "roles")}),
        (_("状态"), {"fields": ("is_active",)}),
    )

    class Media:
        css = {"all": ["css/accounts.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the policy."""
        return is_administrator(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the accounts with their roles."""
        memberships = Membership.objects.select_related("collection")
        return super().get_queryset(request).prefetch_related(Prefetch("memberships", memberships))

    @method_decorator([never_cache, sensitive_post_parameters()])
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or do what it says; say why not where another administrator was faster."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except CatalogError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: AccountForm, change: bool) -> None:
        """Have the account made or changed, with entries in the log."""
        by, password, wanted = signed_in(request), form.new_password(), form.wanted_roles()
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in accounts.COLUMNS}
        if not change:
            values = {name: form.cleaned_data[name] for name in accounts.COLUMNS}
            made = accounts.create_account(values=values, password=password or "", roles=wanted, by=by)
            obj.pk = made.pk
        else:
            accounts.change_account(account=obj, changes=changed, by=by, roles=wanted)
            if password is not None:
                accounts.set_password(account=get_user_model().objects.get(pk=obj.pk), password=password, by=by)
        if form.cleaned_data["password_mode"] == GENERATE:
            request.__dict__["generated_password"] = password

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the password that was made up, once."""
        return self._once(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show the password that was made up, once."""
        return self._once(request, obj) or super().response_change(request, obj)

    def _once(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        password = request.__dict__.pop("generated_password", None)
        if password is None:
            return None
        account = self.get_queryset(request).get(pk=obj.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("账户 %(name)s 的密码") % {"name": account.get_username()},
            "opts": self.opts,
            "account": account,
            "roles": self.roles(account),
            "password": password,
            "list": reverse("admin:auth_user_changelist"),
            "page": reverse("admin:auth_user_change", args=[account.pk]),
        }
        return TemplateResponse(request, "admin/auth/user/password_shown.html", context)

    @admin.action(description=_("停用所选账户"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Have accounts open nothing any more."""
        self._switch(request, queryset, is_active=False)

    @admin.action(description=_("重新启用所选账户"))
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Have accounts be used again."""
        self._switch(request, queryset, is_active=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, is_active: bool) -> None:
        switched = 0
        for account in queryset.exclude(is_active=is_active):
            try:
                accounts.change_account(account=account, changes={"is_active": is_active}, by=signed_in(request))
            except CatalogError as error:
                self.message_user(request, f"{account.get_username()}：{error}", messages.ERROR)
            else:
                switched += 1
        text = (
            ngettext("已启用 %(n)d 个账户。", "已启用 %(n)d 个账户。", switched)
            if is_active
            else ngettext("已停用 %(n)d 个账户。", "已停用 %(n)d 个账户。", switched)
        )
        self.message_user(request, text % {"n": switched}, messages.SUCCESS)

    @admin.display(description=_("姓名"), ordering="last_name")
    def full_name(self, obj: "User") -> str:
        """Return the person's name, the family name first."""
        return f"{obj.last_name}{obj.first_name}"

    @admin.display(description=_("角色"))
    def roles(self, obj: "User") -> str:
        """Return what the person is, and where."""
        held = [gettext("管理员")] if obj.is_superuser else []
        return gettext("；").join([*held, *_in_words(obj.memberships.all())]) or gettext("没有角色")


def _in_words(memberships: Iterable[Membership]) -> list[str]:
    """Return a phrase for each role: what it is, and where."""
    places: dict[str, list[str]] = {}
    for row in memberships:
        title = row.collection.title if row.collection else gettext("所有馆藏")
        places.setdefault(row.role, []).append(title)
    separator = gettext("、")
    return [
        gettext("%(role)s（%(places)s）") % {"role": role.label, "places": separator.join(places[role.value])}
        for role in Role
        if role.value in places
    ]


admin.site.unregister(get_user_model())
admin.site.unregister(Group)
admin.site.register(get_user_model(), AccountAdmin)
