"""Everything that is looked at, in the order in which it is told."""

from collections.abc import Iterator

from glmv_site.doctor import access, clock, growth, model, ports, scans, storage, versions
from glmv_site.doctor.findings import Finding

LOOKS = (
    access.settings_usable,
    access.secrets,
    access.doors,
    access.network,
    storage.data_folder,
    growth.growth,
    storage.database,
    scans.shares,
    scans.places,
    clock.clock,
    ports.ports,
    versions.versions,
    model.model,
)


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other.

    Yields:
        What was found.
    """
    for look in LOOKS:
        yield from look()
