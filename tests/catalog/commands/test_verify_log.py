"""`manage.py verify_log`: what an inspector sees."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Action, ActionDigest
from tests.catalog.records.test_log_chain import behind_its_back, entries

pytestmark = pytest.mark.django_db


def verify(*arguments: str) -> str:
    """Return what it prints."""
    out = io.StringIO()
    call_command("verify_log", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def head() -> str:
    """Return what is to be written down."""
    return verify().strip().rpartition("：")[2]


def test_it_chains_what_waits_and_prints_what_to_write_down() -> None:
    entries(3)
    said = verify()
    assert "3 条已入链" in said
    last = ActionDigest.objects.get(position=3)
    assert f"3:{last.digest}" in said
    assert "最近一分钟" not in said


def test_what_is_younger_than_a_minute_is_told() -> None:
    entries(2, minutes=0)
    assert "2 条还没有入链" in verify()


def test_what_was_written_down_is_held_against_the_log_of_today() -> None:
    entries(2)
    written_down = head()
    entries(2)
    said = verify("--known", written_down)
    assert "1 个摘要一致" in said
    assert head() != written_down


def test_a_log_that_was_written_anew_is_refused() -> None:
    first, second = entries(2)
    written_down = head()
    behind_its_back(Action, first.pk, label="别的")
    for position in (1, 2):
        behind_its_back(ActionDigest, position)
    errors = io.StringIO()
    with pytest.raises(CommandError, match="与链条不符") as refused:
        call_command("verify_log", "--known", written_down, stdout=io.StringIO(), stderr=errors)
    assert refused.value.returncode == 2
    assert "第 2 环的摘要与抄写的不同" in errors.getvalue()
    assert second.pk


def test_each_kind_of_fault_is_told_in_words() -> None:
    made = entries(6, minutes=600)
    behind_its_back(Action, made[0].pk)
    call_command("verify_log", stdout=io.StringIO(), stderr=io.StringIO())
    behind_its_back(Action, made[1].pk, label="别的")
    behind_its_back(Action, made[2].pk)
    behind_its_back(ActionDigest, 4)
    Action(pk=made[0].pk, verb="image_changed").save(force_insert=True)
    behind_its_back(Action, made[0].pk, created_at=made[1].created_at - timedelta(days=1))
    errors = io.StringIO()
    with pytest.raises(CommandError, match="请不要再改动数据库"):
        call_command("verify_log", stdout=io.StringIO(), stderr=errors)
    said = errors.getvalue()
    for words in ("被改动过", "已被删去", "缺少链条的一段", "事后补插"):
        assert words in said


@pytest.mark.parametrize("text", ["", "7", "x:y", "3:abc", f"1-:{'0' * 64}", f"3:{'g' * 64}"])
def test_what_was_not_printed_by_it_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CommandError, match="次序:摘要"):
        call_command("verify_log", "--known", text)


def test_an_empty_log_is_intact() -> None:
    assert f"0:{'0' * 64}" in verify()
