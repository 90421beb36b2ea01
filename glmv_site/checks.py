"""Tells ``manage.py check`` what is wrong with the site's own settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _

from catalog.vocabulary import Field
from glmv_site.origins import ANY, browser_origin


def check_origins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read ``CORS_ORIGINS``: what is not written as browsers write it would never match, and nobody would know why.

    Args:
        app_configs: not used; settings belong to no app.
        **kwargs: not used.

    Returns:
        One error for each value that is of no use.
    """
    wrong = [value for value in settings.CORS_ORIGINS if value != ANY and browser_origin(value) != value]
    return [Error(_complaint(value), id="glmv_site.E001") for value in wrong]


def check_required_fields(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read ``GLMV_AUDIT_REQUIRED``: a name that is no field would let every record pass.

    Args:
        app_configs: not used; settings belong to no app.
        **kwargs: not used.

    Returns:
        One error for each name that is of no use.
    """
    unknown = [name for name in settings.GLMV_AUDIT_REQUIRED if name not in Field.values]
    words = _("设置 GLMV_AUDIT_REQUIRED 里的 %(value)s 不是著录项的名称。可以用：%(known)s；多个用英文逗号隔开。")
    return [Error(words % {"value": name, "known": "、".join(Field.values)}, id="glmv_site.E002") for name in unknown]


def check_webhook_hosts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read ``GLMV_WEBHOOK_HOSTS``: what is no host never matches an address.

    Args:
        app_configs: not used; settings belong to no app.
        **kwargs: not used.

    Returns:
        One error for each entry that is of no use.
    """
    if not settings.GLMV_WEBHOOK_HOSTS:
        return []
    from inference.outgoing.hosts import host_of

    words = _("GLMV_WEBHOOK_HOSTS 里的“%(entry)s”不是主机名：只写域名，需要时加端口，例如 oa.example.cn:8443。")
    wrong = [entry for entry in settings.GLMV_WEBHOOK_HOSTS if host_of(entry) is None]
    return [Error(words % {"entry": entry}, id="glmv_site.E003") for entry in wrong]


def _complaint(value: str) -> str:
    origin = browser_origin(value)
    if origin is not None:
        words = _("设置 CORS_ORIGINS 里的 %(value)s 应写成 %(origin)s：只写协议、主机和端口，与浏览器发来的一字不差。")
        return words % {"value": value, "origin": origin}
    words = _(
        "设置 CORS_ORIGINS 里的 %(value)s 不是网页来源。应写成 https://app.example.cn 或 http://192.168.1.20:5173 "
        "这样的“协议://主机:端口”，多个用英文逗号隔开，不支持通配；允许所有来源时只写 *。"
    )
    return words % {"value": value}
