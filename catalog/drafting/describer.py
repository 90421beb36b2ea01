"""Who answers: the door through which drafting reaches a model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from catalog.exceptions import DraftingPaused
from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.service import get_service, use_service
from inference.types import Answer, Request

LOADING_TIMEOUT_S = 1800.0
"""A large checkpoint on a slow disk takes its time."""


class Describer(Protocol):
    """Answers questions about pictures. `inference.service.Service` is one."""

    @property
    def model_name(self) -> str:
        """The model's name, as configured."""

    @property
    def model_version(self) -> str:
        """Name and fingerprint of the checkpoint."""

    def describe(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            EngineError: it cannot.
        """


@contextmanager
def chosen_describer() -> Iterator[Describer]:
    """Give the model service of this process, the model loaded; it is let go afterwards if it was loaded for this.

    Raises:
        DraftingPaused: the model cannot be loaded.
    """
    service = get_service()
    found_running = service.state == "ready"
    try:
        service.start()
        service.wait_ready(LOADING_TIMEOUT_S)
    except EngineError as error:
        service.stop()
        raise DraftingPaused(sentence(error)) from error
    try:
        yield service
    finally:
        if not found_running:
            service.stop()
            # A stopped service stays stopped; whoever comes next in this process gets a new one.
            use_service(None)
