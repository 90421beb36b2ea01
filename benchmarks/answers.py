"""How fast the configured model answers (``GLMV_MODEL``, ``GLMV_DEVICE``, ``GLMV_QUANTIZE``), through the service."""

import io
import statistics
from functools import partial

from PIL import Image

from benchmarks.figures import report, stopwatch
from inference import conf
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.engine import Engine, load_local
from inference.service import Service, build, warm_up_request
from inference.types import Answer, ImagePart, Message, Request, TextPart

_TIMES = 10
_TOKENS = 64
_LOADING_TIMEOUT_S = 1800.0


def run() -> None:
    """Measure what warming up saves the first visitor, loading, the first token and the tokens after it."""
    for warm in (False, True):
        _measure_first(warm=warm)
    service = build(conf.current())
    with stopwatch() as loading:
        service.start()
        service.wait_ready(_LOADING_TIMEOUT_S)
    try:
        _measure(service, loading.seconds)
    finally:
        service.stop()


def _measure_first(*, warm: bool) -> None:
    """Compare the first answer with later ones, all about different pictures, with and without warming up."""
    settings = conf.current()
    load = partial(load_local, CheckpointSpec(settings.location, settings.device, settings.quantise, "measured"))
    engine = Engine(load, warm_up=warm_up_request() if warm else None)
    engine.start()
    engine.wait_ready(_LOADING_TIMEOUT_S)
    try:
        seconds = []
        for shade in range(_TIMES):
            with stopwatch() as watch:
                engine.submit(_question(shade)).result()
            seconds.append(watch.seconds)
    finally:
        engine.stop()
    share = statistics.median(seconds[1:]) / seconds[0]
    report("answers.later_over_first", share, "ratio", warmed_up=warm)


def _measure(service: Service, loading_s: float) -> None:
    model = {"model": service.model_version}
    report("answers.load", loading_s, "s", **model)
    # Different pictures: one that was seen before is not encoded again.
    requests = [_question(shade) for shade in range(1, _TIMES + 1)]
    with stopwatch() as all_of_them:
        answers = [service.describe(request) for request in requests]
    report("answers.first_token", 1000 * statistics.median(map(_first_token_s, answers)), "ms", **model)
    tokens = sum(answer.output_tokens - 1 for answer in answers)
    decode_s = sum(answer.timings.decode_s for answer in answers)
    if tokens and decode_s:
        report("answers.tokens_per_s", tokens / decode_s, "tokens/s", **model)
    report("answers.per_s", _TIMES / all_of_them.seconds, "answers/s", output_tokens=answers[0].output_tokens, **model)


def _first_token_s(answer: Answer) -> float:
    timings = answer.timings
    return timings.queue_s + timings.vision_s + timings.prefill_s


def _question(shade: int = 0) -> Request:
    """Ask about a picture of the size that large scans are shrunk to; other shades make it another one."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((1024, 768)).point(lambda grey: (grey + shade) % 256).convert("RGB").save(
        buffer, "JPEG"
    )
    parts = (ImagePart(buffer.getvalue()), TextPart("请用一句话描述这张图片。"))
    return Request((Message("user", parts),), max_new_tokens=_TOKENS)
