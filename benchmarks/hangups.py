"""How soon a client that hangs up is noticed: until its row is free again, while streaming and while waiting."""

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.figures import report
from benchmarks.serving.checkpoints import endless
from benchmarks.serving.processes import Server, product
from inference.conf import DEMO_FOLDER

_TIMES = 10
_MAX_TOKENS = 4000
_PATIENCE_S = 30.0


def run() -> None:
    """Hang up on answers that have thousands of tokens to go."""
    with tempfile.TemporaryDirectory(prefix="glmv-endless-") as folder:
        checkpoint = endless(DEMO_FOLDER, Path(folder) / "endless")
        with product(checkpoint, {"GLMV_MAX_NEW_TOKENS": str(_MAX_TOKENS)}) as server:
            for kind, stream in (("streaming", True), ("waiting", False)):
                taken = [_seconds_to_free(server, stream=stream) for _ in range(_TIMES)]
                report(f"hangups.{kind}", statistics.median(taken), "s", slowest=round(max(taken), 3), times=_TIMES)


def _seconds_to_free(server: Server, *, stream: bool) -> float:
    """Ask for a long answer, hang up once it is being written, and return how long its row stays taken."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=_PATIENCE_S)
    message = {"role": "user", "content": "讲一个很长的故事。"}
    body = {"model": server.model, "messages": [message], "max_tokens": _MAX_TOKENS, "stream": stream}
    connection.request("POST", server.path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse() if stream else None
    if response is not None:
        response.read(64)
    _wait_running(server, 1)
    started = time.perf_counter()
    if response is not None:
        response.close()  # it shares the connection's socket
    connection.close()
    _wait_running(server, 0)
    return time.perf_counter() - started


def _wait_running(server: Server, wanted: int) -> None:
    probe = http.client.HTTPConnection(server.host, server.port, timeout=_PATIENCE_S)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        probe.request("GET", "/ready")
        if json.loads(probe.getresponse().read())["running"] == wanted:
            probe.close()
            return
        time.sleep(0.005)
    raise TimeoutError(f"not {wanted} running")
