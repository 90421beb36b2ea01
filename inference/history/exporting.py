"""Questions and answers as a table for Excel and WPS, streamed; every row says that a model wrote its answer."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from inference.labels import ai_label
from inference.models import Exchange
from inference.models.exchanges import ExchangeQuerySet
from inference.spreadsheets import csv_lines

CHUNK = 500
"""Exchanges read from the database at a time; the number of queries grows with the number of chunks only."""


def file_name() -> str:
    """Name the table after today."""
    return _("问答记录-%(day)s.csv") % {"day": timezone.localdate().strftime("%Y%m%d")}


def stream_csv(exchanges: ExchangeQuerySet) -> Iterator[str]:
    """Yield exchanges as CSV, piece by piece, the byte order mark first.

    Args:
        exchanges: what to export, in the order wanted.
    """
    yield from csv_lines(_rows(exchanges))


def _rows(exchanges: ExchangeQuerySet) -> Iterator[list[object]]:
    label = ai_label(source="model", reviewed=False)
    yield _heading()
    for exchange in exchanges.prefetch_related("pictures").iterator(chunk_size=CHUNK):
        yield _row(exchange, label)


def _heading() -> list[object]:
    return [
        _("时间"),
        _("问题摘要"),
        _("问题"),
        _("回答"),
        _("模型版本"),
        _("输入词元"),
        _("输出词元"),
        _("排队秒数"),
        _("总秒数"),
        _("状态"),
        _("图片文件名"),
        _("AI 标识"),
    ]


def _row(exchange: Exchange, label: str) -> list[object]:
    return [
        timezone.localtime(exchange.asked_at).strftime("%Y-%m-%d %H:%M:%S"),
        exchange.summary,
        exchange.question,
        exchange.answer,
        exchange.model_version,
        exchange.input_tokens,
        exchange.output_tokens,
        f"{exchange.queue_s:.2f}",
        f"{exchange.total_s:.2f}",
        exchange.get_state_display(),
        "；".join(picture.name for picture in exchange.pictures.all()),
        # On each row, however much of its answer was written: rows get sorted, cut out and pasted elsewhere.
        label,
    ]
