"""The site over a scripted, slow model: what gunicorn serves in the tests that need real connections.

``LIVE_MODEL=demo`` puts the demo model behind it instead; ``LIVE_API_KEY`` closes the door, ``LIVE_QUEUE_LIMIT`` says
how many may wait.
"""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from inference.engine.engine import Engine
from inference.service import Service, get_service, use_service
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
settings.API_KEY = os.environ.get("LIVE_API_KEY", "")
if os.environ.get("LIVE_MODEL") != "demo":
    limit = int(os.environ.get("LIVE_QUEUE_LIMIT", "15"))
    use_service(Service(Engine(lambda: _model, queue_limit=limit), model_name="scripted"))
get_service().start()
get_service().wait_ready(300)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the site, and at one address how many tokens the model has written."""
    if environ["PATH_INFO"] == TOKENS_ADDRESS:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(_model.tokens).encode()]
    response: Iterable[bytes] = _site(environ, start_response)
    return response
