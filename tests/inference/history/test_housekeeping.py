"""What is too old goes, with its files; what a process left behind is mended."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from inference.history import housekeeping, removing
from inference.history.files import incoming_folder
from inference.models import Exchange, Picture
from tests.factories import ExchangeFactory, PictureFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def age(path: Path, days: int = 2) -> None:
    long_ago = time.time() - days * 24 * 3600
    os.utime(path, (long_ago, long_ago))


def asked(days_ago: int) -> Exchange:
    exchange: Exchange = ExchangeFactory(asked=timezone.now() - timedelta(days=days_ago))
    PictureFactory(exchange=exchange)
    return exchange


def test_old_questions_go_with_their_pictures(settings: Settings, media: Path) -> None:
    settings.GLMV_HISTORY_DAYS = 30
    asked(31)
    kept = asked(29)

    assert housekeeping.purge().exchanges == 1

    assert list(Exchange.objects.all()) == [kept]
    assert {media / name for name in Picture.objects.get().files} == set(files(media))


def test_kept_for_ever_means_for_ever(settings: Settings) -> None:
    settings.GLMV_HISTORY_DAYS = 0
    asked(10_000)

    assert housekeeping.purge().exchanges == 0


def test_pictures_without_a_question_go_after_a_day(media: Path) -> None:
    user = UserFactory()
    old, new = (PictureFactory(exchange=None, user=user) for _ in range(2))
    Picture.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))

    assert housekeeping.purge(0).pictures == 1

    assert list(Picture.objects.all()) == [new]
    assert {media / name for name in new.files} == set(files(media))


def test_more_than_fit_into_one_step_are_erased_too(media: Path) -> None:
    user = UserFactory()
    Exchange.objects.bulk_create(Exchange(user=user, question="旧") for _ in range(450))

    assert removing.erase(Exchange.objects.all()) == 450


def test_files_that_no_row_knows_go_after_a_day(media: Path) -> None:
    exchange = asked(1)
    known = Picture.objects.get()
    age((media / known.original).parent)
    lost = PictureFactory(exchange=exchange)
    folder = (media / lost.original).parent
    Picture.objects.filter(pk=lost.pk).delete()
    unfinished = incoming_folder() / "broken.part"
    unfinished.write_bytes(b"half")

    assert removing.sweep() == 0  # an upload may be on its way
    age(folder)
    age(unfinished)
    assert removing.sweep() == 2

    assert not folder.exists()
    assert not unfinished.exists()
    assert (media / known.original).exists()


def test_a_user_who_is_deleted_takes_everything_along(media: Path) -> None:
    user = UserFactory()
    PictureFactory(exchange=ExchangeFactory(user=user))
    user.delete()
    for path in media.rglob("*"):
        age(path)

    housekeeping.purge(0)

    assert not files(media)


def test_what_a_killed_process_was_answering_is_not_shown_as_running_for_ever() -> None:
    running = ExchangeFactory(state=Exchange.State.RUNNING, answer="")
    answered = ExchangeFactory()

    assert housekeeping.mend(timezone.now()) == 1

    running.refresh_from_db()
    answered.refresh_from_db()
    assert (running.state, answered.state) == (Exchange.State.FAILED, Exchange.State.ANSWERED)
    assert running.error


def test_what_this_process_is_answering_is_left_alone() -> None:
    began = timezone.now() - timedelta(minutes=1)
    ExchangeFactory(state=Exchange.State.RUNNING)

    assert housekeeping.mend(began) == 0


def test_the_command_does_it_at_once_and_says_what_is_gone() -> None:
    asked(5)
    said = StringIO()

    call_command("purge_history", "--days", "4", stdout=said)

    assert said.getvalue() == "已清除 1 条问答、0 张未提问的图片、0 处遗留文件。\n"
    with pytest.raises(CommandError):
        call_command("purge_history", "--days", "-1")
