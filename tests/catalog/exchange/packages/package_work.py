"""Makes packages as the worker does, one file at a time and slowly: for tests that kill it."""

import sys
import time

import django

django.setup()

from catalog.exchange.packages import copying, making  # noqa: E402 - after the setup
from catalog.exchange.packages.jobs import PackageMaking  # noqa: E402 - after the setup

making.STEP_RECORDS = 2
_PAUSE_S = float(sys.argv[1])
_copied = copying.Copier._copied


def _slowly(*arguments, **named):  # type: ignore[no-untyped-def]  # as what it stands for
    time.sleep(_PAUSE_S)
    return _copied(*arguments, **named)


copying.Copier._copied = _slowly  # type: ignore[method-assign]  # the same, later
job = PackageMaking()
while job.claim():
    job.step()
