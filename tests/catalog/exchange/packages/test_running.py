"""Packages in the background: looked over, begun by a person, made; stopped, gone on with, and taken away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from catalog.exceptions import PackageRefused
from catalog.exchange.layouts import layout_of
from catalog.exchange.packages import exiftool, making, ordering, places, planning, running
from catalog.exchange.packages.jobs import PackageMaking
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.policies import can_fetch, packed_images, visible_packages
from catalog.exchange.packages.verifying import verify
from catalog.models import Action, Collection, Image, ImageFile, Membership, Package
from catalog.records.log_words import sentence_of
from catalog.vocabulary import Access, Verb
from tests.catalog.commands.test_kill import database_url, end_foreign_sessions
from tests.catalog.exchange.packages.conftest import photograph
from tests.catalog.people import administrator_only, cataloguer, reviewer
from tests.outages import fill, mounted

pytestmark = pytest.mark.django_db

State = Package.State
ROOT = Path(__file__).resolve().parents[4]


def ordered(user: User, *, kind: Package.Kind = Package.Kind.ATTACH) -> Package:
    images = packed_images(user)
    return ordering.order(user=user, images=images, what=Order(kind, layout=layout_of(None, []), selection="全部记录"))


def work(job: PackageMaking | None = None, *, steps: int = 1000) -> PackageMaking:
    """Do what there is to do, as the worker does."""
    job = job or PackageMaking()
    while steps and job.claim():
        job.step()
        steps -= 1
    return job


def looked_over(user: User, **more: Any) -> Package:
    package = ordered(user, **more)
    work()
    package.refresh_from_db()
    return package


def done(user: User, **more: Any) -> Package:
    package = ordering.begin(package=looked_over(user, **more))
    work()
    package.refresh_from_db()
    return package


def test_a_package_is_looked_over_and_nothing_is_written_before_somebody_begins_it(fonds: Collection) -> None:
    package = looked_over(cataloguer(fonds))

    assert (package.state, package.records, package.files) == (State.READY, 3, 4)
    assert package.bytes == sum(ImageFile.objects.values_list("byte_size", flat=True))
    assert not (places.workplace_of(package.pk).folder / "package").exists()
    assert not places.place_of(package).exists()


def test_a_package_that_was_begun_lies_in_its_place_and_the_log_says_so(fonds: Collection) -> None:
    user = cataloguer(fonds)

    package = done(user)

    assert (package.state, package.done_records, package.files, package.left_out) == (State.DONE, 3, 4, {})
    assert verify(places.place_of(package)).problems == []
    assert places.place_of(package).name.startswith("挂接包_yunxi_")
    assert not places.workplace_of(package.pk).folder.exists()
    action = Action.objects.get(verb=Verb.CATALOGUE_EXPORTED)
    assert sentence_of(action) == f"{user.username}导出了馆藏“云溪镇老照片”的 3 幅（挂接包）"


def test_a_selection_without_records_is_refused(fonds: Collection) -> None:
    with pytest.raises(PackageRefused, match="没有符合条件的记录"):
        ordering.order(
            user=cataloguer(fonds), images=Image.objects.none(), what=Order(Package.Kind.BAG, layout={}, selection="")
        )


def test_what_is_wrong_with_names_is_decided_before(fonds: Collection) -> None:
    photograph(fonds, "0012/9")
    package = looked_over(cataloguer(fonds))

    with pytest.raises(PackageRefused, match="请先选"):
        ordering.begin(package=package)
    ordering.begin(package=package, wrong_names=Package.WrongNames.SKIP)
    work()

    package.refresh_from_db()
    assert (package.state, package.left_out) == (State.DONE, {"wrong_name": 1})


def test_a_package_is_begun_once(fonds: Collection) -> None:
    package = looked_over(cataloguer(fonds))
    ordering.begin(package=package)

    with pytest.raises(PackageRefused, match="已经开始过"):
        ordering.begin(package=package)


def test_a_disk_without_room_is_told_before(fonds: Collection, settings: Settings, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.GLMV_PACKAGE_DIR = disk
        package = looked_over(cataloguer(fonds))

        with pytest.raises(PackageRefused, match="磁盘空间不够"):
            ordering.begin(package=package)


def test_copies_are_refused_without_exiftool(
    fonds: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exiftool.version.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    package = looked_over(cataloguer(fonds), kind=Package.Kind.COPIES)

    with pytest.raises(PackageRefused, match="apt-get install libimage-exiftool-perl"):
        ordering.begin(package=package)
    exiftool.version.cache_clear()


def test_a_disk_that_fills_up_stops_it_and_it_goes_on_from_there(
    fonds: Collection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    monkeypatch.setattr(planning, "RESERVE", 0)
    with mounted(tmp_path / "disk") as disk:
        settings.GLMV_PACKAGE_DIR = disk
        package = ordering.begin(package=looked_over(cataloguer(fonds)))
        job = work(steps=2)
        fill(disk)
        work(job)
        package.refresh_from_db()
        assert (package.state, package.done_records) == (State.FAILED, 1)
        assert "磁盘空间不足" in package.reason
        assert not places.place_of(package).exists()

        (disk / "fill").unlink()
        ordering.resume(package=package)
        work()

        package.refresh_from_db()
        assert package.state == State.DONE
        assert verify(places.place_of(package)).problems == []


def test_a_package_that_is_stopped_leaves_nothing(fonds: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    user = cataloguer(fonds)
    package = ordering.begin(package=looked_over(user))
    job = work(steps=3)

    ordering.cancel(package=package, user=user)
    work(job)
    running.tidy()

    package.refresh_from_db()
    assert (package.state, package.reason) == (State.CANCELLED, f"由 {user.username} 取消。")
    assert not places.workplace_of(package.pk).folder.exists()
    assert not places.place_of(package).exists()
    with pytest.raises(PackageRefused, match="无须取消"):
        ordering.cancel(package=package, user=user)


def test_a_worker_that_is_told_to_stop_gives_it_back(fonds: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    package = ordering.begin(package=looked_over(cataloguer(fonds)))
    job = work(steps=3)

    job.release()

    package.refresh_from_db()
    assert (package.state, package.claim, package.done_records) == (State.PENDING, None, 2)
    work()
    package.refresh_from_db()
    assert package.state == State.DONE


def test_two_workers_do_not_make_the_same_package(fonds: Collection) -> None:
    ordering.begin(package=looked_over(cataloguer(fonds)))
    assert running.claim_next(owner="elsewhere|1|1") is not None

    assert running.claim_next(owner="elsewhere|2|2") is None


def test_a_lease_that_ran_out_is_taken_over_and_the_first_notices(fonds: Collection) -> None:
    package = ordering.begin(package=looked_over(cataloguer(fonds)))
    first = work(steps=1)
    Package.objects.update(owner="elsewhere|1|1", lease_until=timezone.now() - timedelta(seconds=1))

    claim = running.claim_next(owner="elsewhere|2|2")
    first.step()

    assert claim is not None
    assert not first.claim()
    package.refresh_from_db()
    assert package.claim == claim.token


def test_one_that_takes_its_process_down_again_and_again_is_given_up(fonds: Collection) -> None:
    package = ordering.begin(package=looked_over(cataloguer(fonds)))
    Package.objects.update(attempts=running.MOST_ATTEMPTS)

    assert running.claim_next(owner="elsewhere|2|2") is None

    package.refresh_from_db()
    assert package.state == State.FAILED
    assert "请让管理员查看日志" in package.reason


def test_a_package_goes_after_its_days_and_a_report_nobody_goes_on_with_too(
    fonds: Collection, settings: Settings
) -> None:
    user = cataloguer(fonds)
    made, left = done(user), looked_over(user)
    settings.GLMV_PACKAGE_DAYS = 3
    Package.objects.update(
        created_at=timezone.now() - timedelta(days=4), finished_at=timezone.now() - timedelta(days=4)
    )

    running.tidy()

    made.refresh_from_db()
    left.refresh_from_db()
    assert (made.state, left.state) == (State.EXPIRED, State.CANCELLED)
    assert not places.place_of(made).exists()
    assert not places.workplace_of(left.pk).folder.exists()


def test_a_package_can_be_taken_off_the_disk(fonds: Collection) -> None:
    package = done(cataloguer(fonds))

    ordering.remove(package=package)

    package.refresh_from_db()
    assert package.state == State.EXPIRED
    assert not places.place_of(package).exists()
    with pytest.raises(PackageRefused):
        ordering.remove(package=package)


# --- Who -------------------------------------------------------------------------------------------------------------


def test_only_what_somebody_sees_is_in_their_package(fonds: Collection) -> None:
    Image.objects.filter(identifier="0012-ZP-0002").update(access=Access.RESTRICTED, disclosure="unexamined")
    photograph(Collection.objects.create(slug="other", title="别的"), "0099-1")

    assert looked_over(cataloguer(fonds)).records == 2
    assert looked_over(reviewer(fonds)).records == 3


def test_what_somebody_may_not_see_any_more_is_left_out_of_a_package_that_was_ordered(fonds: Collection) -> None:
    package = ordering.begin(package=looked_over(cataloguer(fonds)))
    Image.objects.filter(identifier="0012-ZP-0002").update(access=Access.RESTRICTED, disclosure="unexamined")

    work()

    package.refresh_from_db()
    assert package.left_out == {"gone": 1}


def test_a_package_is_seen_by_whoever_ordered_it_and_by_reviewers_of_all_its_collections(fonds: Collection) -> None:
    user = cataloguer(fonds)
    package = ordered(user)

    assert package in visible_packages(user)
    assert package in visible_packages(reviewer(fonds))
    assert package in visible_packages(administrator_only())
    assert package not in visible_packages(cataloguer(fonds))
    assert package not in visible_packages(reviewer(Collection.objects.create(slug="other", title="别的")))


def test_a_package_is_fetched_by_whoever_still_sees_all_of_it(fonds: Collection) -> None:
    Image.objects.filter(identifier="0012-ZP-0002").update(access=Access.RESTRICTED, disclosure="unexamined")
    user = reviewer(fonds)
    package = ordered(user)
    assert can_fetch(user, package)

    Membership.objects.filter(user=user).update(role="cataloguer")
    assert not can_fetch(user, package)
    Membership.objects.filter(user=user).delete()
    assert not can_fetch(user, package)


# --- Killed ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_workers_killed_again_and_again_leave_no_half_package_and_the_next_finishes_it(
    fonds: Collection, settings: Settings, tmp_path: Path
) -> None:
    for number in range(10, 24):
        photograph(fonds, f"0012-ZP-{number:04}")
    package = ordered(cataloguer(fonds), kind=Package.Kind.BAG)
    work()
    ordering.begin(package=package)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(Path(settings.MEDIA_ROOT).parent),
        "GLMV_PACKAGE_DIR": str(settings.GLMV_PACKAGE_DIR),
        "PYTHONPATH": str(ROOT),
    }
    place = places.place_of(package)
    try:
        for after in (2, 6, 12):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.catalog.exchange.packages.package_work", "0.05"],
                cwd=ROOT,
                env=environment,
            )
            _wait(process, lambda after=after: Package.objects.get(pk=package.pk).done_records >= after)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not place.exists()
    finally:
        process.kill()
        process.wait()
        end_foreign_sessions()

    work()

    package.refresh_from_db()
    assert (package.state, package.done_records, package.files) == (State.DONE, 17, 18)
    assert verify(place).problems == []
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def _wait(process: "subprocess.Popen[bytes]", condition: Callable[[], bool]) -> None:
    while not condition():
        assert process.poll() is None, "the worker ended by itself"
        time.sleep(0.02)
