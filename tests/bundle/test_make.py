"""make.sh: what it refuses, and what it puts on the medium besides packages."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.bundle.conftest import ROOT


def call(function: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run one step of make.sh.

    Args:
        function: its name.
        **variables: what make.sh would have set.
    """
    script = f'. "{ROOT}/docker/start/words.sh"; . "{ROOT}/bundle/make/contents.sh"; {function}'
    return subprocess.run(["bash", "-euc", script], env=os.environ | variables, capture_output=True, text=True)


def make(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run make.sh to its end.

    Args:
        *arguments: of the script.
        **variables: changes to its environment.
    """
    return subprocess.run(
        ["bash", ROOT / "bundle" / "make.sh", *arguments], env=os.environ | variables, capture_output=True, text=True
    )


def test_a_model_out_of_a_hubs_cache_is_copied_without_links_and_hidden_files(tmp_path: Path) -> None:
    blob = tmp_path / "blobs" / "0123"
    blob.parent.mkdir()
    blob.write_text("weights")
    model = tmp_path / "snapshots" / "某 模型"
    (model / ".cache").mkdir(parents=True)
    (model / ".cache" / "lock").touch()
    (model / "sub").mkdir()
    (model / "config.json").write_text("{}")
    (model / "sub" / "model.safetensors").symlink_to(blob)
    out = tmp_path / "out"

    done = call("put_model", OUT=str(out), MODEL=str(model))

    assert done.returncode == 0, done.stderr
    copied = [path for path in (out / "model").rglob("*") if not path.is_dir()]
    assert sorted(str(path.relative_to(out)) for path in copied) == [
        "model/某 模型/config.json",
        "model/某 模型/sub/model.safetensors",
    ]
    assert not any(path.is_symlink() for path in copied)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    refused = call("put_model", OUT=str(tmp_path / "out"), MODEL=str(tmp_path))

    assert refused.returncode == 1
    assert "不是完整的模型文件夹" in refused.stderr


def test_the_first_page_can_be_read_in_an_old_windows_too(tmp_path: Path) -> None:
    variables = {"VERSION": "1.2.3", "COMMIT": "f" * 40, "WORK": str(tmp_path), "OUT": str(tmp_path)}
    (tmp_path / "program").symlink_to(ROOT)

    assert call("put_readme", **variables).returncode == 0

    page = (tmp_path / "README.txt").read_bytes()
    assert page.startswith(b"\xef\xbb\xbfGLMV")
    assert page.count(b"\n") == page.count(b"\r\n")
    assert "版本 1.2.3（ffffffffffff）" in page.decode()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "没有写把安装盘放在哪个文件夹"),
        (["--no-such"], "没有这个选项：--no-such"),
        (["--model"], "--model 后面缺少值"),
        (["a", "b"], "只能写一个文件夹"),
    ],
)
def test_what_is_typed_wrong_is_said(arguments: list[str], sentence: str) -> None:
    refused = make(*arguments)

    assert refused.returncode == 1
    assert sentence in refused.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.tif").touch()

    refused = make(str(tmp_path))

    assert refused.returncode == 1
    assert "不是空的" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.tif"]


def test_a_version_that_is_not_there_is_named(tmp_path: Path) -> None:
    refused = make(str(tmp_path / "out"), "--commit", "no-such-version")

    assert refused.returncode == 1
    assert "没有这个版本：no-such-version" in refused.stderr


def test_the_image_is_named_by_the_commit(tmp_path: Path) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/usr/bin/env bash\necho "$@" >>"{tmp_path}/told"\n')
    docker.chmod(0o755)
    variables = {"VARIANT": "cpu", "VERSION": "1.2.3", "COMMIT": "f" * 40, "WORK": str(tmp_path), "OUT": str(tmp_path)}

    done = call("put_image", **variables, PG_CLIENT="0", PATH=f"{docker.parent}:{os.environ['PATH']}")

    assert done.returncode == 0, done.stderr
    _, built, saved = (tmp_path / "told").read_text().splitlines()
    assert "--tag glm-vision-web:1.2.3-ffffffffffff-cpu" in built
    assert "--build-arg PG_CLIENT=0" in built
    assert saved.endswith("image.tar glm-vision-web:1.2.3-ffffffffffff-cpu")
