"""Times how answers grow, of every request that reaches the engine: the interface's, the page's and the drafts'.

Names and buckets are vLLM's, so that its dashboards work; below a hundredth of a second there are some more, because
a small model is that fast.
"""

from prometheus_client import Counter, Gauge, Histogram

from inference.engine.types import Answer, Request
from inference.metrics.registry import MODEL, REGISTRY
from inference.metrics.speed import Speed

_FIRST_TOKEN_S = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
    160.0, 640.0, 2560.0,
)  # fmt: skip
_BETWEEN_TOKENS_S = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
    20.0, 40.0, 80.0,
)  # fmt: skip
_REQUEST_S = (
    0.01, 0.03, 0.1, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0,
    480.0, 960.0, 1920.0, 7680.0,
)  # fmt: skip
_REASONS = {"cancelled": "abort"}
"""vLLM's name for it."""
_LABELS = (MODEL, "priority")

FIRST_TOKEN = Histogram(
    "vllm:time_to_first_token_seconds",
    "From the request to its first token: waiting, reading of the pictures and of the prompt.",
    _LABELS, buckets=_FIRST_TOKEN_S, registry=REGISTRY,
)  # fmt: skip
BETWEEN_TOKENS = Histogram(
    "vllm:inter_token_latency_seconds",
    "From one token of an answer to its next; of another server's answers, from one piece of the stream to the next.",
    (MODEL,), buckets=_BETWEEN_TOKENS_S, registry=REGISTRY,
)  # fmt: skip
WHOLE = Histogram(
    "vllm:e2e_request_latency_seconds", "From the request to the end of its answer.",
    _LABELS, buckets=_REQUEST_S, registry=REGISTRY,
)  # fmt: skip
QUEUE = Histogram(
    "vllm:request_queue_time_seconds", "How long a request waited for its turn.",
    _LABELS, buckets=_REQUEST_S, registry=REGISTRY,
)  # fmt: skip
ENDED = Counter(
    "vllm:request_success", "Answers, by why they ended: stop, length, or abort where nobody wanted the rest.",
    (*_LABELS, "finished_reason"), registry=REGISTRY,
)  # fmt: skip
_TOKENS_PER_SECOND = Gauge(
    "llm_token_per_second",
    "Tokens of all answers together per second of writing, over the last minute; 0 where nothing was written.",
    registry=REGISTRY,
)

SPEED = Speed()
"""This process's; a process has one model."""
_TOKENS_PER_SECOND.set_function(SPEED.tokens_per_second)


class AnswerMetrics:
    """Looks on while a model answers; see :class:`inference.engine.observer.Observer`."""

    def __init__(self, model_name: str, speed: Speed = SPEED) -> None:
        """Begin to count.

        Args:
            model_name: the model's.
            speed: is told of every token.
        """
        self._model_name = model_name
        self._speed = speed
        # Looked up once: this happens at every token.
        self._between_tokens = BETWEEN_TOKENS.labels(model_name)

    def wrote(self, gap_s: float, tokens: int = 1) -> None:
        """Take note of a token that is not its answer's first.

        Args:
            gap_s: seconds since the token before it; 0 for tokens that nobody saw coming one by one.
            tokens: how many there were.
        """
        self._speed.wrote(gap_s, tokens)
        if gap_s:
            self._between_tokens.observe(gap_s)

    def answered(self, request: Request, answer: Answer) -> None:
        """Take note of an answer's times; of one that was broken off they would say nothing.

        Args:
            request: what was asked.
            answer: to it.
        """
        labels = (self._model_name, request.priority)
        reason = _REASONS.get(answer.finish_reason, answer.finish_reason)
        ENDED.labels(*labels, reason).inc()
        if answer.finish_reason == "cancelled":
            return
        FIRST_TOKEN.labels(*labels).observe(answer.timings.first_token_s)
        WHOLE.labels(*labels).observe(answer.timings.total_s)
        QUEUE.labels(*labels).observe(answer.timings.queue_s)
