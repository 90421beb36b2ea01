"""The site over a scripted, slow model: what gunicorn serves in the tests that need real connections."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from django.core.wsgi import get_wsgi_application

from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel

TOKEN_S = 0.02
TOKENS_ADDRESS = "/scripted/tokens"


class SlowModel(ScriptedModel):
    """Counts its tokens and takes its time for each."""

    tokens = 0

    def take_time(self) -> None:
        self.tokens += 1
        time.sleep(TOKEN_S)


_model = SlowModel()
_model.before_token = _model.take_time
_site = get_wsgi_application()
_service = Service(Engine(lambda: _model), model_name="scripted")
_service.start()
_service.wait_ready(30)
use_service(_service)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the site, and at one address how many tokens the model has written."""
    if environ["PATH_INFO"] == TOKENS_ADDRESS:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(_model.tokens).encode()]
    response: Iterable[bytes] = _site(environ, start_response)
    return response
