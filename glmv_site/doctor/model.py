"""The model: its weights, and what it runs on."""

from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from glmv_site.doctor.findings import Finding
from inference import conf
from inference.engine.checkpoint import choose_device
from inference.engine.errors import CheckpointError
from inference.errors import sentence
from inference.remote.target import without_login


def model() -> Iterator[Finding]:
    """Where it is, and what it runs on."""
    try:
        current = conf.current()
    except ImproperlyConfigured:
        return  # told among the settings
    if current.backend == "remote":
        yield Finding("ok", _("模型由 %(url)s 提供。") % {"url": without_login(current.remote_url)[0]})
        return
    if current.is_demo:
        yield Finding("note", _("用的是演示模型，它只认识示例老照片。真正的模型：GLMV_MODEL=zai-org/GLM-4.6V-Flash。"))
    else:
        yield _weights(current.location)
    yield _device(current)


def _weights(location: str) -> Finding:
    folder = Path(location).expanduser()
    if (folder / "config.json").is_file():
        return Finding("ok", _("模型在 %(path)s。") % {"path": folder})
    if folder.is_absolute() or folder.is_dir():
        problem = sentence(CheckpointError("checkpoint_missing", path=str(folder)))
        return Finding("error", _("%(problem)s设置的是 %(path)s。") % {"problem": problem, "path": folder})
    return Finding("ok", _("模型是 %(model)s；还没有下载的话，第一次启动时下载。") % {"model": location})


def _device(current: conf.InferenceSettings) -> Finding:
    try:
        device = choose_device(current.device)
    except CheckpointError as error:
        return Finding("error", sentence(error))
    if device.type != "cpu":
        return Finding("ok", _("模型在显卡上运行（%(device)s）。") % {"device": device})
    if current.is_demo:
        return Finding("ok", _("模型在 CPU 上运行。"))
    return Finding("note", _("没有可用的显卡，模型在 CPU 上运行，一张图要等几分钟。请检查显卡驱动。"))
