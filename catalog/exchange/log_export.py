"""The action log as a table for Excel and WPS, streamed, each entry with its link of the chain.

Whoever holds the table can have `manage.py verify_log --known` say whether the log is still the one it was taken from.
"""

import json
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.append_only import ActionQuerySet
from catalog.models import Action
from catalog.records.log_words import name_of, sentence_of
from inference.spreadsheets import csv_lines

_CHUNK = 1000


def log_rows(actions: ActionQuerySet) -> Iterator[list[str]]:
    """Yield the heading and a row for each entry, the oldest first.

    Args:
        actions: which entries; those that come in meanwhile are not waited for.

    Yields:
        Cells, not yet defused.
    """
    yield [
        _("编号"), _("时间"), _("账户"), _("姓名"), _("动作"), _("馆藏"), _("对象"), _("说明"), _("细节"),
        _("链中次序"), _("摘要"),
    ]  # fmt: skip
    told, last = actions.select_related("user", "collection", "digest"), 0
    # By keys and not by one long cursor, which on SQLite would keep its snapshot until the last byte is fetched.
    while chunk := list(told.filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        for action in chunk:
            yield _row(action)
        last = chunk[-1].pk


def stream_log(actions: ActionQuerySet) -> Iterator[str]:
    """Yield the log as CSV, piece by piece, the byte order mark first.

    Args:
        actions: which entries.
    """
    yield from csv_lines(log_rows(actions))


def _row(action: Action) -> list[str]:
    link = getattr(action, "digest", None)
    return [
        str(action.pk),
        timezone.localtime(action.created_at).isoformat(timespec="seconds"),
        action.user.get_username() if action.user else "",
        name_of(action.user) if action.user else "",
        action.get_verb_display(),
        action.collection.title if action.collection else "",
        action.label,
        sentence_of(action),
        json.dumps(action.details, ensure_ascii=False, sort_keys=True) if action.details else "",
        str(link.position) if link else "",
        link.digest if link else "",
    ]
