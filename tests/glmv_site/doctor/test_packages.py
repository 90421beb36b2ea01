"""The doctor tells whether packages of all kinds can be made, and what to install where they cannot."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.exchange.packages import digests, exiftool
from glmv_site.doctor.packages import packages


@pytest.fixture(autouse=True)
def looked_for_anew(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.GLMV_PACKAGE_DIR = tmp_path / "packages"
    exiftool.version.cache_clear()
    yield
    exiftool.version.cache_clear()


def test_without_exiftool_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    finding = next(iter(packages()))

    assert finding.level == "note"
    assert "sudo apt-get install libimage-exiftool-perl" in finding.text


def test_an_exiftool_that_is_there_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "exiftool"
    program.write_text("#!/bin/sh\necho 12.57\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    finding = next(iter(packages()))

    assert (finding.level, "exiftool 12.57" in finding.text) == ("ok", True)


def test_a_machine_without_sm3_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    digests.has_sm3.cache_clear()
    monkeypatch.setattr(digests, "SM3", "no-such-digest")
    try:
        assert not digests.has_sm3()
        assert digests.algorithms() == ("sha256",)
    finally:
        digests.has_sm3.cache_clear()


def test_a_folder_that_is_a_file_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.GLMV_PACKAGE_DIR = tmp_path / "file" / "packages"
    (tmp_path / "file").write_bytes(b"")

    assert any("写不进去" in finding.text for finding in packages())
