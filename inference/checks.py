"""Tells ``manage.py check`` what is wrong with the model service's settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

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
