"""The settings of audits: shares as people write them, and required fields that are fields."""

import pytest
from django.conf import settings as site
from pytest_django.fixtures import Settings

from catalog.vocabulary import Field
from glmv_site.checks import check_required_fields
from glmv_site.parsing import share


@pytest.mark.parametrize(
    ("text", "value"), [("0.05", 0.05), ("5%", 0.05), (" 12.5 ％", 0.125), ("0", 0.0), ("1", 1.0), ("100%", 1.0)]
)
def test_a_share_is_written_as_a_fraction_or_in_per_cent(text: str, value: float) -> None:
    assert share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "5", "-0.1", "101%", "a half", "5%%", "0,05"])
def test_what_is_no_share_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"0\.05"):
        share(text)


def test_the_defaults_are_what_inspections_ask() -> None:
    assert (site.GLMV_AUDIT_FLOOR, site.GLMV_AUDIT_PASS) == (0.05, 0.95)
    assert set(site.GLMV_AUDIT_REQUIRED) <= set(Field.values)
    assert check_required_fields(None) == []


def test_a_required_field_that_is_none_is_told_by_its_name(settings: Settings) -> None:
    settings.GLMV_AUDIT_REQUIRED = ["title", "题名", "titel"]
    told = [str(error.msg) for error in check_required_fields(None)]
    assert [word for word in ("题名", "titel") if any(word in text for text in told)] == ["题名", "titel"]
    assert len(told) == 2
