"""What the engine does on a GPU with a model of the real size: ``python -m benchmarks.gpu_check``.

Prints one line of JSON per figure; ends with one sentence where there is no GPU. Whoever has one commits the lines with
the date and the card to ``docs/benchmarks.md``.
"""

import argparse
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from benchmarks.figures import report, stopwatch
from benchmarks.serving.pictures import SENTENCE, photograph
from benchmarks.serving.results import percentile
from inference.engine.engine import Engine
from inference.engine.errors import EngineError
from inference.engine.images import ImageLimits
from inference.engine.types import Answer, ImagePart, Message, Request, TextPart

if TYPE_CHECKING:
    import torch

    from benchmarks.full_size import Precision

_LOADING_TIMEOUT_S = 900.0
_MEBIBYTE = 1 << 20


@dataclass(slots=True)
class Bench:
    """One machine and what is asked of it.

    Attributes:
        device: where the model runs.
        tiny: a trial of this program; the figures mean nothing.
        bandwidth: of the device's memory, bytes a second.
        pictures: how many have been made; none is asked about twice, so that no cache helps.
    """

    device: "torch.device"
    tiny: bool
    bandwidth: float = 0.0
    pictures: int = 0

    @property
    def rows(self) -> tuple[int, ...]:
        """Numbers of rows that are measured."""
        return (1, 2) if self.tiny else (1, 4, 8, 16, 32)

    @property
    def users(self) -> tuple[int, ...]:
        """Numbers of people who ask at once: the article's."""
        return (2, 3) if self.tiny else (10, 50)

    @property
    def tokens(self) -> int:
        """Length of an answer."""
        return 12 if self.tiny else 128

    @property
    def few_tokens(self) -> int:
        """Length of the short answers that long ones are held against."""
        return 4 if self.tiny else 32

    @property
    def times(self) -> int:
        """How often a time is taken; the shortest counts."""
        return 1 if self.tiny else 3

    def question(self, tokens: int) -> Request:
        """Ask about a picture of 1024×768 that is new.

        Args:
            tokens: of the answer.

        Returns:
            The request.
        """
        self.pictures += 1
        parts = (ImagePart(photograph(self.pictures)), TextPart(SENTENCE))
        return Request((Message("user", parts),), max_new_tokens=tokens)

    def memory(self, figure: str) -> float:
        """Read one of torch's figures on memory, in MiB; 0 where the device has none.

        Args:
            figure: such as ``memory_allocated`` or ``max_memory_reserved``.

        Returns:
            MiB.
        """
        import torch

        if self.device.type == "cpu":
            return 0.0
        return float(getattr(torch.accelerator, figure)()) / _MEBIBYTE

    def forget_peak(self) -> None:
        """Begin a new peak of memory."""
        import torch

        if self.device.type != "cpu":
            torch.accelerator.reset_peak_memory_stats()

    def release(self) -> None:
        """Give back what nobody holds any more."""
        import torch

        gc.collect()
        if self.device.type != "cpu":
            torch.accelerator.synchronize()
            torch.accelerator.empty_cache()


@contextmanager
def _engine(bench: Bench, checkpoint: Any, rows: int | None, *, graphs: bool = True) -> Iterator[Engine]:
    """Run an engine over a model that is there already."""
    from inference.engine.generation import LocalModel

    load = partial(LocalModel, checkpoint, ImageLimits(), bench.tokens, rows, cuda_graphs=graphs)
    engine = Engine(load, queue_limit=64, warm_up=bench.question(8))
    engine.start()
    try:
        engine.wait_ready(_LOADING_TIMEOUT_S)
        yield engine
    finally:
        engine.stop(60.0)
        del engine
        bench.release()


def _ask_all(engine: Engine, requests: Sequence[Request]) -> tuple[float, list[tuple[float, Answer]]]:
    """Ask everything at once; return how long all took, and each one's own time and answer."""
    answers: list[tuple[float, Answer]] = []
    errors: list[EngineError] = []

    def ask(request: Request) -> None:
        with stopwatch() as watch:
            try:
                answer = engine.submit(request).result()
            except EngineError as error:
                errors.append(error)
                return
        answers.append((watch.seconds, answer))

    threads = [threading.Thread(target=ask, args=(request,)) for request in requests]
    with stopwatch() as everything:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    return everything.seconds, answers


def _step_s(bench: Bench, engine: Engine, rows: int) -> float:
    """Tell how long one step of so many rows takes: longer answers minus short ones, all else being the same."""

    def fastest(tokens: int) -> float:
        return min(_ask_all(engine, [bench.question(tokens) for _ in range(rows)])[0] for _ in range(bench.times))

    fastest(2)
    return max(fastest(bench.tokens) - fastest(bench.few_tokens), 1e-9) / (bench.tokens - bench.few_tokens)


def _first_s(answer: Answer) -> float:
    timings = answer.timings
    return timings.queue_s + timings.vision_s + timings.prefill_s


def _rows(bench: Bench, checkpoint: Any, precision: "Precision") -> None:
    """Measure first token, throughput and the roofline at several numbers of rows, and the users at once."""
    with _engine(bench, checkpoint, None) as engine:
        idle = bench.memory("memory_reserved")
        for rows in bench.rows:
            _at(bench, engine, checkpoint, rows, precision)
        with stopwatch() as watch:
            _ask_all(engine, [bench.question(1)])
        report("gpu.first_token.wall", 1000 * watch.seconds, "ms", rows=1, precision=precision)
        for users in bench.users:
            _users(bench, engine, users, precision)
        bench.release()
        again = bench.memory("memory_reserved")
        report("gpu.memory.idle", idle, "MiB", precision=precision, after_load=round(again, 1))
    report("gpu.memory.released", bench.memory("memory_reserved"), "MiB", precision=precision, held="weights")


def _at(bench: Bench, engine: Engine, checkpoint: Any, rows: int, precision: "Precision") -> None:
    from benchmarks.full_size import cache_bytes_per_token, decoding_bytes

    _ask_all(engine, [bench.question(4) for _ in range(rows)])
    seconds, answers = _ask_all(engine, [bench.question(bench.tokens) for _ in range(rows)])
    conditions = {"rows": rows, "precision": precision}
    firsts = [_first_s(answer) for _, answer in answers]
    report("gpu.first_token.p50", 1000 * percentile(firsts, 0.5), "ms", **conditions)
    report("gpu.first_token.p95", 1000 * percentile(firsts, 0.95), "ms", **conditions)
    tokens = sum(answer.output_tokens for _, answer in answers)
    report("gpu.throughput", tokens / seconds, "tokens/s", output_tokens=tokens // rows, **conditions)
    step_s = _step_s(bench, engine, rows)
    context = answers[0][1].input_tokens + (bench.tokens + bench.few_tokens) // 2
    read = decoding_bytes(checkpoint.model) + rows * context * cache_bytes_per_token(checkpoint.model)
    report("gpu.decode", rows / step_s, "tokens/s", step_ms=round(1000 * step_s, 3), **conditions)
    report("gpu.roofline", read / step_s / bench.bandwidth, "share", read_mib=round(read / _MEBIBYTE), **conditions)


def _users(bench: Bench, engine: Engine, users: int, precision: "Precision") -> None:
    """So many people ask at the same moment."""
    questions = [bench.question(bench.tokens) for _ in range(users)]
    bench.forget_peak()
    seconds, answers = _ask_all(engine, questions)
    report(
        "gpu.users", seconds, "s", users=users, precision=precision,
        last_waits_s=round(max(answer.timings.queue_s for _, answer in answers), 3),
        last_first_token_s=round(max(_first_s(answer) for _, answer in answers), 3),
        peak_allocated_mib=round(bench.memory("max_memory_allocated"), 1),
        peak_reserved_mib=round(bench.memory("max_memory_reserved"), 1),
    )  # fmt: skip


def _peak(bench: Bench, checkpoint: Any, rows: int, precision: "Precision") -> None:
    bench.forget_peak()
    with _engine(bench, checkpoint, rows) as engine:
        _ask_all(engine, [bench.question(bench.tokens) for _ in range(rows)])
        peak = bench.memory("max_memory_allocated")
        reserved = bench.memory("max_memory_reserved")
    report("gpu.memory.peak", peak, "MiB", rows=rows, precision=precision, reserved_mib=round(reserved, 1))


def _graphs(bench: Bench, checkpoint: Any, precision: "Precision") -> None:
    for rows in (1, 2) if bench.tiny else (1, 16):
        steps = {}
        for graphs in (True, False):
            with _engine(bench, checkpoint, rows, graphs=graphs) as engine:
                steps[graphs] = _step_s(bench, engine, rows)
        report(
            "gpu.graphs", steps[False] / steps[True], "ratio", rows=rows, precision=precision,
            graph_ms=round(1000 * steps[True], 3), eager_ms=round(1000 * steps[False], 3),
        )  # fmt: skip


def _generate(bench: Bench, checkpoint: Any, precision: "Precision") -> None:
    """Measure what transformers' own ``generate`` does, one request after another."""
    import torch

    from inference.engine.images import open_image
    from inference.engine.prompt import PromptBuilder

    request = bench.question(bench.tokens)
    picture = open_image(photograph(bench.pictures))
    pixels = checkpoint.image_processor(images=[picture], return_tensors="pt").to(bench.device)
    merged = int(pixels["image_grid_thw"].prod()) // checkpoint.model.config.vision_config.spatial_merge_size**2
    prompt = PromptBuilder(checkpoint.tokenizer, checkpoint.image_token_id).build(
        request.messages, [merged], thinking=False
    )
    inputs = {
        "input_ids": torch.tensor([prompt.token_ids], device=bench.device),
        "attention_mask": torch.ones((1, len(prompt.token_ids)), dtype=torch.long, device=bench.device),
        "mm_token_type_ids": torch.tensor([prompt.token_types], device=bench.device),
        "image_grid_thw": pixels["image_grid_thw"],
        "pixel_values": pixels["pixel_values"].to(checkpoint.model.dtype),
    }
    times = []
    for _ in range(bench.times):
        with stopwatch() as watch, torch.inference_mode():
            checkpoint.model.generate(
                **inputs, max_new_tokens=bench.tokens, min_new_tokens=bench.tokens, do_sample=False
            )
        times.append(watch.seconds)
    report("gpu.generate", bench.tokens / min(times), "tokens/s", requests="one after another", precision=precision)


def _bandwidth(device: "torch.device", *, tiny: bool) -> float:
    """Measure how fast the device's memory is: a copy reads and writes every byte."""
    import torch

    source = torch.empty((64 if tiny else 2048) * _MEBIBYTE, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    synchronise: Callable[[], None] = torch.accelerator.synchronize if device.type != "cpu" else _nothing
    times = []
    for _ in range(10):
        synchronise()
        started = time.perf_counter()
        for _ in range(5):
            target.copy_(source)
        synchronise()
        times.append((time.perf_counter() - started) / 5)
    return float(2 * source.numel() / min(times))


def _nothing() -> None:
    """A device that computes at once has nothing to wait for."""


def _measure(bench: Bench, precision: "Precision") -> None:
    from benchmarks.full_size import build

    bench.release()
    before = bench.memory("memory_allocated")
    bench.forget_peak()
    with stopwatch() as watch:
        checkpoint = build(bench.device, precision, tiny=bench.tiny)
    weights = bench.memory("memory_allocated") - before
    report("gpu.memory.weights", weights, "MiB", precision=precision, made_s=round(watch.seconds, 1))
    if precision == "none":
        _generate(bench, checkpoint, precision)
    _rows(bench, checkpoint, precision)
    _peak(bench, checkpoint, 2 if bench.tiny else 8 if precision == "int4" else 16, precision)
    if precision == "none":
        _graphs(bench, checkpoint, precision)
    del checkpoint
    bench.release()
    report("gpu.memory.end", bench.memory("memory_reserved"), "MiB", precision=precision, held="nothing")


def main() -> int:
    """Read the command line and measure.

    Returns:
        0, also where there is nothing to measure.
    """
    import torch

    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    parser.add_argument("--precisions", default="none,int8,int4", help="which of none,int8,int4, by commas")
    parser.add_argument("--smoke", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None and not options.smoke:
        print("No GPU here: nothing measured.", file=sys.stderr)
        return 0
    from benchmarks.full_size import Precision

    bench = Bench(torch.device("cpu") if options.smoke or accelerator is None else accelerator, options.smoke)
    bench.bandwidth = _bandwidth(bench.device, tiny=bench.tiny)
    card = torch.cuda.get_device_name() if bench.device.type == "cuda" else str(bench.device)
    report("gpu.bandwidth", bench.bandwidth / 1e9, "GB/s", card=card, torch=torch.__version__)
    wanted = options.precisions.split(",")
    for precision in get_args(Precision):
        if precision in wanted:
            _measure(bench, precision)
    return 0


if __name__ == "__main__":
    sys.exit(main())
