"""What the manual tells those who receive messages can be copied, and works."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.records import outbox
from catalog.vocabulary import EventKind
from catalog.webhooks import deliveries
from catalog.webhooks.deliveries import PAUSES, Claim
from tests.catalog.endpoints import endpoint

pytestmark = pytest.mark.django_db

_DOCUMENT = (Path(settings.BASE_DIR) / "docs" / "zh" / "webhooks.md").read_text(encoding="utf-8")


@pytest.fixture
def is_genuine() -> Any:
    [example] = re.findall(r"^```python\n(.*?)^```$", _DOCUMENT, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own manual
    return names["is_genuine"]


def message() -> tuple[str, Claim]:
    receiver, secret = endpoint()
    outbox.write(kind=EventKind.TEST, endpoints=[receiver.pk], data={"名称": "档案系统"})
    claim = deliveries.claim_next(owner="x|1|1")
    assert claim is not None
    return secret, claim


def test_the_receiver_of_the_manual_knows_our_messages(is_genuine: Any) -> None:
    secret, claim = message()
    assert is_genuine(secret, claim.headers, claim.body)


def test_it_refuses_what_was_altered_signed_by_others_or_is_old(is_genuine: Any) -> None:
    secret, claim = message()
    other, _claim = message()
    assert not is_genuine(secret, claim.headers, claim.body + b" ")
    assert not is_genuine(secret, claim.headers | {"webhook-id": "1"}, claim.body)
    assert not is_genuine(other, claim.headers, claim.body)
    old = str(int(claim.headers["webhook-timestamp"]) - 600)
    assert not is_genuine(secret, claim.headers | {"webhook-timestamp": old}, claim.body)


def test_every_event_is_in_the_manual() -> None:
    assert set(re.findall(r"\| `([a-z]+\.[a-z]+)` \|", _DOCUMENT)) == {kind.value for kind in EventKind}


def test_the_pauses_are_those_of_the_manual() -> None:
    assert [int(pause.total_seconds()) for pause in PAUSES] == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert "5 秒、5 分钟、半小时、2 小时、5 小时、10 小时、10 小时" in _DOCUMENT
