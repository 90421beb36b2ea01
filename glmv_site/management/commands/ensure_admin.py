"""Makes the first administrator, who is cataloguer and reviewer too, with a random password that is shown once."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from catalog.accounts.accounts import create_first_administrator
from catalog.management.console import faults_told
from glmv_site.secret_files import write_private


class Command(BaseCommand):
    """``manage.py ensure_admin``: does nothing where an administrator exists."""

    help = _("没有管理员时创建一个，密码随机生成，只显示一次，并保存在数据目录中（仅所有者可读）。")

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments.

        Args:
            parser: Django's.
        """
        parser.add_argument("--username", default="admin", help=_("用户名，默认 admin"))

    def handle(self, *_args: Any, username: str, **_options: Any) -> None:
        """Make the account if there is none.

        Args:
            username: its name.

        Raises:
            CommandError: somebody else has that name, it is none, or the database or the disk does not work.
        """
        with faults_told(_("没有建立管理员。处理好之后请再运行一次。")):
            self._ensure(username)

    def _ensure(self, username: str) -> None:
        users = get_user_model()
        if users.objects.filter(is_superuser=True).exists():
            return
        if users.objects.filter(**{users.USERNAME_FIELD: username}).exists():
            raise CommandError(
                _(
                    "用户 %(username)s 已存在，但不是管理员。请为管理员另取一个名字："
                    "%(manage)s ensure_admin --username 名字"
                )
                % {"username": username, "manage": settings.GLMV_MANAGE}
            )
        password = secrets.token_urlsafe(12)
        path = settings.DATA_DIR / "admin_password"
        # The file first: whoever is interrupted here finds no account and starts again.
        write_private(path, password)
        try:
            create_first_administrator(username, password)
        except Exception as error:  # whatever it is, it is raised again
            path.unlink()  # it opens nothing
            if isinstance(error, ValidationError):
                raise CommandError(" ".join(error.messages)) from error
            raise
        self.stdout.write(
            _("已创建管理员 %(username)s，密码 %(password)s（保存在 %(path)s，登录后请修改并删除该文件）。")
            % {"username": username, "password": password, "path": path}
        )
