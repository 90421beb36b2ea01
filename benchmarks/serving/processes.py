"""Server processes: started on a free port, waited for until they answer, always stopped, by their own id."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
_READY_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 45.0
# Nobody is to be refused: that would be a figure about the queue's limit, not about speed.
_QUEUE_LIMIT = 64


class ServerFailed(Exception):
    """A server did not come up."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens and how it wants to be asked.

    Attributes:
        name: in the figures.
        host: or its address.
        port: of the host.
        model: how a request names the model.
        path: of chat completions.
        headers: sent with every request.
        batch_headers: sent with requests that may wait; empty where the server knows no such thing.
    """

    name: str
    host: str
    port: int
    model: str
    path: str = "/v1/chat/completions"
    headers: Mapping[str, str] = field(default_factory=dict)
    batch_headers: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def product(model: str | Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run this project's site on an empty installation, as ``manage.py serve`` runs it.

    Args:
        model: ``demo`` or a checkpoint's folder.
        environment: more variables.

    Yields:
        The server, ready.
    """
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as folder:
        port = free_port()
        variables = {**product_environment(folder, model), "PORT": str(port), **(environment or {})}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=variables, check=True)  # noqa: S603 - the project's own command
        command = [sys.executable, "manage.py", "serve"]
        with running(command, variables, ROOT, f"http://{HOST}:{port}/ready", Path(folder) / "server.log"):
            key = Path(folder) / "internal_key"
            internal = {"Authorization": f"Bearer {key.read_text().strip()}"} if key.is_file() else {}
            yield Server("glmv", HOST, port, Path(model).name, batch_headers=internal)


def product_environment(data_dir: str, model: str | Path) -> dict[str, str]:
    """Return the environment of an empty installation, whatever is configured here.

    Args:
        data_dir: of the installation.
        model: ``demo`` or a checkpoint's folder.

    Returns:
        All variables.
    """
    return {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DATA_DIR": data_dir,
        "DATABASE_URL": f"sqlite:///{data_dir}/db.sqlite3",
        "HOST": HOST,
        "GLMV_MODEL": str(model),
        "GLMV_BACKEND": "local",
        "GLMV_QUEUE_LIMIT": str(_QUEUE_LIMIT),
        "API_KEY": "",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "PYTHONUTF8": "1",
    }


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, ready_url: str, log: Path
) -> Iterator[None]:
    """Run a server while the block lasts.

    Args:
        command: its argument vector.
        environment: all of its environment.
        folder: where it runs.
        ready_url: answers 200 once it takes requests.
        log: where its output goes.

    Yields:
        Nothing; the server is ready.

    Raises:
        ServerFailed: it ended, or was not ready in time; its last words are in the message.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command, env=dict(environment), cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_ready(process, ready_url, log)
            yield
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """Ask a process to end, and kill it where it does not.

    Args:
        process: started here.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Find a port that nobody listens on.

    Returns:
        Its number.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    address, _, path = url.removeprefix("http://").partition("/")
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(address, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/" + path)
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.2)
    words = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServerFailed(f"not ready (status {process.poll()}): {url}\n{words}")
