"""How long a database of 80,000 records of commit 58a86af takes to be upgraded, and how long others wait meanwhile.

The records are the fixture's own, multiplied in the database. SQLite is measured always, PostgreSQL where DATABASE_URL
names one: there, other connections go on writing to the tables that people write to, one row again and again, and the
longest time that one of them waited is the figure. Goals: under a minute, and no wait over a second.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings

from benchmarks.figures import report, stopwatch
from tests.old_databases import OLDEST, Database, empty_database, load

ROOT = Path(__file__).parents[1]
RECORDS = int(os.environ.get("BENCH_UPGRADE_RECORDS", "80000"))
GOAL_S = 60
GOAL_WAIT_S = 1
# What people and the worker write to, all day.
WRITTEN = (
    "catalog_image",
    "catalog_annotation",
    "catalog_imagefile",
    "catalog_batchitem",
    "catalog_reading",
    "auth_user",
)
_PAUSE_S = 0.005
# Understood before and now, now only, and not yet.
_DATES = ("1959年5月", "约1960年", "光绪三十年", "改革开放初期", "1959年以前")
_LINE = re.compile(r"^\s*(\w+\.\d{4}\w*)\D*([\d.]+)", re.MULTILINE)


def run() -> None:
    """Measure each database that is there."""
    vendors = ["sqlite"]
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        vendors.append("postgresql")
    for vendor in vendors:
        with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, empty_database(vendor, Path(name)) as database:
            load(database)
            multiply(database, RECORDS)
            _measure(database, Path(name))


def multiply(database: Database, records: int) -> None:
    """Write records in the tables as they were: a file, three texts, a batch item and a reading each.

    Args:
        database: one that holds the fixture.
        records: how many.
    """
    database.run(_statements(database, records))
    if database.vendor == "postgresql":
        database.run("VACUUM ANALYZE")


def _measure(database: Database, folder: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "DATABASE_URL": database.address,
        "DATA_DIR": str(folder / "data"),
        "ENV_FILE": os.devnull,
    }
    command = [sys.executable, "manage.py", "upgrade", "--without-backup"]
    with _writers(database) as waits, stopwatch() as watch:
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)  # noqa: S603 - the project's own command
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    details = {"database": database.vendor, "records": RECORDS, "from": OLDEST}
    for migration, seconds in _LINE.findall(done.stdout):
        report(f"upgrade.{migration}", float(seconds), "s", **details)
    report("upgrade.total", watch.seconds, "s", **details, wanted=GOAL_S)
    for table, (longest, writes) in waits.items():
        report(f"upgrade.wait.{table}", longest, "s", **details, writes=writes, wanted=GOAL_WAIT_S)


@contextmanager
def _writers(database: Database) -> Iterator[dict[str, tuple[float, int]]]:
    """Have another process write to each table for as long as the context lasts.

    Yields:
        Table → the longest wait and how many writes there were; filled at the end.
    """
    waits: dict[str, tuple[float, int]] = {}
    if database.vendor != "postgresql":
        yield waits  # its writers take turns at one lock, upgraded or not
        return
    command = [sys.executable, "-m", "benchmarks.upgrade", database.target]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - itself
        try:
            yield waits
        finally:
            printed, _ = process.communicate("")
    waits.update({table: (longest, writes) for table, (longest, writes) in json.loads(printed).items()})


def _write(target: str) -> None:
    """Write to all tables until standard input ends, and print the longest waits."""
    done = threading.Event()
    waits: dict[str, tuple[float, int]] = {}
    threads = [threading.Thread(target=_write_to, args=(target, table, done, waits)) for table in WRITTEN]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    done.set()
    for thread in threads:
        thread.join()
    print(json.dumps(waits))


def _write_to(target: str, table: str, done: threading.Event, waits: dict[str, tuple[float, int]]) -> None:
    longest, writes, row = 0.0, 0, 0
    with psycopg.connect(target, autocommit=True) as connection:
        newest = f"SELECT MAX(id) FROM {table}"  # noqa: S608 - names from above
        (last,) = connection.execute(newest.encode()).fetchone() or (1,)
        while not done.is_set():
            row = row % 5 + 1
            started = time.perf_counter()
            # Rows at the end: any column will do, and no constraint looks at this one anew.
            connection.execute(f"UPDATE {table} SET id = id WHERE id = {last - row}".encode())  # noqa: S608 - likewise
            longest, writes = max(longest, time.perf_counter() - started), writes + 1
            time.sleep(_PAUSE_S)
    waits[table] = (longest, writes)


def _statements(database: Database, records: int) -> str:
    """Multiply rows of the fixture; columns that are named take other values."""
    numbers = f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {records}) SELECT i FROM n) s"  # noqa: S608 - a number
    hexadecimal = "printf('%064x', i)" if database.vendor == "sqlite" else "lpad(to_hex(i), 64, '0')"
    chosen = " ".join(f"WHEN {number} THEN '{text}'" for number, text in enumerate(_DATES))
    texts = f"CASE i % {len(_DATES) + 1} {chosen} ELSE '' END"
    image = "100000 + i"
    of_image = {"id": image, "image_id": image}
    made = [
        ("catalog_image", "A-12", {"id": image, "identifier": "'B-' || i", "date_text": texts}),
        ("catalog_imagefile", "A-1_front.jpg", {
            **of_image, "sha256": hexadecimal, "perceptual_hash": "''", "join_key": "''",
        }),
        ("catalog_run", "草稿在等", of_image),
        ("catalog_annotation", "草稿在等", {"id": "100000 + 3 * i", "image_id": image, "run_id": image}),
        ("catalog_annotation", "草稿被人写的取代", {
            "id": "100001 + 3 * i", "image_id": image, "run_id": image, "field": "'title'",
        }),
        ("catalog_annotation", "人在草稿旁边写的", {"id": "100002 + 3 * i", "image_id": image, "field": "'title'"}),
        ("catalog_batchitem", "图像损坏", of_image),
        ("catalog_reading", "西湖留影", {"id": image, "file_id": image}),
    ]  # fmt: skip
    return (
        "BEGIN;" + ";".join(_copies(database, table, of, numbers, changed) for table, of, changed in made) + ";COMMIT;"
    )


_TOLD_BY = {
    "catalog_image": "identifier", "catalog_imagefile": "original_name", "catalog_run": "raw_text",
    "catalog_annotation": "value", "catalog_batchitem": "error", "catalog_reading": "text",
}  # fmt: skip


def _copies(database: Database, table: str, of: str, numbers: str, changed: dict[str, str]) -> str:
    """Return the statement that copies a row of the fixture once for each number.

    Args:
        database: its columns are asked for.
        table: the row's table.
        of: what the row is told by.
        numbers: a subquery that yields `i`.
        changed: column → expression.
    """
    where = f"FROM {table} WHERE {_TOLD_BY[table]} = '{of}'"
    (row,) = database.select(f"SELECT * {where}")
    columns = ", ".join(row)
    values = ", ".join(changed.get(column, f"t.{column}") for column in row)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT * {where}) t, {numbers}"  # noqa: S608 - words from above


if __name__ == "__main__":
    _write(sys.argv[1])
