"""Turns the JSON of a chat completion into a request to the model.

As OpenAI's, with one difference: the temperature is 0 where none is given (there it is 1), because a catalogue wants
the likeliest description, and the same one every time. Unknown fields are ignored, as clients expect; fields that are
known and cannot be heeded are refused by name.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext as _

from inference.access import Caller
from inference.api import wire
from inference.api.conversation import read_messages
from inference.api.errors import ApiError, invalid, unsupported
from inference.api.fields import Fields, as_text, missing
from inference.api.knowledge import Citation, ground
from inference.api.pictures import Pictures
from inference.engine.validation import MOST_ANSWERS, MOST_PENALTY
from inference.models import Scope
from inference.types import Priority, Request

DEFAULT_MODEL = "default"
"""Whatever model there is goes by this name too."""
MOST_STOPS = 4
MOST_TEMPERATURE = 2
LEAST_REPETITION_PENALTY, MOST_REPETITION_PENALTY = 0.1, 2
# Below this a temperature only makes numbers overflow; what is meant is greedy.
_LOWEST_TEMPERATURE = 0.01
UNSUPPORTED = ("tools", "functions", "logprobs", "top_logprobs", "logit_bias", "audio")
"""Fields of OpenAI's that are refused unless they are empty."""
UNSUPPORTED_THOUGH_EMPTY = ("web_search_options",)
"""An empty one searches the web, too."""
UNSUPPORTED_CHOICES = ("tool_choice", "function_call")
NOTHING_CHOSEN: tuple[object, ...] = (None, "none", "auto")
"""With no tools there is nothing to choose from."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a client asks for.

    Attributes:
        request: to the model.
        stream: whether the answer is wanted while it grows.
        include_usage: whether the stream ends with the numbers of tokens.
        citations: what the model was given from a knowledge base; None where none was asked for.
        picture_fields: paths of the fields that name the request's pictures, in order.
        id: the completion's name, a new one each time; log lines have the request's, which the client may have given.
    """

    request: Request
    stream: bool
    include_usage: bool
    citations: tuple[Citation, ...] | None = None
    picture_fields: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")


def parse(body: Mapping[str, Any], *, models: Collection[str], caller: Caller) -> Call:
    """Read a request.

    Args:
        body: its JSON.
        models: names of the models that there are.
        caller: who asks. Not everybody may take the batch lane; pictures of this system's own processes were let in
            elsewhere, so that no least size holds for them.

    Returns:
        What is asked.

    Raises:
        ApiError: 400 with the field that cannot be meant, 404 for what is not there, 422 for an unusable picture.
    """
    fields = Fields(body)
    _check_model(fields, models)
    _refuse_unsupported(fields)
    fields.text("user")  # nothing is done with it; a wrong one is a mistake all the same
    stream_options = fields.inner("stream_options") or Fields({})
    template = fields.inner("chat_template_kwargs") or Fields({})
    temperature, top_p = fields.number("temperature", 0, MOST_TEMPERATURE, 0.0), fields.number("top_p", 0, 1, 1.0)
    # With nothing but the likeliest token left there is nothing to draw from.
    greedy = temperature < _LOWEST_TEMPERATURE or top_p == 0
    priority = _priority(fields) if caller.may(Scope.BATCH) else "interactive"
    request = Request(
        messages=(),
        max_new_tokens=_most_tokens(fields),
        temperature=0.0 if greedy else temperature,
        top_p=top_p or 1.0,
        top_k=max(0, fields.integer("top_k", -1) or 0),  # others turn it off with -1
        repetition_penalty=fields.number("repetition_penalty", LEAST_REPETITION_PENALTY, MOST_REPETITION_PENALTY, 1.0),
        frequency_penalty=fields.number("frequency_penalty", -MOST_PENALTY, MOST_PENALTY, 0.0),
        presence_penalty=fields.number("presence_penalty", -MOST_PENALTY, MOST_PENALTY, 0.0),
        seed=fields.integer("seed", -(2**63), 2**63 - 1),
        stop=_stop(fields),
        n=fields.integer("n", 1, MOST_ANSWERS) or 1,
        json_schema=_json_schema(fields),
        thinking=template.flag("enable_thinking"),
        priority=priority,
        deadline_s=_deadline_s(priority),
    )
    call = Call(request, fields.flag("stream"), stream_options.flag("include_usage"))
    # Last: pictures may have to be fetched, and knowledge looked up, which a request that is refused must not cost.
    pictures = Pictures(caller.user, min_size=None if caller.internal else settings.GLMV_MIN_IMAGE_SIZE)
    grounded = ground(fields, read_messages(fields, pictures), pictures.catalogue_ids, caller.user)
    return replace(
        call,
        request=replace(request, messages=grounded.messages),
        citations=grounded.citations,
        picture_fields=tuple(pictures.fields),
    )


def _check_model(fields: Fields, models: Collection[str]) -> None:
    model = fields.text("model")
    if not model:
        raise missing("model")
    require_model(model, models)


def require_model(model: str, models: Collection[str]) -> None:
    """Refuse the name of a model that is not there.

    Args:
        model: the name.
        models: names of the models that there are.

    Raises:
        ApiError: 404.
    """
    if model != DEFAULT_MODEL and model not in models:
        words = _("没有名为 %(model)s 的模型，可用的模型：%(available)s。")
        message = words % {"model": model[:100], "available": ", ".join(models)}
        raise ApiError(404, message, param="model", code="model_not_found")


def _refuse_unsupported(fields: Fields) -> None:
    fields.refuse(*UNSUPPORTED)
    for names, allowed in ((UNSUPPORTED_CHOICES, NOTHING_CHOSEN), (UNSUPPORTED_THOUGH_EMPTY, (None,))):
        for name in names:
            if fields.raw(name) not in allowed:
                raise unsupported(name)
    if any(modality != "text" for modality in fields.items("modalities") or ()):
        raise unsupported("modalities")


def _most_tokens(fields: Fields) -> int | None:
    """Read the bound under both of its names: a wrong one is told about even where the other one counts."""
    older, newer = fields.integer("max_tokens", 1), fields.integer("max_completion_tokens", 1)
    return older if newer is None else newer


def _stop(fields: Fields) -> tuple[str, ...]:
    value = fields.raw("stop")
    if value is None:
        return ()
    stops = [(value, "stop")]
    if isinstance(value, list):
        stops = [(each, f"stop[{place}]") for place, each in enumerate(value)]
    if len(stops) > MOST_STOPS:
        raise invalid("stop", _("字段 stop 最多写 %(limit)s 个字符串。") % {"limit": MOST_STOPS})
    texts = tuple(as_text(each, path) for each, path in stops)
    for text, (_value, path) in zip(texts, stops, strict=True):
        if not text:
            raise invalid(path, _("字段 %(field)s 不能为空字符串。") % {"field": path})
    return texts


def _json_schema(fields: Fields) -> str | None:
    wanted = fields.inner("response_format")
    if wanted is None:
        return None
    if wanted.raw("type") is None:
        raise missing(wanted.at("type"))
    kind = wanted.choice("type", ("text", "json_object", "json_schema"), "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return wire.dumps({"type": "object"})
    named = wanted.inner("json_schema")
    if named is None:
        raise missing(wanted.at("json_schema"))
    # Words for other models; here the schema says it all, and is always followed strictly.
    named.text("name"), named.text("description"), named.flag("strict")
    schema = named.raw("schema")
    if schema is False:
        message = _("字段 %(field)s 为 false，没有任何回答符合它，请改为 JSON Schema。") % {"field": named.at("schema")}
        raise invalid(named.at("schema"), message)
    if schema is not True:  # which is a schema too
        named.inner("schema")  # anything else must be an object
    try:
        return as_text(wire.dumps({} if schema is None else schema), named.at("schema"))
    except RecursionError as error:
        raise invalid(named.at("schema"), _("字段 %(field)s 嵌套过深。") % {"field": named.at("schema")}) from error


def _priority(fields: Fields) -> Priority:
    return cast("Priority", fields.choice("priority", ("interactive", "batch"), "interactive"))


def _deadline_s(priority: Priority) -> float | None:
    """Whoever waits for an answer does not wait for ever; a batch has all the time it needs."""
    return (settings.GLMV_DEADLINE_S or None) if priority == "interactive" else None
