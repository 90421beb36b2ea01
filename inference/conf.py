"""The site's settings as this app reads them: typed, checked, and looked up when they are needed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from inference.engine.checkpoint import Quantise

DEMO = "demo"
DEMO_FOLDER = Path(__file__).resolve().parent / "demo_model"
_CHOICES: dict[str, tuple[str, ...]] = {"GLMV_BACKEND": ("local",), "GLMV_QUANTIZE": get_args(Quantise)}
_LEAST = {"GLMV_MAX_NEW_TOKENS": 1, "GLMV_QUEUE_LIMIT": 0, "GLMV_SHRINK_OVER": 0}


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
    for name in (*_CHOICES, *_LEAST):
        require_usable(name, getattr(settings, name))
    if settings.GLMV_SHRINK_OVER and settings.GLMV_SHRINK_TO < 1:
        raise unusable("GLMV_SHRINK_TO", settings.GLMV_SHRINK_TO, "≥ 1")
    return InferenceSettings(
        model=settings.GLMV_MODEL,
        device=settings.GLMV_DEVICE,
        quantise=cast("Quantise", settings.GLMV_QUANTIZE),
        max_new_tokens=settings.GLMV_MAX_NEW_TOKENS,
        queue_limit=settings.GLMV_QUEUE_LIMIT,
        shrink_over=settings.GLMV_SHRINK_OVER,
        shrink_to=settings.GLMV_SHRINK_TO,
    )


def require_usable(name: str, value: Any) -> None:
    """Check one setting's value, wherever it comes from.

    Args:
        name: the setting's.
        value: as the setting would hold it.

    Raises:
        ImproperlyConfigured: it cannot be meant.
    """
    if name in _CHOICES and value not in _CHOICES[name]:
        raise unusable(name, value, ", ".join(_CHOICES[name]))
    if name in _LEAST and value < _LEAST[name]:
        raise unusable(name, value, f"≥ {_LEAST[name]}")


def unusable(name: str, value: object, allowed: str) -> ImproperlyConfigured:
    """Word the refusal of a setting's value.

    Args:
        name: the setting's.
        value: what it was to be.
        allowed: what it may be.

    Returns:
        The error, to be raised.
    """
    return ImproperlyConfigured(
        _("设置 %(name)s 的值 %(value)s 不可用，可用的值：%(allowed)s。")
        % {"name": name, "value": value, "allowed": allowed}
    )
