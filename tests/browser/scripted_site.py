"""The site over a model that answers slowly and as it is told: for streams that can be watched and stopped."""

import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from inference.engine.engine import Engine
from inference.engine.errors import GenerationFailed
from inference.engine.types import Request
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel, ScriptedRow

TOKEN_S = 0.05
LONG = "请慢慢写。"
# Nobody waits for its end, however slow the machine is.
LONG_ANSWER = "一行一行地写，好让人看见它怎样变长。\n" * 1000
MARKDOWN = "请列个清单。"
BOXES = "框出石桥和横幅。"
FAILS_ONCE = "先出错，再回答。"
PONDERED = "想好了再答。"

_ANSWERS = {
    LONG: LONG_ANSWER,
    MARKDOWN: "画面里有**三样**东西：\n\n1. 石桥\n2. 横幅\n3. 人物\n\n<script>alert(1)</script>",
    BOXES: "石桥在 <|begin_of_box|>[[120,300,620,700]]<|end_of_box|>，横幅在 "
    "<|begin_of_box|>[[200,100,800,260]]<|end_of_box|>。",
    PONDERED: "<think>先数人，再看横幅。</think>图中有三人。",
}


def pieces(answer: str) -> list[str | Exception]:
    """Cut an answer into tokens of two characters."""
    return [answer[start : start + 2] for start in range(0, len(answer), 2)]


class Model(ScriptedModel):
    """Takes its time for every token, and learns from its failure."""

    def begin(self, request: Request, prepared: int) -> list[ScriptedRow]:
        if FAILS_ONCE in self.questions:
            self.script[FAILS_ONCE] = pieces("这次写完了。")
        rows = super().begin(request, prepared)
        for row in rows:
            row.token_budget = len(row.pieces) + 1
        return rows


def _model() -> Model:
    script = {question: pieces(answer) for question, answer in _ANSWERS.items()}
    script[FAILS_ONCE] = [*pieces("写到一半"), GenerationFailed("scripted")]
    return Model(script=script, before_token=lambda: time.sleep(TOKEN_S))


application = get_wsgi_application()
use_service(Service(Engine(_model, queue_limit=settings.GLMV_QUEUE_LIMIT), model_name="scripted"))
