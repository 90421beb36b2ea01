"""How fast a batch is drafted by the worker, beside one image at a time, on the same site with the demo model.

Then all images are drafted again and again: what the site keeps of pictures does not grow any more, so memory that
still grows is lost.
"""

import os
import sys
import time

from benchmarks.figures import report
from benchmarks.installation import (
    SLUG,
    Installation,
    children,
    command_of,
    drawn_scans,
    installation,
    resident_mb,
    web_of,
    workers_of,
)
from benchmarks.serving.processes import HOST, ROOT, running

_ARCHIVE = 80_000
_TURNS = 3
_ROUNDS = 6
_ONE_BY_ONE = 24
_TOGETHER = 96
_TIMEOUT_S = 1800.0

_OPEN = """
from catalog.batches.lifecycle import chosen_prompt, open_chosen
collection = Collection.objects.get(slug={slug!r})
# By their numbers: of near-duplicates, each is drafted then.
keys = list(collection.images.order_by("pk").values_list("pk", flat=True)[{first}:{last}])
(batch,) = open_chosen(
    images=Image.objects.filter(pk__in=keys), version=chosen_prompt(collection=collection), background={background})
"""
# Foreground and background differ in nothing but who claims: the same code asks the same site.
_ONE_AT_A_TIME = """
import time
from dataclasses import replace
from catalog.drafting.site import RunningSite
from catalog.drafting.drafting import Drafting
from catalog.batches.running import run_batch
site = RunningSite()
with site.describer(replace(site.look(), most_rows=1)) as describer:
    started = time.perf_counter()
    run_batch(batch=batch, work=Drafting(describer))
    show(time.perf_counter() - started)
"""


def run() -> None:
    """Measure in turns, so that whatever else the machine does meets both alike."""
    turns = int(os.environ.get("BENCH_DRAFTING_TURNS", _TURNS))
    with (
        drawn_scans(turns * (_ONE_BY_ONE + _TOGETHER)) as scans,
        installation(scans) as made,
        running(
            [sys.executable, "manage.py", "serve"],
            made.environment,
            ROOT,
            f"http://{HOST}:{made.port}/ready",
            made.folder / "serve.log",
        ),
    ):
        supervisor = _supervisor()
        one = together = 0.0
        memory = []
        for turn in range(turns):
            first = turn * (_ONE_BY_ONE + _TOGETHER)
            one += made.ask(_opened(first, _ONE_BY_ONE, background=False) + _ONE_AT_A_TIME)
            together += _by_the_worker(made, first + _ONE_BY_ONE)
            memory.append((resident_mb(web_of(supervisor)[-1]), resident_mb(workers_of(supervisor)[0])))
        _report(turns, one, together, memory)
        again = []
        images = turns * (_ONE_BY_ONE + _TOGETHER)
        rounds = int(os.environ.get("BENCH_DRAFTING_ROUNDS", _ROUNDS))
        for _round in range(rounds):
            _by_the_worker(made, 0, images)
            again.append((resident_mb(web_of(supervisor)[-1]), resident_mb(workers_of(supervisor)[0])))
        _report_memory("again", again, rounds * images)


def _report(turns: int, one_s: float, together_s: float, memory: list[tuple[float, float]]) -> None:
    slow, fast = 60 * turns * _ONE_BY_ONE / one_s, 60 * turns * _TOGETHER / together_s
    report("drafting.one_at_a_time", slow, "images/min", images=turns * _ONE_BY_ONE)
    report("drafting.batch", fast, "images/min", images=turns * _TOGETHER)
    report("drafting.batch_over_one_at_a_time", fast / slow, "ratio")
    report("drafting.archive", _ARCHIVE / fast / 60, "h", images=_ARCHIVE)
    _report_memory("memory", memory, turns * (_ONE_BY_ONE + _TOGETHER))


def _report_memory(what: str, memory: list[tuple[float, float]], images: int) -> None:
    for place, name in enumerate(("web", "worker")):
        after = [round(turn[place]) for turn in memory]
        if after:
            report(f"drafting.{name}_{what}", after[-1], "MB", after_each_turn=after, images=images)


def _by_the_worker(made: Installation, first: int, number: int = _TOGETHER) -> float:
    """Leave a batch to the worker; return how long it took, from its opening to its end."""
    pk = made.ask(_opened(first, number, background=True) + "show(batch.pk)")
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        state, seconds = made.ask(
            f"b = Batch.objects.get(pk={pk})\n"
            "show([b.state, (b.finished_at - b.started_at).total_seconds() if b.finished_at else 0])"
        )
        if state == "done":
            return float(seconds)
        time.sleep(5)
    raise TimeoutError("the worker does not finish")


def _opened(first: int, number: int, *, background: bool) -> str:
    return _OPEN.format(slug=SLUG, first=first, last=first + number, background=background)


def _supervisor() -> int:
    """Return the number of ``manage.py serve``, which this process has started."""
    return next(pid for pid in children(os.getpid()) if "manage.py serve" in command_of(pid))
