"""Sets the clock of a whole process back or forth while it runs: for processes with this folder on their PYTHONPATH.

The file that ``TEST_CLOCK`` names holds by how many seconds. Steady clocks go on as they are: an administrator, or a
time server, moves the time of day and nothing else. Python imports this by itself, before everything else.
"""

import datetime
import os
import time
from datetime import datetime as _datetime
from pathlib import Path
from typing import Any

_FILE = os.environ.get("TEST_CLOCK")


def _shift() -> float:
    try:
        return float(Path(_FILE or "").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


if _FILE:
    _time = time.time

    class _AnyDatetime(type):
        """Lets what the shifted class has made, and the database, be its instances."""

        def __instancecheck__(cls, thing: object) -> bool:
            return isinstance(thing, _datetime)

    class _Shifted(_datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            """Return the shifted time."""
            return _datetime.now(tz) + datetime.timedelta(seconds=_shift())

        @classmethod
        def utcnow(cls) -> Any:
            """Return the shifted time in UTC."""
            return _datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=_shift())

    datetime.datetime = _Shifted  # type: ignore[misc]
    time.time = lambda: _time() + _shift()
