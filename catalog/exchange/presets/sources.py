"""Where a column of a preset may take its value from: each with what it reads, and which records have nothing of it.

What is read of a record and what the database counts as missing stand side by side, and a test compares the two.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.exchange.presets import people
from catalog.models import Annotation, Image, ImageFile
from catalog.vocabulary import (
    LEFT_OPEN,
    Classification,
    Disclosure,
    Field,
    ImageStatus,
    PhotoGroupState,
    RetentionPeriod,
    State,
    is_left_open,
)

if TYPE_CHECKING:
    from django.db.models import TextChoices

    from catalog.exchange.rows import Group, Record

COMPOSED = "description_composed"
"""The source that the preset's composition writes, where the field is empty."""
AI_LABEL = "ai_label"
_KIND = re.compile(r"^\s*[\u4e00-\u9fff]{1,8}\s*[：:]")
_SEVERAL = re.compile(r"[；;]")


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is known of a record.

    Attributes:
        label: what people call it.
        group: under which heading it is offered.
        read: its value.
        missing: the condition that a record has none; None where having none is no lack.
        fields: descriptive fields that it is read from: their AI labels go with it.
        column: the column of `Image` that holds it, where that is one.
        day: the day that it is, where it is one.
        is_date: whether it is a date as somebody wrote it.
        is_number: whether it is an identifier or a number, which spreadsheets are told to leave alone.
        terms: what it may hold, where that is a list.
        of_group: the descriptive field of the photograph's group that it is.
    """

    label: "str | Promise"
    group: "str | Promise"
    read: "Callable[[Record], str]"
    missing: Q | None = None
    fields: tuple[Field, ...] = ()
    column: str = ""
    day: "Callable[[Record], date | None] | None" = None
    is_date: bool = False
    is_number: bool = False
    terms: "type[TextChoices] | None" = None
    of_group: Field | None = None


_RECORD, _DESCRIBED, _PEOPLE = _("登记信息"), _("著录内容"), _("责任者与著录者")
_HELD, _GROUPED, _FILE = _("馆藏"), _("照片组"), _("扫描件")


def is_written(text: str) -> bool:
    """Tell whether a value says something; 待考 says nothing yet."""
    return bool(text) and not is_left_open(text)


def with_kind(numbers: str, kind: str) -> str:
    """Return 参见号 each with the kind of records that it belongs to: 文书：2-1-35.

    Args:
        numbers: as the record has them, several with a semicolon between.
        kind: of those that say none; empty to leave them as they are.
    """
    if not kind:
        return numbers
    parts = (part.strip() for part in _SEVERAL.split(numbers))
    return "；".join(part if _KIND.match(part) else f"{kind}：{part}" for part in parts if part)


def lacks_kind() -> Q:
    """Return the condition that a record has a 参见号 that says no kind."""
    return ~Q(see_also="") & ~Q(see_also__contains="：") & ~Q(see_also__contains=":")


def _field_missing(field: Field) -> Q:
    """Return the condition that a field is not described; what an audit accepted is in no column until it is public."""
    held = Annotation.objects.filter(image=OuterRef("pk"), field=field, state=State.ACCEPTED, held=True)
    written = held.exclude(value="").exclude(value__in=LEFT_OPEN)
    return Q(**{f"{field.column}__in": ["", *LEFT_OPEN]}) & Q(~Exists(written))


def all_missing(fields: "tuple[Field, ...] | list[Field]") -> Q:
    """Return the condition that none of several fields is described."""
    condition = Q()
    for field in fields:
        condition &= _field_missing(field)
    return condition


def _not_described() -> Q:
    return Q(~Exists(Annotation.objects.filter(image=OuterRef("pk"), state=State.ACCEPTED)))


def _no_describer() -> Q:
    known = Annotation.objects.filter(image=OuterRef("pk"), state=State.ACCEPTED)
    return Q(~Exists(known.filter(Q(created_by__isnull=False) | Q(decided_by__isnull=False))))


def _no_checker() -> Q:
    accepted = Annotation.objects.filter(state=State.ACCEPTED)
    described = accepted.alias(describer=Coalesce("created_by", "decided_by"))
    same_person = described.filter(image=OuterRef("image"), describer=OuterRef("decided_by"))
    second = accepted.filter(image=OuterRef("pk"), decided_by__isnull=False)
    return Q(~Exists(second.exclude(Exists(same_person))))


def _no_number_in_group() -> Q:
    return Q(~Exists(Image.objects.filter(photo_group=OuterRef("photo_group")).exclude(identifier="").order_by()))


def _no_scan() -> Q:
    return Q(~Exists(ImageFile.objects.scans().filter(image=OuterRef("pk"))))


def _described(field: Field) -> Source:
    def read(record: "Record") -> str:
        return record.value(field.value)

    return Source(
        field.label,
        _DESCRIBED,
        read,
        _field_missing(field),
        fields=(field,),
        column=field.column,
        is_date=field is Field.DATE,
    )


def _plain(label: Promise, column: str, *, is_number: bool = True) -> Source:
    return Source(label, _RECORD, attrgetter(column), Q(**{column: ""}), column=column, is_number=is_number)


def _coded(label: Promise, group: Promise, get: str, terms: "type[TextChoices]", missing: Q | None = None) -> Source:
    words = attrgetter(get)

    def read(record: "Record") -> str:
        code = words(record)
        return str(terms(code).label) if code else ""

    return Source(label, group, read, missing, terms=terms)


def _of_collection(label: Promise, name: str) -> Source:
    get = attrgetter(f"collection.{name}")
    return Source(label, _HELD, get, Q(**{f"collection__{name}": ""}), is_number=name != "title")


def _of_group(label: Promise, read: "Callable[[Group], str]", missing: Q, of_group: Field | None = None) -> Source:
    def of_record(record: "Record") -> str:
        return "" if record.group is None else read(record.group)

    apart = Q(photo_group__isnull=True) | ~Q(photo_group__state=PhotoGroupState.CONFIRMED)
    is_date = of_group is Field.DATE
    number = of_group is None
    return Source(label, _GROUPED, of_record, apart | missing, is_number=number, is_date=is_date, of_group=of_group)


def _of_groups_field(label: Promise, field: Field) -> Source:
    column = field.column

    def read(group: "Group") -> str:
        return str(getattr(group, column))

    return _of_group(label, read, Q(**{f"photo_group__{column}__in": ["", *LEFT_OPEN]}), field)


def _extent(group: "Group") -> str:
    ends = [number for number in (group.first_number, group.last_number) if number]
    return "—".join(dict.fromkeys(ends))


def _of_scan(label: Promise, name: str) -> Source:
    def read(record: "Record") -> str:
        return "" if record.front is None else str(getattr(record.front, name))

    return Source(label, _FILE, read, _no_scan(), is_number=True)


def _pixels(record: "Record") -> str:
    return "" if record.front is None else f"{record.front.width}×{record.front.height}"


_NO_RESPONSIBLE = Q(responsibility="", collection__creator="") & _field_missing(Field.PHOTOGRAPHER)

SOURCES: dict[str, Source] = {
    "identifier": _plain(_("照片号"), "identifier"),
    "volume": _plain(_("册号"), "volume"),
    "sheet": _plain(_("张号"), "sheet"),
    "negative_number": _plain(_("底片号"), "negative_number"),
    "see_also": _plain(_("参见号"), "see_also"),
    "see_also_kind": Source(
        _("参见号（带种类）"), _RECORD, attrgetter("see_also"), Q(see_also=""), column="see_also", is_number=True
    ),
    "rights": _plain(_("权利说明"), "rights", is_number=False),
    "classification": _coded(_("密级"), _RECORD, "classification", Classification),
    "disclosure": _coded(_("开放标识"), _RECORD, "disclosure", Disclosure),
    "status": _coded(_("状态"), _RECORD, "status", ImageStatus),
    **{field.value: _described(field) for field in Field},
    COMPOSED: Source(_("文字说明，没有则合成"), _DESCRIBED, lambda record: record.value(Field.DESCRIPTION)),
    "date_start": Source(
        _("时间起"), _DESCRIBED, lambda _record: "", Q(date_start=None), (Field.DATE,), day=attrgetter("date_start")
    ),
    "date_end": Source(
        _("时间止"), _DESCRIBED, lambda _record: "", Q(date_end=None), (Field.DATE,), day=attrgetter("date_end")
    ),
    AI_LABEL: Source(_("AI 标识"), _DESCRIBED, lambda _record: ""),
    "responsible": Source(
        _("责任者（没有则用摄影者、立档单位）"), _PEOPLE, people.responsible, _NO_RESPONSIBLE, (Field.PHOTOGRAPHER,)
    ),
    "cataloguers": Source(_("著录者"), _PEOPLE, people.cataloguers, _no_describer()),
    "described_on": Source(
        _("著录日期"), _PEOPLE, lambda _record: "", _not_described(), day=attrgetter("described_on")
    ),
    "checkers": Source(_("审核者（第二人）"), _PEOPLE, people.checkers, _no_checker()),
    "collection_title": _of_collection(_("馆藏名称"), "title"),
    "collection_slug": _of_collection(_("馆藏代号"), "slug"),
    "fonds_number": _of_collection(_("全宗号"), "fonds_number"),
    "class_code": _of_collection(_("门类代码"), "class_code"),
    "creator": Source(_("立档单位"), _HELD, attrgetter("collection.creator"), Q(collection__creator="")),
    "retention": _coded(
        _("保管期限"), _HELD, "collection.retention_period", RetentionPeriod, Q(collection__retention_period="")
    ),
    "group_number": _of_group(_("组号"), attrgetter("number"), Q(photo_group__number="")),
    "group_year": _of_group(_("年度"), attrgetter("year"), Q(photo_group__year="")),
    "group_title": _of_groups_field(_("组题名"), Field.TITLE),
    "group_event": _of_groups_field(_("组的事由"), Field.EVENT),
    "group_date": _of_groups_field(_("组的时间"), Field.DATE),
    "group_place": _of_groups_field(_("组的地点"), Field.PLACE),
    "group_background": _of_groups_field(_("组的背景"), Field.BACKGROUND),
    "group_extent": _of_group(_("起止照片号"), _extent, _no_number_in_group()),
    "group_count": _of_group(_("组内张数"), lambda group: str(group.image_count), Q()),
    "file_name": _of_scan(_("文件名"), "original_name"),
    "sha256": _of_scan(_("SHA-256"), "sha256"),
    "file_format": _of_scan(_("文件格式"), "format"),
    "file_bytes": _of_scan(_("文件字节数"), "byte_size"),
    "file_pixels": Source(_("像素"), _FILE, _pixels, _no_scan(), is_number=True),
    "key": Source(_("记录编号（本系统）"), _RECORD, lambda record: str(record.key), is_number=True),
}
"""What columns are made of, by the names that definitions use."""


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the sources as a form offers them, under their headings, in the active language."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for key, source in SOURCES.items():
        grouped.setdefault(str(source.group), []).append((key, str(source.label)))
    return list(grouped.items())
