"""What a table holds, in two numbers: how many rows, and a digest of them that does not depend on their order.

The digest is the sum of the rows' own digests: it needs no sorting, and so neither a key nor a collation that two
servers would have to agree on.
"""

import hashlib
from collections.abc import Iterable

from glmv_site.backup.manifest import TableSummary

_BYTES = 32
_MODULUS = 1 << (8 * _BYTES)


def summary(rows: Iterable[bytes | bytearray | memoryview]) -> TableSummary:
    """Summarise a table.

    Args:
        rows: each as bytes that say all that is in it.
    """
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(row).digest(), "big")
    return TableSummary(count, (total % _MODULUS).to_bytes(_BYTES, "big").hex())
