"""What pages say of date texts: how one was understood, and what is offered for one that was not."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog import dates
from catalog.models import Image
from catalog.vocabulary import Field


@dataclass(frozen=True, slots=True)
class DateNote:
    """How a date text was understood.

    Attributes:
        is_unread: whether it means some date and was not understood.
        understood: the days it means, or of a text that was not understood the longest part that could be read;
            empty where the text says just that, or nothing could be read.
        offered: the text with that part in brackets, which is understood; empty where there is nothing to be offered.
    """

    is_unread: bool
    understood: str
    offered: str = ""


def note_of(field: str, text: str) -> DateNote | None:
    """Return how the text of a field was understood; None where it is no date, or there is nothing to be said."""
    if field != Field.DATE or not text.strip():
        return None
    if dates.is_unread(text):
        part = dates.understood_part(text)
        return DateNote(is_unread=True, understood=dates.written(part) if part else "", offered=dates.with_date(text))
    found = dates.parse(text)
    if found is None or dates.written(found) == text.strip():
        return None
    return DateNote(is_unread=False, understood=dates.written(found))


def warning_of(image: Image) -> str:
    """Return what to tell whoever just put a date text into the record; empty where it was understood.

    Args:
        image: the image as it is now.
    """
    if not image.date_unread:
        return ""
    note = note_of(Field.DATE, image.date_text)
    said = _("时间“%(text)s”没有识别出日期，内容已原样保存，但按时间检索和排序时找不到这幅图像。") % {
        "text": image.date_text[:60]
    }
    if note is not None and note.offered:
        return said + _("能识别的是“%(part)s”，“时间”一栏里有改写的建议。") % {"part": note.understood}
    return said + _("请改写，例如：1956年10月1日、1956年秋、五十年代、1949年以前。")
