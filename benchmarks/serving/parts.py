"""The parts of the benchmark, each of which ends within some minutes on two cores.

Machines are noisy, and more so over minutes: what is compared is measured in turns, A B B A, and pooled.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import report
from benchmarks.serving.checkpoints import endless
from benchmarks.serving.driving import Questions, ask, background, bare
from benchmarks.serving.pictures import Album, photograph, scan
from benchmarks.serving.processes import Server, product
from benchmarks.serving.results import Run
from benchmarks.serving.yardstick import transformers_serve
from inference.conf import DEMO_FOLDER

LONG, SHORT = 64, 14
"""Tokens of the answers: exactly so many where the model cannot end, about so many where it ends by itself."""
_BOUND = 64
_REQUESTS = {1: 16, 4: 32, 16: 80, 32: 96}
_WARM_UP = 4
_CALLERS = 16
_OVERHEAD_REQUESTS = 160
_INTERACTIVE_CLIENTS, _INTERACTIVE_REQUESTS = 4, 60
_BATCH_CLIENTS, _BATCH_PICTURES = 8, 240


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says.

    Attributes:
        clients: numbers of concurrent clients.
        tokens: lengths of answers.
        scale: times the usual number of requests; under 1 for a trial, whose figures mean nothing.
        cache: folder for pictures and the yardstick's environment.
    """

    clients: Sequence[int]
    tokens: Sequence[int]
    scale: float
    cache: Path

    def count(self, usual: int, least: int) -> int:
        """Scale a number of requests.

        Args:
            usual: at scale 1.
            least: never fewer.

        Returns:
            How many.
        """
        return max(least, round(usual * self.scale))

    def album(self, tokens: int) -> Album:
        """Open pictures that the model answers as long as wanted.

        Args:
            tokens: one of the two lengths.

        Returns:
            The album, at its beginning.
        """
        return Album(self.cache / "pictures", photograph if tokens == LONG else scan)


def compare(settings: Settings) -> None:
    """Measure this product and ``transformers serve`` on the same checkpoint, and their ratios.

    Args:
        settings: from the command line.
    """
    for tokens in settings.tokens:
        with (
            _checkpoint(tokens) as checkpoint,
            transformers_serve(checkpoint, settings.cache / "transformers-serve") as yardstick,
            product(checkpoint) as ours,
        ):
            album = settings.album(tokens)
            for server in (ours, yardstick):
                ask(server, Questions(album.take(_WARM_UP), _BOUND), 2)
            for clients in settings.clients:
                _compare_at(clients, ours, yardstick, album, tokens, settings)


def _compare_at(clients: int, ours: Server, yardstick: Server, album: Album, tokens: int, settings: Settings) -> None:
    count = settings.count(_REQUESTS.get(clients, 3 * clients), clients)
    runs = {ours.name: Run(), yardstick.name: Run()}
    # Each picture reaches each server once: the product would not look at one twice.
    first, second = (Questions(album.take(count), _BOUND) for _ in range(2))
    for server, questions in ((ours, first), (yardstick, first), (yardstick, second), (ours, second)):
        runs[server.name].add(ask(server, questions, clients))
    for name, run in runs.items():
        _report_run("serving", run, server=name, clients=clients, output_tokens=tokens)
    mine, theirs = runs[ours.name], runs[yardstick.name]
    conditions = {"clients": clients, "output_tokens": tokens}
    _report_ratio("throughput_ratio", mine.per_s, theirs.per_s, **conditions)
    _report_ratio("ttft_p95_ratio", mine.first_ms(0.95), theirs.first_ms(0.95), **conditions)
    _report_ratio("total_p95_ratio", mine.total_ms(0.95), theirs.total_ms(0.95), **conditions)


def overhead(settings: Settings) -> None:
    """Measure what HTTP costs: the engine asked by threads of its process against the engine behind the site.

    Args:
        settings: from the command line.
    """
    for tokens in settings.tokens:
        with _checkpoint(tokens) as checkpoint, product(checkpoint) as server:
            album = settings.album(tokens)
            ask(server, Questions(album.take(_WARM_UP), _BOUND), 2)
            count = settings.count(_OVERHEAD_REQUESTS, _CALLERS)
            behind, alone = Run(), Run()
            # A process without HTTP is a new one each turn and has seen nothing; the server must not have either.
            first, second = (Questions(album.take(count), _BOUND) for _ in range(2))
            alone.add(bare(checkpoint, first, _CALLERS))
            behind.add(ask(server, first, _CALLERS))
            behind.add(ask(server, second, _CALLERS))
            alone.add(bare(checkpoint, second, _CALLERS))
        conditions = {"clients": _CALLERS, "output_tokens": tokens}
        _report_run("overhead", alone, server="engine", **conditions)
        _report_run("overhead", behind, server="glmv", **conditions)
        share = 1 - behind.per_s / alone.per_s if alone.per_s else float("nan")
        report("http_overhead", share, "share", figure="http_overhead", **conditions)


def mixed(settings: Settings) -> None:
    """Measure interactive requests while drafting in batches runs, and while it does not.

    Args:
        settings: from the command line.
    """
    for tokens in settings.tokens:
        with _checkpoint(tokens) as checkpoint, product(checkpoint) as server:
            album = settings.album(tokens)
            ask(server, Questions(album.take(_WARM_UP), _BOUND), 2)
            batch = Questions(album.take(settings.count(_BATCH_PICTURES, 16)), _BOUND, batch=True)
            calm, busy, drafting = Run(), Run(), Run()
            for loaded in (False, True, True, False):
                count = settings.count(_INTERACTIVE_REQUESTS, _INTERACTIVE_CLIENTS)
                questions = Questions(album.take(count), _BOUND)
                load = background(server, batch, _BATCH_CLIENTS, drafting) if loaded else contextlib.nullcontext()
                with load:
                    (busy if loaded else calm).add(ask(server, questions, _INTERACTIVE_CLIENTS))
        conditions = {"clients": _INTERACTIVE_CLIENTS, "output_tokens": tokens}
        _report_run("mixed", calm, load="none", **conditions)
        _report_run("mixed", busy, load="batch", **conditions)
        _report_run("mixed.drafting", drafting, clients=_BATCH_CLIENTS, output_tokens=tokens)
        _report_ratio("interactive_ttft_p95_ratio", busy.first_ms(0.95), calm.first_ms(0.95), **conditions)
        _report_ratio("interactive_total_p95_ratio", busy.total_ms(0.95), calm.total_ms(0.95), **conditions)


def drive(server: Server, settings: Settings) -> None:
    """Measure any server that speaks OpenAI's language.

    Args:
        server: where it is.
        settings: from the command line; the server's model decides how long answers really are.
    """
    for tokens in settings.tokens:
        album = settings.album(tokens)
        ask(server, Questions(album.take(_WARM_UP), _BOUND), 2)
        for clients in settings.clients:
            count = settings.count(_REQUESTS.get(clients, 3 * clients), clients)
            run = ask(server, Questions(album.take(count), _BOUND), clients)
            _report_run("serving", run, server=server.name, clients=clients, most_output_tokens=_BOUND)


@contextlib.contextmanager
def _checkpoint(tokens: int) -> Iterator[Path]:
    """Lend the demo checkpoint, in a copy that never ends where answers are to have one length."""
    if tokens != LONG:
        yield DEMO_FOLDER
        return
    with tempfile.TemporaryDirectory(prefix="glmv-endless-") as folder:
        yield endless(DEMO_FOLDER, Path(folder) / "endless")


def _report_run(name: str, run: Run, **conditions: object) -> None:
    figures = run.figures()
    value = figures.pop("requests_per_s")
    report(f"{name}.throughput", value if value is not None else 0.0, "requests/s", **conditions, **figures)


def _report_ratio(figure: str, mine: float, other: float, **conditions: object) -> None:
    report(figure, mine / other if other else float("nan"), "ratio", figure=figure, **conditions)
