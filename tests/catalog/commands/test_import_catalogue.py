"""`manage.py import_catalogue`: a dry run says what would change and changes nothing; `--apply` changes it."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Collection, TableImport
from tests.catalog.tables import edited, exported
from tests.factories import CollectionFactory, ImageFactory, MembershipFactory, UserFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def back(tmp_path: Path) -> tuple[Collection, Path]:
    """A collection with one member, and its table with a title changed."""
    member = MembershipFactory.create()
    described(ImageFactory.create(collection=member.collection, identifier="P-1"), title="旧题名")
    exported(member.user, tmp_path / "out.csv")
    path = tmp_path / "back.csv"
    path.write_bytes(edited(tmp_path / "out.csv", lambda rows: rows[0].update({"题名": "新题名", "状态": "乱写"})))
    return member.collection, path


def run(*arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_catalogue", *map(str, arguments), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_a_dry_run_says_what_would_change_and_changes_nothing(back: tuple[Collection, Path], tmp_path: Path) -> None:
    collection, path = back
    refusals = tmp_path / "refusals.csv"

    said = run(collection.slug, path, "--refusals", refusals)

    assert "P-1（第 2 行）" in said
    assert "题名：“旧题名” → “新题名”" in said
    assert "忽略 1 处：这一列不能用表格改（行 2）" in said
    assert "可改 1 条记录、1 格，冲突 0 格" in said
    assert "乱写" in refusals.read_text(encoding="utf-8-sig")
    assert collection.images.get().title == "旧题名"
    assert not TableImport.objects.exists()


def test_applied_it_is_changed_and_can_be_undone(back: tuple[Collection, Path]) -> None:
    collection, path = back

    said = run(collection.slug, path, "--apply")

    assert "已改 1 条记录、1 格" in said
    assert collection.images.get().title == "新题名"
    assert TableImport.objects.get().state == TableImport.State.DONE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "back.csv"], "nowhere"),
        (["fonds", "missing.csv"], "读不到文件"),
        (["fonds", "back.csv", "--user", "nobody"], "没有账号“nobody”"),
        (["fonds", "picture.jpg"], "文字编码"),
        (["fonds", "empty.csv"], "文件是空的"),
        (["fonds", "other.csv"], "表头里既没有“照片号”"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: list[str], words: str, tmp_path: Path) -> None:
    collection = CollectionFactory.create(slug="fonds")
    MembershipFactory.create(collection=collection)
    (tmp_path / "back.csv").write_text("照片号,题名\n", encoding="utf-8")
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x00\x00\x10JFIF")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "other.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    arguments[1] = str(tmp_path / arguments[1])

    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not TableImport.objects.exists()


def test_whose_name_it_is_in_has_to_be_clear(back: tuple[Collection, Path]) -> None:
    collection, path = back
    MembershipFactory.create(collection=collection, user=UserFactory.create(username="second"))

    with pytest.raises(CommandError, match="--user"):
        run(collection.slug, path)
    assert "可改 1 条" in run(collection.slug, path, user="second")
