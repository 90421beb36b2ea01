"""Really served sites for the browser: gunicorn as ``serve`` starts it, with an own DATA_DIR and database."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

DEMO = "glmv_site.wsgi:application"
SCRIPTED = "tests.browser.scripted_site:application"
_FOREIGN = ("API_KEY", "DATABASE_URL", "REDIS_URL", "HTTPS", "STATIC_ROOT", "METRICS_KEY", "CORS_ORIGINS")
_PATIENCE_S = 180.0


@contextmanager
def site(application: str, folder: Path, **environment: str) -> Iterator[str]:
    """Serve a site until the block ends.

    Args:
        application: :data:`DEMO`, or :data:`SCRIPTED` for a model that does as it is told.
        folder: its DATA_DIR.
        **environment: settings of its own.

    Yields:
        Its address, once its model can answer.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        port, number = listening.getsockname()[1], listening.fileno()
        folder.mkdir(parents=True, exist_ok=True)
        variables = _environment(folder, port) | environment
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(manage, env=variables, check=True, timeout=_PATIENCE_S)
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:glmv_site.server.gunicorn_conf"]
        with (folder / "site.log").open("wb") as log:
            process = subprocess.Popen(
                [*gunicorn, "--bind", f"fd://{number}", application],
                cwd=settings.BASE_DIR, env=variables, pass_fds=[number], stdout=log, stderr=log,
            )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_ready(address, process, folder / "site.log")
            yield address
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def worker(folder: Path, address: str) -> Iterator[None]:
    """Run the worker of a site until the block ends.

    Args:
        folder: its DATA_DIR.
        address: the site's.
    """
    variables = _environment(folder, int(address.rsplit(":", 1)[1])) | {"GLMV_SERVICE_URL": address}
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"],
            cwd=settings.BASE_DIR, env=variables, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def manage(folder: Path, address: str, *arguments: str) -> str:
    """Run a command beside a site that is served, and return what it prints.

    Args:
        folder: its DATA_DIR.
        address: the site's.
        *arguments: the command and its arguments.
    """
    variables = _environment(folder, int(address.rsplit(":", 1)[1])) | {"GLMV_SERVICE_URL": address}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(command, env=variables, check=True, timeout=_PATIENCE_S * 2, capture_output=True, text=True)
    return done.stdout


def administrator(folder: Path) -> tuple[str, str]:
    """Make an administrator of a served site.

    Args:
        folder: its DATA_DIR.

    Returns:
        Name and password.
    """
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ensure_admin", "--username", "admin"]
    subprocess.run(manage, env=_environment(folder, 0), check=True, timeout=_PATIENCE_S, stdout=subprocess.DEVNULL)
    return "admin", (folder / "admin_password").read_text(encoding="utf-8").strip()


def _environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GLMV_") and name not in _FOREIGN}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "ENV_FILE": os.devnull,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUTF8": "1",
    }


def _wait_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=10):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"the site did not come up:\n{log.read_text(errors='replace')[-4000:]}")
