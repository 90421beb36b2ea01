"""Tells ``manage.py check`` what is wrong with the model service's settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from inference import conf


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read the settings as the service will.

    Args:
        app_configs: not used; settings belong to no app.
        **kwargs: not used.

    Returns:
        One error, or nothing.
    """
    try:
        conf.current()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="inference.E001")]
    return []


def check_image_hosts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read the web sites that pictures may be fetched from.

    Args:
        app_configs: not used; settings belong to no app.
        **kwargs: not used.

    Returns:
        An error for each entry that is no host; requests never match it.
    """
    if not settings.GLMV_IMAGE_URL_HOSTS:
        return []
    from inference.outgoing.hosts import host_of

    words = _("GLMV_IMAGE_URL_HOSTS 里的“%(entry)s”不是主机名：只写域名，需要时加端口，例如 images.example.cn:8443。")
    wrong = [entry for entry in settings.GLMV_IMAGE_URL_HOSTS if host_of(entry) is None]
    return [Error(words % {"entry": entry}, id="inference.E002") for entry in wrong]
