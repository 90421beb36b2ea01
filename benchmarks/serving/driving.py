"""Runs the processes that ask: clients over HTTP, and callers of the engine without any HTTP."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.pictures import SENTENCE, body
from benchmarks.serving.processes import ROOT, Server, product_environment, stop
from benchmarks.serving.results import Run

_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: one question about each picture.

    Attributes:
        pictures: JPEG files.
        max_tokens: of each answer.
        batch: whether they may wait for others.
    """

    pictures: Sequence[Path]
    max_tokens: int
    batch: bool = False


def ask(server: Server, questions: Questions, clients: int) -> Run:
    """Ask a server everything, so many at a time.

    Args:
        server: ready.
        questions: what.
        clients: how many at a time.

    Returns:
        What the clients measured.
    """
    with _client(server, questions, clients, endless=False) as process:
        return _result(process)


@contextlib.contextmanager
def background(server: Server, questions: Questions, clients: int, into: Run) -> Iterator[None]:
    """Keep a server busy while the block lasts.

    Args:
        server: ready.
        questions: asked in turn, for ever.
        clients: how many are under way at any time.
        into: what became of it is added here.

    Yields:
        Nothing; the load has begun.
    """
    with _client(server, questions, clients, endless=True) as process:
        yield
        process.terminate()
        into.add(_result(process))


def bare(model: str | Path, questions: Questions, threads: int) -> Run:
    """Ask the engine in a process of its own, without HTTP.

    Args:
        model: ``demo`` or a checkpoint's folder.
        questions: what.
        threads: how many ask at a time.

    Returns:
        What was measured there.
    """
    plan = {
        "pictures": [str(path) for path in questions.pictures],
        "question": SENTENCE,
        "max_tokens": questions.max_tokens,
        "threads": threads,
    }
    with (
        tempfile.TemporaryDirectory(prefix="glmv-bench-") as folder,
        _started("benchmarks.serving.bare", plan, product_environment(folder, model)) as process,
    ):
        return _result(process)


@contextlib.contextmanager
def _client(server: Server, questions: Questions, clients: int, *, endless: bool) -> Iterator["subprocess.Popen[str]"]:
    """Write the requests, start the client, and start its clock."""
    with tempfile.TemporaryDirectory(prefix="glmv-requests-") as folder:
        plan = {
            "host": server.host,
            "port": server.port,
            "path": server.path,
            "headers": {**server.headers, **(server.batch_headers if questions.batch else {})},
            "bodies": [str(path) for path in _bodies(Path(folder), server, questions)],
            "clients": clients,
            "timeout_s": _TIMEOUT_S,
            "endless": endless,
        }
        with _started("benchmarks.serving.client", plan, os.environ) as process:
            yield process


def _bodies(folder: Path, server: Server, questions: Questions) -> Iterator[Path]:
    for number, picture in enumerate(questions.pictures):
        path = folder / f"{number}.json"
        content = body(picture.read_bytes(), SENTENCE, server.model, questions.max_tokens, batch=questions.batch)
        path.write_bytes(content)
        yield path


@contextlib.contextmanager
def _started(module: str, plan: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start a measuring process and tell it to begin once it has prepared everything."""
    command = [sys.executable, "-X", "utf8", "-m", module]
    process = subprocess.Popen(  # noqa: S603 - this package's own modules
        command, cwd=ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        _tell(process, json.dumps(plan))
        if _line(process) != "prepared":
            raise RuntimeError(f"{module} could not prepare; its error is above")
        _tell(process, "go")
        yield process
    finally:
        stop(process)


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    return process.stdout.readline().strip()


def _result(process: "subprocess.Popen[str]") -> Run:
    return Run.from_json(json.loads(_line(process)))
