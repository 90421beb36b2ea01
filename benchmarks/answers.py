"""How fast the configured model answers (``GLMV_MODEL``, ``GLMV_DEVICE``, ``GLMV_QUANTIZE``), through the service."""

import io
import statistics

from PIL import Image

from benchmarks.figures import report, stopwatch
from inference import conf
from inference.service import Service, build
from inference.types import Answer, ImagePart, Message, Request, TextPart

_TIMES = 10
_TOKENS = 64
_LOADING_TIMEOUT_S = 1800.0


def run() -> None:
    """Measure loading, the first token and the tokens after it, one request at a time."""
    service = build(conf.current())
    with stopwatch() as loading:
        service.start()
        service.wait_ready(_LOADING_TIMEOUT_S)
    try:
        _measure(service, loading.seconds)
    finally:
        service.stop()


def _measure(service: Service, loading_s: float) -> None:
    model = {"model": service.model_version}
    report("answers.load", loading_s, "s", **model)
    request = _question()
    with stopwatch() as all_of_them:
        answers = [service.describe(request) for _ in range(_TIMES)]
    report("answers.first_token", 1000 * statistics.median(map(_first_token_s, answers)), "ms", **model)
    tokens = sum(answer.output_tokens - 1 for answer in answers)
    decode_s = sum(answer.timings.decode_s for answer in answers)
    if tokens and decode_s:
        report("answers.tokens_per_s", tokens / decode_s, "tokens/s", **model)
    report("answers.per_s", _TIMES / all_of_them.seconds, "answers/s", output_tokens=answers[0].output_tokens, **model)


def _first_token_s(answer: Answer) -> float:
    timings = answer.timings
    return timings.queue_s + timings.vision_s + timings.prefill_s


def _question() -> Request:
    """Ask about a picture of the size that large scans are shrunk to."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((1024, 768)).convert("RGB").save(buffer, "JPEG")
    parts = (ImagePart(buffer.getvalue()), TextPart("请用一句话描述这张图片。"))
    return Request((Message("user", parts),), max_new_tokens=_TOKENS)
