"""What a bulk change of 10,000 records costs, there and back, and how long reviewers wait beside it.

Drafts are accepted in bulk and the change is undone, chunk by chunk as the worker does it, while other processes review
records of another collection. The figures are processor time of the working process and, with DATABASE_URL, of the
server's process behind its connection; and how long one decision of a reviewer took. Afterwards the rows are compared
with those before: all columns of annotations, and all of images but `updated_at` and `revision`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.figures import report
from tests.old_databases import Database, empty_database

ROOT = Path(__file__).parents[1]
RECORDS = int(os.environ.get("BENCH_BULK_RECORDS", "10000"))
REVIEWERS = int(os.environ.get("BENCH_BULK_REVIEWERS", "2"))

_FILL = """
import django
django.setup()
import sys
from django.contrib.auth.models import User
from django.utils import timezone
from catalog.facets import facets_of
from catalog.models import Annotation, Collection, Image, Membership, Run

records, reviewers = int(sys.argv[1]), int(sys.argv[2])
FIELDS = {"title": "清水河石桥落成", "place": "清水镇", "people": "三人"}


def fill(slug, number, user):
    collection = Collection.objects.create(slug=slug, title=slug)
    Membership.objects.create(user=user, collection=collection, role="reviewer")
    told = [Annotation(field=field, state="draft", source="model", ai_origin=True) for field in FIELDS]
    facets = facets_of(told, has_range=False, date_unread=False)
    for first in range(0, number, 500):
        some = range(first, min(first + 500, number))
        images = Image.objects.bulk_create(
            Image(collection=collection, identifier=f"{place:06}", status="to_review", facets=facets) for place in some
        )
        runs = Run.objects.bulk_create(Run(image=image, model_name="bench") for image in images)
        Annotation.objects.bulk_create(
            Annotation(image=run.image, run=run, field=field, value=value, source="model", ai_origin=True)
            for run in runs
            for field, value in FIELDS.items()
        )


fill("bulk", records, User.objects.create_user("shen"))
for number in range(reviewers):
    fill(f"reviewed-{number}", records, User.objects.create_user(f"reviewer-{number}"))
"""

# Goes on until its standard input is closed.
_REVIEW = """
import django
django.setup()
import json, select, sys, time
from django.contrib.auth.models import User
from catalog.models import Collection
from catalog.review import decisions

user, took = User.objects.get(username=sys.argv[1]), []
for image in Collection.objects.get(slug=sys.argv[2]).images.order_by("pk"):
    if select.select([sys.stdin], [], [], 0.2)[0]:
        break
    begun = time.perf_counter()
    decisions.accept_all(image=image, seen=[draft.pk for draft in image.annotations.drafts()], user=user)
    took.append(time.perf_counter() - begun)
print(json.dumps(took))
"""

_WORK = """
import django
django.setup()
import hashlib, json, os, time
from pathlib import Path
from django.contrib.auth.models import User
from django.db import connection
from catalog import policies
from catalog.models import Annotation, Image
from catalog.review.bulk import running
from catalog.review.bulk.changes import Accepting
from catalog.review.bulk.jobs import BulkChanging
from catalog.review.bulk.selection import Choice, prepare, prepare_undo
from catalog.review.bulk.sources import OfBulkChange

user = User.objects.get(username="shen")
images = policies.reviewable_images(user)


def spent():
    if connection.vendor != "postgresql":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows():
    digest = hashlib.sha256()
    annotations = Annotation.objects.filter(image__collection__slug="bulk")
    for found in (annotations, Image.objects.filter(collection__slug="bulk")):
        for row in found.order_by("pk").values().iterator(chunk_size=1000):
            digest.update(repr([item for item in row.items() if item[0] not in ("updated_at", "revision")]).encode())
    return digest.hexdigest()


def measured(action):
    connection.ensure_connection()
    begun = spent()
    made = action()
    return made, spent() - begun


def carry_out(change):
    running.start(change=change, user=user)
    job, longest = BulkChanging(), 0.0
    while job.claim():
        begun = time.perf_counter()
        pause_s = job.step()
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(pause_s)
    change.refresh_from_db()
    return change.done_records, longest


def both_ways(kind, ready):
    change, preview_s = measured(ready)
    (records, longest), work_s = measured(lambda: carry_out(change))
    told = {"preview": preview_s, "work": work_s, "longest chunk": longest, "records": records}
    return change, {f"{kind}.{part}": figure for part, figure in told.items()}


before = rows()
change, told = both_ways("accept", lambda: prepare(user=user, change=Accepting(), choice=Choice(images)))
undo = lambda: prepare_undo(user=user, source=OfBulkChange(change.pk), allowed=images, words="")
_, undone = both_ways("undo", undo)
print(json.dumps({**told, **undone, "as before": rows() == before}))
"""


def run() -> None:
    """Fill a database, carry the change out and undo it beside reviewers, and print the figures."""
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name, empty_database(_vendor(), Path(name)) as database:
        environment = _environment(database, Path(name))
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)  # noqa: S603 - the project itself
        _said(_FILL, environment, str(RECORDS), str(REVIEWERS))
        database.run("VACUUM ANALYZE" if database.vendor == "postgresql" else "ANALYZE")
        reviewers = [
            _started(_REVIEW, environment, f"reviewer-{number}", f"reviewed-{number}") for number in range(REVIEWERS)
        ]
        told = json.loads(_said(_WORK, environment))
        waits = sorted(took for reviewer in reviewers for took in json.loads(reviewer.communicate("stop")[0]))
    _tell(told, waits)


def _tell(told: dict[str, Any], waits: list[float]) -> None:
    details: dict[str, Any] = {"database": _vendor(), "records": RECORDS, "drafts": 3 * RECORDS}
    for kind in ("accept", "undo"):
        for part in ("work", "preview"):
            each = 1000 * told[f"{kind}.{part}"] / RECORDS
            report(f"bulk.{kind}.{part}", each, "ms of a processor per record", **details, done=told[f"{kind}.records"])
        report(f"bulk.{kind}.chunk", told[f"{kind}.longest chunk"], "s, the longest", **details)
    report("bulk.as_before", float(told["as before"]), "", **details, wanted=1.0)
    if waits:
        beside = {**details, "reviewers": REVIEWERS, "decisions": len(waits)}
        report("bulk.beside.median", 1000 * waits[len(waits) // 2], "ms", **beside)
        report("bulk.beside.p95", 1000 * waits[int(0.95 * len(waits))], "ms", **beside)
        report("bulk.beside.longest", 1000 * waits[-1], "ms", **beside)


def _said(program: str, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - the project itself
    return done.stdout


def _started(program: str, environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(  # noqa: S603 - the project itself
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _environment(database: Database, folder: Path) -> dict[str, str]:
    environment = {**os.environ, "DATA_DIR": str(folder), "ENV_FILE": os.devnull, "GLMV_LOG_LEVEL": "ERROR"}
    environment |= {"DATABASE_URL": database.address, "PYTHONPATH": str(ROOT)}
    return environment | {"DJANGO_SETTINGS_MODULE": "glmv_site.settings"}


def _vendor() -> str:
    return "postgresql" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "sqlite"
