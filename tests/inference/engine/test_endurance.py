"""Memory stays where it is, however many questions are asked."""

import random
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference import conf
from inference.engine import checkpoint as checkpoints
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.engine import Engine
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from tests.inference.engine.test_batching import mixed_request

pytest.importorskip("torch")

_REQUESTS, _SETTLED, _AT_ONCE = 2000, 200, 8


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs the kernel's figures")
def test_memory_is_flat_over_two_thousand_mixed_requests() -> None:
    def load() -> Any:
        from inference.engine.generation import LocalModel

        checkpoint = checkpoints.load(CheckpointSpec(str(conf.DEMO_FOLDER), device="cpu", name="demo"))
        return LocalModel(checkpoint, ImageLimits(), 8, most_rows=6)

    rng = random.Random(3)
    engine = Engine(load, queue_limit=2 * _AT_ONCE)
    engine.start()
    engine.wait_ready(60)
    used: list[int] = []
    under_way: deque[Handle] = deque()
    try:
        for number in range(_REQUESTS):
            request = replace(mixed_request(rng), max_new_tokens=rng.randint(1, 6), thinking=False)
            under_way.append(engine.submit(request))
            if number % 50 == 7:
                under_way.pop().cancel()
            while len(under_way) > _AT_ONCE:
                under_way.popleft().result()
            if number % 20 == 0:
                used.append(resident_bytes())
        for handle in under_way:
            handle.result()
    finally:
        engine.stop(30)

    settled = np.array(used[_SETTLED // 20 :], dtype=float)
    slope = np.polyfit(np.arange(len(settled)), settled, 1)[0] * len(settled)
    print(f"{settled[0] / 1e6:.0f} MB, {slope / settled[0]:+.2%} over {_REQUESTS - _SETTLED} requests")
    assert slope < 0.01 * settled[0]
