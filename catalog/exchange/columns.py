"""The columns of a table: what each holds, how it is headed, who may change it, and what a row's checksum is.

The house's standard columns stand in four groups, so that whoever wants the catalogue can stop reading after the first:
the record (accepted values, then numbers and what is kept about access), where it comes from (one cell each for label,
model, prompt, evidence and reviewer, naming the fields they hold for), the drafts that wait, likewise; and last the
columns by which a table that comes back is recognised. Draft columns appear only for fields that have drafts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.exchange.provenance import Provenance
from catalog.labels import label_for_staff, label_of
from catalog.vocabulary import Access, Classification, Disclosure, Field, ImageStatus

if TYPE_CHECKING:
    from catalog.exchange.rows import Record

CLEARED = "（清空）"
"""What somebody writes into a cell that is to be deliberately empty; an empty cell means unchanged."""
EXPORT, KEY, REVISION, CHECK = "glmv_export", "glmv_key", "glmv_revision", "glmv_check"
TECHNICAL = (EXPORT, KEY, REVISION, CHECK)
"""The columns by which a row that comes back is recognised; they are headed by these words in every language."""
DRAFT = "draft_"
"""How the key of a column begins that holds the draft of a field."""
_SEPARATOR = "\x1f"


class Kind(Enum):
    """What a column holds: spreadsheets take identifiers, numbers and dates for something else unless told not to."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    DATE = "date"
    NUMBER = "number"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        key: what programs call it, the same in every language.
        heading: what people read above it.
        kind: what it holds.
        meaning: what it means, in a sentence, for the sheet that explains the table.
        editable: whether a table that comes back may change it.
        read: its cell for a record.
        terms: what it may hold, where that is a list.
        width: about how many Chinese characters are shown at once, times two.
        held: what the catalogue holds where the cell says it otherwise, as a value map does; None where it is the cell.
    """

    key: str
    heading: str
    kind: Kind
    meaning: str
    editable: bool
    read: "Callable[[Record], str]"
    terms: tuple[str, ...] = ()
    width: int = 16
    held: "Callable[[Record], str] | None" = None


def standard_columns(drafted: Sequence[Field], *, export: str = "") -> list[Column]:
    """Return the columns of the house, in the active language.

    Args:
        drafted: the fields of which drafts are in the table.
        export: key of the export.
    """
    record = [*_described(), *_administered()]
    columns = [*record, *_sources(), *(_drafts(drafted) if drafted else [])]
    return [*columns, *technical_columns(columns, export=export)]


def technical_columns(columns: Iterable[Column], *, export: str) -> list[Column]:
    """Return the columns by which a row that comes back is recognised.

    Args:
        columns: those of the table, whose editable ones the checksum is of.
        export: key of the export.
    """
    reads = [column.read for column in columns if column.editable]

    def check(record: "Record") -> str:
        return checksum(record.key, record.revision, [read(record) for read in reads])

    kept = _("表格改好交回时用来认出这一行，请不要改动。")
    return [
        Column(EXPORT, EXPORT, Kind.IDENTIFIER, _("导出的编号。%(kept)s") % {"kept": kept}, False, lambda _r: export),
        Column(KEY, KEY, Kind.IDENTIFIER, _("记录的编号。%(kept)s") % {"kept": kept}, False, _key, width=10),
        Column(
            REVISION, REVISION, Kind.IDENTIFIER, _("记录的版次。%(kept)s") % {"kept": kept}, False, _revision, width=10
        ),
        Column(CHECK, CHECK, Kind.IDENTIFIER, _("这一行的校验码。%(kept)s") % {"kept": kept}, False, check),
    ]


def checksum(key: int, revision: int, cells: Iterable[str]) -> str:
    """Return a short checksum of a row: the same cells have the same one.

    It begins with a letter that occurs in no number, so that no spreadsheet takes it for one.

    Args:
        key: of the record.
        revision: of the record.
        cells: of the editable columns in their order, not defused.
    """
    text = _SEPARATOR.join((str(key), str(revision), *cells))
    return f"k{blake2b(text.encode(), digest_size=6).hexdigest()}"


def value_of(field: str) -> "Callable[[Record], str]":
    """Return what reads the accepted value of a field."""

    def read(record: "Record") -> str:
        text = record.accepted.get(field)
        return "" if text is None else text.value

    return read


def draft_of(field: str) -> "Callable[[Record], str]":
    """Return what reads the draft of a field."""

    def read(record: "Record") -> str:
        text = record.drafts.get(field)
        return "" if text is None else text.value

    return read


def _described() -> list[Column]:
    """Return the columns of what identifies and describes a record."""
    said = _("照片的编号，在一个馆藏里不重复。")
    identifier = Column("identifier", _("照片号"), Kind.IDENTIFIER, said, True, attrgetter("identifier"), width=20)
    return [
        identifier,
        Column("file_name", _("文件名"), Kind.IDENTIFIER, _("正面扫描件的文件名。"), False, _file_name, width=24),
        Column("sha256", "sha256", Kind.IDENTIFIER, _("正面扫描件的数字摘要。"), False, _sha256, width=12),
        _coded("status", _("状态"), _("著录到了哪一步。"), ImageStatus),
        *(_field(field) for field in Field),
    ]


def _field(field: Field) -> Column:
    kind = Kind.DATE if field is Field.DATE else Kind.TEXT
    width = {Field.DESCRIPTION: 48, Field.TITLE: 32, Field.TRANSCRIPTION: 32, Field.BACKGROUND: 32, Field.DATE: 14}
    return Column(
        field.value, str(field.label), kind, _meaning(field), True, value_of(field.value), width=width.get(field, 20)
    )


def _meaning(field: Field) -> str:
    return {
        Field.TITLE: _("一句话说出照片的主要内容。"),
        Field.DESCRIPTION: _("综合说明照片的内容。"),
        Field.EVENT: _("照片反映的事件，为什么拍。"),
        Field.DATE: _("拍摄时间，照原来的写法，如 1956-05、1956年5月、五十年代。"),
        Field.PLACE: _("拍摄地点。"),
        Field.PEOPLE: _("照片上的人，几个人之间用顿号隔开。"),
        Field.BACKGROUND: _("对理解照片有用的来龙去脉。"),
        Field.PHOTOGRAPHER: _("拍摄的人。"),
        Field.KEYWORDS: _("检索用的词，几个词之间用顿号隔开。"),
        Field.TRANSCRIPTION: _("照片正面、背面上的文字，照录。"),
        Field.TONE: _("黑白、彩色等。"),
        Field.NOTES: _("其他需要说明的。"),
    }[field]


def _administered() -> list[Column]:
    """Return the columns of a record's numbers, and of what tables never change."""
    number = Kind.IDENTIFIER
    return [
        Column("volume", _("册号"), number, _("照片册的编号。"), True, attrgetter("volume"), width=10),
        Column("sheet", _("张号"), number, _("照片在册里的顺序号。"), True, attrgetter("sheet"), width=10),
        Column("negative_number", _("底片号"), number, _("底片的编号。"), True, attrgetter("negative_number")),
        Column("see_also", _("参见号"), number, _("与这张照片有关的其他档案的编号。"), True, attrgetter("see_also")),
        Column("rights", _("权利说明"), Kind.TEXT, _("著作权等权利的说明。"), True, attrgetter("rights")),
        _coded("classification", _("密级"), _("密级；表格里的改动不算数，请在系统里改。"), Classification),
        _coded("disclosure", _("开放标识"), _("开放审核的结果；表格里的改动不算数，须经初审、复审。"), Disclosure),
        _coded("access", _("内部可见"), _("馆内哪些人能看；表格里的改动不算数，请在系统里改。"), Access),
        Column(
            "collection", _("馆藏"), Kind.IDENTIFIER, _("记录属于哪个馆藏（代号）；表格里的改动不算数。"), False, _slug
        ),
    ]  # fmt: skip


def _coded(
    key: str,
    heading: str,
    meaning: str,
    choices: type[ImageStatus] | type[Classification] | type[Disclosure] | type[Access],
) -> Column:
    """Return a column of a closed vocabulary: read only, with its words as they are shown on pages."""
    words = {choice.value: str(choice.label) if choice.value else "" for choice in choices}
    get = attrgetter(key)
    terms = tuple(filter(None, words.values()))
    return Column(key, heading, Kind.TERM, meaning, False, lambda record: words[get(record)], terms, width=12)


def _sources() -> list[Column]:
    """Return the columns of where the accepted values are from."""
    of = Provenance(attrgetter("accepted"), label_for_staff).of
    label = _("哪几项文字出自 AI、由谁审核过。出自 AI 的文字改过之后仍带标识。")
    prompt, reviewer = _("起草所用的提示词和版本。"), _("采用或写下这几项的人。")
    return [
        Column("ai_label", _("AI 标识"), Kind.TEXT, label, False, lambda record: of(record).labels, width=28),
        Column("model", _("模型"), Kind.TEXT, _("起草所用的模型。"), False, lambda record: of(record).models),
        Column("prompt", _("提示词"), Kind.TEXT, prompt, False, lambda record: of(record).prompts),
        Column("evidence", _("依据"), Kind.TEXT, _("内容的依据。"), False, lambda record: of(record).evidence),
        Column("reviewer", _("审核者"), Kind.TEXT, reviewer, False, lambda record: of(record).reviewers),
    ]


def _drafts(drafted: Sequence[Field]) -> list[Column]:
    """Return the columns of the drafts that wait, and of where they are from."""
    of = Provenance(attrgetter("drafts"), label_of).of
    waits = _("等待审核的草稿，不是已采用的内容；表格里的改动不算数，请在审核页面处理。")

    def column(key: str, heading: str, read: "Callable[[Record], str]", width: int = 16) -> Column:
        return Column(f"{DRAFT}{key}", heading, Kind.TEXT, waits, False, read, width=width)

    return [
        *(
            column(field.value, _("草稿：%(field)s") % {"field": field.label}, draft_of(field.value), width=28)
            for field in drafted
        ),
        column("ai_label", _("草稿 AI 标识"), lambda record: of(record).labels),
        column("state", _("草稿状态"), lambda record: of(record).states),
        column("model", _("草稿模型"), lambda record: of(record).models),
        column("prompt", _("草稿提示词"), lambda record: of(record).prompts),
        column("evidence", _("草稿依据"), lambda record: of(record).evidence),
    ]


def _file_name(record: "Record") -> str:
    return "" if record.front is None else record.front.original_name


def _sha256(record: "Record") -> str:
    return "" if record.front is None else record.front.sha256


def _slug(record: "Record") -> str:
    return record.collection.slug


def _key(record: "Record") -> str:
    return str(record.key)


def _revision(record: "Record") -> str:
    return str(record.revision)
