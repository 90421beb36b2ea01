"""The cataloguers' workbench: Django's admin, with memberships deciding what a person sees and may do.

Django's own permissions are not asked for the catalogue's models: `catalog.policies` is (see `access`).
"""

from catalog.admin import accounts, batches, collections, fixity, groups, images, knowledge, logs, prompts

__all__ = ["accounts", "batches", "collections", "fixity", "groups", "images", "knowledge", "logs", "prompts"]
