"""Carries out the Dockerfile's steps in an empty folder, for machines without a Docker engine.

Reads the Dockerfile itself: COPY obeys .dockerignore, RUN runs in the shell that SHELL names with the ARGs and ENVs in
force, `python` is a virtual environment's instead of the base image's, USER is obeyed where this process may change
it, and at the end ENTRYPOINT is started, asked for /ready, asked by HEALTHCHECK, and stopped. What it cannot show is
the base image itself: /app stands for a folder of this machine, and so do the programs of its system. Steps that
install packages of the system are left out.
"""

import argparse
import contextlib
import fnmatch
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_APP = "/app"
_READY_S = 900.0
_STOP_S = 60.0


class RehearsalError(Exception):
    """A step that Docker would refuse, or that fails."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile.

    Attributes:
        name: in capitals.
        rest: what follows, continued lines joined.
        line: where it begins.
    """

    name: str
    rest: str
    line: int


def read_dockerfile(text: str) -> list[Instruction]:
    """Split a Dockerfile into its instructions.

    Args:
        text: the file's.

    Returns:
        The instructions in order.
    """
    found: list[Instruction] = []
    pending, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not (line.strip() or pending):
            continue
        began = began or number
        pending += line.strip() + " "
        if line.rstrip().endswith("\\"):
            pending = pending.rstrip().removesuffix("\\")
            continue
        name, _, rest = pending.strip().partition(" ")
        found.append(Instruction(name.upper(), rest.strip(), began))
        pending, began = "", 0
    return found


class IgnoredFiles:
    """What .dockerignore leaves out of the build."""

    def __init__(self, text: str) -> None:
        """Read the patterns.

        Args:
            text: of .dockerignore.
        """
        lines = [line.strip() for line in text.splitlines()]
        self._patterns = [
            (line.startswith("!"), re.compile(_pattern(line.removeprefix("!").strip("/"))))
            for line in lines
            if line and not line.startswith("#")
        ]

    def leaves_out(self, path: PurePosixPath) -> bool:
        """Tell whether a path is left out: the last pattern that fits it, or a folder that it is in, decides.

        Args:
            path: relative to the build's folder.
        """
        names = [str(path), *(str(parent) for parent in path.parents if parent.name)]
        out = False
        for brings_back, pattern in self._patterns:
            if any(pattern.fullmatch(name) for name in names):
                out = not brings_back
        return out


def _pattern(text: str) -> str:
    """Translate a pattern: `*` stays within a folder, `**` does not."""
    pieces = re.split(r"(\*\*/|\*\*|\*)", text)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return "".join(meanings.get(piece) or _plain(piece) for piece in pieces)


def _plain(piece: str) -> str:
    return fnmatch.translate(piece).removeprefix("(?s:").removesuffix(r")\Z") if "[" in piece else re.escape(piece)


@dataclass(slots=True)
class Rehearsal:
    """The image as it grows, in a folder.

    Attributes:
        root: where /app lies.
        venv: whose `python` and `pip` are used.
        arguments: build arguments that were given.
        source: the folder that COPY copies from.
        variables: ENV so far.
        offered: ARG so far.
        shell: of RUN.
        user: uid and gid; None: this process's.
        entrypoint: of the image.
        command: of the image.
        healthcheck: its command.
    """

    root: Path
    venv: Path
    arguments: Mapping[str, str]
    source: Path = ROOT
    variables: dict[str, str] = field(default_factory=dict)
    offered: dict[str, str] = field(default_factory=dict)
    shell: list[str] = field(default_factory=lambda: ["/bin/sh", "-c"])
    user: tuple[int, int] | None = None
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    @property
    def app(self) -> Path:
        """What stands for /app."""
        return self.root / _APP.strip("/")

    def build(self, instructions: list[Instruction]) -> None:
        """Carry out every instruction.

        Args:
            instructions: of the Dockerfile.

        Raises:
            RehearsalError: one cannot be carried out.
        """
        for step in instructions:
            carry_out = getattr(self, f"_do_{step.name.lower()}", None)
            if carry_out is None:
                raise RehearsalError(f"Dockerfile:{step.line}: {step.name} is not known here")
            print(f"[{step.line}] {step.name} {step.rest[:100]}", flush=True)
            try:
                carry_out(step.rest)
            except (OSError, ValueError, subprocess.CalledProcessError) as error:
                raise RehearsalError(f"Dockerfile:{step.line}: {step.name}: {error}") from error

    def environment(self, *, building: bool) -> dict[str, str]:
        """Return the variables that a step or the container sees.

        Args:
            building: whether ARG counts.
        """
        # pip's own settings belong to this machine's way to the packages, not to what is rehearsed.
        own = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or "proxy" in name.lower()}
        path = f"{self.venv / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        given = {**self.offered, **self.variables} if building else self.variables
        moved = {name: self._here(value) for name, value in given.items()}
        return {**own, "LANG": "C.UTF-8", **moved, "PATH": path}

    def _here(self, text: str) -> str:
        """Move a path of the image into the folder that stands for it."""
        return re.sub(rf"(?<![\w/.]){_APP}(?=/|$)", str(self.app), text)

    def _filled(self, text: str) -> str:
        known = {**self.offered, **self.variables}
        return re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda match: known.get(match[1] or match[2], ""), text)

    def _do_arg(self, rest: str) -> None:
        name, _, default = rest.partition("=")
        self.offered[name] = self.arguments.get(name, default)

    def _do_from(self, rest: str) -> None:
        if not re.fullmatch(r"[\w./:@-]+", self._filled(rest)):
            raise ValueError(f"{self._filled(rest)!r} is no image")
        self.offered.clear()  # what stands before FROM is not seen after it

    def _do_env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.variables[name] = self._filled(value)

    def _do_shell(self, rest: str) -> None:
        self.shell = json.loads(rest)

    def _do_workdir(self, rest: str) -> None:
        if rest != _APP:
            raise ValueError(f"only {_APP} is known here")
        self.app.mkdir(parents=True)

    def _do_copy(self, rest: str) -> None:
        *sources, target = shlex.split(rest)
        ignored = IgnoredFiles((self.source / ".dockerignore").read_text(encoding="utf-8"))
        for name in sources:
            wanted = self.source / name
            folder = wanted if wanted.is_dir() else wanted.parent
            files = [path for path in wanted.rglob("*") if path.is_file()] if wanted.is_dir() else [wanted]
            kept = [p for p in files if not ignored.leaves_out(PurePosixPath(p.relative_to(self.source).as_posix()))]
            if not kept:
                raise ValueError(f"{name}: no such file, or left out by .dockerignore")
            for path in kept:
                place = self.app / target / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)

    def _do_run(self, rest: str) -> None:
        if "apt-get " in rest:
            print("      left out: it would change this machine's own packages", flush=True)
            return
        subprocess.run(  # noqa: S603 - the project's own Dockerfile
            [*self.shell, rest], cwd=self.app, env=self.environment(building=True), check=True
        )

    def _do_user(self, rest: str) -> None:
        uid, _, gid = self._filled(rest).partition(":")
        self.user = (int(uid), int(gid or uid))

    def _do_entrypoint(self, rest: str) -> None:
        self.entrypoint = json.loads(rest)

    def _do_cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    def _do_healthcheck(self, rest: str) -> None:
        self.healthcheck = json.loads(rest.partition(" CMD ")[2])

    def _do_volume(self, rest: str) -> None:
        if not Path(self._here(rest)).is_dir():
            raise ValueError(f"{rest} is not there")

    def _do_expose(self, rest: str) -> None:
        if rest != self.variables.get("PORT"):
            raise ValueError("not the PORT that is set")

    def run(self, changes: Mapping[str, str]) -> None:
        """Start the container's process, wait for the model, ask for its health, stop it.

        Args:
            changes: variables that `docker run --env` would give.

        Raises:
            RehearsalError: it does not get ready, is not healthy, or does not stop with success.
        """
        environment = {**self.environment(building=False), **changes}
        with self._started(environment) as process:
            _wait_until_ready(process, int(environment["PORT"]))
            check = [self._here(word) for word in self.healthcheck]
            subprocess.run(check, env=environment, cwd=self.app, check=True)  # noqa: S603 - the Dockerfile's own
            process.send_signal(signal.SIGTERM)
            status = process.wait(_STOP_S)
        if status != 0:
            raise RehearsalError(f"stopped with status {status}")
        self._require_nothing_written()

    @contextlib.contextmanager
    def _started(self, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
        command = [self._here(word) for word in (*self.entrypoint, *self.command)]
        user = self.user if self._may_change_user() else None
        print(f"[run] {shlex.join(command)} uid={user[0] if user else os.getuid()}", flush=True)
        process = subprocess.Popen(command, env=environment, cwd=self.app, **_as(user))  # noqa: S603 - the Dockerfile's
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(_STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _may_change_user(self) -> bool:
        """Tell whether this process may become the image's user, and that user may reach the interpreter."""
        if self.user is None or os.geteuid() != 0:
            return False
        try:
            subprocess.run([self.venv / "bin" / "python", "-c", ""], check=True, cwd="/", **_as(self.user))  # noqa: S603 - ours
        except (PermissionError, subprocess.CalledProcessError):
            print(f"[run] {self.venv} is out of reach for uid {self.user[0]}: running as uid 0 instead", flush=True)
            shutil.chown(Path(self._here(self.variables["DATA_DIR"])), 0, 0)
            self.user = None
            return False
        return True

    def _require_nothing_written(self) -> None:
        """Refuse an image that writes outside its volume: with another user it would fail."""
        if self.user is None or os.geteuid() != 0:
            return
        data = Path(self._here(self.variables["DATA_DIR"]))
        stray = [p for p in self.app.rglob("*") if p.stat().st_uid == self.user[0] and not p.is_relative_to(data)]
        if stray:
            raise RehearsalError(f"written outside the volume: {stray[:3]}")


def _as(user: tuple[int, int] | None) -> dict[str, Any]:
    return {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _READY_S
    answer = ""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RehearsalError(f"ended with status {process.returncode} before it was ready")
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/ready")
            response = connection.getresponse()
            answer = response.read().decode()
            if response.status == http.HTTPStatus.OK:
                print(f"[ready] {answer}", flush=True)
                return
        time.sleep(0.5)
    raise RehearsalError(f"not ready: {answer}")


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def main() -> int:
    """Rehearse from the command line.

    Returns:
        0 where everything worked.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--venv", type=Path, help="use this environment instead of a new one: pip finds all installed")
    parser.add_argument("--model", default="demo")
    options = parser.parse_args()
    # What was started is stopped and what was written removed, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = dict(pair.split("=", 1) for pair in options.build_arg)
    if os.geteuid() != 0:
        arguments |= {"UID": str(os.getuid()), "GID": str(os.getgid())}
    # Not under a folder that only its owner enters: the image's user has to get in.
    folder = Path(tempfile.mkdtemp(prefix="glmv-image-"))
    folder.chmod(0o755)
    try:
        venv = options.venv
        if venv is None:
            venv = folder / "python"
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)  # noqa: S603 - this interpreter
        rehearsal = Rehearsal(folder, venv.absolute(), arguments)
        rehearsal.build(read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8")))
        rehearsal.run({"PORT": _free_port(), "HOST": "127.0.0.1", "GLMV_MODEL": options.model})
    except (RehearsalError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("done: built, ready, healthy, stopped with status 0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
