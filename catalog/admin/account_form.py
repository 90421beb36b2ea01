"""The form of an account: name, password, roles as a table of boxes, whether it is in use."""

import secrets
from typing import Any

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts import accounts
from catalog.accounts.roles import Held, held_by
from catalog.exceptions import LastAdministrator
from catalog.models import Collection
from catalog.vocabulary import Role

KEEP, GENERATE, TYPE = "keep", "generate", "type"
_EVERYWHERE = "all"
_LONGEST_KEY = 18


def _key(held: Held) -> str:
    role, place = held
    return f"{role.value}:{_EVERYWHERE if place is None else place}"


def _held(key: str) -> Held:
    """Return what a box stands for.

    Raises:
        ValueError: there is no such box.
    """
    role, _colon, place = key.partition(":")
    if place == _EVERYWHERE:
        return Role(role), None
    if not (place.isascii() and place.isdecimal()) or len(place) > _LONGEST_KEY:
        raise ValueError(key)
    return Role(role), int(place)


class RoleTable(forms.CheckboxSelectMultiple):
    """Roles as a table of boxes: a line for all collections and one for each."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Return the table."""
        ticked = set(value or ())
        places = [(_EVERYWHERE, gettext("所有馆藏"))]
        places += [(str(key), title) for key, title in Collection.objects.order_by("title").values_list("pk", "title")]
        lines = []
        for place, title in places:
            boxes = [(key := f"{role.value}:{place}", role.label, key in ticked) for role in Role]
            lines.append({"place": place, "title": title, "boxes": boxes})
        context = {"name": name, "roles": list(Role), "lines": lines, "attributes": flatatt(attrs or {})}
        return SafeString(render_to_string("admin/auth/user/roles.html", context))


class RolesField(forms.TypedMultipleChoiceField):
    """Which roles somebody holds, and where."""

    widget = RoleTable

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=_held, required=False, **kwargs)

    def valid_value(self, value: Any) -> bool:
        """Tell whether there is such a role and collection."""
        try:
            _role, place = _held(str(value))
        except ValueError:
            return False
        return place is None or Collection.objects.filter(pk=place).exists()


class AccountForm(forms.ModelForm[Any]):
    """Everything about an account: name, password, roles, whether it is in use.

    It may stay open for an hour: what its person did not change is not written, so that nothing a colleague did
    meanwhile is undone.
    """

    password_mode = forms.ChoiceField(label=_("密码"), widget=forms.RadioSelect)
    password = forms.CharField(
        label=_("输入的密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("选“输入密码”时填写。至少 8 个字符，不能全是数字，也不能与用户名相近。"),
    )
    roles = RolesField(
        label=_("角色"),
        help_text=_(
            "一个人可以有几个角色。编目员导入、起草、审核；审核员还能公开、批量处理、抽检、修订提示词；审计员只看操作记录和质量数据，不改任何内容。"
        ),
    )

    class Meta:
        model = get_user_model()
        fields = accounts.COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        exists = self.instance.pk is not None
        choices = [(KEEP, _("不改密码"))] if exists else []
        choices += [(GENERATE, _("自动生成，只显示一次")), (TYPE, _("输入密码"))]
        mode: Any = self.fields["password_mode"]
        mode.choices, mode.initial = choices, choices[0][0]
        self.fields["is_superuser"].label = _("管理员")
        self.fields["is_superuser"].help_text = _("管理账户和设置，能查看所有馆藏；要编目或审核，另需下面的角色。")
        self.fields["is_active"].label = _("启用")
        self.fields["is_active"].help_text = _("离职或调岗时取消勾选：不能再登录，做过的事仍记在名下。账户不删除。")
        if exists:
            self.initial["roles"] = sorted(map(_key, held_by(self.instance)))
            for name in (*accounts.COLUMNS, "roles"):
                self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        """Ask for a password that is good enough, and for one administrator at least."""
        given = super().clean() or self.cleaned_data
        if given.get("password_mode") == TYPE:
            try:
                told = {name: given[name] for name in accounts.COLUMNS if name in given}
                password_validation.validate_password(given.get("password", ""), get_user_model()(**told))
            except ValidationError as error:
                self.add_error("password", error)
        keeps = given.get("is_active") and given.get("is_superuser")
        if self.instance.pk and not keeps and accounts.is_last_administrator(self.instance):
            self.add_error(None, str(LastAdministrator()))
        return given

    def wanted_roles(self) -> set[Held]:
        """Return the roles that the account is to hold: those of now, with what the person ticked and unticked."""
        chosen = set(self.cleaned_data["roles"])
        if not self.instance.pk:
            return chosen
        seen = {_held(key) for key in self.data.getlist("initial-roles") if self.fields["roles"].valid_value(key)}  # type: ignore[attr-defined]  # ours
        return (held_by(self.instance) - (seen - chosen)) | (chosen - seen)

    def new_password(self) -> str | None:
        """Return the password that the account is to have from now on; None to leave it."""
        mode = self.cleaned_data["password_mode"]
        if mode == GENERATE:
            return secrets.token_urlsafe(9)
        return self.cleaned_data["password"] if mode == TYPE else None
