"""Who answers: the door through which drafting reaches a model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.drafting.site import RunningSite
from catalog.exceptions import DraftingPaused
from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.service import connect, get_service, use_service
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

    @property
    def most_rows(self) -> int:
        """How many requests it answers at once."""

    def describe(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            EngineError: it cannot.
        """


@contextmanager
def chosen_describer(tell: Callable[[str], object]) -> Iterator[Describer]:
    """Give whoever has the model: the running site beside this process, or this process's own service.

    A model loaded for this is let go afterwards.

    Args:
        tell: is told in a sentence who is going to draft.

    Raises:
        DraftingPaused: the model cannot be loaded.
    """
    service = get_service()
    if service.state == "ready":
        yield service
        return
    site = RunningSite().look()
    if site.ready and site.model == service.model_name:
        tell(_("由正在运行的网站起草……"))
        service = connect(settings.GLMV_SERVICE_URL, settings.GLMV_INTERNAL_KEY, site.model, site.most_rows)
    else:
        if site.ready:
            tell(_("网站正在运行，但用的不是同一个模型；这条命令会另外加载一个，显存或内存可能不够，可先停止网站。"))
        tell(_("正在加载模型……"))
    try:
        try:
            service.start()
            service.wait_ready(LOADING_TIMEOUT_S)
        except EngineError as error:
            raise DraftingPaused(sentence(error)) from error
        yield service
    finally:
        service.stop()
        # A stopped service stays stopped; whoever comes next in this process gets a new one.
        if service is get_service():
            use_service(None)
