"""The command line of the benchmark over HTTP."""

import argparse
import json
import os
import signal
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.serving import parts
from benchmarks.serving.processes import Server

_CACHE = Path.home() / ".cache" / "glmv-bench"
_PARTS = {"compare": parts.compare, "overhead": parts.overhead, "mixed": parts.mixed}


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and measure.

    Args:
        arguments: None takes the process's own.
    """
    # Whoever stops the benchmark stops its servers too: they are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving", description="Prints one line of JSON per figure."
    )
    parser.add_argument(
        "--part", choices=_PARTS, action="append", help="what is measured; may be repeated; all by default"
    )
    parser.add_argument("--url", help="measure this OpenAI-compatible server instead, such as http://127.0.0.1:8000/v1")
    parser.add_argument("--model", default="", help="with --url: the model's name; asked for at /v1/models by default")
    parser.add_argument("--clients", type=_numbers, default=(1, 4, 16, 32), help="concurrent clients: 1,4,16,32")
    parser.add_argument(
        "--tokens", type=_numbers, default=(parts.LONG, parts.SHORT),
        help="64: answers of exactly 64 tokens about photographs; 14: short answers about sample scans",
    )  # fmt: skip
    parser.add_argument("--scale", type=float, default=1.0, help="times the usual number of requests")
    parser.add_argument("--cache", type=Path, default=_CACHE, help="keeps pictures and the yardstick's environment")
    options = parser.parse_args(arguments)
    settings = parts.Settings(options.clients, options.tokens, options.scale, options.cache)
    if options.url:
        parts.drive(server_at(options.url, options.model, os.environ.get("OPENAI_API_KEY", "")), settings)
        return
    for part in options.part or _PARTS:
        _PARTS[part](settings)


def server_at(url: str, model: str, key: str) -> Server:
    """Describe a server by its address.

    Args:
        url: with or without ``/v1``.
        model: empty asks the server.
        key: sent with every request, where there is one.

    Returns:
        The server.

    Raises:
        ValueError: the address is none of ``http``.
    """
    parsed = urlsplit(url)
    if parsed.scheme != "http" or not parsed.hostname:
        raise ValueError(f"an address such as http://127.0.0.1:8000/v1 is needed, not {url}")
    base = parsed.path.rstrip("/") or "/v1"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if not model:
        models = f"http://{parsed.netloc}{base}/models"
        request = urllib.request.Request(models, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - http, as checked
            model = json.load(response)["data"][0]["id"]
    return Server(parsed.netloc, parsed.hostname, parsed.port or 80, model, f"{base}/chat/completions", headers)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))
