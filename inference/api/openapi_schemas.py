"""What goes in and comes out under /v1, as OpenAPI 3.0 schemas: the objects of the description.

``null`` is as good as missing wherever a field may be missing, so those are nullable. Each bound here is one that
:mod:`inference.api.parsing` holds to; a test that makes requests up from this description compares the two.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference.api.conversation import UNSUPPORTED_IN_TURNS
from inference.api.fields import MOST
from inference.api.parsing import (
    LEAST_REPETITION_PENALTY,
    MOST_REPETITION_PENALTY,
    MOST_STOPS,
    MOST_TEMPERATURE,
    NOTHING_CHOSEN,
    UNSUPPORTED,
    UNSUPPORTED_CHOICES,
    UNSUPPORTED_THOUGH_EMPTY,
)
from inference.api.pictures import MOST_IMAGES
from inference.engine.validation import MOST_ANSWERS, MOST_PENALTY
from inference.labels import GENERATED

Schema = dict[str, Any]
# All that is empty in JSON: it asks for nothing.
_EMPTY: tuple[Any, ...] = (None, False, 0, "", [], {})
_ROLES_OF_SYSTEM = ["system", "developer"]


def reference(name: str) -> Schema:
    """Point to a schema.

    Args:
        name: of the component.
    """
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> dict[str, Schema]:
    """Describe every object.

    Returns:
        Schemas by name.
    """
    return {
        "ChatCompletionRequest": _request(),
        "ChatMessage": _message(),
        "ChatCompletion": _completion(),
        "ChatCompletionChunk": _chunk(),
        "ChatCompletionEvent": _event(),
        "ChatUsage": _usage(),
        "ChatCitation": _citation(),
        "ChatAigc": _aigc(),
        "Model": _model(),
        "ModelList": _object(
            {"object": _constant("list"), "data": {"type": "array", "items": reference("Model")}}, "object", "data"
        ),
        "ErrorEnvelope": _error(),
    }


# --- What goes in ----------------------------------------------------------------------------------------------------


def _request() -> Schema:
    fields = {
        "model": _field(
            "string", _("模型名称，见 /v1/models；default 表示当前的模型。"), minLength=1, example="default"
        ),
        "messages": {
            "type": "array",
            "minItems": 1,
            "items": reference("ChatMessage"),
            "description": _("对话，最后一条是提问；一次最多 %(limit)s 张图片。") % {"limit": MOST_IMAGES},
        },
        **_bounds(),
        **_sampling(),
        **_forms(),
        **_extensions(),
        **_unsupported(UNSUPPORTED, _EMPTY),
        **_unsupported(UNSUPPORTED_THOUGH_EMPTY, (None,)),
        **_unsupported(UNSUPPORTED_CHOICES, NOTHING_CHOSEN),
        "modalities": {
            "type": "array",
            "items": {"type": "string", "enum": ["text"]},
            "nullable": True,
            "description": _("只支持 text。"),
        },
    }
    described = _(
        "不认识的字段会被忽略；已知但不支持的字段（tools、functions、logprobs、logit_bias、audio 等）"
        "返回 400 并指明字段。"
    )
    example = {"model": "default", "messages": [{"role": "user", "content": "请用一句话介绍石桥。"}]}
    return {**_object(fields, "model", "messages"), "description": described, "example": example}


def _unsupported(names: Sequence[str], allowed: Sequence[Any]) -> Schema:
    described = _("暂不支持，不写或留空即可。")
    return {name: {"enum": list(allowed), "nullable": True, "description": described} for name in names}


def _bounds() -> Schema:
    tokens = {"minimum": 1, "maximum": MOST}
    return {
        "max_tokens": _optional("integer", _("回答最多多少个词元；不写则按服务的设置。"), **tokens),
        "max_completion_tokens": _optional("integer", _("与 max_tokens 相同，优先于它。"), **tokens),
        "stop": {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "maxItems": MOST_STOPS, "items": {"type": "string", "minLength": 1}},
            ],
            "nullable": True,
            "description": _("回答在这些字符串之前结束。"),
        },
        "n": _optional("integer", _("要几个回答。"), minimum=1, maximum=MOST_ANSWERS, default=1),
        "stream": _optional("boolean", _("边生成边返回（SSE），以 data: [DONE] 结束。"), default=False),
        "stream_options": _optional_object(
            _("流式返回的选项。"),
            {"include_usage": _optional("boolean", _("最后多返回一条词元数。"), default=False)},
        ),
    }


def _sampling() -> Schema:
    penalty = {"minimum": -MOST_PENALTY, "maximum": MOST_PENALTY, "default": 0}
    words = _("0 表示每次都取最可能的词，同样的问题得到同样的回答；不写即为 0（OpenAI 为 1）。")
    return {
        "temperature": _optional("number", words, minimum=0, maximum=MOST_TEMPERATURE, default=0),
        "top_p": _optional(
            "number", _("核采样，1 表示不限，0 表示每次都取最可能的词。"), minimum=0, maximum=1, default=1
        ),
        "top_k": _optional("integer", _("只在最可能的几个词里选，0 或 -1 表示不限。"), minimum=-1, maximum=MOST),
        "seed": _optional(
            "integer", _("采样的随机种子，同样的种子得到同样的回答。"), minimum=-(2**63), maximum=2**63 - 1
        ),
        "frequency_penalty": _optional("number", _("按一个词已出现的次数降低它的可能性。"), **penalty),
        "presence_penalty": _optional("number", _("只要一个词出现过就降低它的可能性。"), **penalty),
        "repetition_penalty": _optional(
            "number",
            _("大于 1 时降低提问与回答中已有的词的可能性。"),
            minimum=LEAST_REPETITION_PENALTY, maximum=MOST_REPETITION_PENALTY, default=1,
        ),
    }  # fmt: skip


def _forms() -> Schema:
    schema = {"anyOf": [{"type": "object"}, {"type": "boolean", "enum": [True]}], "nullable": True}
    asked = {
        "name": _optional("string", _("名称，任意。")),
        "description": _optional("string", _("说明，任意。")),
        "strict": _optional("boolean", _("无论写什么，回答都严格符合 schema。")),
        "schema": {**schema, "description": _("JSON Schema。")},
    }
    by_schema = {"type": _constant("json_schema"), "json_schema": _object(asked)}
    return {
        "response_format": {
            "anyOf": [
                _object({"type": {"type": "string", "enum": ["text", "json_object"]}}, "type"),
                _object(by_schema, "type", "json_schema"),
            ],
            "nullable": True,
            "description": _("回答的形式：文字、任意 JSON，或符合给定 JSON Schema 的 JSON。"),
        }
    }


def _extensions() -> Schema:
    return {
        "user": _optional("string", _("最终用户的标识；接受，但不使用。")),
        "chat_template_kwargs": _optional_object(
            _("对话模板的选项。"),
            {
                "enable_thinking": _optional(
                    "boolean", _("先思考再回答，思考写在 reasoning_content 里。"), default=False
                )
            },
        ),
        "knowledge_base_id": _optional("string", _("回答时参考哪个知识库；引用的条目列在 citations 里。")),
        # Others have numbers here; whoever has no right to it may send whatever they like.
        "priority": {"description": _("batch 表示让路给提问的人，只对有“批量”权限的密钥有效，其余一律忽略。")},
    }


def _message() -> Schema:
    text = _object({"type": _constant("text"), "text": {"type": "string"}}, "type", "text")
    words = _(
        "data:image/jpeg;base64,… 形式的图片；glmv:image/编号 表示有权查看的馆藏图像；"
        "网址只接受管理员在 GLMV_IMAGE_URL_HOSTS 里列出的网站。"
    )
    image = _object(
        {
            "url": _field("string", words, minLength=1),
            "detail": {
                "type": "string",
                "enum": ["auto", "low", "high", None],
                "nullable": True,
                "default": "auto",
                "description": _("low 缩到 512 像素；auto 按服务的设置；high 保留到模型的上限。"),
            },
        },
        "url",
    )
    picture = _object({"type": _constant("image_url"), "image_url": image}, "type", "image_url")
    return {
        "anyOf": [
            _turn([*_ROLES_OF_SYSTEM, "assistant"], text),
            _turn(["user"], {"anyOf": [text, picture]}),
        ],
        "description": _("一条消息；图片只能放在 role 为 user 的消息里。"),
    }


def _turn(roles: list[str], part: Schema) -> Schema:
    content = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": part}]}
    fields = {"role": {"type": "string", "enum": roles}, "content": content}
    return _object({**fields, **_unsupported(UNSUPPORTED_IN_TURNS, _EMPTY)}, "role", "content")


# --- What comes out --------------------------------------------------------------------------------------------------


def _completion() -> Schema:
    message = _object(
        {"role": _constant("assistant"), "content": _field("string", _("回答。")), **_beyond_words()}, "role", "content"
    )
    choice = _object(
        {
            "index": {"type": "integer", "minimum": 0},
            "message": message,
            "finish_reason": _finish_reason(),
            "logprobs": {"type": "object", "nullable": True},
        },
        "index", "message", "finish_reason", "logprobs",
    )  # fmt: skip
    return _object(
        {
            **_named("chat.completion"),
            "choices": {"type": "array", "minItems": 1, "items": choice},
            "usage": reference("ChatUsage"),
            **_about_the_model(),
        },
        "id", "object", "created", "model", "choices", "usage", "model_version", "aigc",
    )  # fmt: skip


def _chunk() -> Schema:
    delta = _object({"role": _constant("assistant"), "content": _field("string", _("新增的文字。")), **_beyond_words()})
    choice = _object(
        {
            "index": {"type": "integer", "minimum": 0},
            "delta": delta,
            "finish_reason": {**_finish_reason(), "enum": ["stop", "length", None], "nullable": True},
        },
        "index", "delta", "finish_reason",
    )  # fmt: skip
    usage = {"allOf": [reference("ChatUsage")], "type": "object", "nullable": True}
    fields = {
        **_named("chat.completion.chunk"),
        "choices": {"type": "array", "items": choice},
        "usage": {**usage, "description": _("仅在 stream_options.include_usage 为 true 时有，最后一条才有数。")},
        **_about_the_model(),
    }
    return _object(fields, "id", "object", "created", "model", "choices")


def _event() -> Schema:
    # OpenAPI had no words for a stream's events before 3.2; tools take the schema for that of each event's data.
    described = _(
        "每个事件的 data：先说明角色，再是新增的文字，然后是 finish_reason，最后是 [DONE]。"
        "中途出错时是一个 ErrorEnvelope，随后结束。"
    )
    known = [reference("ChatCompletionChunk"), reference("ErrorEnvelope"), _constant("[DONE]")]
    return {"anyOf": known, "description": described}


def _named(kind: str) -> Schema:
    return {
        "id": {"type": "string"},
        "object": _constant(kind),
        "created": _field("integer", _("时间，1970 年以来的秒数。")),
        "model": {"type": "string"},
    }


def _about_the_model() -> Schema:
    return {
        "model_version": _field("string", _("回答的模型的名称与指纹。")),
        "aigc": reference("ChatAigc"),
        "citations": {
            "type": "array",
            "items": reference("ChatCitation"),
            "description": _("用了知识库时，交给模型参考的条目。"),
        },
    }


def _beyond_words() -> Schema:
    corner = {"type": "integer", "minimum": 0, "maximum": 1000}
    box = {"type": "array", "minItems": 4, "maxItems": 4, "items": corner}
    return {
        "reasoning_content": _field("string", _("思考过程，仅在 enable_thinking 为 true 时有。")),
        "boxes": {
            "type": "array",
            "items": box,
            "description": _("回答中提到的方框，[x1, y1, x2, y2]，以图片宽高的千分之一为单位。"),
        },
    }


def _finish_reason() -> Schema:
    return {"type": "string", "enum": ["stop", "length"], "description": _("stop：答完了；length：到了词元上限。")}


def _usage() -> Schema:
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens")
    return _object({name: {"type": "integer", "minimum": 0} for name in names}, *names)


def _citation() -> Schema:
    fields = {
        "number": _field("integer", _("回答中方括号里的编号。"), minimum=1),
        "title": {"type": "string"},
        "url": _field("string", _("可以查看它的页面；没有则为空。")),
    }
    return _object(fields, *fields)


def _aigc() -> Schema:
    fields = {
        "label": {"type": "string", "example": "AI 生成"},
        "Label": _field("string", _("GB 45438-2025：1 表示人工智能生成。"), enum=[GENERATED]),
        "ContentProducer": _field("string", _("生成者的编码或名称，见设置 GLMV_AIGC_CODE、GLMV_AIGC_PRODUCER。")),
        "ProduceID": _field("string", _("生成者给这段文字的编号，与回答的 id 相同。")),
        **{name: {"type": "string"} for name in ("ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")},
    }
    return {**_object(fields, *fields), "description": _("人工智能生成内容的标识，展示回答时请一并展示。")}


def _model() -> Schema:
    fields = {
        "id": {"type": "string"},
        "object": _constant("model"),
        "created": {"type": "integer"},
        "owned_by": {"type": "string"},
        "model_version": _field("string", _("模型的名称与指纹；没有加载时为空。")),
    }
    return _object(fields, *fields)


def _error() -> Schema:
    inside = {
        "message": _field("string", _("哪里不对、该怎么做。"), minLength=1),
        "type": {"type": "string"},
        "param": {"type": "string", "nullable": True, "description": _("有问题的字段的路径。")},
        "code": {"type": "string", "nullable": True, "description": _("供程序判断的固定名称。")},
    }
    return _object({"error": _object(inside, *inside)}, "error")


# --- Words of OpenAPI ------------------------------------------------------------------------------------------------


def _object(fields: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": fields, **({"required": list(required)} if required else {})}


def _field(kind: str, description: str | Promise, **bounds: Any) -> Schema:
    return {"type": kind, **bounds, "description": description}


def _optional(kind: str, description: str | Promise, **bounds: Any) -> Schema:
    return {**_field(kind, description, **bounds), "nullable": True}


def _optional_object(description: str | Promise, fields: Schema) -> Schema:
    return {**_object(fields), "nullable": True, "description": description}


def _constant(value: str) -> Schema:
    return {"type": "string", "enum": [value]}
