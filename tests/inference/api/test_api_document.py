"""What docs/api.md shows can be copied, and works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.inference.scripted import picture

_DOCUMENT = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
_ADDRESS = "http://127.0.0.1:8080"


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(picture(800, 600, "JPEG"))
    return tmp_path


def run(folder: Path, *command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} on this machine")
    environment = {**os.environ, "API_KEY": "none", "NO_PROXY": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_curl_example_is_answered(folder: Path, demo_port: int) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    [example] = [each for each in examples("sh") if each.startswith("curl")]

    answer = json.loads(run(folder, "sh", "-c", example.replace(_ADDRESS, f"http://127.0.0.1:{demo_port}")))

    assert answer["choices"][0]["message"]["content"]
    assert answer["aigc"]["label"]


def test_the_python_example_is_answered_whole_streamed_and_in_form(folder: Path, demo_port: int) -> None:
    [example] = examples("python")

    printed = run(folder, sys.executable, "-c", example.replace(_ADDRESS, f"http://127.0.0.1:{demo_port}"))

    # JSON may be written over several lines.
    whole, numbers, streamed, record = printed.split("\n", 3)
    assert whole == streamed
    assert numbers.endswith("AI 生成")
    assert set(json.loads(record)) == {"title", "has_people"}


def test_the_javascript_example_reads_the_answer_as_it_grows(folder: Path, live_port: int) -> None:
    program, use, _file = examples("js")
    (folder / "ask.mjs").write_text((program + use).replace(_ADDRESS, f"http://127.0.0.1:{live_port}"), "utf-8")

    assert run(folder, "node", "ask.mjs") == "请用一句话介绍石桥。\n"


def test_the_javascript_example_tells_what_the_interface_says(folder: Path, live_port: int) -> None:
    program, _use, _file = examples("js")
    use = "try { await ask([], () => {}); } catch (error) { console.log(error.message); }"
    (folder / "ask.mjs").write_text((program + use).replace(_ADDRESS, f"http://127.0.0.1:{live_port}"), "utf-8")

    assert run(folder, "node", "ask.mjs") == "缺少字段 messages。\n"


def test_every_field_of_the_description_is_in_the_document(client: Client) -> None:
    schemas = client.get("/api/schema/", {"format": "json"}).json()["components"]["schemas"]

    named = set(re.findall(r"`([a-z_.]+)`", _DOCUMENT))
    for name, field in schemas["ChatCompletionRequest"]["properties"].items():
        inner = {f"{name}.{each}" for each in field.get("properties", {})}
        assert inner <= named if inner else name in named


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/models/{id}"])
def test_every_status_of_the_description_is_in_the_document(client: Client, path: str) -> None:
    [operation] = client.get("/api/schema/", {"format": "json"}).json()["paths"][path].values()

    told = set(re.findall(r"^\| (\d{3}) \|", _DOCUMENT, re.MULTILINE)) | {"200"}
    assert set(operation["responses"]) <= told
