"""Everything that is looked at, in the order in which it is told."""

from collections.abc import Iterator

from glmv_site.doctor import access, backups, hours, model, storage
from glmv_site.doctor.findings import Finding

LOOKS = (
    access.settings_usable,
    access.secrets,
    access.doors,
    access.network,
    storage.data_folder,
    storage.database,
    backups.backups,
    backups.tools,
    model.model,
    hours.hours,
)


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other.

    Yields:
        What was found.
    """
    for look in LOOKS:
        yield from look()
