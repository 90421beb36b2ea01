"""Lists by a cursor: a place in the order of a list, so that what comes in meanwhile moves no row to another page.

The cursor says what the last row has in the columns of the order; it is signed together with the whole question, and
one that comes with another question is refused. It holds nothing that the row's reader was not told.
"""

import datetime
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

CURSOR = "cursor"
START = "*"
"""What a list is begun with."""
_SALT = "catalog.api.cursor"
_LONGEST = 2000


def page_after(queryset: "QuerySet[Any]", request: Request, size: int) -> tuple[list[Any], str | None]:
    """Return the rows after a cursor.

    Args:
        queryset: the list, in its order.
        request: says the cursor.
        size: how many rows a page has.

    Returns:
        The rows, and the cursor of the next page; None after the last.

    Raises:
        ValidationError: the cursor is none, or belongs to another question.
    """
    order = _order_of(queryset)
    question = _question(request)
    ordered = queryset.order_by(*(_term(name) for name in order))
    given = request.query_params[CURSOR]
    if given != START:
        ordered = ordered.filter(_after(order, _read(given, question, order)))
    rows = list(ordered[: size + 1])
    if len(rows) <= size:
        return rows, None
    return rows[:size], signing.dumps([question, [_value(rows[size - 1], name) for name in order]], salt=_SALT)


def _order_of(queryset: "QuerySet[Any]") -> list[str]:
    """Return the columns of a list's order, the key last, so that no two rows have the same place."""
    order = [name for name in queryset.query.order_by if isinstance(name, str)]
    kept: list[str] = []
    for name in order:
        if name.lstrip("-") in ("pk", "id"):
            return [*kept, name]
        kept.append(name)
    return [*kept, "pk"]


def _term(name: str) -> Any:
    column = F(name.lstrip("-"))
    return column.desc(nulls_last=True) if name.startswith("-") else column.asc(nulls_last=True)


def _after(order: list[str], values: list[Any]) -> Q:
    """Return the condition that a row comes after one that has some values, with nothing after everything."""
    condition = Q(pk__in=[])
    same = Q()
    for name, value in zip(order, values, strict=True):
        column = name.lstrip("-")
        if value is None:
            same &= Q(**{f"{column}__isnull": True})
            continue
        beyond = Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        condition |= same & (beyond | Q(**{f"{column}__isnull": True}))
        same &= Q(**{column: value})
    return condition


def _value(row: Any, name: str) -> Any:
    value = getattr(row, name.lstrip("-"))
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.date):  # moments are days, too
        return value.isoformat()
    return value


def _read(given: str, question: str, order: list[str]) -> list[Any]:
    """Return what the last row had.

    Raises:
        ValidationError: it is no cursor of this question.
    """
    try:
        if len(given) > _LONGEST:
            raise signing.BadSignature
        asked, values = signing.loads(given, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        words = _("这个 cursor 不能用。第一页写 cursor=*，以后照 next 里的地址取。")
        raise ValidationError({CURSOR: [words]}) from error
    if asked != question or len(values) != len(order):
        raise ValidationError({CURSOR: [_("这个 cursor 属于另一个列表：筛选、检索或排序变了，请从 cursor=* 重新取。")]})
    return list(values)


def _question(request: Request) -> str:
    """Return a digest of all that is asked, but for the place and the size of the page."""
    asked: Mapping[str, str] = request.query_params.dict()
    told = sorted((name, value) for name, value in asked.items() if name not in (CURSOR, "page_size"))
    return hashlib.sha256(repr((request.path, told)).encode()).hexdigest()[:16]
