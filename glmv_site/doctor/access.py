"""Settings, secrets, and the doors that are open: who can get in."""

import os
import stat
from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.utils.translation import gettext as _

from glmv_site.doctor.findings import Finding, closed_or_open


def settings_usable() -> Iterator[Finding]:
    """Whether the settings can be used."""
    problems = [problem for problem in checks.run_checks() if problem.level >= checks.ERROR]
    yield from (Finding("error", str(problem.msg)) for problem in problems)
    if not problems:
        yield Finding("ok", _("设置可以使用。"))
    if settings.DEBUG:
        yield Finding("error", _("DEBUG 开着：出错时会把设置和代码给访客看。请去掉 DEBUG=1。"))


def secrets() -> Iterator[Finding]:
    """Who can read what only this system is to read."""
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


def doors() -> Iterator[Finding]:
    """The doors that are open by default, as on a local network they should be."""
    yield closed_or_open(
        bool(settings.API_KEY),
        _("接口 /v1 要求密钥。"),
        _("接口 /v1 不要求密钥，谁都可以调用。请设置 API_KEY。"),
    )
    yield closed_or_open(
        settings.GLMV_ASK_LOGIN,
        _("提问页要求登录。"),
        _("提问页不要求登录，谁都可以提问。请设置 GLMV_ASK_LOGIN=1。"),
    )
    yield closed_or_open(
        bool(settings.METRICS_KEY),
        _("运行指标 /metrics 要求密钥。"),
        _("运行指标 /metrics 不要求密钥，谁都可以查看。请设置 METRICS_KEY。"),
    )
    if "*" in settings.CORS_ORIGINS:
        yield Finding("note", _("CORS_ORIGINS 是 *，任何网页都可以从访客的浏览器调用接口。请只列出自己的前端地址。"))


def network() -> Iterator[Finding]:
    """How it is reached."""
    yield closed_or_open(
        "*" not in settings.ALLOWED_HOSTS,
        _("只接受这些域名：%(hosts)s。") % {"hosts": "、".join(settings.ALLOWED_HOSTS)},
        _("接受任何域名。请设置 ALLOWED_HOSTS，例如 catalogue.example.cn。"),
    )
    yield closed_or_open(
        settings.HTTPS,
        _("启用了 HTTPS：安全 Cookie、跳转和 HSTS。"),
        _("没有启用 HTTPS，密码和图片在网络上明文传送。请在前面放一个 HTTPS 代理，并设置 HTTPS=1。"),
    )
