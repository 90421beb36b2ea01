"""The rounds of reading masters again, as administrators see them."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import FixityCheck
from tests.catalog.people import browser
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def shown(**values: Any) -> str:
    FixityCheck.objects.create(**values)
    administrator = UserFactory(is_staff=True, is_superuser=True)
    return browser(administrator).get("/admin/catalog/fixitycheck/").content.decode()


def test_a_round_that_ended_without_a_fault_found_all_well() -> None:
    assert "全部完好" in shown(checked=3, intact=3, finished_at=timezone.now())


@pytest.mark.parametrize("checked", [0, 3])
def test_a_round_without_an_end_says_so_instead(checked: int) -> None:
    page = shown(checked=checked, intact=checked)

    assert "未完成" in page
    assert "全部完好" not in page


def test_what_a_round_without_an_end_has_found_is_told_all_the_same() -> None:
    page = shown(checked=3, intact=1, missing=2)

    assert "未完成，已有 2 个有问题" in page


def test_what_is_wrong_leads_to_the_scans() -> None:
    page = shown(checked=3, intact=2, damaged=1, finished_at=timezone.now())

    assert "1 个有问题" in page
    assert "fixity__in=damaged" in page
