"""The cataloguers' workbench: Django's admin, with memberships deciding what a person sees and may do.

Django's own permissions are not asked for the catalogue's models: `catalog.policies` is (see `access`).
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.admin import accounts, batches, collections, images, logs, prompts

__all__ = ["accounts", "batches", "collections", "images", "logs", "prompts"]

admin.site.site_header = _("GLMV 图像编目")
admin.site.site_title = _("GLMV 图像编目")
admin.site.index_title = _("编目工作台")
