"""exiftool as a separate program: kept running, told what to write file by file, given up where it does not answer.

It is free software under the GPL or the Artistic License and no part of this one: it is started where the machine has
it. It writes a new file and leaves the one that it reads as it is.
"""

import html
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ExiftoolFailed

PROGRAM = "exiftool"
HOW_TO_INSTALL = _("Debian、Ubuntu 请运行：sudo apt-get install libimage-exiftool-perl；装好后重新启动。")
ANSWERS_WITHIN_S = 600.0
"""For so long one file is waited for: a large TIFF on a slow share takes minutes."""
_LONGEST_ANSWER = 200_000


@cache
def version() -> str:
    """Return the version of the exiftool that is there; empty where none is."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ""
    try:
        answer = subprocess.run(  # noqa: S603 - the program found above, without anything from outside
            [program, "-config", "", "-ver"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


class Exiftool:
    """One running exiftool; it is started with the first file, and ended by `close`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    def write(self, tags: Sequence[tuple[str, str]], source: Path, target: Path) -> None:
        """Write a copy of a file with tags in it.

        Args:
            tags: names as exiftool has them, with their values; a name that comes again is another item of a list.
            source: the file; without a name for a file of tags alone, with the suffix .xmp.
            target: where to; nothing may lie there.

        Raises:
            ExiftoolFailed: it cannot write this kind of file, or does not work.
        """
        said = self.ask([*_settings(), *_assignments(tags), "-o", str(target), str(source)])
        if not target.is_file():
            raise ExiftoolFailed(detail=_first_fault(said))

    def write_beside(self, tags: Sequence[tuple[str, str]], target: Path) -> None:
        """Write tags into a file of their own, which ends in .xmp; what XMP does not have is left out.

        Args:
            tags: as `write` takes them.
            target: where to; nothing may lie there.

        Raises:
            ExiftoolFailed: it does not work.
        """
        xmp = [(name, value) for name, value in tags if name.startswith("XMP")]
        said = self.ask([*_settings(), *_assignments(xmp), "-o", str(target)])
        if not target.is_file():
            raise ExiftoolFailed(detail=_first_fault(said))

    def ask(self, arguments: Iterable[str]) -> str:
        """Have it do something, and return what it said, warnings included.

        Args:
            arguments: as on its command line.

        Raises:
            ExiftoolFailed: it does not work, or does not answer.
        """
        process = self._running()
        self._number += 1
        # One argument a line; -execute with a number is answered by {ready} with the same number.
        lines = [*arguments, f"-execute{self._number}"]
        try:
            assert process.stdin is not None  # noqa: S101 - it was opened with a pipe
            process.stdin.write("".join(f"{_line(line)}\n" for line in lines).encode("utf-8"))
            process.stdin.flush()
            return self._answer(process, f"{{ready{self._number}}}".encode())
        except OSError as error:
            self.close()
            raise ExiftoolFailed(detail=error.strerror or str(error)) from error

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                # What it was still to be told goes nowhere.
                with suppress(OSError):
                    stream.close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        program = shutil.which(PROGRAM)
        if program is None:
            raise ExiftoolFailed(detail=str(HOW_TO_INSTALL))
        self._process = subprocess.Popen(  # noqa: S603 - what it is told comes line by line, see `ask`
            # Nobody's own settings; warnings among the answers.
            [program, "-config", "", "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # It is not to end with a Ctrl-C that this program heeds in its own time.
            start_new_session=True,
        )
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]", end: bytes) -> str:
        assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
        said, until = b"", time.monotonic() + ANSWERS_WITHIN_S
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while end not in said:
                if not selector.select(max(0.0, until - time.monotonic())):
                    self.close()
                    raise ExiftoolFailed(detail=str(_("没有应答")))
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    self.close()
                    raise ExiftoolFailed(detail=str(_("意外中断")))
                said = (said + piece)[-_LONGEST_ANSWER:]
        return said.partition(end)[0].decode("utf-8", errors="replace").strip()


def _settings() -> list[str]:
    """Return what it is told with every file: texts are UTF-8 everywhere, and come escaped as in HTML.

    Small faults of what a camera has left (`-m`) are no reason to write nothing: they stay as they are.
    """
    return ["-charset", "filename=UTF8", "-charset", "iptc=UTF8", "-E", "-q", "-m"]


def _assignments(tags: Sequence[tuple[str, str]]) -> list[str]:
    return [f"-{name}={_escaped(value)}" for name, value in tags]


def _escaped(value: str) -> str:
    """Return a value for a line of its own: with line ends as references, which `-E` reads."""
    return html.escape(value, quote=False).replace("\n", "&#xa;").replace("\r", "")


def _line(argument: str) -> str:
    """Return an argument as a line; none holds a line end, whatever a file is called."""
    if "\n" in argument or "\r" in argument:
        raise ExiftoolFailed(detail=str(_("文件名里有换行")))
    return argument


def _first_fault(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith(("Error", "Can't", "Warning"))]
    return (lines or said.splitlines() or [""])[0][:200]
