"""Holds a folder of wheels against the machines that they are for, and writes the list that the installer goes by.

Run by make.sh on the machine that makes the bundle; needs nothing but Python.
"""

import argparse
import hashlib
import re
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# That of Debian 12.
NEWEST_GLIBC = (2, 36)
_LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
# Packages of several gigabytes that nothing uses on a machine without a GPU.
_CUDA = re.compile(r"^(nvidia[-_.]|cuda[-_.]|triton$|pytorch[-_.]triton)", re.IGNORECASE)
# What files take up beyond their bytes, with the compiled modules beside them.
_ON_DISK = 1.3
_BLOCK = 1 << 20


class WheelError(Exception):
    """A wheel that the machines in question could not use, in a sentence for whoever makes the bundle."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """What the name of a wheel says.

    Attributes:
        path: of the file.
        project: in lower case, with hyphens.
        version: with its local part.
        pythons: the interpreters that it is for.
        abis: their binary interfaces.
        platforms: the systems that it is for.
    """

    path: Path
    project: str
    version: str
    pythons: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Wheel":
        """Read a file's name.

        Args:
            path: of a wheel.

        Returns:
            What it says.

        Raises:
            WheelError: it is no name of a wheel.
        """
        parts = path.name.removesuffix(".whl").split("-")
        if path.suffix != ".whl" or len(parts) not in (5, 6):
            raise WheelError(f"{path.name} 不是 wheel，离线的机器装不了它。")
        project = re.sub(r"[-_.]+", "-", parts[0]).lower()
        pythons, abis, platforms = (tuple(part.split(".")) for part in parts[-3:])
        return cls(path, project, parts[1], pythons, abis, platforms)

    @property
    def glibc(self) -> tuple[int, int]:
        """The oldest C library that it runs with; (0, 0) where it needs none.

        Raises:
            WheelError: it is not for Linux on x86_64, or only for the machine that it was built on.
        """
        if "any" in self.platforms:
            return (0, 0)
        found = [version for version in map(_glibc_of, self.platforms) if version]
        if not found:
            raise WheelError(f"{self.path.name} 不能用于别的 Linux x86_64 机器（{'.'.join(self.platforms)}）。")
        return min(found)


def _glibc_of(platform: str) -> tuple[int, int] | None:
    name, _, architecture = platform.partition("_x86_64")
    if architecture or not platform.endswith("_x86_64"):
        return None
    if name in _LEGACY_GLIBC:
        return _LEGACY_GLIBC[name]
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)", name)
    return (int(match[1]), int(match[2])) if match else None


def check(wheels: Iterable[Wheel], *, gpu: bool) -> tuple[int, int]:
    """Refuse wheels that the machines in question cannot use.

    Args:
        wheels: all of the bundle's.
        gpu: whether it is for machines with an NVIDIA GPU.

    Returns:
        The oldest C library that all of them run with.

    Raises:
        WheelError: one cannot be used, is there twice, or is for the other kind of machine.
    """
    newest = (0, 0)
    seen: dict[str, Wheel] = {}
    for wheel in wheels:
        if wheel.project in seen:
            raise WheelError(f"{wheel.project} 有两个：{seen[wheel.project].path.name} 与 {wheel.path.name}。")
        seen[wheel.project] = wheel
        if not _for_this_python(wheel):
            raise WheelError(f"{wheel.path.name} 不是给 Python 3.11 的。")
        if wheel.glibc > NEWEST_GLIBC:
            raise WheelError(f"{wheel.path.name} 需要比 Debian 12 更新的 glibc，请在 Debian 12 上制作安装盘。")
        newest = max(newest, wheel.glibc)
        if not gpu and _CUDA.match(wheel.project):
            raise WheelError(f"{wheel.path.name} 是 CUDA 的软件包，不该在没有显卡的安装盘里。")
    _check_torch(seen.get("torch"), gpu=gpu)
    return newest


def _for_this_python(wheel: Wheel) -> bool:
    if any(tag in ("cp311", "py3", "py311") for tag in wheel.pythons):
        return True
    # A stable interface is that of its own and all later versions.
    older = [match for match in (re.fullmatch(r"cp3(\d+)", tag) for tag in wheel.pythons) if match]
    return "abi3" in wheel.abis and any(int(match[1]) <= 11 for match in older)


def _check_torch(torch: Wheel | None, *, gpu: bool) -> None:
    if torch is None:
        return
    for_cpu = torch.version.endswith("+cpu")
    if gpu and for_cpu:
        raise WheelError(f"{torch.path.name} 是 CPU 版，显卡用不上；请检查 pip 的来源（PIP_INDEX_URL）。")
    if not gpu and not for_cpu:
        raise WheelError(f"{torch.path.name} 不是 CPU 版；请检查能否访问 CPU 版的来源（TORCH_CPU_INDEX）。")


def lock(wheels: Iterable[Wheel]) -> str:
    """Name every wheel with its digest, as pip reads it.

    Args:
        wheels: all of the bundle's.

    Returns:
        A requirements file for ``pip install --require-hashes``.
    """
    lines = (f"{wheel.project}=={wheel.version} --hash=sha256:{_digest(wheel.path)}\n" for wheel in wheels)
    return "".join(sorted(lines))


def unpacked_kib(wheels: Iterable[Wheel]) -> int:
    """Estimate what an environment made of them takes up.

    Args:
        wheels: all of the bundle's.

    Returns:
        In KiB.
    """
    size = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel.path) as archive:
            size += sum(entry.file_size for entry in archive.infolist())
    return int(size * _ON_DISK) // 1024


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Check a folder, write its list, and print what make.sh records: glibc and the space needed.

    Args:
        arguments: the command line's, after the program's name.

    Returns:
        0, or 1 where a wheel cannot be used.
    """
    parser = argparse.ArgumentParser(description="核对安装盘里的 Python 软件包")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gpu", action="store_true")
    options = parser.parse_args(arguments)
    try:
        wheels = [Wheel.read(path) for path in sorted(options.folder.iterdir()) if path.name != "requirements.lock"]
        newest = check(wheels, gpu=options.gpu)
    except WheelError as error:
        print(error, file=sys.stderr)
        return 1
    (options.folder / "requirements.lock").write_text(lock(wheels), encoding="ascii")
    print(f"glibc={newest[0]}.{newest[1]}")
    print(f"environment_kib={unpacked_kib(wheels)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
