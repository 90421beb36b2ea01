"""Many things in one request: each is done or refused by itself, and the answer says of each what became of it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.problems import handle
from catalog.exceptions import CatalogError

MOST = 100


def items_of(serializer: type[serializers.Serializer[Any]]) -> Any:
    """Return the field that takes several of what a serializer reads.

    Args:
        serializer: reads one.
    """
    kwargs: dict[str, Any] = {"many": True, "min_length": 1, "max_length": MOST, "help_text": _("最多 100 项。")}
    return serializer(**kwargs)


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of one item."""

    index = serializers.IntegerField(help_text=_("第几项，从 0 起，与请求里的次序一致。"))
    status = serializers.IntegerField(help_text=_("这一项的 HTTP 状态码。"))
    result = serializers.JSONField(allow_null=True, help_text=_("做到的结果；没有做到的为 null。"))
    problem = serializers.JSONField(allow_null=True, help_text=_("没有做到的原因，与单独请求时的回答相同。"))


class BulkSerializer(serializers.Serializer[Any]):
    """What became of all items."""

    done = serializers.IntegerField(help_text=_("做到的有几项。"))
    results = BulkResultSerializer(many=True)


def each(request: Request, items: Sequence[Any], do: Callable[[Any], Any], *, status: int = 200) -> Response:
    """Do something with each of some items, in a transaction of its own.

    Args:
        request: the request.
        items: what was sent.
        do: does it and returns what to answer; may refuse.
        status: of an item that is done.

    Returns:
        The answer, 200 whatever became of the items.
    """
    results = [_one(request, index, item, do, status) for index, item in enumerate(items)]
    return Response({"done": sum(result["problem"] is None for result in results), "results": results})


def _one(request: Request, index: int, item: Any, do: Callable[[Any], Any], status: int) -> dict[str, Any]:
    try:
        with transaction.atomic():
            return {"index": index, "status": status, "result": do(item), "problem": None}
    except (APIException, CatalogError, ValidationError) as error:
        refused = handle(error, {"request": request})
        assert refused is not None  # noqa: S101 - these are refusals, not mistakes of ours
        return {"index": index, "status": refused.status_code, "result": None, "problem": refused.data}
