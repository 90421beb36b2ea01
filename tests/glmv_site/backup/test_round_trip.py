"""What is backed up while people work comes back as it was at one moment, on the database that the tests run on."""

import re
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections

from catalog.importing.folders import folder_source
from catalog.importing.importing import import_images
from catalog.models import Annotation, Collection, ImageFile
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import State
from glmv_site.backup import manifest, places, status
from glmv_site.backup.making import make
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PictureFactory,
    RunFactory,
    UserFactory,
    described,
    picture,
)
from tests.glmv_site.backup.installation import Installation
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# Values of accepted annotations that are not their image's, and masters that are not there: nothing of one moment.
_TORN = """
from django.conf import settings
from pathlib import Path
torn = [a.pk for a in Annotation.objects.filter(state="accepted", field="title").select_related("image")
        if a.image.title != a.value]
lost = [f.pk for f in ImageFile.objects.exclude(master="") if not f.master_path.is_file()]
show([len(torn), len(lost), ImageFile.objects.count(), Annotation.objects.filter(state="accepted").count()])
"""


def _import(collection: Collection, folder: Path, number: int) -> None:
    scans = folder / f"box{number}"
    scans.mkdir(parents=True)
    (scans / f"{number}.jpg").write_bytes(picture((number % 256, number // 256, 9), (800, 600)))
    assert not import_images(collection=collection, source=folder_source(scans)).left_out


@contextmanager
def _working(*steps: Callable[[int], object]) -> Iterator[list[int]]:
    """Do things again and again, each in a thread of its own, and count how often.

    Yields:
        How often each was done so far.
    """
    stop, done, failed = threading.Event(), [0] * len(steps), list[BaseException]()

    def work(place: int, step: Callable[[int], object]) -> None:
        try:
            while not stop.is_set():
                step(done[place])
                done[place] += 1
                # SQLite gives nobody a turn: two that never pause could keep the third waiting until it gives up.
                stop.wait(0.05)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed, failed


def test_a_backup_while_people_import_draft_and_review_is_one_moment_and_comes_back_equal(
    site: Installation, target: Path, elsewhere: Installation, tmp_path: Path
) -> None:
    collection, user = CollectionFactory(), UserFactory()
    reviewed, drafts = ImageFactory(collection=collection), ImageFactory(collection=collection)
    run = RunFactory(image=drafts)
    steps = (
        lambda number: _import(collection, tmp_path / "scans", number),
        lambda number: decisions.set_value(image=reviewed, field="title", value=f"石桥{number}", user=user),
        lambda number: annotations.write_drafts(image=drafts, values={"title": f"草稿{number}"}, run=run),
    )
    with _working(*steps) as done:
        eventually(lambda: all(done))
        before = list(done)
        made = make(target, media="copy")
        eventually(lambda: all(now > was for now, was in zip(done, before, strict=True)))

    restored = elsewhere.manage("restore", str(target))

    assert restored.returncode == 0, restored.stderr + restored.stdout
    assert "恢复完成，内容与备份相同" in restored.stdout
    where, then = restored.stdout.splitlines()[-2:]
    assert f"图片在 {elsewhere.data / 'media'}" in where
    assert (str(elsewhere.data / "db.sqlite3") in where) == (connection.vendor == "sqlite")
    assert "启动网站，用原来的用户名和密码登录" in then
    assert f"现在是 {elsewhere.data / 'backups'}" in then
    torn, lost, files, accepted = elsewhere.ask(_TORN)
    assert (torn, lost) == (0, 0)
    told = manifest.read(made.path)
    assert (files, told.tables["catalog_imagefile"].rows) == (files, files)
    assert 0 < files <= ImageFile.objects.count()
    assert accepted <= Annotation.objects.filter(state=State.ACCEPTED).count()


def test_settings_and_keys_come_back_in_the_place_of_those_made_here_and_only_the_owner_reads_them(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    ImageFileFactory()
    made = make(target, media="copy")
    elsewhere.manage("doctor")  # a fresh clone makes itself keys
    assert (elsewhere.data / "secret_key").is_file()

    assert elsewhere.manage("restore", str(target)).returncode == 0

    for name in ("secret_key", "internal_key"):
        key = elsewhere.data / name
        assert key.read_text() == f"{name} of the first machine\n"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    env = Path(elsewhere.environment["ENV_FILE"])
    assert env.read_text(encoding="utf-8") == "# 档案馆的设置\nGLMV_ASK_LOGIN=1\n"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    for folder in (target, made.path, made.path / "settings", target / "media"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_settings_that_lead_to_another_database_are_put_beside_and_not_used(
    site: Installation, target: Path, elsewhere: Installation, tmp_path: Path
) -> None:
    (tmp_path / "data.env").write_text("DATABASE_URL=postgres://glmv:pw@gone/glmv\n")
    make(target, media="copy")

    restored = elsewhere.manage("restore", str(target))

    env = Path(elsewhere.environment["ENV_FILE"])
    assert restored.returncode == 0, restored.stderr
    assert not env.exists()
    assert "gone" in env.with_name(f"{env.name}.restored").read_text()
    assert "DATABASE_URL" in restored.stdout


def test_pictures_that_were_asked_about_and_the_times_of_files_come_back(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    asked, scan = PictureFactory(), ImageFileFactory()
    modified = Path(scan.master.path).stat().st_mtime_ns
    make(target, media="copy")

    assert elsewhere.manage("restore", str(target)).returncode == 0

    media = elsewhere.data / "media"
    assert all((media / name).is_file() for name in asked.files)
    assert (media / scan.master.name).stat().st_mtime_ns == modified


def test_a_second_backup_copies_what_is_new_only(site: Installation, target: Path) -> None:
    ImageFileFactory(thumbnail="", screen="")
    PictureFactory()
    first = manifest.read(make(target, media="copy").path).counts
    stored = {path: path.stat().st_ino for path in (target / "media").glob("??/*")}
    ImageFileFactory(thumbnail="", screen="")

    second = make(target, media="copy")

    counts = manifest.read(second.path).counts
    assert first.copied >= 2
    assert (counts.named, counts.copied) == (first.named + 1, 1)
    assert {path: path.stat().st_ino for path in stored} == stored
    assert status.latest(target) == second


def test_by_reference_nothing_is_copied_and_the_files_are_compared_where_they_lie(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = ImageFileFactory()
    make(target, media="reference")
    assert not list((target / "media").glob("??/*"))

    without_files = elsewhere.manage("restore", str(target))

    assert without_files.returncode == 1
    assert f"与备份不同或缺失：{scan.master.name}" in without_files.stdout


def test_an_original_on_the_nas_is_never_copied_and_is_missed_aloud_where_its_disk_is_away(
    site: Installation, target: Path, elsewhere: Installation, tmp_path: Path
) -> None:
    original = tmp_path / "nas" / "石桥.jpg"
    original.parent.mkdir()
    original.write_bytes(picture())
    ImageFileFactory(content=picture(), master="", source_path=str(original), thumbnail="", screen="")
    made = make(target, media="copy")
    (file,) = manifest.media_list(made.path)
    assert (file.in_place, file.kept, file.name) == (True, False, str(original))
    original.unlink()

    restored = elsewhere.manage("restore", str(target))

    assert restored.returncode == 0
    assert "原地引用的扫描原图 1 个不在备份里，其中 1 个现在找不到" in restored.stdout


def test_what_an_earlier_backup_has_stands_for_a_master_that_the_disk_has_damaged(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    whole = Path(scan.master.path).read_bytes()
    Path(scan.master.path).write_bytes(whole[:-1])

    done = site.manage("backup", str(target))

    assert done.returncode == 0, done.stderr
    assert "1 个扫描原图与导入时的 SHA-256 不符" in done.stderr
    (printed,) = re.findall(rf"{target}/\d+T\d+Z", done.stdout)
    restored = elsewhere.manage("restore", printed)
    assert restored.returncode == 0, restored.stderr
    assert f"恢复备份 {Path(printed).name}" in restored.stderr
    assert (elsewhere.data / "media" / scan.master.name).read_bytes() == whole


def test_a_file_that_is_gone_or_unreadable_is_told_and_hinders_nothing(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = described(ImageFileFactory().image, title="石桥").files.get()
    Path(scan.screen.path).unlink()
    unreadable = Path(scan.thumbnail.path)
    unreadable.unlink()
    unreadable.mkdir()  # nobody can read it as a file, not even root

    done = site.manage("backup", str(target))
    restored = elsewhere.manage("restore", str(target))

    assert (done.returncode, restored.returncode) == (0, 0)
    assert "有 2 个文件数据库里有、图片文件夹里没有或读不了" in done.stderr
    for name in (scan.screen.name, scan.thumbnail.name):
        assert f"备份时就已不在：{name}" in restored.stdout
    assert done.stdout.splitlines()[-1] == "这份备份缺 2 个文件，恢复时找不回来。"
    assert "这份备份本来就缺 2 个文件" in restored.stdout
    assert "恢复完成，内容与备份相同。" not in restored.stdout
    latest = status.latest(target)
    assert latest is not None
    assert latest.lacking == 2


def test_a_file_that_is_gone_but_was_kept_before_is_not_lacking(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    Path(scan.master.path).unlink()

    made = make(target, media="copy")

    counts = manifest.read(made.path).counts
    assert (counts.missing, counts.lacking, made.lacking) == (1, 0, 0)


def test_a_kept_file_that_the_medium_has_damaged_is_copied_once_more(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    kept = places.stored(target, scan.sha256)
    whole = kept.read_bytes()
    kept.write_bytes(b"x" + whole[1:])

    make(target, media="copy")

    assert kept.read_bytes() == whole
