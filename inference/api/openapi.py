"""Describes the addresses under /v1 in OpenAPI, beside the REST interface's: a hook of drf-spectacular's.

The views are plain Django, so that a stream is in nobody's hands but ours; what they take and give is written here.
"""

from http import HTTPStatus
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference.api.openapi_schemas import Schema, reference, schemas

SECURITY = "modelKey"
_JSON = "application/json"
_TAG = "v1"
_WRONG_METHOD = (405, _("不支持的请求方法，可用的见 Allow。"))
_EVERYWHERE = (
    (401, _("API 密钥缺失或不正确。")),
    _WRONG_METHOD,
    (429, _("排队人数已满，或密钥的请求过于频繁；请在 Retry-After 秒后重试。")),
    (500, _("服务器内部出错，请重试；若反复出现，请把响应头 X-Request-ID 的值交给管理员。")),
    (503, _("模型正在加载、正在停止，内存不足，或数据库不可用；请在 Retry-After 秒后重试。")),
)
_OF_CHAT = (
    (400, _("请求体不是 JSON，或某个字段不对：param 是它的路径。")),
    (403, _("密钥没有“提问”权限。")),
    (404, _("没有这个模型、知识库或馆藏图像。")),
    (408, _("请求体不完整，请重新发送。")),
    (413, _("请求超过大小上限。")),
    (422, _("图片无法使用（损坏、为空、太小、太大、过于狭长），或提问超过模型的上限。")),
    (504, _("等待超过时限。")),
)
_RETRY_AFTER: Schema = {
    "description": _("多少秒后重试。"),
    "schema": {"type": "integer", "minimum": 1},
    "required": True,
}


def publish_v1(result: Schema, generator: object, request: object, public: bool) -> Schema:
    """Add what is under /v1 to the description of the site.

    Args:
        result: the description so far.
        generator: not used.
        request: not used.
        public: not used; nothing here depends on who reads it.

    Returns:
        The description.
    """
    result["paths"] = {**_paths(), **result["paths"]}
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **schemas()}
    components["securitySchemes"] = {**components.get("securitySchemes", {}), SECURITY: _key()}
    result["tags"] = [
        *result.get("tags", []),
        {"name": _TAG, "description": _("与 OpenAI 兼容的模型接口；示例见 docs/api.md。")},
    ]
    written: Schema = _plain(result)
    return written


def _paths() -> dict[str, Schema]:
    return {
        "/v1/chat/completions": {"post": _chat()},
        "/v1/models": {"get": _models()},
        "/v1/models/{id}": {"get": _model()},
    }


def _chat() -> Schema:
    answer = {
        _JSON: {"schema": reference("ChatCompletion")},
        "text/event-stream": {"schema": reference("ChatCompletionEvent")},
    }
    return {
        **_operation("v1_chat_completions_create", _("提问，可附图片；整段返回或流式返回")),
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": reference("ChatCompletionRequest")}},
        },
        "responses": {
            "200": {"description": _("回答；stream 为 true 时是一串事件。"), "content": answer},
            **_refusals(*_EVERYWHERE, *_OF_CHAT),
        },
    }


def _models() -> Schema:
    content = {_JSON: {"schema": reference("ModelList")}}
    return {
        **_operation("v1_models_list", _("模型列表")),
        "responses": {"200": {"description": _("模型列表。"), "content": content}, **_refusals(*_EVERYWHERE)},
    }


def _model() -> Schema:
    name = {
        "name": "id",
        "in": "path",
        "required": True,
        "description": _("模型名称，可以含有 /；default 表示当前的模型。"),
        "schema": {"type": "string", "minLength": 1},
        "example": "default",
    }
    content = {_JSON: {"schema": reference("Model")}}
    return {
        **_operation("v1_models_retrieve", _("一个模型")),
        "parameters": [name],
        "responses": {
            "200": {"description": _("模型。"), "content": content},
            **_refusals(*_EVERYWHERE, (404, _("没有这个模型。"))),
        },
    }


def _operation(name: str, summary: Promise | str) -> Schema:
    # An empty requirement: where no key is configured, none is asked for.
    return {"operationId": name, "summary": summary, "tags": [_TAG], "security": [{SECURITY: []}, {}]}


def _refusals(*known: tuple[int, Promise | str]) -> Schema:
    return {str(status): _refusal(status, description) for status, description in sorted(known, key=lambda it: it[0])}


def _refusal(status: int, description: Promise | str) -> Schema:
    response: Schema = {"description": description, "content": {_JSON: {"schema": reference("ErrorEnvelope")}}}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response["headers"] = {"Retry-After": _RETRY_AFTER}
    return response


def _key() -> Schema:
    words = _("API_KEY 的值，或管理员发放的有“提问”权限的密钥；没有设置 API_KEY 时可以不带。")
    return {"type": "http", "scheme": "bearer", "description": words}


def _plain(value: Any) -> Any:
    """Put lazy sentences into the active language: whoever writes YAML knows nothing of them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Promise) else value
