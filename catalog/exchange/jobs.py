"""What the exchange of tables and packages leaves to the worker, offered in one list; `work` gives each a thread."""

from catalog.exchange.exports.jobs import Exporting
from catalog.exchange.imports.jobs import TableWork
from catalog.exchange.packages.jobs import PackageMaking


def exchange_jobs() -> dict[str, Exporting | PackageMaking | TableWork]:
    """Return the jobs by the names of their threads; each keeps the protocol of `catalog.worker.jobs`."""
    return {"exports": Exporting(), "packages": PackageMaking(), "tables": TableWork()}
