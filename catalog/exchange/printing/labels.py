"""Labels with QR codes, for photographs and their envelopes. Never Micro QR: telephones do not read it."""

from collections.abc import Callable
from dataclasses import dataclass

import segno
from django.db.models import TextChoices
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from catalog.exchange.printing.sheets import Chosen


class LabelSheet(TextChoices):
    """The paper that labels are printed on."""

    A4_24 = "a4-24", _("A4，3 列 8 行，70 × 37 毫米")
    A4_14 = "a4-14", _("A4，2 列 7 行，99.1 × 38.1 毫米")
    ROLL = "roll-60x40", _("标签机，60 × 40 毫米，一张一枚")


class CodeContent(TextChoices):
    """What a QR code says."""

    NUMBER = "number", _("照片号：换了网址也能用")
    ADDRESS = "address", _("网址：手机一扫就打开记录")


@dataclass(frozen=True, slots=True)
class Label:
    """One label.

    Attributes:
        number: the 照片号.
        place: 全宗号, 册号 and 张号.
        title: the title, as the record has it.
        code: the QR code, as SVG.
    """

    number: str
    place: str
    title: str
    code: SafeString


def labels_of(chosen: Chosen, content: CodeContent, address_of: Callable[[int], str]) -> tuple[list[Label], int]:
    """Return the labels of photographs, and how many have none for want of a 照片号.

    Args:
        chosen: the photographs.
        content: what the QR codes say.
        address_of: the whole address of a record.
    """
    columns = ("pk", "identifier", "volume", "sheet", "title")
    rows = {row[0]: row[1:] for row in chosen.images.order_by().values_list(*columns)}
    fonds = chosen.collection.fonds_number
    labels = []
    for key in chosen.keys:
        number, volume, sheet, title = rows[key]
        if number:
            place = " · ".join(filter(None, [fonds, volume, sheet]))
            said = number if content is CodeContent.NUMBER else address_of(key)
            labels.append(Label(number, place, " ".join(title.split()), code_of(said)))
    return labels, len(rows) - len(labels)


def code_of(text: str) -> SafeString:
    """Return a QR code as SVG, in the size of whatever holds it, with the margin that readers need.

    Args:
        text: what it says.
    """
    # In UTF-8 whatever the text: as kanji, Chinese would come back as other characters.
    code = segno.make(text, micro=False, error="m", encoding="utf-8", boost_error=False)
    svg = code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="label-code", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - numbers and a path, no text of anybody
