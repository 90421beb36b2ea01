"""Which wheels a bundle takes: those that a Debian 12 with Python 3.11 and no network can install."""

import hashlib
from pathlib import Path

import pytest

from bundle.wheels import Wheel, WheelError, check, lock, main
from tests.bundle.conftest import write_wheel


def named(*names: str) -> list[Wheel]:
    """Read names of files that need not exist.

    Args:
        *names: of wheels.
    """
    return [Wheel.read(Path(name)) for name in names]


def test_the_oldest_c_library_is_that_of_the_wheel_that_asks_most() -> None:
    wheels = named(
        "django-5.2.19-py3-none-any.whl",
        "numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "nh3-0.3.8-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
    )

    assert check(wheels, gpu=False) == (2, 28)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("jieba-0.42.1.tar.gz", "不是 wheel"),
        ("numpy-2.4.6-cp312-cp312-manylinux_2_28_x86_64.whl", "不是给 Python 3.11 的"),
        ("x-1.0-cp312-abi3-manylinux_2_28_x86_64.whl", "不是给 Python 3.11 的"),
        ("x-1.0-cp311-cp311-linux_x86_64.whl", "不能用于别的 Linux"),
        ("x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl", "不能用于别的 Linux"),
        ("x-1.0-cp311-cp311-manylinux_2_39_x86_64.whl", "更新的 glibc"),
        ("nvidia_cublas_cu12-12.8-py3-none-manylinux_2_27_x86_64.whl", "CUDA"),
        ("triton-3.4.0-cp311-cp311-manylinux_2_28_x86_64.whl", "CUDA"),
        ("torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl", "不是 CPU 版"),
    ],
)
def test_what_those_machines_cannot_use_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(WheelError, match=sentence):
        check(named(name), gpu=False)


def test_a_bundle_for_gpus_takes_cuda_and_refuses_the_torch_without_it() -> None:
    cuda = "nvidia_cublas_cu12-12.8-py3-none-manylinux_2_27_x86_64.whl"

    assert check(named(cuda, "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl"), gpu=True) == (2, 28)
    with pytest.raises(WheelError, match="显卡用不上"):
        check(named("torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"), gpu=True)


def test_two_versions_of_one_package_are_refused() -> None:
    with pytest.raises(WheelError, match=r"rich 有两个"):
        check(named("rich-15.0.0-py3-none-any.whl", "rich-14.0.0-py3-none-any.whl"), gpu=False)


def test_the_list_names_each_with_its_digest(tmp_path: Path) -> None:
    path = write_wheel(tmp_path, "probe_two", "1.0")

    assert lock([Wheel.read(path)]) == f"probe-two==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jieba-0.42.1.tar.gz").touch()

    assert main([str(tmp_path)]) == 1
    assert "jieba-0.42.1.tar.gz 不是 wheel" in capsys.readouterr().err
