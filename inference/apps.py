"""Registers the model service with Django."""

import time

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

STARTED = time.monotonic()
"""When this process set Django up; /health counts from here."""


class InferenceConfig(AppConfig):
    """The model service."""

    name = "inference"
    verbose_name = _("模型服务")

    def ready(self) -> None:
        """Connect the checks, and whoever wants to know who signs in."""
        import inference.api.rest_schema  # noqa: F401 - drf-spectacular knows it once it is imported
        from inference.checks import check_image_hosts, check_settings
        from inference.history import signing_in

        signing_in.connect()
        register(check_settings)
        register(check_image_hosts)
