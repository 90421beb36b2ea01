"""挂接包: folders of scans named by 档号, one table beside them with paths and digests, and the lists of digests.

目录.xlsx, 说明.txt, manifest-sha256.txt, manifest-sm3.txt
0012/1956/3/0012-ZP-0007.jpg, 0012-ZP-0007_背.jpg
"""

from collections.abc import Iterator

from catalog.exchange.packages import listing
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.workplace import Workplace
from catalog.querysets import ImageQuerySet


def finish(order: Order, workplace: Workplace, allowed: ImageQuerySet) -> Iterator[None]:
    """Write what stands beside the scans.

    Args:
        order: what was asked for.
        workplace: where all scans are.
        allowed: the records that may be in the table.

    Yields:
        After each part.

    Raises:
        PackageBroken: the disk does not take it.
    """
    written = []
    for table in listing.write_table(order, workplace, allowed, workplace.package):
        written += [table] if table is not None else []
        yield
    written.append(listing.write_about(order, workplace, workplace.package))
    scans = (file for record in workplace.written() for file in record.files)
    listing.write_manifests(workplace.package, [*scans, *written])
    yield
