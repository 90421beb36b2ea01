"""What OpenAPI says of this interface's refusals: each status where it occurs, all of them one object, ``Problem``.

The object is RFC 9457's; every member is described here once. Operations say for themselves which conflicts they know.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.serializers import ListField, ListSerializer

from catalog.api import conditions, idempotency
from catalog.api.strict import Strict

Schema = dict[str, Any]
MEDIA_TYPE = "application/problem+json"
CONFLICT = {409: _("与批次现在的状态，或与另一个未完成的批次冲突；原因见 detail。")}
"""For the operations that know one: `extend_schema(extensions={REFUSALS: ...})`."""
REFUSALS = "x-refusals"

_EVERYWHERE: dict[int, Promise] = {
    400: _("参数或请求体有误：detail 说明是哪一项、应该怎么写。"),
    401: _("API 密钥或令牌不正确，或这个操作需要登录。"),
    403: _("没有权限，或密钥没有这项权限。"),
    406: _("Accept 要求的格式没有，只有 JSON。"),
    429: _("密钥的请求过于频繁，请在 Retry-After 秒后重试。"),
    503: _("数据库或磁盘暂时不可用，请在 Retry-After 秒后重试。"),
}
_NOT_FOUND: dict[int, Promise] = {404: _("没有这条记录或这一页，或您无权查看。")}
_WITH_BODY: dict[int, Promise] = {
    408: _("请求体不完整，请重新发送。"),
    413: _("请求超过大小上限。"),
    415: _("不支持这种请求体类型。"),
}
_CONFLICT = _("与现在的状态冲突（例如草稿刚被别人处理过）；原因见 detail 和 code。")
_CONDITIONAL, _ONCE = "needs_if_match", "is_once"
_OF_VERSIONS: dict[int, Promise] = {
    412: _("记录在您读取之后被改过：changed 里是改动的项和现在的内容，ETag 是现在的版本。"),
    428: _("没有写明 If-Match。"),
}
_OF_KEYS: dict[int, Promise] = {422: _("这个 Idempotency-Key 已用于另一个请求。")}
_HEADERS: dict[str, Schema] = {
    _CONDITIONAL: {
        "name": conditions.HEADER,
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": conditions.PATTERN},
        "description": _("读取时得到的 ETag；不论现在是什么都要写，写 *。"),
    },
    _ONCE: {
        "name": idempotency.HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": idempotency.PATTERN, "minLength": 1, "maxLength": 100},
        "description": _("由您起的键（例如 UUID）。没有收到回答时，用同样的键和内容再发一次，不会做两遍。"),
    },
}
_COME_AGAIN = (429, 503)


class ProblemSchema(AutoSchema):
    """Adds to each operation how it may be refused."""

    def get_operation(self, *args: Any) -> Schema | None:
        """Describe an operation; what it says of its own refusals is put among its answers."""
        operation: Schema | None = super().get_operation(*args)
        if operation is None or not self.path.startswith("/api/v1/"):
            return operation
        problem = self._problem()
        known = dict(self._refusals(operation))
        described = {str(status): _refusal(status, words, problem) for status, words in sorted(known.items())}
        operation["responses"] = {**operation["responses"], **described}
        operation.pop(REFUSALS, None)
        if headers := [header for mark, header in _HEADERS.items() if self._is(mark)]:
            operation["parameters"] = [*operation.get("parameters", []), *headers]
        return operation

    def _is(self, mark: str) -> bool:
        """Tell whether the view of this operation has a mark, see `conditional` and `once`."""
        return bool(getattr(getattr(self.view, getattr(self.view, "action", ""), None), mark, False))

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Schema:
        """Say of what is read strictly that it has no other members, and of lists that must not be empty that too."""
        described: Schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, Strict):
            described["additionalProperties"] = False
            for name, field in serializer.fields.items():
                if isinstance(field, ListField) and not field.allow_empty:
                    described["properties"][name]["minItems"] = 1
                if isinstance(field, ListSerializer):
                    bounds = {"minItems": vars(field)["min_length"], "maxItems": vars(field)["max_length"]}
                    described["properties"][name] |= bounds
        return described

    def _refusals(self, operation: Schema) -> Iterator[tuple[int, Promise]]:
        yield from _EVERYWHERE.items()
        if self.method == "GET" or "{" in self.path:
            yield from _NOT_FOUND.items()
        if "requestBody" in operation:
            yield from _WITH_BODY.items()
        if self._is(_CONDITIONAL):
            yield from _OF_VERSIONS.items()
        if self._is(_ONCE):
            yield from _OF_KEYS.items()
        if self.method not in ("GET", "HEAD"):
            yield 409, _CONFLICT
        yield from operation.get(REFUSALS, {}).items()

    def _problem(self) -> Schema:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]  # the library has no types
            name="Problem", type=ResolvedComponent.SCHEMA, schema=_problem(), object="Problem"
        )
        self.registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference


def _refusal(status: int, words: Promise, problem: Schema) -> Schema:
    response: Schema = {"description": words, "content": {MEDIA_TYPE: {"schema": problem}}}
    if status in _COME_AGAIN:
        seconds = {"description": _("多少秒后重试。"), "schema": {"type": "integer", "minimum": 1}, "required": True}
        response["headers"] = {"Retry-After": seconds}
    return response


def _problem() -> Schema:
    return {
        "type": "object",
        "description": _("为什么没有成功（RFC 9457）。"),
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": _("哪一类问题；about:blank 表示状态码已经说明。"),
            },
            "title": {"type": "string", "description": _("这个状态码的意思。")},
            "status": {"type": "integer", "description": _("HTTP 状态码。")},
            "detail": {"type": "string", "description": _("哪里有误、该怎么办，一句或几句话。")},
            "code": {"type": "string", "description": _("问题的名称，供程序判断。")},
            "instance": {"type": "string", "format": "uri-reference", "description": _("这一次出错的标识。")},
            "changed": {
                "type": "object",
                "additionalProperties": {},
                "description": _("412 时：改动的项和现在的内容。"),
            },
            "errors": {
                "type": "object",
                "additionalProperties": {},
                "description": _("出错的各项：参数或字段的名称，以及各自的原因。"),
            },
        },
    }
