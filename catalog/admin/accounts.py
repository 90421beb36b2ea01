"""Accounts and memberships in the admin; administrators only."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.models import Membership

format_html_lazy = lazy(format_html, SafeString)


class AdministratorsOnly(admin.ModelAdmin[Any]):
    """A list that only administrators see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return policies.is_administrator(request.user)

    has_add_permission = has_module_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the policy."""
        return policies.is_administrator(request.user)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(Membership)
class MembershipAdmin(AdministratorsOnly):
    """Who works on which collection."""

    list_display = ("user", "role", "where", "created_at")
    list_filter = ("role", "collection")
    list_select_related = ("user", "collection")
    search_fields = ("user__username", "collection__title")
    autocomplete_fields = ("user",)

    @admin.display(description=_("馆藏"), ordering="collection__title")
    def where(self, obj: Membership) -> str:
        """Return the collection's title."""
        return obj.collection.title if obj.collection else gettext("所有馆藏")


class MembershipInline(admin.TabularInline[Any, Any]):
    """A user's memberships, on the user's page."""

    model = Membership
    extra = 0
    verbose_name_plural = _("成员角色（须同时勾选“工作人员状态”才能登录工作台）")


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # no generic class at run time
    """Django's own, but for a warning that it has in English; the page's script looks for its id."""

    usable_password_help_text = format_html_lazy(
        '{}<ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>',
        AdminUserCreationForm.usable_password_help_text,
        _("停用之后，这个用户现在的密码就会失效。"),
    )


class AccountAdmin(UserAdmin[Any]):
    """Django's own page with the memberships below; its permissions of single models decide nothing here."""

    inlines = (MembershipInline,)
    change_password_form = PasswordForm
    list_filter = ("is_staff", "is_superuser", "is_active")
    filter_horizontal = ()
    list_display = ("username", "last_name", "first_name", "is_staff", "is_active", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("个人信息"), {"fields": ("last_name", "first_name", "email")}),
        (_("登录"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("日期"), {"fields": ("last_login", "date_joined")}),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show memberships once the account exists."""
        return self.inlines if obj else ()


admin.site.unregister(get_user_model())
admin.site.unregister(Group)
admin.site.register(get_user_model(), AccountAdmin)
