"""Pyramids are made in the background of large scans, again where they are lost, and never of what cannot be had."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import Settings

from catalog.exceptions import FileRejected
from catalog.importing import jobs, leftovers
from catalog.importing.jobs import AGAIN_S, FULL_S, LEAST_FREE, PAUSE_S, PyramidMaking
from catalog.importing.pyramids import is_large, make_pyramid, pyramid_path
from catalog.models import Action, ImageFile
from catalog.vocabulary import FileRole
from glmv_site.backup.naming import named_files
from inference.engine.tiles import is_whole, read_levels
from tests.factories import DocumentFactory, ImageFileFactory, picture
from tests.shares import dead_server

pytestmark = pytest.mark.django_db

LARGE = (2500, 1700)


def large(colour: tuple[int, int, int] = (120, 110, 90), **values: object) -> ImageFile:
    file: ImageFile = ImageFileFactory(content=picture(colour, LARGE), width=LARGE[0], height=LARGE[1], **values)
    return file


def small() -> ImageFile:
    """Return a scan of exactly four megapixels."""
    file: ImageFile = ImageFileFactory(width=2000, height=2000)
    return file


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def worked_off(job: PyramidMaking) -> float:
    """Take steps until there is nothing to do; return for how long."""
    while job.claim() and not (pause_s := job.step()):
        pass
    return pause_s


def test_a_scan_over_four_megapixels_gets_a_pyramid_and_others_none() -> None:
    document: ImageFile = DocumentFactory()
    wanted, others = large(), [small(), document]

    assert worked_off(PyramidMaking()) == PAUSE_S

    full = read_levels(pyramid_path(wanted))[0]
    assert (full.width, full.height) == LARGE
    assert is_large(wanted)
    for file in others:
        assert not is_large(file)
        assert not pyramid_path(file).exists()
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.part"))


def test_what_comes_later_is_found_without_looking_at_all_scans_again() -> None:
    first, job = large(), PyramidMaking()
    worked_off(job)
    pyramid_path(first).unlink()
    later = large((10, 20, 30))

    worked_off(job)

    assert pyramid_path(later).exists()
    assert not pyramid_path(first).exists()


@pytest.mark.parametrize("left", [None, b"", b"II+\0", "half"])
def test_a_pyramid_that_was_lost_or_cut_off_is_made_again(left: bytes | str | None) -> None:
    file, clock = large(), Clock()
    job = PyramidMaking(clock=clock)
    worked_off(job)
    path = pyramid_path(file)
    content = path.read_bytes()
    damaged = content[: len(content) // 2] if left == "half" else left
    path.write_bytes(damaged) if isinstance(damaged, bytes) else path.unlink()

    clock.now += AGAIN_S
    worked_off(job)

    assert is_whole(path)


def test_a_whole_pyramid_is_left_alone() -> None:
    path = pyramid_path(large())
    worked_off(PyramidMaking())
    made = path.stat().st_mtime_ns

    worked_off(PyramidMaking())

    assert path.stat().st_mtime_ns == made


def test_a_negative_is_shown_as_a_positive_under_a_name_of_its_own() -> None:
    file = large((30, 30, 30), role=FileRole.NEGATIVE)

    worked_off(PyramidMaking())

    assert pyramid_path(file).name == f"{file.sha256}-positive-pyramid.tif"
    assert is_whole(pyramid_path(file))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"no picture")])
def test_one_that_cannot_be_made_keeps_no_other_waiting_and_is_tried_again_later(
    spoil: Callable[[Path], object],
) -> None:
    damaged, clock = large(), Clock()
    master = damaged.master_path.read_bytes()
    spoil(damaged.master_path)
    good = large((10, 20, 30))
    job = PyramidMaking(clock=clock)

    assert worked_off(job) == PAUSE_S
    assert (pyramid_path(damaged).exists(), pyramid_path(good).exists()) == (False, True)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.part"))

    damaged.master_path.write_bytes(master)
    clock.now += AGAIN_S
    worked_off(job)
    assert pyramid_path(damaged).exists()


def test_a_master_on_a_server_that_does_not_answer_is_not_waited_for(settings: Settings, tmp_path: Path) -> None:
    settings.GLMV_SCANS = [tmp_path / "nas"]
    file = large()
    ImageFile.objects.filter(pk=file.pk).update(master="", source_path=str(tmp_path / "nas" / "1.jpg"))
    file.refresh_from_db()
    with dead_server(tmp_path / "nas"), pytest.raises(FileRejected, match="没有应答"):
        make_pyramid(file)


def test_a_master_referenced_where_it_lies_gets_its_pyramid_here(tmp_path: Path) -> None:
    file = large()
    place = tmp_path / "scan.jpg"
    shutil.copy(file.master_path, place)
    ImageFile.objects.filter(pk=file.pk).update(master="", source_path=str(place))

    worked_off(PyramidMaking())

    assert pyramid_path(file).is_relative_to(settings.MEDIA_ROOT)
    assert is_whole(pyramid_path(file))
    assert [path.name for path in tmp_path.glob("scan*")] == ["scan.jpg"]


def test_a_disk_with_little_room_is_left_to_what_people_bring_in() -> None:
    file, room = large(), [LEAST_FREE - 1]
    job = PyramidMaking(free=lambda _folder: room[0])

    assert worked_off(job) == FULL_S
    assert not pyramid_path(file).exists()

    room[0] = LEAST_FREE
    assert worked_off(job) == PAUSE_S
    assert pyramid_path(file).exists()


def test_a_scan_that_is_gone_meanwhile_is_no_fault() -> None:
    file, job = large(), PyramidMaking()
    assert job.step() == 0.0
    ImageFile.objects.filter(pk=file.pk).delete()
    assert worked_off(job) == PAUSE_S


def test_looking_takes_one_query_however_many_scans_there_are(
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    files = [large((number, 20, 30)) for number in range(3)]
    worked_off(PyramidMaking())
    for number in (1, 3):
        ImageFile.objects.exclude(pk__in=[file.pk for file in files[:number]]).delete()
        job = PyramidMaking()
        with django_assert_num_queries(1):
            assert job.step() == 0.0
        files = [large((number, 20, 30 + more)) for more in range(3)]
        worked_off(PyramidMaking())


def test_more_scans_than_are_looked_at_in_one_step_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 2)
    files = [large((number, 20, 30)) for number in range(5)]

    worked_off(PyramidMaking())

    assert all(pyramid_path(file).exists() for file in files)


def test_backups_know_nothing_of_pyramids_and_the_log_neither() -> None:
    file = large()
    worked_off(PyramidMaking())

    assert not [named.name for named in named_files("default") if "pyramid" in named.name]
    assert not Action.objects.exists()
    assert Image.open(file.master_path).size == LARGE


def test_what_a_killed_worker_was_writing_is_taken_away_at_the_next_start() -> None:
    file = large()
    worked_off(PyramidMaking())
    path = pyramid_path(file)
    part = path.with_name(f".{path.name}.0123.part")
    part.write_bytes(b"half a pyramid")

    assert leftovers.remove_parts(Path(settings.MEDIA_ROOT)) == 1

    assert not part.exists()
    assert path.exists()
