"""What it costs that SQLite waits for the disk at every commit (ADR 51): decisions and imported scans a second.

``python -m benchmarks durability`` measures FULL and NORMAL in turn, on one database and one disk, which TMPDIR names.
Figures of a disk that answers from memory say nothing about one that does not.
"""

from benchmarks.figures import report
from benchmarks.installation import Installation, drawn_scans, installation
from benchmarks.power import draw
from benchmarks.power_checks import REVIEWERS, prepare

MODES = ("full", "normal", "full", "normal")
_DECISIONS = 120
_SCANS = 40

_DECIDE = """
import time
from django.contrib.auth.models import User
from catalog.review import decisions
user = User.objects.get(username={name!r})
drafts = [Annotation.objects.get(pk=key) for key in {keys!r}]
started = time.perf_counter()
for draft in drafts:
    decisions.accept(annotation=draft, user=user)
show(len(drafts) / (time.perf_counter() - started))
"""

_IMPORT = """
import time
from pathlib import Path
from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
collection = Collection.objects.create(slug={slug!r}, title={slug!r})
started = time.perf_counter()
with open_source(Path({source!r}), Path({source!r})) as source:
    added = import_images(collection=collection, source=source).added
show(added / (time.perf_counter() - started))
"""


def run() -> None:
    """Measure both, twice."""
    with drawn_scans(1) as scans, installation(scans) as made:
        source = made.folder / "new scans"
        draw(source, _SCANS)
        todo = prepare(made, _DECISIONS * len(MODES))[REVIEWERS[0]]
        keys = [decision["annotation"] for decision in todo]
        for turn, mode in enumerate(MODES):
            _measure(made, mode, turn, keys[turn * _DECISIONS : (turn + 1) * _DECISIONS], str(source))


def _measure(made: Installation, mode: str, turn: int, keys: list[int], source: str) -> None:
    made.environment["GLMV_SQLITE_SYNCHRONOUS"] = mode
    decided = made.ask(_DECIDE.format(name=REVIEWERS[0], keys=keys))
    report("durability.decisions", decided, "1/s", synchronous=mode, turn=turn)
    imported = made.ask(_IMPORT.format(slug=f"{mode}-{turn}", source=source))
    report("durability.imported", imported, "1/s", synchronous=mode, turn=turn)
