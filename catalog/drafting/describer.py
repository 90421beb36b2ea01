"""Who answers: the door through which drafting reaches a model."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Protocol
from urllib.request import ProxyHandler, build_opener

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.exceptions import DraftingPaused
from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.service import get_service, use_service
from inference.types import Answer, Request

LOADING_TIMEOUT_S = 1800.0
"""A large checkpoint on a slow disk takes its time."""
_ASKING_S = 2.0

logger = logging.getLogger(__name__)


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
    if not found_running and _site_has_a_model():
        logger.warning(
            _("网站正在运行并已加载模型；这条命令还会另外加载一份，显存或内存可能不够。请先停止网站，起草完再启动。")
        )
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


def _site_has_a_model() -> bool:
    """Ask whether a site runs beside this process with its model loaded; one that does not answer has none."""
    try:
        # Directly: a proxy would look for the address on its own machine.
        address = f"{settings.GLMV_SERVICE_URL.rstrip('/')}/ready"
        with build_opener(ProxyHandler({})).open(address, timeout=_ASKING_S) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException, ValueError):
        return False
