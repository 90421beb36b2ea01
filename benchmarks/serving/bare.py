"""The engine without HTTP: ``python -m benchmarks.serving.bare`` with a plan on its input, as the client has one."""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import django

from benchmarks.figures import stopwatch
from benchmarks.serving.results import Outcome, Run
from inference import conf
from inference.engine.errors import EngineError
from inference.service import Service, build
from inference.types import ImagePart, Message, Request, TextPart

_LOADING_TIMEOUT_S = 300.0


class _Callers:
    """Threads that ask the service, each again as soon as it has been answered."""

    def __init__(self, service: Service, plan: dict[str, Any]) -> None:
        self._service = service
        self._requests = iter([_request(Path(path), plan) for path in plan["pictures"]])
        self._threads = [threading.Thread(target=self._ask) for _ in range(plan["threads"])]
        self._lock = threading.Lock()
        self.run = Run()

    def go(self) -> Run:
        """Ask everything."""
        with stopwatch() as watch:
            for thread in self._threads:
                thread.start()
            for thread in self._threads:
                thread.join()
        self.run.seconds = watch.seconds
        return self.run

    def _ask(self) -> None:
        while True:
            with self._lock:
                request = next(self._requests, None)
            if request is None:
                return
            with stopwatch() as watch:
                try:
                    answer = self._service.describe(request)
                except EngineError as error:
                    outcome = Outcome(None, 0.0, error=type(error).__name__)
                else:
                    timings = answer.timings
                    first_s = timings.queue_s + timings.vision_s + timings.prefill_s
                    outcome = Outcome(first_s, 0.0, answer.output_tokens)
            with self._lock:
                self.run.outcomes.append(Outcome(outcome.first_s, watch.seconds, outcome.tokens, outcome.error))


def _request(picture: Path, plan: dict[str, Any]) -> Request:
    parts = (ImagePart(picture.read_bytes()), TextPart(plan["question"]))
    return Request((Message("user", parts),), max_new_tokens=plan["max_tokens"])


def main() -> None:
    """Read a plan, load the model, say so, follow the plan, print what was measured."""
    plan = json.loads(sys.stdin.readline())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    django.setup()
    service = build(conf.current())
    service.start()
    try:
        service.wait_ready(_LOADING_TIMEOUT_S)
        callers = _Callers(service, plan)
        print("prepared", flush=True)
        sys.stdin.readline()
        print(json.dumps(callers.go().as_json()), flush=True)
    finally:
        service.stop()


if __name__ == "__main__":
    main()
