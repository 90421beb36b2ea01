"""A site whose model says the same of every photograph: what gunicorn serves where scripts have it draft."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from inference.engine.engine import Engine
from inference.engine.types import Request
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel, ScriptedRow, text_of

ANSWER = "=石桥边三人合影"


class Model(ScriptedModel):
    """Gives one answer, which a spreadsheet would take for a formula."""

    def begin(self, request: Request, prepared: int) -> list[ScriptedRow]:
        self.script[text_of(request)] = list(ANSWER)
        return super().begin(request, prepared)


application = get_wsgi_application()
use_service(Service(Engine(Model, queue_limit=settings.GLMV_QUEUE_LIMIT), model_name="scripted"))
