"""Reads the environment for the settings; a value that cannot be meant is refused by its name, with what to do.

The sentences are Chinese as they stand: the settings are not there yet, and without them there are no translations.
"""

import logging
import re
import warnings
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

from glmv_site.secret_files import read_or_create

_FALSE = ("false", "off", "no", "n", "f", "0")
_DATABASE = "postgres://用户:密码@主机:5432/库名，或 sqlite:///文件的绝对路径"

_MEANINGLESS = (
    "注意：设置文件 %s 第 %d 行不起作用。每行写一个“名称=值”，等号前后不要有空格；注释要单独占一行，以 # 开头。"
)

# A line of .env, as the parent reads it.
_ASSIGNMENT = re.compile(r"(?:export )?([A-Za-z_0-9]+)=")

OF_THE_CALLER = frozenset({"GLMV_MANAGE", "GLMV_HOST_DATA"})
"""Told by whoever starts the program, of this one place. In a file they may have come with a backup of another one."""

ValueT = TypeVar("ValueT")

logger = logging.getLogger(__name__)


class Environment(environ.Env):
    """Like its parent, for an administrator who mistyped something, or left it empty.

    Attributes:
        asked: the names of all variables that were read: what a backup of the settings has to keep.
    """

    asked: ClassVar[set[str]] = set()

    @classmethod
    def read_file(cls, path: Path) -> None:
        """Read settings from a file, where there is one; the environment itself takes precedence.

        Lines that cannot be meant are told by their numbers, not quoted: there may be a password in them. What only
        the caller can know (`OF_THE_CALLER`) is passed over.

        Args:
            path: its place; one NAME=value a line, and comments on lines of their own.

        Raises:
            ImproperlyConfigured: it cannot be read, or is no text.
        """
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return
        except OSError as error:
            raise ImproperlyConfigured(
                f"读不了设置文件 {path}（{error.strerror}）：请检查它属于谁、能否读取。"
            ) from error
        except UnicodeDecodeError as error:
            raise ImproperlyConfigured(f"设置文件 {path} 不是 UTF-8 编码，请用 UTF-8 重新保存。") from error
        meant = []
        for number, line in enumerate(lines, 1):
            match = _ASSIGNMENT.match(line)
            if match and match[1] not in OF_THE_CALLER:
                meant.append(line)
            elif not match and line.strip() and not line.lstrip().startswith("#"):
                logger.warning(_MEANINGLESS, path, number)
        cls.read_env(StringIO("\n".join(meant)))

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: Any = False
    ) -> Any:
        """Read a value of any type; what is empty counts as not set where the default says more.

        Args:
            var: the variable's name.
            cast: its type.
            default: where it is not set, or empty.
            parse_default: whether that is still to be read.

        Returns:
            The value.
        """
        self.asked.add(var)
        if default is not self.NOTSET and default and not self.ENVIRON.get(var, "").strip():
            return default
        return super().get_value(var, cast, default, parse_default)

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        """Read a number.

        Args:
            var: the variable's name.
            default: where it is not set, or empty.

        Returns:
            The number.

        Raises:
            ImproperlyConfigured: it is none.
        """
        return self.parsed(var, _integer, default=str(default))

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        """Read a switch; what is neither on nor off would leave a door open that somebody meant to close.

        Args:
            var: the variable's name.
            default: where it is not set, or empty.

        Returns:
            Whether it is on.

        Raises:
            ImproperlyConfigured: it is neither on nor off.
        """
        return self.parsed(var, _switch, default=str(default))

    def parsed(self, var: str, parse: Callable[[str], ValueT], *, default: str) -> ValueT:
        """Read a value that is no plain text.

        Args:
            var: the variable's name.
            parse: reads it; raises ValueError with what it should be.
            default: where it is not set, or empty.

        Returns:
            What was read.

        Raises:
            ImproperlyConfigured: it cannot be meant.
        """
        text = self.str(var, default=default)
        try:
            return parse(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"设置 {var} 的值“{text}”不可用，应为{error}。") from error

    def folder(self, var: str, *, default: str) -> Path:
        """Read the place of a folder. Whether it is there is not asked: its disk may come later, or hang.

        Args:
            var: the variable's name.
            default: where it is not set, or empty.

        Returns:
            Its path, without a slash too many.

        Raises:
            ImproperlyConfigured: it would depend on where the program was started, or on links.
        """
        return self.parsed(var, _folder, default=default)

    def database(self, var: str, *, default: str) -> dict[str, Any]:
        """Read a database's address.

        Args:
            var: the variable's name.
            default: where it is not set, or empty.

        Returns:
            Django's settings of it.

        Raises:
            ImproperlyConfigured: it is no such address; what it is stays unsaid, for it holds a password.
        """
        try:
            with warnings.catch_warnings(action="ignore"):  # they quote it
                config: dict[str, Any] = dict(self.db_url(var, default=default))
            if "." in config["ENGINE"]:  # of an unknown one it is what was written
                return config
        except (ValueError, KeyError):
            pass
        raise ImproperlyConfigured(f"设置 {var} 不是可用的数据库地址，应写成 {_DATABASE}。")


def kept_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    """Return a secret that is kept in the data folder, making it the first time.

    Args:
        folder: ``DATA_DIR``.
        name: of its file.
        make: returns a new secret.

    Returns:
        The secret.

    Raises:
        ImproperlyConfigured: the folder cannot be written to, or somebody else's file lies there.
    """
    try:
        return read_or_create(folder / name, make)
    except OSError as error:
        raise ImproperlyConfigured(
            f"读写不了数据文件夹里的 {folder / name}（{error.strerror}）：请检查这个文件夹属于谁、能否写入，"
            "或把设置 DATA_DIR 改为可以写入的文件夹。"
        ) from error


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("整数") from None


def _folder(text: str) -> Path:
    path = Path("/", text.strip().lstrip("/"))  # a second slash before it would mean nothing, and compare as different
    if not text.strip().startswith("/") or ".." in path.parts or path == Path("/"):
        raise ValueError("文件夹的绝对路径（不能含 ..，不能是 / 本身），例如 /mnt/backup/glmv")
    return path


def _switch(text: str) -> bool:
    chosen = text.strip().lower()
    if chosen in environ.Env.BOOLEAN_TRUE_STRINGS:
        return True
    if chosen in _FALSE:
        return False
    raise ValueError(" 1（开）或 0（关）")
