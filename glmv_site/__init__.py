"""The site: settings, addresses, process supervision. Composition only, no domain logic.

Dependencies run one way: ``glmv_site → catalog → inference → inference.engine``.
"""

from datetime import date

__version__ = "0.1.0"
RELEASED = date(2026, 11, 29)
"""Not before this day can this version have come to a machine: a clock that says otherwise is wrong."""
