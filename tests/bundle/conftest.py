"""A small bundle: the real scripts around a program of a few lines, sealed as make.sh seals."""

import ensurepip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings

from bundle import wheels

ROOT = Path(settings.BASE_DIR)
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# Stands for the site: remembers which version runs, and what it was told.
_START = """#!/usr/bin/env bash
cd "$(dirname -- "${BASH_SOURCE[0]}")" || exit 9
echo "$1 $(cat version)" >>data/told
! grep -qs '^PORT=[^0-9]' .env || { echo '端口不可用' >&2; exit 1; }
case $1 in
  status) [ -e data/running ] || exit 3 ;;
  stop) rm -f data/running ;;
  start) [ ! -e broken ] || { echo '迁移失败' >&2; exit 1; }; cat version >data/running ;;
esac
"""
# Debian 12, whatever this machine is.
_OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


def write_wheel(folder: Path, name: str, version: str) -> Path:
    """Make a wheel of one module that says its version.

    Args:
        folder: where.
        name: of project and module.
        version: of the project.

    Returns:
        The file.
    """
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


@dataclass
class Bundle:
    """A bundle in a folder of its own.

    Attributes:
        folder: of the bundle.
        base: where it is installed to.
        commit: what it says that it holds.
        environment: of the installer.
    """

    folder: Path
    base: Path
    commit: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The version's name on the machine."""
        return f"0.1.0-{self.commit[:12]}"

    @property
    def installed(self) -> Path:
        """Where its version is on the machine."""
        return self.base / "versions" / self.id

    def set_fact(self, name: str, value: str) -> None:
        """Change a line of bundle.txt, and seal again.

        Args:
            name: of the fact.
            value: the new one.
        """
        path = self.folder / "bundle.txt"
        lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{name}=")]
        path.write_text("".join(f"{line}\n" for line in [*lines, f"{name}={value}"]))
        self.seal()

    def seal(self, **environment: str) -> None:
        """Split what is large and write the manifest.

        Args:
            **environment: of the script, for other limits.
        """
        script = f'. "{ROOT}/docker/start/words.sh"; . "{ROOT}/bundle/make/seal.sh"; seal_bundle "$1"'
        subprocess.run(
            ["bash", "-euc", script, "bash", self.folder],
            check=True,
            capture_output=True,
            env=os.environ | environment,
        )

    def install(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run its installer to its end.

        Args:
            *arguments: besides the place.
            **environment: changes to the installer's.

        Returns:
            Its status, and what it printed.
        """
        begun = self.begin(*arguments, **environment)
        out, err = begun.communicate(timeout=300)
        return subprocess.CompletedProcess(begun.args, begun.returncode, out, err)

    def begin(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Run its installer in a process group of its own, and do not wait for it.

        Args:
            *arguments: besides the place.
            **environment: changes to the installer's.

        Returns:
            The installer as it runs.
        """
        return subprocess.Popen(
            ["bash", str(self.folder / "install.sh"), "--to", str(self.base), *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def make_bundle(folder: Path, base: Path, commit: str, *, broken: bool = False) -> Bundle:
    """Make a bundle of the real scripts and a small program.

    Args:
        folder: of the bundle.
        base: where it is to be installed to.
        commit: what it says that it holds.
        broken: whether its site refuses to start.

    Returns:
        The bundle, sealed.
    """
    (folder / "wheels").mkdir(parents=True)
    shutil.copy2(ROOT / "bundle" / "install.sh", folder)
    shutil.copytree(ROOT / "bundle" / "install", folder / "install")
    shutil.copy2(ROOT / "docker" / "start" / "words.sh", folder / "install")
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    shutil.copy2(pip, folder / "wheels")
    probe = wheels.Wheel.read(write_wheel(folder / "wheels", "probe", "1.0"))
    # Not pip itself: its hundreds of files would take most of the time of these tests.
    (folder / "wheels" / "requirements.lock").write_text(wheels.lock([probe]))
    _write_program(folder / "program.tar.gz", commit, broken=broken)
    (folder / "bundle.txt").write_text(
        f"format=1\nversion=0.1.0\ncommit={commit}\nvariant=cpu\narchitecture=x86_64\npython=3.11\ndebian=12\nimage=\n"
        "glibc=2.17\nenvironment_kib=20000\nprogram_kib=100\n"
    )
    release = folder.parent / "os-release"
    release.write_text(_OS_RELEASE)
    environment = {
        "PATH": f"{Path(sys.base_prefix) / 'bin'}:{_SYSTEM_PATH}",
        "HOME": str(folder.parent),
        "OS_RELEASE": str(release),
        "AIR_KIB": "1000",
    }
    made = Bundle(folder, base, commit, environment)
    made.seal()
    return made


def _write_program(path: Path, commit: str, *, broken: bool) -> None:
    with tarfile.open(path, "w:gz") as archive:
        files = {"start.sh": _START, "version": commit[:12], "manage.py": "", "requirements.txt": "probe==1.0\n"}
        if broken:
            files["broken"] = ""
        for name, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(name)
            # Later than any clock: the stamps of the environment have to be later still.
            entry.size, entry.mtime = len(data), 4_000_000_000
            archive.addfile(entry, io.BytesIO(data))
        for name in ("bundle", "docker/start"):
            archive.add(ROOT / name, name, filter=lambda entry: None if "__pycache__" in entry.name else entry)


def with_double(folder: Path, name: str, script: str) -> Path:
    """Make a folder for the beginning of PATH, with a double of one program.

    Args:
        folder: to be made.
        name: of the program.
        script: what it does.

    Returns:
        The folder.
    """
    folder.mkdir()
    (folder / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
    (folder / name).chmod(0o755)
    return folder


def told(bundle: Bundle) -> list[str]:
    """Return what the sites were told, without the questions.

    Args:
        bundle: any for that place.
    """
    lines = (bundle.base / "data" / "told").read_text().splitlines()
    return [line for line in lines if not line.startswith("status")]


def in_use(bundle: Bundle) -> str:
    """Return the version that the entrance leads to.

    Args:
        bundle: any for that place.
    """
    return (bundle.base / "current" / "version").read_text()


def switch(bundle: Bundle, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the entrance for changing versions, in a process group of its own.

    Args:
        bundle: any for that place.
        *arguments: of the script.
        **environment: changes to that of the script.
    """
    return subprocess.run(
        ["bash", bundle.base / "switch.sh", *arguments],
        env=bundle.environment | environment,
        capture_output=True,
        text=True,
        start_new_session=True,
    )


def add_version(bundle: Bundle, commit: str) -> str:
    """Make a copy of an installed version that counts as a later one.

    Args:
        bundle: whose version.
        commit: of the copy.

    Returns:
        The name of the copy.
    """
    name = f"0.1.0-{commit}"
    folder = bundle.base / "versions" / name
    shutil.copytree(bundle.installed, folder, symlinks=True)
    (folder / "version").write_text(commit)
    (folder / ".complete").touch()
    return name


def link(bundle: Bundle, **versions: str) -> None:
    """Change the links to the versions.

    Args:
        bundle: any for that place.
        **versions: names of links, and what they are to lead to.
    """
    for name, version in versions.items():
        (bundle.base / name).unlink(missing_ok=True)
        (bundle.base / name).symlink_to(f"versions/{version}")


@pytest.fixture
def first(tmp_path: Path) -> Bundle:
    """Return a bundle on a medium whose name has blanks and Chinese, for a place of the same kind."""
    return make_bundle(tmp_path / "安装盘 一" / "bundle", tmp_path / "某 档案馆" / "编目", "a" * 40)


@pytest.fixture
def second(tmp_path: Path) -> Bundle:
    """Return a later bundle for the same place."""
    return make_bundle(tmp_path / "安装盘 二" / "bundle", tmp_path / "某 档案馆" / "编目", "b" * 40)
