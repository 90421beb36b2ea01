"""What a reader does with the question page, and what they find there."""

import base64
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import JSHandle, Locator, Page, expect

Dropped = tuple[str, bytes]

_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type: name.endsWith('.tif') ? 'image/tiff' : 'image/jpeg'}));
  }
  return transfer;
}"""


def _transfer(page: Page, files: Sequence[Dropped]) -> JSHandle:
    return page.evaluate_handle(_TRANSFER, [[name, base64.b64encode(content).decode()] for name, content in files])


def drag_over(page: Page, *files: Dropped) -> JSHandle:
    """Drag files over the page without letting go of them."""
    carried = _transfer(page, files)
    for event in ("dragenter", "dragover"):
        page.dispatch_event("main", event, {"dataTransfer": carried})
    return carried


def drop(page: Page, *paths: Path) -> None:
    """Drag files onto the page."""
    carried = drag_over(page, *((path.name, path.read_bytes()) for path in paths))
    page.dispatch_event("main", "drop", {"dataTransfer": carried})


def paste(page: Page, *files: Dropped) -> None:
    """Paste files from the clipboard."""
    page.evaluate(
        "carried => document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true}))",
        _transfer(page, files),
    )


def question(page: Page) -> Locator:
    """The field in which a question is written."""
    return page.get_by_role("textbox", name="问题")


def attachments(page: Page) -> Locator:
    """The pictures that go with the next question."""
    return page.locator(".attachment")


def wait_uploaded(page: Page) -> None:
    """Wait until all pictures are there."""
    expect(page.locator(".attachment:not([data-state=ready])")).to_have_count(0)


def ask(page: Page, text: str) -> None:
    """Write a question and send it with the keyboard."""
    question(page).fill(text)
    question(page).press("Enter")


def last_exchange(page: Page) -> Locator:
    """The newest question with its answer."""
    return page.locator(".exchange").last


def answer_text(page: Page) -> Locator:
    """The words of the newest answer."""
    return last_exchange(page).locator(".answer-text")


def wait_answered(page: Page) -> None:
    """Wait until the newest answer is complete."""
    expect(last_exchange(page).locator(".answer:not([aria-busy]) .answer-foot")).to_be_visible()


def status(page: Page) -> Locator:
    """What a screen reader was told last."""
    return page.get_by_role("status")
