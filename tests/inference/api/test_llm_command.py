"""simonw's ``llm`` command, unmodified, against the running server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.inference.scripted import picture

_CONFIGURATION = """
- model_id: glmv
  model_name: default
  api_base: http://127.0.0.1:{port}/v1
  vision: true
  supports_schema: true
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture(800, 600, "JPEG"))
    return path


def llm(tmp_path: Path, port: int, *arguments: str | Path) -> str:
    """Run the command with settings of its own; return what it prints."""
    folder = tmp_path / "llm"
    folder.mkdir(exist_ok=True)
    (folder / "extra-openai-models.yaml").write_text(_CONFIGURATION.format(port=port))
    environment = {**os.environ, "LLM_USER_PATH": str(folder), "NO_PROXY": "127.0.0.1"}
    environment.pop("OPENAI_API_KEY", None)
    command = [str(Path(sys.executable).parent / "llm"), "-m", "glmv", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("streaming", [(), ("--no-stream",)], ids=["stream", "whole"])
def test_a_picture_is_attached(tmp_path: Path, live_port: int, photo: Path, streaming: tuple[str, ...]) -> None:
    assert llm(tmp_path, live_port, "-a", photo, *streaming, "一座石桥").strip() == "一座石桥"


def test_the_demo_model_describes_an_attachment(tmp_path: Path, demo_port: int, photo: Path) -> None:
    assert llm(tmp_path, demo_port, "-a", photo, "请用一句话描述这张图片。").strip()


def test_an_answer_follows_a_schema(tmp_path: Path, demo_port: int, photo: Path) -> None:
    form = {"type": "object", "properties": {"people": {"type": "boolean"}}, "required": ["people"]}

    answer: dict[str, Any] = json.loads(llm(tmp_path, demo_port, "-a", photo, "--schema", json.dumps(form), "有人吗？"))

    assert isinstance(answer["people"], bool)


def test_a_conversation_goes_on_and_its_tokens_are_kept(tmp_path: Path, live_port: int) -> None:
    llm(tmp_path, live_port, "石桥")

    assert llm(tmp_path, live_port, "-c", "哪一年").strip() == "哪一年"
