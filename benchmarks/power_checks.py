"""What is in the tables and folders of an installation before and after a power cut, and what of it is wrong."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation
from benchmarks.reviewers import Reviewer

IMPORTED = "imported"
REVIEWED = "reviewed"
REVIEWERS = ("first", "second", "third")
_FIELDS = ("title", "description", "place", "people")

_PREPARE = """
from django.contrib.auth.models import User
from catalog.models import Collection, Image, Membership
from catalog.records.annotations import write_import_drafts
Collection.objects.create(slug={imported!r}, title="Imported")
reviewed = Collection.objects.create(slug={reviewed!r}, title="Reviewed")
kinds, decisions = ("accept", "edit", "reject"), {{}}
for name in {reviewers!r}:
    user = User.objects.create_user(name, password="a long password", is_staff=True)
    Membership.objects.create(user=user, collection=reviewed, role="reviewer")
    rows = decisions[name] = []
    while len(rows) < {number}:
        image = Image.objects.create(collection=reviewed, identifier=f"{{name}}-{{len(rows):04d}}")
        values = {{field: f"{{field}} of {{image.identifier}}" for field in {fields!r}}}
        for draft in write_import_drafts(image=image, values=values, user=None):
            kind = kinds[len(rows) % len(kinds)]
            value = draft.value + (" in other words" if kind == "edit" else "")
            row = dict(image=image.pk, annotation=draft.pk, field=str(draft.field), kind=kind, value=value)
            rows.append(row)
show(decisions)
"""

_SNAPSHOT = """
scans = ImageFile.objects.filter(collection__slug={imported!r}).values_list("sha256", flat=True)
show(dict(scans=list(scans), drafted=Run.objects.count()))
"""

_LOOK = """
from collections import Counter
from hashlib import sha256
from pathlib import Path
from django.conf import settings
from django.db import connection
from catalog.importing.derivatives import is_whole
entries = Counter(
    details.get("annotation")
    for details in Action.objects.filter(verb__startswith="draft_").values_list("details", flat=True)
)
decided = {{}}
for annotation in Annotation.objects.filter(pk__in={annotations!r}).select_related("image"):
    record = annotation.image.accepted_value(annotation.field)
    decided[annotation.pk] = [annotation.state, entries[annotation.pk], record]
scans = [
    [
        file.sha256,
        file.master_path.is_file() and sha256(file.master_path.read_bytes()).hexdigest() == file.sha256,
        all(is_whole(Path(copy.path)) for copy in (file.thumbnail, file.screen)),
    ]
    for file in ImageFile.objects.filter(collection__slug={imported!r})
]
drafted = Counter(Run.objects.values_list("image_id", flat=True))
whole = "ok"
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        whole = cursor.execute("PRAGMA integrity_check").fetchone()[0]
media = Path(settings.MEDIA_ROOT)
staging = Path(settings.DATA_DIR, "staging")
show(dict(
    decided=decided,
    scans=scans,
    without_files=Image.objects.filter(collection__slug={imported!r}, files=None).count(),
    imported_entries=Action.objects.filter(verb="image_imported", collection__slug={imported!r}).count(),
    drafted=len(drafted),
    drafted_twice=sum(number > 1 for number in drafted.values()),
    batch=Batch.objects.get().state,
    unsettled=BatchItem.objects.exclude(state="done").count(),
    leases=BatchItem.objects.exclude(owner="", lease_until=None, claim=None).count(),
    whole=whole,
    left=[str(path) for path in (*media.rglob("*.part"), *(staging.iterdir() if staging.is_dir() else ()))],
))
"""


def prepare(made: Installation, number: int) -> dict[str, list[dict[str, Any]]]:
    """Write drafts, and accounts that are to decide about them.

    Args:
        made: the installation.
        number: drafts for each reviewer, at least.

    Returns:
        What each is to decide, as the columns of `reviewers.Decision`.
    """
    names = {"imported": IMPORTED, "reviewed": REVIEWED, "reviewers": REVIEWERS, "fields": _FIELDS}
    decisions: dict[str, list[dict[str, Any]]] = made.ask(_PREPARE.format(**names, number=number))
    return decisions


def snapshot(made: Installation) -> tuple[list[str], int]:
    """Return the contents of the scans that are in the tables now, and how many images have been drafted."""
    found: dict[str, Any] = made.ask(_SNAPSHOT.format(imported=IMPORTED))
    return found["scans"], found["drafted"]


def look(made: Installation, annotations: Sequence[int]) -> dict[str, Any]:
    """Return all that may have suffered.

    Args:
        made: the installation.
        annotations: the drafts that were to be decided.
    """
    found: dict[str, Any] = made.ask(_LOOK.format(imported=IMPORTED, annotations=list(annotations)))
    return found


def faults_of(
    made: Installation, reviewers: Sequence[Reviewer], source: Path, promised: Collection[str], batch: int
) -> list[str]:
    """Hold what was promised against what is there.

    Args:
        made: the installation, at rest.
        reviewers: what they decided and were told.
        source: the folder that was imported.
        promised: the scans that were seen to be imported.
        batch: images that were to be drafted.

    Returns:
        A line for each fault.
    """
    found = look(made, [decision.annotation for reviewer in reviewers for decision in reviewer.todo])
    return [
        *_of_decisions(reviewers, found),
        *_of_scans(found, source, promised),
        *_of_batch(found, batch),
        *(f"left behind: {path}" for path in found["left"]),
        *([] if found["whole"] == "ok" else [f"the database: {found['whole']}"]),
    ]


def _of_decisions(reviewers: Sequence[Reviewer], found: dict[str, Any]) -> list[str]:
    faults = [f"{reviewer.name} was told {words}" for reviewer in reviewers for words in reviewer.strange]
    for decision in (decision for reviewer in reviewers for decision in reviewer.todo):
        state, entries, record = found["decided"][str(decision.annotation)]
        accepted = decision.kind != "reject"
        expected = ["accepted", 1, decision.value] if accepted else ["rejected", 1, ""]
        if not decision.told or [state, entries, record or ""] != expected:
            faults.append(f"{decision.kind} ({decision.told}): {state}, {entries} entries, {record!r}")
    return faults


def _of_scans(found: dict[str, Any], source: Path, promised: Collection[str]) -> list[str]:
    wanted = {sha256(path.read_bytes()).hexdigest() for path in source.iterdir()}
    there = [content for content, _master, _copies in found["scans"]]
    faults = [f"scan {content}: whole {master}, copies {copies}" for content, master, copies in found["scans"]
              if not (master and copies)]  # fmt: skip
    faults += [f"a scan was seen and is gone: {content}" for content in set(promised) - set(there)]
    if sorted(there) != sorted(wanted):
        faults.append(f"{len(there)} scans of {len(wanted)}, {len(set(there))} of them different")
    if found["imported_entries"] != len(wanted):
        faults.append(f"{found['imported_entries']} entries of the log for {len(wanted)} scans")
    if found["without_files"]:
        faults.append(f"{found['without_files']} records without a scan")
    return faults


def _of_batch(found: dict[str, Any], batch: int) -> list[str]:
    expected = {"drafted": batch, "drafted_twice": 0, "unsettled": 0, "leases": 0, "batch": "done"}
    return [f"{name}: {found[name]} instead of {value}" for name, value in expected.items() if found[name] != value]
