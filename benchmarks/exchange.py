"""What tables that leave and come back cost: processor time of a row beside an older version, memory, and time.

BENCH_BESIDE names a checkout of that version with its own environment, for example made by

    git worktree add ../before 58a86af && make -C ../before install

Both export the same records, each from a database of its own version, in turns (A B B A); with DATABASE_URL on that
server, and what the server's process spends on the connection is counted as well. The records are the fixture's own,
multiplied, with five accepted texts and a draft each. BENCH_EXCHANGE_RECORDS and BENCH_EXCHANGE_PARTS make it less.
"""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.checkouts import ROOT, environment, fill, run_child, vendor
from benchmarks.figures import report
from tests.old_databases import Database, empty_database

RECORDS = int(os.environ.get("BENCH_EXCHANGE_RECORDS", "80000"))
PARTS = os.environ.get("BENCH_EXCHANGE_PARTS", "csv,memory,kept,back").split(",")
WANTED_RATIO = 8
WANTED_MEMORY_MB = 60
WANTED_KEPT_MB = 40
WANTED_BACK_MB = 600
_FORMATS = ("csv", "xlsx", "json")

# Only what both versions have: the command.
_EXPORT = """
from django.core.management import call_command

slug, form, path = sys.argv[1:4]
quiet = {"stdout": open(os.devnull, "w"), "stderr": open(os.devnull, "w")}
connection.ensure_connection()


def spent():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + server_s()


def most_memory():
    # Of this program alone: what the system counts for a child begins with its parent's.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000


begun, started = spent(), time.perf_counter()
if form:
    call_command("export_catalogue", slug, format=form, output=path, **quiet)
print(json.dumps({
    "processor": spent() - begun,
    "seconds": time.perf_counter() - started,
    "memory": most_memory(),
    "bytes": os.path.getsize(path) if form else 0,
}))
"""

# As another program does: all cells are written again, every hundredth title is another one.
_EDIT = """
import csv
import xlsxwriter
from python_calamine import load_workbook

path, back = sys.argv[1:3]
if path.endswith(".csv"):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
else:
    with open(path, "rb") as file:
        rows = load_workbook(file).get_sheet_by_index(0).iter_rows()
place, columns = None, 0
book = xlsxwriter.Workbook(back, {"constant_memory": True}) if back.endswith(".xlsx") else None
sheet = book.add_worksheet() if book else None
with open(back if book is None else os.devnull, "w", encoding="utf-8-sig", newline="") as file:
    writer = csv.writer(file)
    for number, row in enumerate(rows):
        columns = max(columns, len(row))
        place = row.index("题名") if place is None else place
        if number and number % 100 == 0:
            row[place] = f"改过的题名 {number}"
        if sheet is None:
            writer.writerow(row)
        else:
            for column, cell in enumerate(row):
                sheet.write_string(number, column, str(cell))
if book is not None:
    book.close()
print(json.dumps({"columns": columns, "bytes": os.path.getsize(back)}))
"""

_IMPORT = """
from django.contrib.auth import get_user_model
from catalog import policies
from catalog.batches.owners import this_process
from catalog.exchange.imports import running
from catalog.models import Annotation

(path,) = sys.argv[1:2]
user = next(user for user in get_user_model().objects.order_by("pk") if policies.works_anywhere(user))


def most_memory():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000


def work(table):
    started = time.perf_counter()
    for _chunk in running.work(running.claim_this(table, owner=this_process())):
        pass
    table.refresh_from_db()
    return {"seconds": time.perf_counter() - started, "memory": most_memory()}


def titles():
    # Not their columns: in the oldest version's rows some say something else.
    return dict(Annotation.objects.filter(field="title", state="accepted").values_list("image", "value"))


before = titles()
with open(path, "rb") as file:
    pieces = iter(lambda: file.read(1024 * 1024), b"")
    table = running.take_in(user=user, collection=None, name=os.path.basename(path), pieces=pieces)
said = {"check": work(table), "cells": table.cells}
assert table.state == "checked", table.reason
assert (table.conflicts, table.findings["refused"]) == (0, {}), table.findings
running.start(table=table, user=user)
said["apply"] = work(table)
assert table.done_cells == table.cells, table.skipped
running.undo(table=table, user=user)
said["undo"] = work(table)
after = titles()
said["left"] = len(before.items() ^ after.items())
print(json.dumps(said))
"""

# Of the oldest version: what a record has been given by people, each a text of its own.
_SAID = {
    "event": "县水利局第' || image_id || '号工地开工典礼",
    "place": "云溪镇石桥村' || (image_id % 400) || '号",
    "people": "张建国、李秀英、王守义（左起第' || (image_id % 9) || '人）",
    "background": "一九五八年冬，全县动员三万余人兴修水利，本片摄于第' || image_id || '天，右侧为临时搭建的指挥所",
}
_COLUMNS = ", ".join((
    "original_value", "source", "state", "flag", "evidence", "run_id", "created_by_id", "created_at", "decided_by_id",
    "decided_at", "reason",
))  # fmt: skip


def _texts() -> str:
    """Return the statements that give each record four more accepted texts, in their columns too."""
    made = []
    for place, (field, text) in enumerate(_SAID.items(), start=1):
        value = f"'{text}'"
        made.append(
            f"INSERT INTO catalog_annotation (id, image_id, field, value, {_COLUMNS}) "  # noqa: S608 - words from above
            f"SELECT id + {place * 10_000_000}, image_id, '{field}', {value}, {_COLUMNS} FROM catalog_annotation "
            "WHERE id > 100000 AND id < 10000000 AND state = 'accepted' AND field = 'title';"
            f"UPDATE catalog_image SET {field} = {value.replace('image_id', 'id')} WHERE id > 100000;"
        )
    return "BEGIN;" + "".join(made) + "COMMIT;"


def run() -> None:
    """Measure what is asked for."""
    if unknown := set(PARTS) - set(_PARTS):
        raise SystemExit(f"BENCH_EXCHANGE_PARTS: no part is called {', '.join(sorted(unknown))}")
    for name in PARTS:
        _PARTS[name]()


def export_beside() -> None:
    """Compare the processor time of a row in CSV with the older version's."""
    before = Path(os.environ.get("BENCH_BESIDE", ""))
    if before == Path() or not (before / ".venv" / "bin" / "python").exists():
        raise SystemExit("BENCH_BESIDE=CHECKOUT: a checkout of another version with its own .venv")
    checkouts = {"before": before.resolve(), "now": ROOT}
    spent: dict[str, list[float]] = {who: [] for who in checkouts}
    with ExitStack() as stack:
        places = {who: stack.enter_context(filled(checkout)) for who, checkout in checkouts.items()}
        for who in ("before", "now", "now", "before"):
            said = _export(checkouts[who], *places[who], "csv")
            spent[who].append(1000 * said["processor"] / RECORDS)
    each = {who: sum(runs) / len(runs) for who, runs in spent.items()}
    details = {"records": RECORDS, "database": vendor()}
    for who, runs in spent.items():
        report(f"exchange.csv.{who}", each[who], "ms of a processor each", **details, runs=[round(r, 3) for r in runs])
    report("exchange.csv.ratio", each["before"] / each["now"], "times less", **details, wanted=WANTED_RATIO)


def export_memory() -> None:
    """Compare the greatest memory of a command that exports with that of one that does nothing, in each format."""
    with filled(ROOT) as (database, folder):
        empty = _export(ROOT, database, folder, "")["memory"]
        report("exchange.memory.empty", empty, "MB", database=vendor())
        for form in _FORMATS:
            said = _export(ROOT, database, folder, form)
            details = {"records": RECORDS, "database": vendor(), "wanted": WANTED_MEMORY_MB}
            report(f"exchange.memory.{form}", said["memory"] - empty, "MB more", **details)
            report(f"exchange.{form}.seconds", said["seconds"], "s", records=RECORDS, bytes=said["bytes"])
            report(f"exchange.{form}.processor", 1000 * said["processor"] / RECORDS, "ms of a processor each")
        (row,) = database.select("SELECT SUM(LENGTH(kept) + LENGTH(images)) AS size FROM catalog_exportpart")
        size = float(row["size"]) / len(_FORMATS)
        report("exchange.kept", size / 1e6 * 80_000 / RECORDS, "MB for 80,000 records", wanted=WANTED_KEPT_MB)


def kept_values() -> None:
    """Say how much room what the cells said takes, of texts that are as little alike as texts can be."""
    from catalog.exchange.exports.keeping import PART_RECORDS, Gathered

    chance = random.Random(1959)  # noqa: S311 - texts, no secrets
    # The characters of written Chinese, the first of them far more often than the last.
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
    weights = [1 / place for place in range(1, len(letters) + 1)]
    lengths = {"title": 18, "description": 120, "event": 16, "place": 10, "people": 16, "background": 40}
    size = 0
    for part in range(8):
        gathered = Gathered(["identifier", "sha256", "status", "date", "reviewer", *lengths])
        for at in range(PART_RECORDS):
            key = part * PART_RECORDS + at
            texts = ["".join(chance.choices(letters, weights, k=length)) for length in lengths.values()]
            day = f"19{chance.randrange(49, 90)}-{chance.randrange(1, 13):02}"
            digest = f"{chance.getrandbits(256):064x}"
            gathered.add(key, 7, [f"0012-{key:06}", digest, "已著录", day, "题名、文字说明：li", *texts])
        size += len(gathered.packed())
    report("exchange.kept.unlike", size / 8 * 80 / 1e6, "MB for 80,000 records", wanted=WANTED_KEPT_MB)


@contextmanager
def filled(checkout: Path) -> Iterator[tuple[Database, Path]]:
    """Make a database of a checkout's version, full of records.

    Args:
        checkout: whose version it is.

    Yields:
        The database, and a folder for what the checkout's processes write.
    """
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, empty_database(vendor(), Path(name)) as database:
        fill(database, checkout, Path(name), records=RECORDS, mixed=_texts())
        yield database, Path(name)


def _export(checkout: Path, database: Database, folder: Path, form: str) -> dict[str, Any]:
    """Have a checkout's own process export everything; without a format, do nothing."""
    (row,) = database.select(
        "SELECT c.slug FROM catalog_collection c JOIN catalog_image i ON i.collection_id = c.id WHERE i.id = 100001"
    )
    told = environment(checkout, database.address, folder)
    said: dict[str, Any] = run_child(checkout, _EXPORT, [row["slug"], form, str(folder / f"table.{form}")], told)
    return said


def import_back() -> None:
    """Say what a table that comes back costs: its dry run, being applied, being undone; one row in a hundred edited."""
    with filled(ROOT) as (database, folder):
        told = environment(ROOT, database.address, folder)
        for form in ("csv", "xlsx"):
            _export(ROOT, database, folder, form)
            table = folder / f"table.{form}"
            edited: dict[str, Any] = run_child(ROOT, _EDIT, [str(table), str(folder / f"back.{form}")], told)
            said = run_child(ROOT, _IMPORT, [str(folder / f"back.{form}")], told)
            details = {"records": RECORDS, "columns": edited["columns"], "bytes": edited["bytes"], "database": vendor()}
            report(f"exchange.back.{form}.memory", said["check"]["memory"], "MB", **details, wanted=WANTED_BACK_MB)
            for step in ("check", "apply", "undo"):
                report(f"exchange.back.{form}.{step}", said[step]["seconds"], "s", cells=said["cells"], **details)
            report(f"exchange.back.{form}.left", said["left"], "records not as before", **details, wanted=0)


_PARTS: dict[str, Callable[[], None]] = {
    "csv": export_beside,
    "memory": export_memory,
    "kept": kept_values,
    "back": import_back,
}
