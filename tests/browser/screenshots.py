"""Takes pictures of pages into docs/screenshots: ``python -m tests.browser.screenshots [ask] [review]``.

What is seen is a conversation with the demo model about one of the sample scans, and a TIFF that waits to be converted;
and the review page over the sample collection, on a desk, a tablet and a telephone.
"""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.drawing.scan import draw_scan
from demo.samples import SAMPLES
from tests.browser.conftest import CHROMIUM, DESKTOP, PHONE
from tests.browser.gestures import ask, attachments, drop, wait_answered, wait_uploaded
from tests.browser.reviewing import ACCOUNTS, sign_in
from tests.browser.sites import DEMO, manage, site

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
_COLOURS = 255
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
TABLET: dict[str, Any] = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}


def converse(page: Page, scans: Path) -> None:
    """Ask about a scan, and put a TIFF beside the next question.

    Args:
        page: the question page.
        scans: where ``scan-001.jpg`` and ``scan-003.tif`` are.
    """
    drop(page, scans / "scan-001.jpg")
    wait_uploaded(page)
    ask(page, "画面里有几个人？")
    wait_answered(page)
    ask(page, "石桥在哪里？")
    wait_answered(page)
    expect(page.locator(".mark")).to_be_visible()
    drop(page, scans / "scan-003.tif")
    expect(attachments(page).locator(".attachment-convert")).to_be_visible()
    page.wait_for_load_state("networkidle")


def save(page: Page, path: Path) -> None:
    """Write what the browser shows as a small PNG.

    Args:
        page: any.
        path: where to.
    """
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        palette = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        palette.save(path, optimize=True)


def take(browser: Browser, address: str, scans: Path, folder: Path, **options: Any) -> None:
    """Take two pictures per screen.

    Args:
        browser: Chromium.
        address: of a site with the demo model.
        scans: as in :func:`converse`.
        folder: gets the pictures.
        **options: of the browser's contexts.
    """
    for width, screen in {"1440": DESKTOP, "390": PHONE}.items():
        with browser.new_context(locale="zh-CN", reduced_motion="reduce", **{**screen, **options}) as context:
            page = context.new_page()
            page.goto(f"{address}/ask/")
            converse(page, scans)
            save(page, folder / f"ask-{width}.png")
            page.goto(f"{address}/history/")
            page.wait_for_load_state("networkidle")
            save(page, folder / f"history-{width}.png")


def review(browser: Browser, folder: Path) -> None:
    """Take a picture of the review page for each of three screens, while a draft is being reworded.

    Args:
        browser: Chromium.
        folder: gets the pictures; what it is served from is made beside and goes again.
    """
    with tempfile.TemporaryDirectory() as temporary, site(DEMO, Path(temporary) / "data") as address:
        data, samples = Path(temporary) / "data", Path(temporary) / "samples"
        subprocess.run([sys.executable, "-m", "demo.collection", str(samples)], check=True)
        manage(data, address, "shell", "-c", ACCOUNTS)
        manage(data, address, "import_images", str(samples), "--collection", "demo", "--title", "示例老照片")
        manage(data, address, "draft", "demo")
        manage(data, address, "draft", "demo", "--prompt", "六要素")
        for width, screen in {"1366": DESK, "820": TABLET, "390": PHONE}.items():
            with browser.new_context(locale="zh-CN", reduced_motion="reduce", **screen) as context:
                page = context.new_page()
                sign_in(page, address, "wang", "?order=doubtful")
                page.wait_for_load_state("networkidle")
                page.keyboard.press("e")
                page.keyboard.type("（背景是石桥）")
                page.wait_for_load_state("networkidle")
                save(page, folder / f"review-{width}.png")


def draw_scans(folder: Path) -> None:
    """Draw what is asked about.

    Args:
        folder: gets the files.
    """
    draw_scan(SAMPLES[0].scene).image.save(folder / "scan-001.jpg", quality=90)
    draw_scan(SAMPLES[2].scene).image.save(folder / "scan-003.tif", compression="tiff_lzw")


def main() -> None:
    """Serve sites, use them and take the pictures that are asked for, or all."""
    asked = sys.argv[1:] or ["ask", "review"]
    if "review" in asked:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            review(browser, FOLDER)
            browser.close()
    if "ask" in asked:
        _ask()


def _ask() -> None:
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        scans = Path(temporary)
        draw_scans(scans)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with site(DEMO, scans / "data") as address:
            take(browser, address, scans, FOLDER)
        browser.close()


if __name__ == "__main__":
    main()
