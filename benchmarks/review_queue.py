"""What the review page costs: the next record as data with 80,000 waiting, and a key until the next one is painted.

The first is processor time of the site's own code in one process and, with DATABASE_URL, of the server's process
behind its connection. The second is measured in Chromium, over a served site with scans of the sample collection: from
the key to the frame in which the next record's name, fields and decoded picture are shown.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.checkouts import ROOT, environment, fill, run_child, vendor
from benchmarks.figures import report
from tests.browser.conftest import CHROMIUM
from tests.browser.reviewing import ACCOUNTS, sign_in
from tests.browser.sites import SCRIPTED, manage, site
from tests.old_databases import empty_database

RECORDS = int(os.environ.get("BENCH_QUEUE_RECORDS", "80000"))
TIMES = int(os.environ.get("BENCH_QUEUE_TIMES", "60"))
KEYS = int(os.environ.get("BENCH_QUEUE_KEYS", "60"))
WANTED_DATA_MS = 15
WANTED_PAINT_MS = 200

_CHILD = """
from django.contrib.auth.models import User
from django.test import Client

client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
client.force_login(User.objects.get(username="zhao"), "django.contrib.auth.backends.ModelBackend")
measured = {}
for order in ("doubtful", "number", "group"):
    place, present, spent, statements = None, None, [], []
    for turn in range(int(sys.argv[1]) + 3):
        body = json.dumps({"after": place, "present": present})
        connection.ensure_connection()
        begun = time.process_time() + server_s()
        answer = client.post(f"/review/next/?order={order}", body, content_type="application/json")
        spent.append(1000 * (time.process_time() + server_s() - begun))
        assert answer.status_code == 200, answer.content
        record = answer.json()["record"]
        place, present = record["place"], record["id"]
    measured[order] = spent[3:]
print(json.dumps(measured))
"""

# Six drafts of each record, as a model would have written them.
_DRAFTS = """
from catalog.models import Image, Prompt, Run
from catalog.records.annotations import write_drafts
version = Prompt.objects.get(slug="six-elements").current
said = {"event": "厂庆合影", "date": "1958年", "place": "厂门口", "people": "三人"}
said |= {"background": "砖厂房", "photographer": "待考"}
for image in Image.objects.all():
    run = Run.objects.create(image=image, prompt_version=version, model_name="bench", model_version="1", raw_text="{}")
    write_drafts(image=image, values=said, run=run, evidence={"date": "inscription"})
"""

# From the key to the frame after the one in which the new record stands there with its picture decoded.
_PRESS = """async () => {
  const name = document.getElementById('record-name');
  const before = name.textContent;
  const changed = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (name.textContent !== before) { observer.disconnect(); resolve(); }
    }).observe(name, { childList: true, characterData: true, subtree: true });
  });
  const began = performance.now();
  document.getElementById('fields').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await changed;
  await document.querySelector('.viewer-base').decode();
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now() - began;
}"""


def run() -> None:
    """Measure both."""
    _data()
    _paint()


def _data() -> None:
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, empty_database(vendor(), Path(name)) as database:
        fill(database, ROOT, Path(name), records=RECORDS)
        measured = run_child(ROOT, _CHILD, [str(TIMES)], environment(ROOT, database.address, Path(name)))
    for order, spent in measured.items():
        details = {"order": order, "records": RECORDS, "database": vendor(), "wanted": WANTED_DATA_MS}
        report("review.next.median", statistics.median(spent), "ms of a processor", **details)
        report("review.next.p95", _p95(spent), "ms of a processor", order=order, database=vendor())


def _paint() -> None:
    if CHROMIUM is None:
        raise SystemExit("no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, sync_playwright() as playwright:
        folder, scans = Path(name) / "data", Path(name) / "scans"
        _copies(scans)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with site(SCRIPTED, folder) as address:
            manage(folder, address, "shell", "-c", ACCOUNTS)
            manage(folder, address, "import_images", str(scans), "--collection", "bench", "--title", "bench")
            manage(folder, address, "shell", "-c", _DRAFTS)
            for width, height in ((1366, 768), (1920, 1080)):
                page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
                sign_in(page, address, "wang")
                spent = _press(page)
                page.close()
                details = {"screen": f"{width}x{height}", "keys": len(spent)}
                report("review.paint.median", statistics.median(spent), "ms", **details, wanted=WANTED_PAINT_MS)
                report("review.paint.p95", _p95(spent), "ms", **details, wanted=WANTED_PAINT_MS)
        browser.close()


def _copies(scans: Path) -> None:
    """Draw the sample collection often enough: files of other bytes that show the same."""
    drawn = scans.parent / "drawn"
    subprocess.run([sys.executable, "-m", "demo.collection", str(drawn)], cwd=ROOT, check=True)  # noqa: S603 - the project itself
    pictures = sorted(drawn.rglob("*.jpg"))
    scans.mkdir()
    for number in range(2 * KEYS + 10):
        content = pictures[number % len(pictures)].read_bytes()
        (scans / f"{number:04}.jpg").write_bytes(content + f"{number}".encode())


def _press(page: Page) -> list[float]:
    """Review one record after the other as fast as the next one is there, with the time that a look takes between."""
    spent = []
    for _ in range(KEYS):
        page.wait_for_timeout(700)
        spent.append(float(page.evaluate(_PRESS)))
    return spent


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]
