"""What the pages of the workbench cost with 80,000 records, beside an older version of the project.

BENCH_BESIDE names a checkout of that version with its own environment, as for `benchmarks.beside`. Both get the same
rows, in a database of their own, brought to their version by their own commands; then they answer the same requests in
turns (A B B A), each time in a process of its own. The figure is processor time of that process and, with DATABASE_URL,
of the server's process behind its connection. Each page's slowest statement is the slowest of those that it sends,
sent again to its last row.
"""

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.checkouts import ROOT, environment, fill, run_child, vendor
from benchmarks.figures import report
from tests.old_databases import Database, empty_database

RECORDS = int(os.environ.get("BENCH_REVIEWING_RECORDS", "80000"))
TIMES = int(os.environ.get("BENCH_REVIEWING_TIMES", "10"))
MIXED = os.environ.get("BENCH_REVIEWING_MIXED", "") == "1"
WANTED_STATEMENT_MS = 20
# Administrators are asked for nothing; members' lists are narrowed to what is theirs.
PEOPLE = {"member": "zhao", "administrator": "guan"}
# Page → address, and how many times less than the older version it is to cost.
PAGES = {
    "facet counts": ("/admin/catalog/image/?_facets=True", 20),
    "doubtful": ("/admin/catalog/image/?flag=doubtful", 5),
    "list": ("/admin/catalog/image/", 1.5),
    "home": ("/admin/", 4),
    "record": ("/admin/catalog/image/{record}/change/", 1.5),
}

# The generator's rows are all alike; these are as a collection in the middle of its review has them.
_MIXED = """
    UPDATE catalog_annotation SET flag = 'doubtful' WHERE state = 'draft' AND image_id % 10 IN (1, 4, 7);
    UPDATE catalog_annotation SET evidence = 'inference' WHERE state = 'draft' AND image_id % 5 = 2;
    UPDATE catalog_image SET access = 'open' WHERE id % 3 = 0;
"""

# Only what both versions have: Django, its test client, and accounts of the fixture.
_CHILD = """
from django.contrib.auth.models import User
from django.test import Client

pages, people, times = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])


def ask(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content


def slowest(client, address):
    sent = []

    def remember(execute, sql, params, many, context):
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remember):
        ask(client, address)
    durations = []
    for sql, params in sent:
        if sql.startswith("SELECT"):
            tries = []
            for _ in range(5):
                with connection.cursor() as cursor:
                    started = time.perf_counter()
                    cursor.execute(sql, params)
                    cursor.fetchall()
                    tries.append(time.perf_counter() - started)
            durations.append((1000 * sorted(tries)[2], sql))
    return [*max(durations), len(sent)]


measured = {}
for kind, name in people.items():
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    client.force_login(User.objects.get(username=name), "django.contrib.auth.backends.ModelBackend")
    for page, address in pages.items():
        ask(client, address)
        connection.ensure_connection()
        begun = time.process_time() + server_s()
        for _ in range(times):
            ask(client, address)
        spent = (time.process_time() + server_s() - begun) / times
        statement_ms, sql, queries = slowest(client, address)
        measured[f"{kind}.{page}"] = {
            "processor_ms": 1000 * spent, "statement_ms": statement_ms, "statement": sql, "queries": queries
        }
print(json.dumps(measured))
"""


def run() -> None:
    """Measure both, or this version alone where no other one is named."""
    checkouts = {"now": ROOT}
    if named := os.environ.get("BENCH_BESIDE"):
        checkouts = {"before": Path(named).resolve(), **checkouts}
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, ExitStack() as stack:
        databases = {}
        for who, checkout in checkouts.items():
            folder = Path(name) / who
            databases[who] = stack.enter_context(empty_database(vendor(), folder))
            fill(databases[who], checkout, folder, records=RECORDS, mixed=_MIXED if MIXED else "")
        runs: dict[str, list[dict[str, Any]]] = {who: [] for who in checkouts}
        for who in (*checkouts, *reversed(checkouts)):
            runs[who].append(_child(checkouts[who], databases[who], Path(name) / who))
    _tell(runs)


def _child(checkout: Path, database: Database, folder: Path) -> dict[str, Any]:
    record = 100_000 + RECORDS // 2
    pages = {page: address.format(record=record) for page, (address, _times) in PAGES.items()}
    told = environment(checkout, database.address, folder)
    said: dict[str, Any] = run_child(checkout, _CHILD, [json.dumps(pages), json.dumps(PEOPLE), str(TIMES)], told)
    return said


def _tell(runs: dict[str, list[dict[str, Any]]]) -> None:
    """Report each page: what it costs, how many times less than before, and its slowest statement."""
    details: dict[str, Any] = {"database": vendor(), "records": RECORDS, "mixed": MIXED}
    for kind in PEOPLE:
        for page, (_address, wanted) in PAGES.items():
            key = f"{kind}.{page}"
            each = {who: [round(one[key]["processor_ms"], 1) for one in ran] for who, ran in runs.items()}
            for who, figures in each.items():
                last = runs[who][-1][key]
                name, queries = f"reviewing.{key}.{who}", last["queries"]
                report(name, sum(figures) / len(figures), "ms of a processor", **details, runs=figures, queries=queries)
                slowest = min(one[key]["statement_ms"] for one in runs[who])
                wanted_ms = {"wanted": WANTED_STATEMENT_MS} if who == "now" else {}
                report(f"{name}.statement", slowest, "ms", **details, **wanted_ms, statement=last["statement"][:300])
            if "before" in each:
                ratio = sum(each["before"]) / sum(each["now"])
                report(f"reviewing.{key}", ratio, "times less", **details, wanted=wanted)
