"""Masters are read again, the longest unread first, and what is not as it was is told apart."""

import os
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import FixityCheck, ImageFile
from catalog.records.fixity import count_to_verify, verify_files
from catalog.vocabulary import Fixity
from tests.catalog.imports import bring_in
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[False, True], ids=["copied", "in place"])
def files(folder: Path, request: pytest.FixtureRequest) -> list[ImageFile]:
    bring_in(folder, CollectionFactory(), in_place=request.param)
    return list(ImageFile.objects.order_by("pk"))


def found() -> dict[str, str]:
    return dict(ImageFile.objects.order_by("pk").values_list("original_name", "fixity"))


def overwrite(path: Path, content: bytes, *, as_before: bool) -> None:
    """Change a file's bytes; `as_before` keeps its time, as a disk does that forgets."""
    status = path.stat()
    path.chmod(0o644)
    path.write_bytes(content)
    moment = status.st_mtime_ns if as_before else status.st_mtime_ns + 10**9
    os.utime(path, ns=(moment, moment))


def test_what_is_as_it_came_in_is_intact(files: list[ImageFile]) -> None:
    check = verify_files()

    assert set(found().values()) == {Fixity.INTACT}
    assert (check.checked, check.intact, check.faulty) == (3, 3, 0)
    assert check.finished_at is not None


def test_rot_replacement_and_loss_are_told_apart(files: list[ImageFile]) -> None:
    rotten, replaced, lost = files
    content = rotten.master_path.read_bytes()
    overwrite(rotten.master_path, content[:-1] + bytes([content[-1] ^ 1]), as_before=True)
    content = replaced.master_path.read_bytes()
    overwrite(replaced.master_path, content[:-1] + bytes([content[-1] ^ 1]), as_before=False)
    lost.master_path.unlink()

    check = verify_files()

    assert list(found().values()) == [Fixity.DAMAGED, Fixity.REPLACED, Fixity.MISSING]
    assert (check.damaged, check.replaced, check.missing, check.faulty) == (1, 1, 1, 3)


def test_a_file_of_another_size_was_written_to(files: list[ImageFile]) -> None:
    overwrite(files[0].master_path, b"x", as_before=True)

    verify_files()

    assert found()[files[0].original_name] == Fixity.REPLACED


def test_whoever_brings_a_file_back_is_told_that_all_is_well(files: list[ImageFile]) -> None:
    path = files[0].master_path
    content = path.read_bytes()
    path.unlink()
    verify_files()
    path.write_bytes(content)

    assert verify_files().faulty == 0


def test_a_share_takes_those_whose_check_is_the_oldest(files: list[ImageFile]) -> None:
    for file, days in zip(files, (1, 3, 2), strict=True):
        ImageFile.objects.filter(pk=file.pk).update(fixity_checked_at=timezone.now() - timedelta(days=days))

    assert count_to_verify(Fraction(1, 3)) == 1
    order = []
    for _ in range(4):
        verify_files(share=Fraction(1, 3), progress=lambda file, state: order.append(file.pk))

    assert order == [files[1].pk, files[2].pk, files[0].pk, files[1].pk]
    assert count_to_verify(Fraction(1, 30)) == 1


def test_an_interrupted_round_is_written_down_without_an_end(files: list[ImageFile]) -> None:
    def stop(file: ImageFile, state: Fixity) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_files(progress=stop)

    check = FixityCheck.objects.get()
    assert (check.checked, check.finished_at) == (1, None)
    assert list(found().values()).count(Fixity.INTACT) == 1


def test_every_file_is_counted_as_soon_as_it_was_read(files: list[ImageFile]) -> None:
    files[1].master_path.unlink()
    counted = []

    def look(file: ImageFile, state: Fixity) -> None:
        check = FixityCheck.objects.get()
        counted.append((check.checked, check.intact, check.missing, check.finished_at))

    verify_files(progress=look)

    assert counted == [(1, 1, 0, None), (2, 1, 1, None), (3, 2, 1, None)]


def test_an_empty_site_has_nothing_to_verify() -> None:
    assert verify_files().checked == 0
