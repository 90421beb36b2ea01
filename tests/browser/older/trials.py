"""The review page in the oldest browsers that it is made for: a few records, as a person would review them.

Not collected with the other tests, for it needs these browsers: ``make test-browsers``. ``FIREFOX`` and ``CHROMIUM_90``
say where they are; pictures of what was seen go to ``SEEN``.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.older.drivers import Driver, chromium, firefox
from tests.browser.reviewing import ACCOUNTS, PASSWORD, values
from tests.browser.sites import DEMO, manage, site, worker

QUERY = "?collection=demo&order=number"
_COLLEAGUE = """
from django.contrib.auth import get_user_model
from catalog.models import Annotation
from catalog.review import decisions
draft = Annotation.objects.drafts().get(image__identifier="{record}", field="description")
user = get_user_model().objects.get(username="zhao")
decisions.edit_and_accept(annotation=draft, user=user, value="别人写的")
"""
_ACCEPTED = """
import json
from catalog.models import Image
print(json.dumps(Image.objects.get(identifier="{record}").description))
"""
_NAME = "document.getElementById('record-name').textContent"
_TEXT = "document.getElementById('text-description')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("older")


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[str]:
    """Serve the sample collection, drafted by the demo model."""
    samples = folder / "samples"
    subprocess.run([sys.executable, "-m", "demo.collection", str(samples)], check=True, timeout=300)
    with site(DEMO, folder / "data") as address:
        manage(folder / "data", address, "shell", "-c", ACCOUNTS)
        manage(folder / "data", address, "import_images", str(samples), "--collection", "demo", "--title", "demo")
        manage(folder / "data", address, "draft", "demo")
        with worker(folder / "data", address):
            yield address


@pytest.fixture(params=["firefox", "chromium-90"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    if request.param == "firefox":
        with firefox(os.environ["FIREFOX"], tmp_path / "profile") as found:
            yield found
        return
    with chromium(os.environ["CHROMIUM_90"], tmp_path / "profile") as found:
        yield found


@pytest.fixture
def reviewer(request: pytest.FixtureRequest) -> str:
    """Return who reviews: a person for each browser, so that neither meets the other's records in hand."""
    return "li" if "firefox" in request.node.name else "sun"


def see(browser: Driver, request: pytest.FixtureRequest, what: str) -> None:
    """Keep a picture of what is seen, for a person to look at."""
    if kept := os.environ.get("SEEN"):
        name = "firefox" if "firefox" in request.node.name else "chromium-90"
        Path(kept).mkdir(parents=True, exist_ok=True)
        Path(kept, f"{name}-{what}.png").write_bytes(browser.picture())


def sign_in(browser: Driver, archive: str, name: str) -> None:
    browser.resize(1366, 768)
    browser.open(f"{archive}/login/?next=/review/{QUERY}")
    browser.run(f"document.getElementById('id_username').value = '{name}';")
    browser.run(f"document.getElementById('id_password').value = '{PASSWORD}';")
    browser.click("main [type=submit]")
    browser.wait("document.getElementById('desk') && !document.getElementById('desk').hidden")


def name_of(browser: Driver) -> str:
    return str(browser.run(f"return {_NAME};"))


def press(browser: Driver, key: str, *, control: bool = False) -> str:
    """Press a key that leads to another record, and return which it is."""
    before = name_of(browser)
    browser.press(key, control=control)
    browser.wait(f"{_NAME} && {_NAME} !== {before!r}")
    return name_of(browser)


def test_a_few_records(
    archive: str, browser: Driver, reviewer: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    print(browser.version())
    sign_in(browser, archive, reviewer)
    browser.wait("document.querySelector('.viewer-base') && document.querySelector('.viewer-base').complete")
    see(browser, request, "review")

    # The whole page is on the screen, and nothing of it beyond its edge.
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth;")
    assert browser.run("return document.getElementById('key-bar').getBoundingClientRect().bottom <= innerHeight + 1;")
    picture = browser.run("return document.querySelector('.viewer-frame').getBoundingClientRect().toJSON();")
    assert picture["width"] > 400
    assert picture["height"] > 250

    # Zoomed to the pixels of the scan, and back.
    whole = browser.run("return document.querySelector('.viewer-stage').style.width;")
    browser.press("v")
    browser.wait(f"document.querySelector('.viewer-stage').style.width !== {whole!r}")
    see(browser, request, "zoomed")
    browser.press("v")
    browser.wait(f"document.querySelector('.viewer-stage').style.width === {whole!r}")

    # Three records by one key each, the last of them undone.
    records = [name_of(browser)]
    records += [press(browser, "Enter") for _ in range(3)]
    assert len(set(records)) == 4
    browser.press("z")
    browser.wait(f"{_NAME} === {records[2]!r}")
    browser.wait("document.getElementById('banner').textContent.includes('已撤销')")
    press(browser, "Enter")

    # Typed text is accepted; while an input method composes no key is a shortcut.
    record = name_of(browser)
    browser.run(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'n', isComposing: true, bubbles: true}));"
    )
    browser.press("e")
    browser.wait(f"document.activeElement === {_TEXT}")
    browser.run(f"{_TEXT}.select();")
    browser.type("石桥前的合影nxz")
    assert browser.run(f"return {_TEXT}.value;") == "石桥前的合影nxz"
    assert name_of(browser) == record
    see(browser, request, "typed")
    press(browser, "Enter", control=True)

    # The dialogs open above the page and close again.
    browser.press("?")
    browser.wait("document.getElementById('keys').open")
    see(browser, request, "keys")
    browser.press("Escape")
    browser.wait("!document.getElementById('keys').open")
    browser.press("x")
    browser.wait("document.getElementById('rejecting').open")
    see(browser, request, "rejecting")
    browser.press("Escape")
    browser.wait("!document.getElementById('rejecting').open")

    # A colleague was faster: all three texts, side by side; what was typed is not lost.
    conflicting = name_of(browser)
    browser.press("e")
    browser.run(f"{_TEXT}.select();")
    browser.type("我写的")
    manage(folder / "data", archive, "shell", "-c", _COLLEAGUE.format(record=conflicting))
    browser.press("Enter", control=True)
    browser.wait("[...document.querySelectorAll('.row-conflict')].some((one) => !one.hidden)")
    assert "别人写的" in browser.run(
        "return [...document.querySelectorAll('.row-conflict')].find((one) => !one.hidden).textContent;"
    )
    see(browser, request, "conflict")
    browser.run("document.querySelector('.row-conflict:not([hidden]) div:last-child button').click();")
    press(browser, "Enter", control=True)

    # What is typed outlives the page.
    kept = name_of(browser)
    browser.press("e")
    browser.type("没写完")
    written = browser.run(f"return {_TEXT}.value;")
    browser.open(f"{archive}/review/{QUERY}")
    browser.wait("!document.getElementById('desk').hidden")
    while name_of(browser) != kept:
        press(browser, "n")
    assert browser.run(f"return {_TEXT}.value;") == written
    see(browser, request, "kept")

    told = values(manage(folder / "data", archive, "shell", "-c", _ACCEPTED.format(record=conflicting)))
    assert told == "我写的"
    assert browser.complaints() == []


@pytest.mark.parametrize(
    "page",
    ["/", "/search/?q=桥", "/ask/", "/review/list/", "/review/audits/", "/review/disclosure/", "/review/groups/"],
)
def test_other_pages(archive: str, browser: Driver, reviewer: str, page: str, request: pytest.FixtureRequest) -> None:
    sign_in(browser, archive, reviewer)
    for width in (1366, 768):
        browser.resize(width, 768)
        browser.open(archive + page)
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth + 1;"), width
        see(browser, request, f"{page.strip('/').split('?')[0].replace('/', '-') or 'home'}-{width}")
    assert browser.complaints() == []
