"""How fast scans come in, beside a bare loop that does the same with the pictures; memory; large scans; look-alikes.

What looks alike is looked at again, which costs most where everything does: a pile of cards of one form, beside as many
scans of the same size of which no two are near each other.

Everything is measured in processes of their own, one after the other, on an empty installation in a temporary folder.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import report

ROOT = Path(__file__).parents[1]
SCANS = int(os.environ.get("BENCH_IMPORT_SCANS", "120"))
MANY = int(os.environ.get("BENCH_IMPORT_MANY", "10000"))
HASHES = int(os.environ.get("BENCH_IMPORT_HASHES", "1000000"))
_SIZE = (4000, 3000)
_SMALL = (320, 240)
_LARGE = (20_000, 15_000)
_CARDS = 48
_CARD_SIZES = {"1.1 megapixels": (1240, 900), "8.7 megapixels": (3508, 2480)}
_VARIANTS = 24
_ROUNDS = 2


def run() -> None:
    """Measure all of it."""
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name:
        folder = Path(name)
        for part in (_rate, _memory, _large, _cards, _near):
            part(folder)


def _rate(folder: Path) -> None:
    """Import 12-megapixel JPEGs, in turns with the bare loop: A B B A."""
    scans = folder / "scans"
    draw_scans(scans, SCANS, _SIZE)
    seconds: dict[str, float] = {"bare": 0.0, "import": 0.0}
    processor: dict[str, float] = {"bare": 0.0, "import": 0.0}
    order = ["bare", "import", "import", "bare"] * (_ROUNDS // 2)
    for place, who in enumerate(order):
        data = folder / f"{who}-{place}"
        said = _child(who, data, str(scans))
        seconds[who] += said["seconds"]
        processor[who] += said["processor"]
        shutil.rmtree(data, ignore_errors=True)
    rates = {who: SCANS * order.count(who) / spent for who, spent in seconds.items()}
    for who, rate in rates.items():
        report(f"importing.rate.{who}", rate, "images/s", megapixels=12, images=SCANS, runs=order.count(who))
    report("importing.rate.ratio", rates["import"] / rates["bare"], "", wanted=0.7)
    # Of the processor's time alone: what it comes to where nothing else is running and the disk is not waited for.
    report("importing.processor.ratio", processor["bare"] / processor["import"], "")
    shutil.rmtree(scans)


def _memory(folder: Path) -> None:
    """Import many small files, and watch the memory that the process holds."""
    scans = folder / "many"
    draw_scans(scans, MANY, _SMALL)
    said = _child("watched", folder / "watched", str(scans))
    for files, mebibytes in said["memory"]:
        report("importing.memory", mebibytes, "MiB", files=files)
    first, last = said["memory"][1][1], said["memory"][-1][1]
    report("importing.memory.growth", last - first, "MiB", files=MANY)
    shutil.rmtree(scans)
    shutil.rmtree(folder / "watched", ignore_errors=True)


def _large(folder: Path) -> None:
    """Import one TIFF of 300 megapixels, 900 MB."""
    scans = folder / "large"
    scans.mkdir()
    _child("draw-large", folder / "drawn", str(scans / "large.tif"))
    said = _child("import", folder / "large-data", str(scans))
    megapixels = _LARGE[0] * _LARGE[1] // 1_000_000
    report("importing.large.peak", said["peak"], "MiB", megapixels=megapixels, wanted=600)
    report("importing.large.seconds", said["seconds"], "s", megapixels=megapixels)
    shutil.rmtree(scans)
    shutil.rmtree(folder / "large-data", ignore_errors=True)


def _cards(folder: Path) -> None:
    """Import cards of one form, in turns with scans of their size that are not alike: A B B A."""
    for label, size in _CARD_SIZES.items():
        kinds = {"cards": folder / "cards", "others": folder / "others"}
        draw_cards(kinds["cards"], _CARDS, size)
        draw_scans(kinds["others"], _CARDS, size)
        processor: dict[str, float] = dict.fromkeys(kinds, 0.0)
        for place, kind in enumerate(["cards", "others", "others", "cards"]):
            data = folder / f"{kind}-{place}"
            processor[kind] += _child("import", data, str(kinds[kind]))["processor"]
            shutil.rmtree(data)
        each = {kind: 1000 * spent / (2 * _CARDS) for kind, spent in processor.items()}
        report("importing.cards.ratio", each["cards"] / each["others"], "", size=label, scans=_CARDS)
        report("importing.cards.more", each["cards"] - each["others"], "ms", size=label, scans=_CARDS)
        for scans in kinds.values():
            shutil.rmtree(scans)


def _near(folder: Path) -> None:
    """Look for look-alikes among a million hashes, under one hash and as widely as an import does."""
    said = _child("near", folder / "near")
    for how in ("near", "wide"):
        figures = said[how]
        report(f"importing.{how}.median", figures["median"], "ms", hashes=HASHES, database=said["database"])
        report(f"importing.{how}.slowest", figures["slowest"], "ms", hashes=HASHES, found=figures["found"])
    shutil.rmtree(folder / "near", ignore_errors=True)


def draw_scans(folder: Path, number: int, size: tuple[int, int]) -> None:
    """Write noisy JPEGs, no two alike: they compress as badly as old photographs do, and no hash is near another.

    Args:
        folder: where to; made.
        number: how many.
        size: of each, in pixels.
    """
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(number):
        coarse = Image.fromarray(rng.integers(0, 256, (12, 16), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
        grain = Image.fromarray(rng.integers(0, 256, (size[1] // 4, size[0] // 4), dtype=np.uint8))
        picture = Image.blend(coarse, grain.resize(size, Image.Resampling.BICUBIC), 0.25).convert("RGB")
        picture.save(folder / f"{index:06d}.jpg", quality=90)


def draw_cards(folder: Path, number: int, size: tuple[int, int]) -> None:
    """Write JPEGs of cards of one form, each filled in otherwise.

    Args:
        folder: where to; made.
        number: how many.
        size: of each, in pixels.
    """
    from PIL import Image

    from demo.alike.sheets import sparse_form

    folder.mkdir(parents=True)
    for index in range(number):
        card = sparse_form(0, index).resize(size, Image.Resampling.BICUBIC)
        card.save(folder / f"{index:06d}.jpg", quality=90)


def _child(part: str, data: Path, *arguments: str) -> dict[str, Any]:
    """Run a part in a process with its own DATA_DIR, and return what it prints last."""
    environment = {**os.environ, "DATA_DIR": str(data), "ENV_FILE": os.devnull, "LOG_LEVEL": "error"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "benchmarks.importing", part, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - itself
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


# --- In the child ----------------------------------------------------------------------------------------------------


def bare_loop(folder: Path, target: Path) -> dict[str, float]:
    """Read, hash and shrink with Pillow alone: what an import of this kind cannot do without.

    Args:
        folder: the scans.
        target: where the two derivatives of each go.
    """
    import hashlib

    from PIL import Image

    target.mkdir(parents=True)
    started, begun = time.perf_counter(), time.process_time()
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        for longer, quality in ((1600, 88), (320, 80)):
            picture.thumbnail((longer, longer), Image.Resampling.LANCZOS, reducing_gap=3.0)
            picture.save(target / f"{digest}-{longer}.jpg", "JPEG", quality=quality, optimize=True, progressive=True)
    return {"seconds": time.perf_counter() - started, "processor": time.process_time() - begun}


def import_all(folder: Path, every: int = 0) -> dict[str, Any]:
    """Import a folder as the command does.

    Args:
        folder: the scans.
        every: after how many files the memory is read; 0 for never.
    """
    import resource

    _installed()
    from catalog.importing.folders import folder_source
    from catalog.importing.importing import import_images
    from catalog.records.entries import create_collection

    collection = create_collection(slug="bench", title="bench")
    memory: list[tuple[int, float]] = []

    def watch(so_far: Any, name: str) -> None:
        if every and so_far.seen % every == 0:
            memory.append((so_far.seen, _resident_mebibytes()))

    started, begun = time.perf_counter(), time.process_time()
    done = import_images(collection=collection, source=folder_source(folder), progress=watch)
    seconds, processor = time.perf_counter() - started, time.process_time() - begun
    if done.left_out:
        raise RuntimeError(done.left_out[0].reason)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "processor": processor, "memory": memory, "peak": peak}


def find_among_a_million() -> dict[str, Any]:
    """Fill the database with hashes, and look for some with a few bits changed."""
    from django.db import connection

    _installed()
    from catalog.models import Collection, Image, ImageFile
    from catalog.perceptual import BANDS, bands
    from catalog.records.near_duplicates import find_near

    collection = Collection.objects.create(slug="near", title="near")
    dice = random.Random(0)  # noqa: S311 - hashes, not secrets
    hashes = []
    for start in range(0, HASHES, 10_000):
        count = min(10_000, HASHES - start)
        images = Image.objects.bulk_create(Image(collection=collection) for _ in range(count))
        files = []
        for number, image in enumerate(images, start):
            value = f"{dice.getrandbits(64):016x}"
            files.append(_scan(ImageFile, image, number, value, dict(zip(BANDS, bands(value), strict=True))))
            if number % (HASHES // 200 or 1) == 0:
                hashes.append(value)
        ImageFile.objects.bulk_create(files)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    asked = [_with_bits_changed(value, 5, dice) for value in hashes]
    variants = [[_with_bits_changed(value, 3, dice) for _ in range(_VARIANTS)] for value in asked]

    def look(wide: bool) -> dict[str, Any]:
        times, found = [], 0
        for value, others in zip(asked, variants, strict=True):
            started = time.perf_counter()
            near = find_near(collection_id=collection.pk, perceptual_hash=value, variants=others if wide else ())
            times.append(1000 * (time.perf_counter() - started))
            found += bool(near)
        times.sort()
        return {"median": times[len(times) // 2], "slowest": times[-1], "found": f"{found}/{len(asked)}"}

    return {"near": look(wide=False), "wide": look(wide=True), "database": connection.vendor}


def _with_bits_changed(value: str, bits: int, dice: random.Random) -> str:
    return f"{int(value, 16) ^ sum(1 << bit for bit in dice.sample(range(64), bits)):016x}"


def _scan(model: Any, image: Any, number: int, value: str, cut: dict[str, Any]) -> Any:
    return model(
        image=image, collection_id=image.collection_id, original_name=str(number), master=f"{number}",
        sha256=f"{number:064x}", perceptual_hash=value, byte_size=1, width=1, height=1, format="JPEG", **cut,
    )  # fmt: skip


def draw_large(path: Path) -> dict[str, Any]:
    """Write a TIFF of 300 megapixels."""
    import pyvips

    grain = pyvips.Image.gaussnoise(*_LARGE, mean=128, sigma=30).cast("uchar")
    grain.bandjoin([grain, grain]).copy(interpretation="srgb").tiffsave(str(path))
    return {}


def _installed() -> None:
    """Make the database of the child's own installation."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    django.setup()
    call_command("migrate", verbosity=0)


def _resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _part(name: str, arguments: list[str]) -> dict[str, Any]:
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "bare": lambda: bare_loop(Path(arguments[0]), Path(os.environ["DATA_DIR"], "bare")),
        "import": lambda: import_all(Path(arguments[0])),
        "watched": lambda: import_all(Path(arguments[0]), every=max(1, MANY // 10)),
        "draw-large": lambda: draw_large(Path(arguments[0])),
        "near": find_among_a_million,
    }
    return parts[name]()


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(_part(sys.argv[1], sys.argv[2:])))
    else:
        run()
