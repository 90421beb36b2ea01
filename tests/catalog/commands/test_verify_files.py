"""`manage.py verify_files`, as cron and a person meet it; and the page that shows what it found."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import FixityCheck, ImageFile
from tests.catalog.imports import bring_in
from tests.catalog.people import administrator, browser, reviewer
from tests.factories import CollectionFactory, picture
from tests.shares import unplugged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> list[ImageFile]:
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(picture((number, 0, 0), (400, 300)))
    bring_in(folder, CollectionFactory())
    return list(ImageFile.objects.order_by("pk"))


def verify(*arguments: str) -> tuple[str, CommandError | None]:
    out = io.StringIO()
    try:
        call_command("verify_files", *arguments, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_it_says_that_all_is_well() -> None:
    said, error = verify()

    assert "校验 3 个扫描原图：完好 3" in said
    assert error is None


def test_it_lists_what_is_not_and_ends_with_a_status_that_cron_notices(files: list[ImageFile]) -> None:
    files[1].master_path.unlink()

    said, error = verify()

    assert "丢失 1" in said
    assert str(files[1].master_path) in said
    assert error is not None
    assert (error.returncode, "1 个扫描原图" in str(error)) == (2, True)


def test_what_a_share_that_is_away_holds_is_said_to_be_unread_not_lost(settings: Settings, tmp_path: Path) -> None:
    nas = tmp_path / "scans"
    settings.DATA_DIR, settings.GLMV_SCANS = tmp_path, [nas]
    ImageFile.objects.all().delete()
    bring_in(nas, CollectionFactory(), in_place=True)

    with unplugged(nas):
        said, error = verify()

    assert "丢失 0" in said
    assert f"{nas} 是空的" in said
    assert "3 个扫描原图没有校验" in said
    assert error is not None
    assert error.returncode == 3
    assert not ImageFile.objects.filter(fixity="missing").exists()


def test_a_name_in_the_old_encoding_can_be_printed(tmp_path: Path) -> None:
    ImageFile.objects.all().delete()
    nas = tmp_path / "old"
    nas.mkdir()
    place = Path(os.fsdecode(os.fsencode(nas) + "/石桥.jpg".encode("gbk")))
    place.write_bytes(picture((9, 9, 9), (400, 300)))
    bring_in(nas, CollectionFactory(), in_place=True)
    place.write_bytes(b"x")

    said, error = verify()

    assert f"{nas}/石桥.jpg" in said
    assert error is not None


@pytest.mark.parametrize(("share", "number"), [("1/3", 1), ("0.5", 2), ("100%", 3), ("1", 3)])
def test_a_share_may_be_written_in_three_ways(share: str, number: int) -> None:
    assert f"校验 {number} 个" in verify("--share", share)[0]


@pytest.mark.parametrize("share", ["0", "2", "-1/2", "1/0", "half", "nan", "inf", ""])
def test_what_is_no_share_is_refused_in_a_sentence(share: str) -> None:
    _said, error = verify(f"--share={share}")

    assert error is not None
    assert "1/30" in str(error)
    assert not FixityCheck.objects.exists()


def test_the_pages_show_administrators_the_round_and_the_scans_it_is_about(files: list[ImageFile]) -> None:
    files[1].master_path.unlink()
    verify()

    page = browser(administrator()).get("/admin/catalog/fixitycheck/").content.decode()
    assert "1 个有问题" in page
    listed = browser(administrator()).get(
        "/admin/catalog/imagefile/", {"fixity__in": "damaged,replaced,missing,unreadable"}
    )
    assert "1.jpg" in listed.content.decode()
    assert "2.jpg" not in listed.content.decode()


def test_members_see_the_state_of_their_scans_and_not_the_rounds(files: list[ImageFile]) -> None:
    verify()
    member = reviewer(files[0].collection)

    assert browser().get("/admin/catalog/fixitycheck/").status_code == 302
    assert browser(member).get("/admin/catalog/fixitycheck/").status_code == 403
    assert "完好" in browser(member).get("/admin/catalog/imagefile/").content.decode()
