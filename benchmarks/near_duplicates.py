"""How well an import tells what came in twice from what only looks alike: forms, tables, pages, drawings, photographs.

Drawn pictures with the right answer (`demo.alike`) come into one collection; then its groups are looked at. Two figures
are held to: of a hundred pictures at most one is put together with something else, and of a hundred re-scans at least
95 are found.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import report
from demo.alike.pictures import LookAlike, look_alikes

ROOT = Path(__file__).parents[1]
FAMILIES = int(os.environ.get("BENCH_NEAR_FAMILIES", "4"))
MEMBERS = int(os.environ.get("BENCH_NEAR_MEMBERS", "5"))
SEED = int(os.environ.get("BENCH_NEAR_SEED", "700"))
"""Of pictures on which no bound was chosen: those were chosen on seeds below 400."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it.

    Attributes:
        pictures: how many came in.
        wrong: names of the files in whose group there is another thing.
        sought: way in which a thing came in once more → how often.
        found: the same → how often it was put together with its first scan.
    """

    pictures: int
    wrong: list[str]
    sought: Mapping[str, int]
    found: Mapping[str, int]


def run() -> None:
    """Draw, import, and print the figures."""
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name:
        scans, data = Path(name, "scans"), Path(name, "data")
        things = save_all(scans, FAMILIES, MEMBERS, SEED)
        environment = {**os.environ, "DATA_DIR": str(data), "ENV_FILE": os.devnull, "LOG_LEVEL": "error"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "benchmarks.near_duplicates", str(scans)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - itself
    groups: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    figures = hold_against(things, groups)
    report("near_duplicates.wrong", len(figures.wrong) / figures.pictures, "", pictures=figures.pictures, wanted=0.01)
    for how, sought in figures.sought.items():
        wanted = {"wanted": 0.95} if how == "rescan" else {}
        report(f"near_duplicates.found.{how}", figures.found[how] / sought, "", sought=sought, **wanted)


def save_all(folder: Path, families: int, members: int, seed: int = 0) -> dict[str, LookAlike]:
    """Save the pictures as files.

    Args:
        folder: where to; made.
        families: as `look_alikes` has it.
        members: likewise.
        seed: likewise.

    Returns:
        File name → what it shows, in the order in which they come in.
    """
    folder.mkdir(parents=True)
    things = {}
    for number, alike in enumerate(look_alikes(families, members, seed)):
        name = f"{number:04d}.jpg"
        alike.picture.save(folder / name, quality=92)
        things[name] = alike
    return things


def hold_against(things: Mapping[str, LookAlike], groups: Mapping[str, int]) -> Figures:
    """Hold the groups that an import made against what the pictures show.

    Args:
        things: file name → what it shows.
        groups: file name → its group, of those that are in one.
    """
    shown: dict[int, set[str]] = defaultdict(set)
    for name, group in groups.items():
        shown[group].add(things[name].thing)
    first = {alike.thing: name for name, alike in things.items() if not alike.how}
    sought, found = Counter[str](), Counter[str]()
    for name, alike in things.items():
        if alike.how:
            sought[alike.how] += 1
            found[alike.how] += name in groups and groups[name] == groups.get(first[alike.thing])
    wrong = [name for name, group in groups.items() if len(shown[group]) > 1]
    return Figures(pictures=len(things), wrong=wrong, sought=sought, found=found)


def _import(scans: Path) -> dict[str, int]:
    """Bring a folder into an empty installation, and return the group of each file that is in one."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from catalog.importing.folders import folder_source
    from catalog.importing.importing import import_images
    from catalog.models import ImageFile
    from catalog.records.entries import create_collection

    collection = create_collection(slug="bench", title="bench")
    done = import_images(collection=collection, source=folder_source(scans))
    if done.left_out:
        raise RuntimeError(done.left_out[0].reason)
    grouped = ImageFile.objects.filter(image__near_group__isnull=False)
    return dict(grouped.values_list("original_name", "image__near_group"))


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(_import(Path(sys.argv[1]))))
    else:
        run()
