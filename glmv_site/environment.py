"""Reads the environment for the settings; a value that cannot be meant is refused by its name, with what to do.

The sentences are Chinese as they stand: the settings are not there yet, and without them there are no translations.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

from glmv_site.secret_files import read_or_create

_FALSE = ("false", "off", "no", "n", "f", "0")
_DATABASE = "postgres://用户:密码@主机:5432/库名，或 sqlite:///文件的绝对路径"

ValueT = TypeVar("ValueT")


class Environment(environ.Env):
    """Like its parent, for an administrator who mistyped something."""

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        """Read a number.

        Args:
            var: the variable's name.
            default: where it is not set.

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
            default: where it is not set.

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
        text = self.str(var, default=default) or default
        try:
            return parse(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"设置 {var} 的值“{text}”不可用，应为{error}。") from error

    def database(self, var: str, *, default: str) -> dict[str, Any]:
        """Read a database's address.

        Args:
            var: the variable's name.
            default: where it is not set.

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


def _switch(text: str) -> bool:
    chosen = text.strip().lower()
    if chosen in environ.Env.BOOLEAN_TRUE_STRINGS:
        return True
    if chosen in _FALSE:
        return False
    raise ValueError(" 1（开）或 0（关）")
