"""What a reviewer does with the review page, and what they find there."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

PASSWORD = "a-long-password"

ACCOUNTS = f"""
from django.contrib.auth import get_user_model
from catalog.models import Membership
for name in ("wang", "li", "zhao", "sun", "qian"):
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
