"""Looks an installation over: what does not work, and what to close before it faces the internet."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from glmv_site import databases
from inference import conf
from inference.engine.checkpoint import choose_device
from inference.engine.errors import CheckpointError
from inference.errors import READ_ONLY, sentence
from inference.remote.target import without_login
from inference.views import storage

Level = Literal["ok", "note", "error"]
_GB = 1_000_000_000
_LITTLE_SPACE = 5 * _GB
_NO_SPACE = _GB // 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: as it should be, open or worth knowing, or broken.
        text: what it is and, where it is not as it should be, what to do.
    """

    level: Level
    text: str


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other.

    Yields:
        What was found.
    """
    for look in (_settings, _secrets, _doors, _network, _data_folder, _database, _model):
        yield from look()


def _settings() -> Iterator[Finding]:
    problems = [problem for problem in checks.run_checks() if problem.level >= checks.ERROR]
    yield from (Finding("error", str(problem.msg)) for problem in problems)
    if not problems:
        yield Finding("ok", _("设置可以使用。"))
    if settings.DEBUG:
        yield Finding("error", _("DEBUG 开着：出错时会把设置和代码给访客看。请去掉 DEBUG=1。"))


def _secrets() -> Iterator[Finding]:
    kept = settings.DATA_DIR / "secret_key"
    if os.environ.get("SECRET_KEY"):
        yield Finding("ok", _("SECRET_KEY 由环境变量或 .env 给出。"))
    else:
        yield Finding("ok", _("SECRET_KEY 保存在 %(path)s。") % {"path": kept})
    for path in (kept, settings.DATA_DIR / "internal_key", settings.DATA_DIR / "admin_password"):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding("error", _("别的用户也能读 %(path)s。请运行：chmod 600 %(path)s") % {"path": path})
    if (settings.DATA_DIR / "admin_password").is_file():
        yield Finding("note", _("管理员的初始密码还留在 admin_password 里。登录后请修改密码，并删除该文件。"))


def _doors() -> Iterator[Finding]:
    """The doors that are open by default, as on a local network they should be."""
    yield _closed_or_open(
        bool(settings.API_KEY),
        _("接口 /v1 要求密钥。"),
        _("接口 /v1 不要求密钥，谁都可以调用。请设置 API_KEY。"),
    )
    yield _closed_or_open(
        settings.GLMV_ASK_LOGIN,
        _("提问页要求登录。"),
        _("提问页不要求登录，谁都可以提问。请设置 GLMV_ASK_LOGIN=1。"),
    )
    yield _closed_or_open(
        bool(settings.METRICS_KEY),
        _("运行指标 /metrics 要求密钥。"),
        _("运行指标 /metrics 不要求密钥，谁都可以查看。请设置 METRICS_KEY。"),
    )
    if "*" in settings.CORS_ORIGINS:
        yield Finding("note", _("CORS_ORIGINS 是 *，任何网页都可以从访客的浏览器调用接口。请只列出自己的前端地址。"))


def _closed_or_open(closed: bool, good: str, otherwise: str) -> Finding:
    return Finding("ok", good) if closed else Finding("note", otherwise)


def _network() -> Iterator[Finding]:
    yield _closed_or_open(
        "*" not in settings.ALLOWED_HOSTS,
        _("只接受这些域名：%(hosts)s。") % {"hosts": "、".join(settings.ALLOWED_HOSTS)},
        _("接受任何域名。请设置 ALLOWED_HOSTS，例如 catalogue.example.cn。"),
    )
    yield _closed_or_open(
        settings.HTTPS,
        _("启用了 HTTPS：安全 Cookie、跳转和 HSTS。"),
        _("没有启用 HTTPS，密码和图片在网络上明文传送。请在前面放一个 HTTPS 代理，并设置 HTTPS=1。"),
    )


def _data_folder() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    if storage.outage_of_disk(folder) is READ_ONLY:
        yield Finding("error", _("数据文件夹 %(path)s 所在的磁盘是只读的，请检查磁盘并重新挂载。") % {"path": folder})
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("error", _("数据文件夹 %(path)s 写不进去，请检查它属于谁。") % {"path": folder})
        return
    yield from _mounted_otherwise(folder)
    free = shutil.disk_usage(folder).free
    numbers = {"path": folder, "free": f"{free / _GB:.1f}"}
    if free < _NO_SPACE:
        yield Finding("error", _("数据文件夹 %(path)s 所在的磁盘只剩 %(free)s GB，请立即清理。") % numbers)
    elif free < _LITTLE_SPACE:
        yield Finding("note", _("数据文件夹 %(path)s 所在的磁盘只剩 %(free)s GB，请尽快清理。") % numbers)
    else:
        yield Finding("ok", _("数据文件夹 %(path)s 可以写入，磁盘剩余 %(free)s GB。") % numbers)


def _mounted_otherwise(folder: Path) -> Iterator[Finding]:
    """The pictures may lie on a disk of their own."""
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and media.stat().st_dev != folder.stat().st_dev and (outage := storage.outage_of_disk(media)):
        yield Finding("error", _("图片文件夹 %(path)s：%(problem)s") % {"path": media, "problem": outage})


def _database() -> Iterator[Finding]:
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if wrong := databases.problem():
        yield Finding("error", wrong)
    elif outage := storage.outage_of_database():
        yield Finding("error", _("数据库（%(vendor)s）：%(problem)s") % {"vendor": vendor, "problem": outage})
    else:
        yield Finding("ok", _("数据库（%(vendor)s）可以使用，版本是新的。") % {"vendor": vendor})


def _model() -> Iterator[Finding]:
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
