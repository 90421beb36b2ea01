"""What is told of packages that are not as they were made."""

import hashlib
import shutil
from io import StringIO
from pathlib import Path

import bagit
import pytest
from django.core.management import CommandError, call_command

from catalog.exceptions import PackageRefused
from catalog.exchange.packages import digests
from catalog.exchange.packages.verifying import verify


@pytest.fixture
def attached(tmp_path: Path) -> Path:
    """A small 挂接包, without the catalogue."""
    folder = tmp_path / "挂接包"
    (folder / "0012" / "1956").mkdir(parents=True)
    files = {"0012/1956/石桥.jpg": "桥".encode() * 999, "0012/1956/石桥_背.jpg": b"back", "目录.csv": b"a,b\r\n"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for algorithm in digests.algorithms():
        lines = [f"{hashlib.new(algorithm, content).hexdigest()}  {name}\n" for name, content in files.items()]
        (folder / f"manifest-{algorithm}.txt").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A bag made by the library, as others make them."""
    folder = tmp_path / "bag"
    folder.mkdir()
    (folder / "照片.jpg").write_bytes(b"picture")
    bagit.make_bag(str(folder), {"Contact-Name": "馆"}, checksums=["sha256", "sha512"])
    return folder


def test_a_package_as_it_was_made_is_whole(attached: Path) -> None:
    found = verify(attached)

    assert (found.problems, found.files, found.is_bag) == ([], 3, False)
    assert found.algorithms == sorted(digests.algorithms())


def test_a_changed_byte_a_lost_and_an_added_file_are_told(attached: Path) -> None:
    (attached / "0012/1956/石桥.jpg").write_bytes("桥".encode() * 998 + b"abc")
    (attached / "0012/1956/石桥_背.jpg").unlink()
    (attached / "0012/Thumbs.db").write_bytes(b"x")

    assert verify(attached).problems == [
        "多出文件 0012/Thumbs.db，清单里没有。",
        "文件 0012/1956/石桥.jpg 的内容与清单不符（SHA-256、SM3）。",
        "缺少文件 0012/1956/石桥_背.jpg。",
    ]


@pytest.mark.skipif(not digests.has_sm3(), reason="OpenSSL has no SM3 here")
def test_sm3_is_checked_by_itself(attached: Path) -> None:
    path = attached / "manifest-sm3.txt"
    text = path.read_text("utf-8")
    path.write_text(("0" if text[0] != "0" else "1") + text[1:], encoding="utf-8")

    assert verify(attached).problems == ["文件 0012/1956/石桥.jpg 的内容与清单不符（SM3）。"]


def test_lists_that_do_not_agree_on_the_files_are_told(attached: Path) -> None:
    path = attached / "manifest-sm3.txt"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")

    assert "manifest-sm3.txt 里没有 0012/1956/石桥.jpg。" in verify(attached).problems


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "a/../../outside.txt", "~/x", "C:/x", "..\\x"])
def test_no_list_leads_out_of_its_package(attached: Path, path: str) -> None:
    (attached.parent / "outside.txt").write_bytes(b"")
    with (attached / "manifest-sha256.txt").open("a", encoding="utf-8") as file:
        file.write(f"{hashlib.sha256(b'').hexdigest()}  {path}\n")

    assert verify(attached).problems == ["manifest-sha256.txt 第 4 行的路径指向包外面。"]


def test_links_are_refused_and_not_followed(attached: Path) -> None:
    (attached.parent / "outside.txt").write_bytes(b"back")
    (attached / "0012/1956/石桥_背.jpg").unlink()
    (attached / "0012/1956/石桥_背.jpg").symlink_to(attached.parent / "outside.txt")

    problems = verify(attached).problems

    assert any("是链接" in problem for problem in problems)
    assert any("没有读" in problem for problem in problems)


def test_lines_that_cannot_be_read_are_told_by_their_number(attached: Path) -> None:
    with (attached / "manifest-sha256.txt").open("a", encoding="utf-8") as file:
        file.write("\n这不是一行清单\n")

    assert verify(attached).problems == ["manifest-sha256.txt 第 5 行看不懂。"]


def test_a_folder_that_is_no_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="不是移交包"):
        verify(tmp_path)
    with pytest.raises(PackageRefused, match="没有这个文件夹"):
        verify(tmp_path / "nothing")


def test_a_list_in_no_known_encoding_is_told(attached: Path) -> None:
    (attached / "manifest-sha256.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PackageRefused, match="读不出来"):
        verify(attached)


def test_a_bag_of_somebody_else_s_is_verified_by_all_of_its_algorithms(bag: Path) -> None:
    found = verify(bag)

    assert (found.problems, found.is_bag, found.algorithms) == ([], True, ["sha256", "sha512"])


def test_what_is_wrong_with_a_bag_is_told(bag: Path) -> None:
    (bag / "data" / "照片.jpg").write_bytes(b"PICTURE")
    (bag / "data" / "多余.txt").write_bytes(b"")
    (bag / "bag-info.txt").unlink()

    problems = verify(bag).problems

    assert "文件 data/照片.jpg 的内容与清单不符（SHA-256、SHA-512）。" in problems
    assert "多出文件 data/多余.txt，清单里没有。" in problems
    assert "缺少文件 bag-info.txt。" in problems


def test_a_bag_without_its_payload_is_none(bag: Path) -> None:
    shutil.rmtree(bag / "data")

    assert any("BagIt" in problem for problem in verify(bag).problems)


def test_digests_that_this_machine_cannot_make_are_named(attached: Path) -> None:
    (attached / "manifest-streebog.txt").write_text(
        "".join(f"{'0' * 64}  {name}\n" for name in ("0012/1956/石桥.jpg", "0012/1956/石桥_背.jpg", "目录.csv")),
        encoding="utf-8",
    )

    assert (verify(attached).unknown, verify(attached).problems) == (["streebog"], [])


def test_the_command_says_that_a_package_is_whole_or_what_is_wrong(attached: Path) -> None:
    said = StringIO()
    call_command("verify_package", str(attached), stdout=said, stderr=StringIO())
    assert "完好。" in said.getvalue()

    (attached / "目录.csv").unlink()
    with pytest.raises(CommandError, match="有 1 处问题") as caught:
        call_command("verify_package", str(attached), stdout=said, stderr=StringIO())
    assert caught.value.returncode == 2
    assert "缺少文件 目录.csv。" in said.getvalue()
    with pytest.raises(CommandError, match="没有这个文件夹"):
        call_command("verify_package", str(attached / "nothing"), stdout=said, stderr=StringIO())
