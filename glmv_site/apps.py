"""Registers the site itself with Django, for its management commands."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    """The site's own app: commands that start the process and prepare the first run."""

    name = "glmv_site"
    verbose_name = _("站点")

    def ready(self) -> None:
        """Connect the checks, and tell others how old the latest backup is."""
        from catalog import workbench
        from glmv_site.backup import telling
        from glmv_site.checks import check_origins, check_required_fields, check_webhook_hosts
        from inference.providers import providers

        register(check_origins)
        register(check_required_fields)
        register(check_webhook_hosts)
        providers.moments = telling.moments
        workbench.notices.append(telling.notices)
