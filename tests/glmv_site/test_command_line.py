"""Refusals of commands are sentences for people: no names of classes, no report in English, and the same status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

_MANAGE = str(settings.BASE_DIR / "manage.py")


def _run(tmp_path: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "glmv_site.settings", "DATA_DIR": str(tmp_path / "data"),
        "ENV_FILE": str(tmp_path / "none.env"), "DATABASE_URL": "", "PYTHONUTF8": "1", **more,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, _MANAGE, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_a_refusal_begins_with_no_name_of_a_class(tmp_path: Path) -> None:
    done = _run(tmp_path, "backup", str(tmp_path / "away" / "glmv"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"错误：{tmp_path / 'away'} 不存在")
    assert "CommandError" not in done.stderr


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_setting_that_a_check_refuses_is_told_in_its_own_words(tmp_path: Path, command: str) -> None:
    done = _run(tmp_path, command, CORS_ORIGINS="abc")
    assert done.returncode == 1
    assert done.stderr.startswith("错误：设置 CORS_ORIGINS 里的 abc 不是网页来源")
    assert "System check" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_whoever_looks_for_a_fault_gets_the_frames(tmp_path: Path) -> None:
    done = _run(tmp_path, "backup", str(tmp_path / "away" / "glmv"), "--traceback")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
