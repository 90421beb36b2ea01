"""The running site of this installation, as another process beside it sees it: how it is, and how to have it answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from django.conf import settings

from inference.service import Service, connect

_ASKING_S = 2.0
_FINDING_S = 5.0
_STOPPING_S = 5.0
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class SiteState:
    """What the site says of itself.

    Attributes:
        state: `ready`, `loading`, `draining` or `stopped`; `unavailable` where nothing can be kept; `absent` where
            nobody answers.
        model: what it calls its model; empty where it does not say.
        most_rows: how many answers it writes at once; None where it does not say.
        reason: why it is not ready, in a sentence; empty where it does not say.
    """

    state: str
    model: str = ""
    most_rows: int | None = None
    reason: str = ""

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return self.state == "ready"

    @property
    def hopeless(self) -> bool:
        """Whether waiting is in vain until a person does something about it."""
        return self.state == "stopped" and bool(self.reason)


class RunningSite:
    """The site at `GLMV_SERVICE_URL`."""

    def look(self) -> SiteState:
        """Ask the site how it is. One that does not answer is absent."""
        address = f"{settings.GLMV_SERVICE_URL.rstrip('/')}/ready"
        try:
            # Directly: a proxy would look for the address on its own machine.
            with build_opener(ProxyHandler({})).open(address, timeout=_ASKING_S) as answer:
                return _told(answer.read(_MOST_BYTES), "ready" if answer.status == 200 else "absent")
        except HTTPError as error:
            with error:
                return _told(error.read(_MOST_BYTES), "absent")
        except (OSError, HTTPException, ValueError):
            return SiteState("absent")

    @contextmanager
    def describer(self, told: SiteState) -> Iterator[Service]:
        """Have the site's model answer, in the lane of requests that can wait.

        Args:
            told: what the site said of itself.

        Yields:
            Who answers.

        Raises:
            EngineError: the site does not take requests after all.
        """
        service = connect(settings.GLMV_SERVICE_URL, settings.GLMV_INTERNAL_KEY, told.model, told.most_rows)
        service.start()
        try:
            service.wait_ready(_FINDING_S)
            yield service
        finally:
            service.stop(_STOPPING_S)


def _told(body: bytes, otherwise: str) -> SiteState:
    """Read the answer of `/ready`; a status without one says `otherwise`."""
    try:
        told = json.loads(body)
    except ValueError:
        return SiteState(otherwise)
    if not isinstance(told, dict):
        return SiteState(otherwise)
    rows: Any = told.get("most_rows")
    return SiteState(
        state=str(told.get("state") or otherwise),
        model=str(told.get("model") or ""),
        most_rows=rows if isinstance(rows, int) and rows > 0 else None,
        reason=str(told.get("reason") or ""),
    )
