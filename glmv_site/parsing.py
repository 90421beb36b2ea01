"""Reads environment values that are neither plain text nor plain numbers; says what a bad one should be."""

import os
import re
from collections.abc import Sequence
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path


def pixel_size(text: str) -> tuple[int, int]:
    """Read a size in pixels.

    Args:
        text: ``WIDTHxHEIGHT``, for example ``640x480``.

    Returns:
        Width and height in pixels.

    Raises:
        ValueError: the text is no such size.
    """
    match = re.fullmatch(r"\s*(\d+)\s*[x×]\s*(\d+)\s*", text, re.IGNORECASE)
    if match is None:
        raise ValueError(" 640x480 这样的“宽x高”")
    return int(match[1]), int(match[2])


def host_in_url(host: str) -> str:
    """Write a host as addresses with a port want it.

    Args:
        host: a name, an IPv4 address, or an IPv6 address with or without its brackets.

    Returns:
        The same, an IPv6 address in brackets.
    """
    plain = host.strip("[]")
    return f"[{plain}]" if ":" in plain else plain


def one_of(text: str, choices: Sequence[str]) -> str:
    """Read a value of which there are few.

    Args:
        text: the value, in whatever case.
        choices: what it may be.

    Returns:
        One of them.

    Raises:
        ValueError: the text is none of them.
    """
    chosen = text.strip().lower()
    if chosen not in choices:
        raise ValueError(f" {'、'.join(choices)} 之一")
    return chosen


def int_or_auto(text: str) -> int | None:
    """Read a number that the system may also choose by itself.

    Args:
        text: a positive integer, or ``auto``.

    Returns:
        The number, or None for ``auto``.

    Raises:
        ValueError: the text is neither.
    """
    if text.strip().lower() == "auto":
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("正整数或 auto")
    return int(text)


def at_least_one(text: str) -> int:
    """Read how many there are to be of something that there has to be.

    Args:
        text: a positive integer.

    Returns:
        The number.

    Raises:
        ValueError: the text is none.
    """
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("正整数")
    return int(text)


def share(text: str) -> float:
    """Read a share of a whole.

    Args:
        text: ``0.05`` or ``5%``.

    Returns:
        The share, from 0 to 1.

    Raises:
        ValueError: the text is none.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([%％]?)\s*", text)
    value = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= value <= 1:
        raise ValueError(" 0 到 1 之间的数，例如 0.05，也可写 5%")
    return value


def time_of_day_or_none(text: str) -> time | None:
    """Read a time of day.

    Args:
        text: ``02:30``, or nothing.

    Returns:
        The time; None for nothing.

    Raises:
        ValueError: the text is neither.
    """
    if not text.strip():
        return None
    match = re.fullmatch(r"([01]?\d|2[0-3])[:：]([0-5]\d)", text.strip())
    if match is None:
        raise ValueError(" 02:30 这样的钟点，或留空")
    return time(int(match[1]), int(match[2]))


def absolute_folders(text: str) -> list[Path]:
    """Read the places of folders. Whether they are there is not asked: a share may come later.

    Args:
        text: absolute paths, separated by colons; empty for none.

    Returns:
        The folders, each once.

    Raises:
        ValueError: one of them is no absolute path, or the root of everything.
    """
    named = [_plain_path(part.strip()) for part in text.split(":") if part.strip()]
    if not all(name.startswith("/") and name != "/" for name in named):
        raise ValueError("文件夹的绝对路径（不能是 / 本身），多个用英文冒号隔开，例如 /mnt/nas/scans")
    return [Path(name) for name in dict.fromkeys(named)]


def _plain_path(path: str) -> str:
    """Leave out what says nothing; two slashes at the beginning are one on every system that this runs on."""
    plain = os.path.normpath(path)
    return plain[1:] if plain.startswith("//") else plain


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Read networks.

    Args:
        text: networks as 192.168.1.0/24, or single addresses, with commas between them.

    Returns:
        The networks.

    Raises:
        ValueError: with what it should be.
    """
    try:
        return [ip_network(entry.strip()) for entry in text.split(",") if entry.strip()]
    except ValueError:
        raise ValueError("网段，例如 192.168.1.0/24，多个用英文逗号隔开") from None
