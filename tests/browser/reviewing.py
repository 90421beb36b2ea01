"""What a reviewer does with the review page, and what they find there."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

PASSWORD = "a-long-password"

ACCOUNTS = f"""
from django.contrib.auth import get_user_model
from catalog.models import Membership
for name in ("wang", "li", "zhao", "sun", "qian", "zhou"):
    user = get_user_model().objects.create_user(name, password="{PASSWORD}", is_staff=True)
    Membership.objects.create(user=user, role="reviewer")
"""


def sign_in(page: Page, address: str, name: str, query: str = "?order=number") -> None:
    """Sign in and open the queue."""
    page.goto(f"{address}/login/?next=/review/{query}")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main [type=submit]").click()
    expect(page.locator("#desk")).to_be_visible()
    # Until the first record is there a key is pressed in vain.
    expect(page.locator("#record-name")).not_to_have_text("审核")


def name(page: Page) -> str:
    """The record that is shown."""
    return page.locator("#record-name").inner_text()


def text(page: Page, field: str = "description") -> Locator:
    """The text of a field."""
    return page.locator(f"#text-{field}")


def press(page: Page, key: str) -> str:
    """Press a key that leads to another record, and return which it is."""
    before = name(page)
    page.keyboard.press(key)
    expect(page.locator("#record-name")).not_to_have_text(before)
    return name(page)


def settled(page: Page) -> None:
    """Wait until everything that was decided has reached the server."""
    page.wait_for_load_state("networkidle")


def compose(page: Page, letters: str, words: str) -> None:
    """Type as with an input method: letters of a sound under way, keys that are its own, then the words."""
    client = page.context.new_cdp_session(page)
    for end in range(1, len(letters) + 1):
        own: dict[str, Any] = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process", "code": "KeyX"}
        client.send("Input.dispatchKeyEvent", own)
        client.send("Input.imeSetComposition", {"text": letters[:end], "selectionStart": end, "selectionEnd": end})
    # Enter takes what is offered, and is not the page's.
    client.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Enter"})
    client.send("Input.insertText", {"text": words})
    client.detach()


def values(printed: str) -> Any:
    """Return what a command printed as JSON in its last line."""
    return json.loads(printed.strip().splitlines()[-1])


FIELDS = {"title": "石桥", "place": "桥头", "people": "张三", "date": "1959年"}
"""What each record of `several_fields` has drafts for."""

_SEVERAL_FIELDS = """
from tests.factories import CollectionFactory, ImageFactory, drafted
for slug in {slugs}:
    collection = CollectionFactory(slug=slug, title="馆藏" + slug)
    for number in range(1, {records} + 1):
        drafted(ImageFactory(collection=collection, identifier=slug + "-" + str(number)), **{fields})
"""

SLUGS = (
    "heldkey", "blindkey", "blindrefused", "open", "typing", "full", "conflict", "back", "failed", "counter", "tabs",
    "idle", "about", "reload", "calls",
)  # fmt: skip
_MARKED = """
from django.db import transaction
from catalog.models import Image
from catalog.records.secrecy import Mark, hold
from catalog.vocabulary import MarkPlace
Image.objects.filter(identifier="about-2").update(access="restricted", disclosure="unexamined")
with transaction.atomic():
    hold(image=Image.objects.get(identifier="about-2"), marks=[Mark(MarkPlace.READING, "机密★10年")])
from tests.factories import described
described(ImageFactory(collection=collection), people="王小明")
"""

Queue = Callable[..., Page]
"""Opens the queue of one of these collections."""


def several_fields(records: int = 4) -> str:
    """Return the commands that make these collections, whose records have drafts for several fields, in a shell."""
    return ACCOUNTS + _SEVERAL_FIELDS.format(slugs=SLUGS, records=records, fields=FIELDS) + _MARKED


_CALL = """async ([address, body]) => {
  const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  return await answer.json();
}"""


def call(page: Page, address: str, body: Any = None) -> Any:
    """Make a call of the review page as whoever is signed in on a page."""
    return page.evaluate(_CALL, [address, body])


def key(page: Page) -> int:
    """The key of the record that is shown."""
    address = page.locator("#open-record").get_attribute("href") or ""
    return int(address.split("/")[-3])


def row(page: Page, field: str) -> Locator:
    """A field of the record."""
    return page.locator(f'[data-field="{field}"]')


def decisions(page: Page) -> list[Any]:
    """Collect what is decided from now on."""
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if "/decide/" in request.url else None)
    return sent


def aim(page: Page, field: str) -> None:
    """Make a field the one that keys are about."""
    row(page, field).locator("h2").click()
    text(page, field).focus()
    page.keyboard.press("Escape")
