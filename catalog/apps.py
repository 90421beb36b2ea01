"""Registers the catalogue with Django, and what it offers with the model service."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The catalogue."""

    name = "catalog"
    verbose_name = _("编目")

    def ready(self) -> None:
        """Offer images, knowledge and numbers."""
        from catalog.batches.counts import count_by_state
        from catalog.providers import CatalogueImages, CatalogueKnowledge
        from inference.providers import providers

        providers.images = CatalogueImages()
        providers.knowledge = CatalogueKnowledge()
        providers.counts = count_by_state
