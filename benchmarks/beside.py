"""What work costs beside an older version of the project: import and drafting, as ratios of processor time.

BENCH_BESIDE names a checkout of that version with its own environment, for example made by

    git worktree add ../before 58a86af && make -C ../before install

Both versions run the same commands on the same files, in turns (A B B A), each time in a process of its own on an empty
installation, after one scan that is not measured. With DATABASE_URL each has a database of its own on that server, and
what the server's process spends on the connection is counted as well. BENCH_BESIDE_PARTS (import,draft),
BENCH_BESIDE_SCANS and BENCH_BESIDE_DRAFTS make it less.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.checkouts import ROOT, environment, run_child, vendor
from benchmarks.figures import report
from benchmarks.importing import draw_cards, draw_scans
from tests.old_databases import empty_database

_SCAN = (4000, 3000)
_CARDS = {"1.1 megapixels": (1240, 900), "8.7 megapixels": (3508, 2480)}
SCANS = int(os.environ.get("BENCH_BESIDE_SCANS", "48"))
DRAFTS = int(os.environ.get("BENCH_BESIDE_DRAFTS", "96"))
PARTS = os.environ.get("BENCH_BESIDE_PARTS", "import,draft").split(",")
WANTED = 1.05

# Only what both versions have: commands, and Django. Processes that commands start are counted too.
_CHILD = """
from django.core.management import call_command

warm, scans, drafts = sys.argv[1], sys.argv[2], int(sys.argv[3])
quiet = {"stdout": open(os.devnull, "w"), "stderr": open(os.devnull, "w")}


def spent():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + server_s()


def take(slug, folder):
    call_command("import_images", folder, collection=slug, title=slug, **quiet)
    if drafts:
        call_command("draft", slug, **quiet)


call_command("migrate", verbosity=0)
take("warm", warm)
begun, started = spent(), time.perf_counter()
if drafts:
    call_command("import_images", scans, collection="bench", title="bench", **quiet)
    begun, started = spent(), time.perf_counter()
    call_command("draft", "bench", **quiet)
else:
    take("bench", scans)
print(json.dumps({"processor": spent() - begun, "seconds": time.perf_counter() - started}))
"""


def run() -> None:
    """Measure both, on the files that this version draws."""
    before = Path(os.environ.get("BENCH_BESIDE", ""))
    if not (before / ".venv" / "bin" / "python").exists() or before == Path():
        raise SystemExit("BENCH_BESIDE=CHECKOUT: a checkout of another version with its own .venv")
    if unknown := set(PARTS) - {"import", "draft"}:
        raise SystemExit(f"BENCH_BESIDE_PARTS: no part is called {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name:
        folder = Path(name)
        draw_scans(folder / "warm", 1, _SCAN)
        if "import" in PARTS:
            _imports(before, folder)
        if "draft" in PARTS:
            draw_scans(folder / "drafts", DRAFTS, (1600, 1200))
            _compare("draft", before, folder, scans="drafts", number=DRAFTS)


def _imports(before: Path, folder: Path) -> None:
    draw_scans(folder / "12 megapixels", SCANS, _SCAN)
    _compare("import", before, folder, scans="12 megapixels", number=SCANS)
    for label, size in _CARDS.items():
        draw_cards(folder / f"cards of {label}", SCANS, size)
        _compare("import", before, folder, scans=f"cards of {label}", number=SCANS)


def _compare(what: str, before: Path, folder: Path, *, scans: str, number: int) -> None:
    checkouts = {"before": before.resolve(), "now": ROOT}
    spent: dict[str, list[dict[str, float]]] = {who: [] for who in checkouts}
    for who in ("before", "now", "now", "before"):
        arguments = [str(folder / "warm"), str(folder / scans), str(number if what == "draft" else 0)]
        spent[who].append(_child(checkouts[who], arguments))
    processor = {who: sum(one["processor"] for one in runs) for who, runs in spent.items()}
    seconds = {who: sum(one["seconds"] for one in runs) for who, runs in spent.items()}
    details: dict[str, Any] = {"scans": scans, "number": number, "database": vendor()}
    report(f"beside.{what}.processor", processor["now"] / processor["before"], "", **details, wanted=WANTED)
    report(f"beside.{what}.seconds", seconds["now"] / seconds["before"], "", **details)
    for who, runs in spent.items():
        each = [round(1000 * one["processor"] / number, 1) for one in runs]
        report(f"beside.{what}.{who}", sum(each) / len(each), "ms of a processor each", **details, runs=each)


def _child(checkout: Path, arguments: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, empty_database(vendor(), Path(name)) as database:
        told = environment(checkout, database.address, Path(name))
        said: dict[str, float] = run_child(checkout, _CHILD, arguments, told)
    return said
