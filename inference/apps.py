"""Registers the model service with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InferenceConfig(AppConfig):
    """The model service."""

    name = "inference"
    verbose_name = _("模型服务")
