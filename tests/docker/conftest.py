"""An installation to start in a folder of its own, with doubles of the foreign programs `docker` and `nvidia-smi`."""

import contextlib
import http.server
import itertools
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings

from tests.glmv_site.conftest import free_port
from tests.waiting import eventually

ROOT = Path(settings.BASE_DIR)
Answer = tuple[int, dict[str, str]]
Answers = Callable[..., None]
# Nothing else of this machine is on the PATH: whether it has Docker or a GPU is no matter.
_TOOLS = """
awk bash basename cat chown cp cut date df dirname du env flock git grep head hostname id ip kill ln locale ls mkdir mv
nohup ps pwd readlink rm sed sha256sum sleep sort stat tail tee timeout touch tr uname wc xargs
"""

# Says what it was told, and remembers in small files what a Docker engine would.
_DOCKER = r"""#!/usr/bin/env bash
cd "$DOUBLE" || exit 9
{ printf '%s\037' "$@"; printf '\n'; } >>calls
case "$1 $2" in
  "version "*) [ ! -e down ] || { cat down >&2; exit 1; }; echo 28.2.2 ;;
  "info "*)
    case $* in
      *Runtimes*) cat runtimes 2>/dev/null || echo '{"runc":{}}' ;;
      *LoggingDriver*) cat logging 2>/dev/null || echo json-file ;;
      *) echo '["name=seccomp"]' ;;
    esac ;;
  "container inspect")
    [ -e status ] || exit 1
    case $* in
      *Status*) cat status ;; *RestartCount*) echo 0 ;; *Labels*) cat label ;; *Image*) cat image ;; *) cat port ;;
    esac ;;
  "image inspect") grep -qxF "$3" images 2>/dev/null ;;
  "build "*)
    [ ! -e build_fails ] || { cat build_fails; exit 1; }
    while [ "$1" != --tag ]; do shift; done; echo "$2" >>images ;;
  "run --rm")
    case " $* " in *" manage.py check "*) [ ! -e check_fails ] || { cat check_fails >&2; exit 1; } ;; esac
    case " $* " in *" manage.py "*) exit 0 ;; esac
    [ -e weights ] || { echo 'no network' >&2; exit 1; }
    while [ "$1" != --volume ]; do shift; done
    data=${2%%:/app/data}
    while [ "$1" != docker/fetch_model.py ]; do shift; done
    folder=$data/${2#/app/data/}; mkdir -p "$folder"
    echo '{}' >"$folder/config.json"; echo w >"$folder/model.safetensors" ;;
  "run --detach")
    [ ! -e run_fails ] || { cat run_fails >&2; exit 125; }
    echo 1 >label; echo "${@: -1}" >image; cat becomes 2>/dev/null >status || echo running >status; echo container-id ;;
  "logs "*) cat log ;;
  "rm "*) rm -f status ;;
  "stop "*) echo exited >status ;;
esac
"""


def options(call: list[str], name: str) -> list[str]:
    """Return what an option was given, each time.

    Args:
        call: what a program was told.
        name: of the option.
    """
    return [value for option, value in itertools.pairwise(call) if option == name]


@dataclass
class Foreign:
    """The doubles of `docker` and `nvidia-smi`: where they are, and what they have been told.

    Attributes:
        bin: the folder that PATH begins with.
        state: what the double of `docker` remembers.
    """

    bin: Path
    state: Path

    def install_docker(self, **files: str) -> None:
        """Put `docker` on the PATH.

        Args:
            **files: what it remembers from the beginning.
        """
        self._write("docker", _DOCKER)
        for name, text in files.items():
            (self.state / name).write_text(text)

    def install_gpu(self, *rows: str) -> None:
        """Put `nvidia-smi` on the PATH.

        Args:
            *rows: what it answers: name, total and free MiB, id.
        """
        answer = "\n".join(rows)
        self._write("nvidia-smi", f"#!/usr/bin/env bash\ncat <<'END'\n{answer}\nEND\n")

    def fail_gpu(self, words: str) -> None:
        """Put an `nvidia-smi` on the PATH whose driver does not answer."""
        self._write("nvidia-smi", f"#!/usr/bin/env bash\necho '{words}'\nexit 9\n")

    def install_findmnt(self, propagation: str) -> None:
        """Put a `findmnt` on the PATH that says of every mount whether others hear of what is mounted there."""
        self._write("findmnt", f"#!/usr/bin/env bash\necho '{propagation}'\n")

    @property
    def calls(self) -> list[list[str]]:
        """What `docker` has been told, one list of arguments for each call."""
        log = self.state / "calls"
        lines = log.read_text().split("\x1f\n") if log.exists() else []
        return [line.split("\x1f") for line in lines if line]

    def call(self, *beginning: str) -> list[str]:
        """Return the one call that begins like this."""
        (found,) = [call for call in self.calls if call[: len(beginning)] == list(beginning)]
        return found

    def was_told(self, *beginning: str) -> bool:
        """Tell whether there was a call that begins like this."""
        return any(call[: len(beginning)] == list(beginning) for call in self.calls)

    def _write(self, name: str, text: str) -> None:
        path = self.bin / name
        # What stands there may be a link to the program of that name.
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)


@dataclass
class Installation:
    """A copy of what start.sh needs, in a folder whose name is none that scripts expect.

    Attributes:
        folder: the copy.
        foreign: the programs that are not the project's.
        port: nobody listens there.
        environment: of the script.
    """

    folder: Path
    foreign: Foreign
    port: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Where it keeps its data."""
        return self.folder / "data"

    def start(self, *arguments: str, cwd: Path | None = None, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run start.sh to its end.

        Args:
            *arguments: of the script.
            cwd: where it is run from; anywhere will do.
            **changes: to its environment.

        Returns:
            Its status, and what it printed.
        """
        started = self.begin(*arguments, cwd=cwd, **changes)
        out, err = started.communicate(timeout=1200)
        return subprocess.CompletedProcess(started.args, started.returncode, out, err)

    def begin(self, *arguments: str, cwd: Path | None = None, **changes: str) -> "subprocess.Popen[str]":
        """Run start.sh, and do not wait for it.

        Args:
            *arguments: of the script.
            cwd: where it is run from; anywhere will do.
            **changes: to its environment.

        Returns:
            The script as it runs.
        """
        return subprocess.Popen(
            ["bash", str(self.folder / "start.sh"), *arguments],
            cwd=cwd or self.folder.parent,
            env=self.environment | changes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Return an installation without Docker, without a GPU, not yet started."""
    folder = tmp_path / "图像 编目 (副本)"
    (folder / "docker").mkdir(parents=True)
    shutil.copytree(ROOT / "docker" / "start", folder / "docker" / "start")
    for name in ("start.sh", "1键推理.sh", "requirements.txt", "requirements-gpu.txt", "docker/fetch_model.py"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / "glmv_site").mkdir()
    shutil.copy2(ROOT / "glmv_site" / "__init__.py", folder / "glmv_site")
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in _TOOLS.split():
        found = shutil.which(tool)
        if found:
            (programs / tool).symlink_to(found)
    state = tmp_path / "docker"
    state.mkdir()
    port = free_port()
    environment = {
        "PATH": str(programs),
        "HOME": str(tmp_path),
        "DOUBLE": str(state),
        "PORT": port,
        "POLL_EVERY": "0.05",
    }
    return Installation(folder, Foreign(programs, state), port, environment)


def lend_environment(venv: Path) -> None:
    """Make an environment that is this one, with stamps of its own.

    Args:
        venv: where.
    """
    own = Path(sys.prefix)
    venv.mkdir()
    shutil.copy2(own / "pyvenv.cfg", venv)
    for name in ("bin", "lib"):
        (venv / name).symlink_to(own / name)
    for stamp in (".made", ".runtime"):
        (venv / stamp).touch()


@pytest.fixture
def site(installation: Installation) -> Iterator[Answers]:
    """Return a function that lets the site answer /ready once its container runs.

    Yields:
        Called with the answers in order, each a status and a JSON object; the last one is given from then on.
    """
    servers: list[http.server.ThreadingHTTPServer] = []
    ended = threading.Event()

    def begin(*answers: Answer) -> None:
        status = installation.foreign.state / "status"
        eventually(lambda: ended.is_set() or (status.exists() and status.read_text().strip() == "running"))
        if ended.is_set():
            return
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(installation.port)), _answering(list(answers)))
        servers.append(server)
        server.serve_forever(poll_interval=0.02)

    threads: list[threading.Thread] = []

    def let_it_answer(*answers: Answer) -> None:
        threads.append(threading.Thread(target=begin, args=answers or (READY,)))
        threads[-1].start()

    yield let_it_answer
    ended.set()
    for server in servers:
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


READY: Answer = (200, {"state": "ready", "reason": "", "model_version": "demo@0123456789ab"})
LOADING: Answer = (503, {"state": "loading", "reason": "正在读取“权重”"})
BROKEN: Answer = (503, {"state": "stopped", "reason": "找不到模型 /nowhere：请检查 GLMV_MODEL。"})


@contextlib.contextmanager
def answering_at(host: str, port: str, *answers: Answer) -> Iterator[list[Answer]]:
    """Let a site answer /ready that start.sh has not started.

    Args:
        host: the address that it listens at.
        port: likewise.
        *answers: as those of :func:`site`.

    Yields:
        The answers that are still to come, to be changed.
    """
    coming = list(answers or (READY,))
    with http.server.ThreadingHTTPServer((host, int(port)), _answering(coming)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield coming
        finally:
            server.shutdown()
            thread.join()


def _answering(answers: list[Answer]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Print nothing."""

    return Handler
