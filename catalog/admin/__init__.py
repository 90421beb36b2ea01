"""The cataloguers' workbench: Django's admin, with memberships deciding what a person sees and may do. A door.

Django's own permissions are not asked for the catalogue's models: `catalog.policies` is (see `access`). Each module
opens one capability and has a room do the work; nothing is written here but through a room.
"""

from catalog.admin import (
    accounts,
    batches,
    collections,
    disclosure,
    fixity,
    groups,
    images,
    knowledge,
    logs,
    prompts,
    webhooks,
)

__all__ = [
    "accounts",
    "batches",
    "collections",
    "disclosure",
    "fixity",
    "groups",
    "images",
    "knowledge",
    "logs",
    "prompts",
    "webhooks",
]
