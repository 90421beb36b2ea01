"""A browser that uses the pages as readers do. Where no Chromium is installed these tests are skipped."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from demo.drawing.scan import draw_scan
from demo.samples import SAMPLES
from tests.browser.reviewing import Queue, several_fields, sign_in
from tests.browser.sites import DEMO, SCRIPTED, administrator, manage, site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)

# Opens a page of a site; keyword arguments are a browser context's.
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; sites are served only where there is one to visit them."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Return a browser; it is gone before tests of other packages run, whose thread must hold no event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site(DEMO, tmp_path_factory.mktemp("demo-site")) as address:
        yield address


@pytest.fixture(scope="session")
def scripted_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scripted-site")


@pytest.fixture(scope="session")
def account(scripted_site: str, scripted_folder: Path) -> tuple[str, str]:
    """Name and password of somebody who may sign in to the scripted site."""
    return administrator(scripted_folder)


@pytest.fixture(scope="session")
def scripted_site(chromium: str, scripted_folder: Path) -> Iterator[str]:
    # Small limits: files that are over them are drawn in no time.
    limits = {"GLMV_MAX_REQUEST_MB": "1", "GLMV_MAX_UPLOAD_MB": "3", "GLMV_QUEUE_LIMIT": "1"}
    with site(SCRIPTED, scripted_folder, **limits) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open pages that load nothing from elsewhere and run without an error; that is looked at when the test ends."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(address: str, **options: Any) -> Page:
        context = browser.new_context(**{"locale": "zh-CN", "reduced_motion": "reduce", **DESKTOP, **options})
        contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line.type, line.text) else None)
        page.on("request", lambda request: complaints.append(request.url) if _is_foreign(request.url) else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def _is_complaint(kind: str, text: str) -> bool:
    # Refusals are told on the page; the console's own note about their status is none of ours.
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "blob:", "data:"))


@pytest.fixture(scope="session")
def fields_archive(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve collections of four records each with drafts for several fields, one for every test that changes any."""
    folder = tmp_path_factory.mktemp("several-fields")
    with site(SCRIPTED, folder) as address:
        manage(folder, address, "shell", "-c", several_fields())
        yield address


@pytest.fixture
def queue(fields_archive: str, visit: Visit) -> Queue:
    """Open the queue of one of those collections."""

    def opened(slug: str, who: str = "wang", before: Callable[[Page], Any] | None = None) -> Page:
        page = visit(f"{fields_archive}/login/")
        if before is not None:
            before(page)
        sign_in(page, fields_archive, who, f"?collection={slug}&order=number")
        return page

    return opened


@pytest.fixture
def ask_page(demo_site: str, visit: Visit) -> Page:
    """The question page over the demo model, on a desktop."""
    return visit(f"{demo_site}/ask/")


@pytest.fixture
def slow_page(scripted_site: str, visit: Visit) -> Page:
    """The question page over the scripted model, whose answers take their time."""
    return visit(f"{scripted_site}/ask/")


@pytest.fixture(scope="session")
def scan() -> Image.Image:
    """A bridge with three people and a banner, as a scanner delivers it."""
    return draw_scan(SAMPLES[0].scene).image


@pytest.fixture(scope="session")
def scan_files(scan: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The scan as JPEG and TIFF, and a TIFF of which it is the second page."""
    folder = tmp_path_factory.mktemp("scans")
    files = {name: folder / name for name in ("石桥.jpg", "石桥.tif", "相册.tif")}
    scan.save(files["石桥.jpg"], quality=90)
    scan.save(files["石桥.tif"], compression="tiff_lzw")
    cover = Image.new("RGB", scan.size, "tan")
    cover.save(files["相册.tif"], compression="tiff_lzw", save_all=True, append_images=[scan])
    return files


@pytest.fixture(scope="session")
def heavy_jpeg() -> bytes:
    """A picture over the scripted site's limit of one megabyte, lying on its side by its EXIF."""
    noise = Image.effect_noise((3000, 2000), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=60, exif=exif)
    content = buffer.getvalue()
    assert len(content) > 2**20
    return content
