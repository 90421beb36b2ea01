"""Everything that is looked at, in the order in which it is told."""

from collections.abc import Iterator

from glmv_site.doctor import access, backups, clock, growth, hours, model, packages, ports, scans, storage, versions
from glmv_site.doctor.findings import Finding

LOOKS = (
    access.settings_usable,
    access.secrets,
    access.doors,
    access.network,
    storage.data_folder,
    growth.growth,
    storage.database,
    backups.backups,
    backups.tools,
    scans.shares,
    scans.places,
    clock.clock,
    ports.ports,
    versions.versions,
    model.model,
    hours.hours,
    packages.packages,
)


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other.

    Yields:
        What was found.
    """
    for look in LOOKS:
        yield from look()
