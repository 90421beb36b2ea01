"""What memory the site holds after storms of clients with large pictures: what it keeps, and what it loses.

Every round asks about the same pictures, so that from the second on nothing new is to be kept of them.
"""

import base64
import io
import json
import os
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.figures import report, stopwatch
from benchmarks.installation import children, command_of, resident_mb, web_of
from benchmarks.serving.processes import Server, product
from demo.drawing.scan import draw_scan
from demo.scene import random_scene

_CLIENTS = 50
_ROUNDS = 10
_PICTURES = 8
_SIZE = (3000, 2200)
_FIRST_SCENE = 8_000_000
_MAX_TOKENS = 16
_TIMEOUT_S = 240.0


def run() -> None:
    """Let fifty clients ask at the same moment, ten times."""
    pictures = [_picture(number) for number in range(_PICTURES)]
    with product("demo", {"GLMV_QUEUE_LIMIT": str(_CLIENTS)}) as server:
        web = web_of(next(pid for pid in children(os.getpid()) if "manage.py serve" in command_of(pid)))[-1]
        fresh, after = resident_mb(web), []
        statuses: Counter[int] = Counter()
        with stopwatch() as watch, ThreadPoolExecutor(_CLIENTS) as clients:
            for _round in range(_ROUNDS):
                bodies = [_body(server, pictures[number % _PICTURES], number) for number in range(_CLIENTS)]
                statuses += Counter(clients.map(lambda body: _status(server, body), bodies))
                after.append(round(resident_mb(web)))
    asked = _CLIENTS * _ROUNDS
    report("storm.answered", statuses[200] / asked, "share", requests=asked, clients=_CLIENTS)
    report("storm.throughput", asked / watch.seconds, "requests/s", megapixels=round(_SIZE[0] * _SIZE[1] / 1e6, 1))
    report("storm.web_memory", after[-1], "MB", fresh=round(fresh), after_each_round=after)
    report("storm.web_memory_last_over_second", after[-1] / after[1], "ratio")


def _picture(number: int) -> str:
    """Draw a scan as large as a telephone's picture; every other one is a PNG of several megabytes."""
    written = io.BytesIO()
    kind = "PNG" if number % 2 else "JPEG"
    draw_scan(random_scene(_FIRST_SCENE + number)).image.resize(_SIZE).save(written, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(written.getvalue()).decode()}"


def _body(server: Server, picture: str, number: int) -> bytes:
    parts = [
        {"type": "image_url", "image_url": {"url": picture}},
        {"type": "text", "text": f"画面里有几个人？（{number}）"},
    ]
    body = {"model": server.model, "max_tokens": _MAX_TOKENS, "messages": [{"role": "user", "content": parts}]}
    return json.dumps(body).encode()


def _status(server: Server, body: bytes) -> int:
    request = urllib.request.Request(
        f"http://{server.host}:{server.port}{server.path}", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310 - as above
            response.read()
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
