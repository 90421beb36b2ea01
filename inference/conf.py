"""The site's settings as this app reads them: typed, checked, and looked up when they are needed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from inference.engine.memory import Quantise

Backend = Literal["local", "remote"]
DEMO = "demo"
DEMO_FOLDER = Path(__file__).resolve().parent / "demo_model"
_CHOICES: dict[str, tuple[str, ...]] = {"GLMV_BACKEND": get_args(Backend), "GLMV_QUANTIZE": get_args(Quantise)}
_LEAST = {"GLMV_MAX_NEW_TOKENS": 1, "GLMV_QUEUE_LIMIT": 0, "GLMV_SHRINK_OVER": 0, "GLMV_DEADLINE_S": 0}


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """What the environment says about the model service.

    Attributes:
        backend: ``local`` for a model in this process, ``remote`` for another server's.
        model: ``demo``, a hub's id or a folder.
        device: where the model runs.
        quantise: how its weights are kept.
        max_new_tokens: bound on answers that bring none of their own.
        queue_limit: how many interactive requests may wait.
        max_batch: how many answers are written at once; None: what memory allows.
        cuda_graphs: record the model's steps where the device can.
        shrink_over: longer side in pixels above which pictures are shrunk.
        shrink_to: longer side in pixels that they get.
        remote_url: address of the server, for ``remote``.
        remote_key: what it wants to see of its callers.
        remote_model: which of its models is asked; empty takes the first one.
    """

    backend: Backend
    model: str
    device: str
    quantise: Quantise
    max_new_tokens: int
    queue_limit: int
    max_batch: int | None
    cuda_graphs: bool
    shrink_over: int
    shrink_to: int
    remote_url: str = field(repr=False)
    remote_key: str = field(repr=False)
    remote_model: str

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
    if settings.GLMV_MAX_BATCH is not None and settings.GLMV_MAX_BATCH < 1:
        raise unusable("GLMV_MAX_BATCH", settings.GLMV_MAX_BATCH, "auto, ≥ 1")
    if settings.GLMV_BACKEND == "remote":
        _require_address(settings.GLMV_REMOTE_URL, settings.GLMV_REMOTE_KEY)
    return InferenceSettings(
        backend=cast("Backend", settings.GLMV_BACKEND),
        model=settings.GLMV_MODEL,
        device=settings.GLMV_DEVICE,
        quantise=cast("Quantise", settings.GLMV_QUANTIZE),
        max_new_tokens=settings.GLMV_MAX_NEW_TOKENS,
        queue_limit=settings.GLMV_QUEUE_LIMIT,
        max_batch=settings.GLMV_MAX_BATCH,
        cuda_graphs=settings.GLMV_CUDA_GRAPHS,
        shrink_over=settings.GLMV_SHRINK_OVER,
        shrink_to=settings.GLMV_SHRINK_TO,
        remote_url=settings.GLMV_REMOTE_URL,
        remote_key=settings.GLMV_REMOTE_KEY,
        remote_model=settings.GLMV_REMOTE_MODEL,
    )


def _require_address(url: str, key: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        login = "@" in parts.netloc
    except ValueError:  # brackets of an IPv6 address that do not match
        usable = login = False
    if not url:
        raise ImproperlyConfigured(_("GLMV_BACKEND=remote 需要设置 GLMV_REMOTE_URL，例如 http://192.168.1.20:8000。"))
    if not usable:
        # The value stays unsaid as far as it may hold a password.
        raise unusable("GLMV_REMOTE_URL", f"…@{url.rpartition('@')[2]}" if "@" in url else url, "http://…, https://…")
    if login and key:
        raise ImproperlyConfigured(
            _("GLMV_REMOTE_URL 里的用户名和密码不能与 GLMV_REMOTE_KEY 同时使用，请去掉其中一个。")
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
