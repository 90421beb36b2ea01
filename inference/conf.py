"""The site's settings as this app reads them: typed, checked, and looked up when they are needed."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from inference.engine.checkpoint import Quantise

DEMO = "demo"
DEMO_FOLDER = Path(__file__).resolve().parent / "demo_model"


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """What the environment says about the model service.

    Attributes:
        model: ``demo``, a hub's id or a folder.
        device: where the model runs.
        quantise: how its weights are kept.
        max_new_tokens: bound on answers that bring none of their own.
        queue_limit: how many interactive requests may wait.
        shrink_over: longer side in pixels above which pictures are shrunk.
        shrink_to: longer side in pixels that they get.
    """

    model: str
    device: str
    quantise: Quantise
    max_new_tokens: int
    queue_limit: int
    shrink_over: int
    shrink_to: int

    @property
    def is_demo(self) -> bool:
        """Whether the model that comes with the project is used."""
        return self.model == DEMO

    @property
    def location(self) -> str:
        """Where the checkpoint is: the demo model's folder, or what was configured."""
        return str(DEMO_FOLDER) if self.is_demo else self.model


def current() -> InferenceSettings:
    """Read the settings.

    Returns:
        Their values now.

    Raises:
        ImproperlyConfigured: a value cannot be meant.
    """
    if settings.GLMV_BACKEND != "local":
        _refuse("GLMV_BACKEND", settings.GLMV_BACKEND, "local")
    if settings.GLMV_QUANTIZE not in ("none", "int8", "int4"):
        _refuse("GLMV_QUANTIZE", settings.GLMV_QUANTIZE, "none, int8, int4")
    for name, least in (("GLMV_MAX_NEW_TOKENS", 1), ("GLMV_QUEUE_LIMIT", 0), ("GLMV_SHRINK_OVER", 0)):
        if getattr(settings, name) < least:
            _refuse(name, getattr(settings, name), f"≥ {least}")
    if settings.GLMV_SHRINK_OVER and settings.GLMV_SHRINK_TO < 1:
        _refuse("GLMV_SHRINK_TO", settings.GLMV_SHRINK_TO, "≥ 1")
    return InferenceSettings(
        model=settings.GLMV_MODEL,
        device=settings.GLMV_DEVICE,
        quantise=cast("Quantise", settings.GLMV_QUANTIZE),
        max_new_tokens=settings.GLMV_MAX_NEW_TOKENS,
        queue_limit=settings.GLMV_QUEUE_LIMIT,
        shrink_over=settings.GLMV_SHRINK_OVER,
        shrink_to=settings.GLMV_SHRINK_TO,
    )


def _refuse(name: str, value: object, allowed: str) -> None:
    raise ImproperlyConfigured(
        _("设置 %(name)s 的值 %(value)s 不可用，可用的值：%(allowed)s。")
        % {"name": name, "value": value, "allowed": allowed}
    )
