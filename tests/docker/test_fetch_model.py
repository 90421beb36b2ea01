"""Bringing in the weights: from a hub that has them, nothing twice, and never half of them silently."""

import hashlib
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.conftest import ROOT
from tests.glmv_site.conftest import free_port

_COMMIT = "0" * 40
_FILES = {"config.json": b"{}", "model.safetensors": bytes(range(256)) * 4096, "video.mp4": b"not wanted"}


class _Hub(http.server.BaseHTTPRequestHandler):
    """As much of Hugging Face's interface as its client asks of a mirror."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        name = self.path.partition("?")[0].rpartition("/")[2]
        if self.path.startswith("/api/models/"):
            listing = [{"rfilename": file, "type": "file", "path": file, "size": 1, "oid": "0"} for file in _FILES]
            body = json.dumps({"id": "zai-org/small", "sha": _COMMIT, "siblings": listing}).encode()
            if "/tree/" in self.path:
                body = json.dumps(listing).encode()
            self._send(200, body, {"Content-Type": "application/json"}, with_body=with_body)
            return
        body = _FILES[name]
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": _COMMIT, "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range", "")
        self.asked.append((f"{self.command} {name}", wanted))
        begin = int(wanted.removeprefix("bytes=").partition("-")[0] or 0)
        self._send(206 if wanted else 200, body[begin:], headers, with_body=with_body)

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Print nothing."""


@pytest.fixture
def hub() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Run a hub that has one small model.

    Yields:
        Its address, and what it has been asked for: method with file, and range.
    """
    _Hub.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", _Hub.asked
    server.shutdown()
    server.server_close()
    thread.join()


def _fetch(folder: Path, *sources: str, endpoint: str) -> "subprocess.CompletedProcess[str]":
    environment = {"HF_ENDPOINT": endpoint, "HOME": str(folder.parent), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, str(ROOT / "docker" / "fetch_model.py"), str(folder), *sources],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_the_engines_files_are_brought_and_no_others(hub: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    folder = tmp_path / "模型 一"
    result = _fetch(folder, "huggingface=zai-org/small", endpoint=hub[0])
    assert result.returncode == 0, result.stderr
    assert (folder / "model.safetensors").read_bytes() == _FILES["model.safetensors"]
    assert not (folder / "video.mp4").exists()


def test_a_second_run_brings_nothing_again(hub: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    address, asked = hub
    folder = tmp_path / "model"
    assert _fetch(folder, "huggingface=zai-org/small", endpoint=address).returncode == 0
    asked.clear()
    assert _fetch(folder, "huggingface=zai-org/small", endpoint=address).returncode == 0
    assert not [request for request, _ in asked if request.startswith("GET")]


def test_where_no_source_has_it_each_says_why(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    result = _fetch(tmp_path / "model", "huggingface=zai-org/small", "huggingface=other/small", endpoint=nowhere)
    assert result.returncode == 1
    assert result.stderr.count("从 Hugging Face 下载失败") == 2


def test_a_hub_is_not_changed_in_the_middle(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model-1.safetensors").write_bytes(b"half of it")
    nowhere = f"http://127.0.0.1:{free_port()}"
    result = _fetch(folder, "huggingface=zai-org/small", "huggingface=other/small", endpoint=nowhere)
    assert result.returncode == 1
    assert result.stderr.count("下载失败") == 1


def test_a_source_that_is_none_is_refused(tmp_path: Path) -> None:
    result = _fetch(tmp_path / "model", "nowhere=a/b", endpoint="")
    assert result.returncode == 2
    assert "看不懂的来源" in result.stderr
