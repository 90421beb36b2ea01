"""Debian packages: indexed on one machine, found by apt on another, from the medium alone."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.bundle.conftest import ROOT, Bundle


def build_package(folder: Path, version: str) -> Path:
    """Build a package that has nothing in it.

    Args:
        folder: where it is put, under the name that apt's cache would give it.
        version: of the package.

    Returns:
        The file.
    """
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        f"Package: glmv-probe\nVersion: {version}\nArchitecture: all\nMaintainer: none <none@localhost>\n"
        "Description: a probe\n with a second line\n"
    )
    path = folder / f"glmv-probe_{version.replace(':', '%3a')}_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, path], check=True, capture_output=True)
    return path


def with_packages(bundle: Bundle, folder: Path, version: str) -> None:
    """Give a bundle a repository of one package, as make.sh does.

    Args:
        bundle: that is to have it.
        folder: for the package as it was downloaded.
        version: of the package.
    """
    build_package(folder, version)
    (bundle.folder / "debs").mkdir()
    script = (
        f'. "{ROOT}/docker/start/words.sh"; . "{ROOT}/bundle/make/debs.sh"; copy_debs "$1"; '
        'write_index >"$OUT/debs/Packages"'
    )
    subprocess.run(["bash", "-euc", script, "bash", folder], check=True, env=os.environ | {"OUT": str(bundle.folder)})
    bundle.seal()


def fetch(bundle: Bundle, package: str) -> "subprocess.CompletedProcess[str]":
    """Let apt get a package from the bundle, without installing it.

    Args:
        bundle: that has it.
        package: its name.
    """
    script = (
        f'MEDIUM=$1; . "{ROOT}/docker/start/words.sh"; . "{ROOT}/bundle/install/machine.sh"; '
        f'. "{ROOT}/bundle/install/packages.sh"; apt_from_bundle install --yes --download-only "$2"'
    )
    return subprocess.run(["bash", "-euc", script, "bash", bundle.folder, package], capture_output=True, text=True)


@pytest.mark.parametrize("version", ["1.0", "1:20220127+repack1-1"])
def test_apt_finds_what_the_medium_has(first: Bundle, tmp_path: Path, version: str) -> None:
    with_packages(first, tmp_path / "cache", version)

    fetched = fetch(first, "glmv-probe")

    assert fetched.returncode == 0, fetched.stderr


def test_names_on_the_medium_are_ones_that_every_file_system_takes(first: Bundle, tmp_path: Path) -> None:
    with_packages(first, tmp_path / "cache", "1:2.0")

    names = {path.name for path in (first.folder / "debs").iterdir()}
    assert names == {"Packages", "glmv-probe_1-2.0_all.deb"}


def test_apt_reaches_for_nothing_beyond_the_medium(first: Bundle, tmp_path: Path) -> None:
    with_packages(first, tmp_path / "cache", "1.0")

    refused = fetch(first, "no-such-package-anywhere")

    assert refused.returncode != 0
    assert "Unable to locate package" in refused.stderr
    assert "http" not in refused.stderr


def test_a_package_that_was_changed_is_not_taken(first: Bundle, tmp_path: Path) -> None:
    with_packages(first, tmp_path / "cache", "1.0")
    (package,) = (first.folder / "debs").glob("*.deb")
    data = bytearray(package.read_bytes())
    data[-1] ^= 1
    package.write_bytes(data)

    assert fetch(first, "glmv-probe").returncode != 0
