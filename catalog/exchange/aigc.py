"""The object of GB 45438-2025 in a table that can hold objects: about a record's texts, never about its scans."""

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.exchange.columns import Column, Kind
from inference.labels import aigc_object

if TYPE_CHECKING:
    from catalog.exchange.rows import Record

KEY = "aigc"


def aigc_column(export: str) -> Column:
    """Return the column that says by the standard's seven keys that a record has text of a model; empty for others.

    Args:
        export: key of the export, which is what this passing on is called.
    """

    def read(record: "Record") -> str:
        texts = [*record.accepted.values(), *record.drafts.values()]
        if not any(text.ai_origin and text.value for text in texts):
            return ""
        produced = f"image-{record.key}-{record.revision}"
        return json.dumps(aigc_object(produced=produced, propagated=export), ensure_ascii=False, separators=(",", ":"))

    meaning = _("GB 45438-2025 的标识：这条记录里有人工智能生成的文字。")
    return Column(KEY, KEY, Kind.OBJECT, meaning, False, read)
