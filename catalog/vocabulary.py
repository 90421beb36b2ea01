"""The closed vocabularies of the catalogue: every choice a column may hold, with its Chinese label.

Models check them in the database; forms, filters and serializers take their choices from here.
"""

from collections.abc import Iterable

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q, TextChoices
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _


def one_of(column: str, values: Iterable[str]) -> Q:
    """Return the condition of a check constraint: `column` holds one of `values`."""
    return Q(**{f"{column}__in": list(values)})


class CollectionKind(TextChoices):
    """What a collection is kept for."""

    ARCHIVE = "archive", _("档案")
    TEACHING = "teaching", _("教学")
    EXHIBIT = "exhibit", _("展品")

    @property
    def items(self) -> str:
        """Return what the images of such a collection are called, several of them."""
        return {self.ARCHIVE: gettext("照片"), self.TEACHING: gettext("图纸"), self.EXHIBIT: gettext("展品")}[self]

    @property
    def item(self) -> str:
        """Return what one of them is called, with the word that Chinese counts it by."""
        return {self.ARCHIVE: gettext("幅照片"), self.TEACHING: gettext("张图纸"), self.EXHIBIT: gettext("件展品")}[
            self
        ]

    def counted(self, number: int) -> str:
        """Return how many there are, in words."""
        words = {
            self.ARCHIVE: ngettext("%(number)s 幅照片", "%(number)s 幅照片", number),
            self.TEACHING: ngettext("%(number)s 张图纸", "%(number)s 张图纸", number),
            self.EXHIBIT: ngettext("%(number)s 件展品", "%(number)s 件展品", number),
        }
        return words[self] % {"number": intcomma(number)}


class RetentionPeriod(TextChoices):
    """How long the records are kept; the two generations of Chinese archival rules side by side."""

    PERMANENT = "permanent", _("永久")
    YEARS_30 = "30", _("30年")
    YEARS_10 = "10", _("10年")
    LONG = "long", _("长期")
    SHORT = "short", _("短期")


class Access(TextChoices):
    """Which members of the house may look at an image; whether the public may is `Disclosure`'s."""

    INTERNAL = "internal", _("全体成员")
    RESTRICTED = "restricted", _("仅审核员")

    def covers(self, other: "Access") -> bool:
        """Return whether everybody who may see something of the other access may see something of this one."""
        order = list(Access)
        return order.index(self) <= order.index(other)


class Disclosure(TextChoices):
    """开放标识: what two examiners have decided about the public. The words are those of DA/T 18."""

    UNEXAMINED = "unexamined", _("未审核")
    OPEN = "open", _("开放")
    DEFERRED = "deferred", _("延期开放")
    CONTROLLED = "controlled", _("控制")

    @classmethod
    def decided(cls) -> "list[Disclosure]":
        """Return what an examination may come to."""
        return [cls.OPEN, cls.DEFERRED, cls.CONTROLLED]


class Classification(TextChoices):
    """密级: the three grades of state secrets, and 内部 as archives write it."""

    NONE = "", _("无")
    INTERNAL = "internal", _("内部")
    SECRET = "secret", _("秘密")
    CONFIDENTIAL = "confidential", _("机密")
    TOP_SECRET = "top_secret", _("绝密")

    @classmethod
    def state_secrets(cls) -> "list[Classification]":
        """Return the grades that this system is not made for."""
        return [cls.SECRET, cls.CONFIDENTIAL, cls.TOP_SECRET]


class MarkPlace(TextChoices):
    """Where a classification mark was met."""

    FILE_NAME = "file_name", _("文件名或文件夹名")
    MANIFEST = "manifest", _("导入清单")
    READING = "reading", _("图上的文字")
    VALUE = "value", _("著录内容")
    PERSON = "person", _("由人标明")


class ImageStatus(TextChoices):
    """Where an image stands, derived from its annotations."""

    UNDESCRIBED = "undescribed", _("未著录")
    TO_REVIEW = "to_review", _("待审核")
    REJECTED = "rejected", _("已退回")
    TO_RESEARCH = "to_research", _("待考")
    DESCRIBED = "described", _("已著录")


TO_BE_RESEARCHED = "待考"
"""What a field holds where it is still to be found out: it is no description, and the field counts as missing."""
_LEFT_OPEN = (TO_BE_RESEARCHED, "待考证", "待查", "待查证", "待核实")
_WRITTEN_AS = ("{}", "{}。", "（{}）", "({})", "[{}]", "［{}］", "【{}】", "〔{}〕")
LEFT_OPEN = tuple(form.format(word) for word in _LEFT_OPEN for form in _WRITTEN_AS)
"""Every text that says so, for the database to compare with: its answers and `is_left_open`'s have to be the same."""


def is_left_open(value: str) -> bool:
    """Tell whether a value is 待考, in one of its spellings; 不详 and 佚名 say what has been found out, namely nothing.

    Args:
        value: the whole value of a field.
    """
    return value in LEFT_OPEN


class Dating(TextChoices):
    """What became of an image's accepted date text; a text that says that no date is known counts as none."""

    READ = "read", _("时间已识别")
    UNREAD = "unread", _("时间未识别")
    NONE = "none", _("没有时间")


class FileRole(TextChoices):
    """Which side or part of the original a scan shows; or the document whose pages were drawn, no picture itself."""

    FRONT = "front", _("正面")
    VERSO = "verso", _("背面")
    NEGATIVE = "negative", _("底片")
    PAGE = "page", _("页")
    DOCUMENT = "document", _("PDF 文档")

    @classmethod
    def of_scans(cls) -> "list[FileRole]":
        """Return those that show something."""
        return [role for role in cls if role is not cls.DOCUMENT]


class PhotoGroupState(TextChoices):
    """Whether a person has said that some photographs belong together."""

    PROPOSED = "proposed", _("建议")
    CONFIRMED = "confirmed", _("已确认")


class GroupingReason(TextChoices):
    """What speaks for it that photographs were taken on one occasion."""

    FOLDER = "folder", _("同一文件夹")
    NUMBERS = "numbers", _("文件名编号相连")
    DATE = "date", _("时间相近")
    LIKENESS = "likeness", _("画面相近")


class Fixity(TextChoices):
    """How a master was when it was last read again."""

    UNKNOWN = "", _("尚未校验")
    INTACT = "intact", _("完好")
    DAMAGED = "damaged", _("损坏")
    REPLACED = "replaced", _("被改动或替换")
    MISSING = "missing", _("丢失")
    UNREADABLE = "unreadable", _("无法读取")


class FileDefect(TextChoices):
    """What is amiss with a file that was taken in all the same, since its picture is whole."""

    NONE = "", _("无")
    NO_END_MARK = "no_end_mark", _("缺少结尾标记，画面完整")


class Role(TextChoices):
    """What a member may do: a cataloguer describes and reviews, a reviewer also publishes, an auditor reads the log."""

    CATALOGUER = "cataloguer", _("编目员")
    REVIEWER = "reviewer", _("审核员")
    AUDITOR = "auditor", _("审计员")


class Field(TextChoices):
    """The descriptive fields, in the order in which records, forms and exports show them."""

    TITLE = "title", _("题名")
    DESCRIPTION = "description", _("文字说明")
    EVENT = "event", _("事由")
    DATE = "date", _("时间")
    PLACE = "place", _("地点")
    PEOPLE = "people", _("人物")
    BACKGROUND = "background", _("背景")
    PHOTOGRAPHER = "photographer", _("摄影者")
    KEYWORDS = "keywords", _("关键词")
    TRANSCRIPTION = "transcription", _("文字转录")
    TONE = "tone", _("色调")
    NOTES = "notes", _("附注")

    @property
    def column(self) -> str:
        """Return the name of the Image column that holds the accepted text."""
        return "date_text" if self is Field.DATE else str(self.value)

    @property
    def wants_evidence(self) -> bool:
        """Whether it names a date, a place or somebody, which nobody may guess: without evidence it is 待考."""
        return self in {Field.DATE, Field.PLACE, Field.PEOPLE, Field.PHOTOGRAPHER}

    @property
    def names_persons(self) -> bool:
        """Whether it names somebody: no sample speaks for that, each is looked at by a person."""
        return self in {Field.PEOPLE, Field.PHOTOGRAPHER}


class Source(TextChoices):
    """Where an annotation's value comes from."""

    MODEL = "model", _("模型")
    PERSON = "person", _("人工")
    IMPORT = "import", _("导入")
    # A value of a 照片组, offered to its members.
    GROUP = "group", _("照片组")


class State(TextChoices):
    """What became of an annotation."""

    DRAFT = "draft", _("草稿")
    ACCEPTED = "accepted", _("已采用")
    REJECTED = "rejected", _("已退回")
    SUPERSEDED = "superseded", _("已被取代")


class ConflictState(TextChoices):
    """What became of two values of which only one can stand."""

    OPEN = "open", _("待处理")
    KEPT = "kept", _("保留了目录里的")
    TAKEN = "taken", _("改用了带来的")
    WITHDRAWN = "withdrawn", _("已撤回")


class Objection(TextChoices):
    """What a reviewer has against a draft that they reject."""

    NONE = "", _("无")
    WRONG_PERSON = "wrong_person", _("人物不对")
    WRONG_DATE = "wrong_date", _("时间不对")
    WRONG_PLACE = "wrong_place", _("地点不对")
    INVENTED = "invented", _("凭空编造")
    TOO_VAGUE = "too_vague", _("太笼统")
    NO_EVIDENCE = "no_evidence", _("没有依据")
    OTHER = "other", _("其他原因")

    @classmethod
    def offered(cls) -> "list[Objection]":
        """Return those that a reviewer chooses from."""
        return [code for code in cls if code is not cls.NONE]

    @classmethod
    def of_words(cls, text: str) -> "Objection":
        """Return the one that a text says, word for word; `OTHER` where it says something else."""
        return next((code for code in cls.offered() if code.words == text.strip()), cls.OTHER)

    @property
    def words(self) -> str:
        """Return what it says of a draft; empty where it says nothing."""
        return "" if self in (Objection.NONE, Objection.OTHER) else str(self.label)


class Flag(TextChoices):
    """What a reviewer should know about a draft before reading it."""

    NONE = "", _("无")
    OVERLONG = "overlong", _("超过字数")
    TRUNCATED = "truncated", _("回答被截断，可能不完整")
    DOUBTFUL = "doubtful", _("存疑：没有依据")
    OVERLONG_DOUBTFUL = "overlong_doubtful", _("超过字数；存疑：没有依据")
    TRUNCATED_DOUBTFUL = "truncated_doubtful", _("回答被截断，可能不完整；存疑：没有依据")

    @classmethod
    def single(cls) -> "list[Flag]":
        """Return those that say one thing, in the order in which people are asked for them."""
        return [cls.DOUBTFUL, cls.OVERLONG, cls.TRUNCATED]

    @classmethod
    def containing(cls, flag: str) -> "list[Flag]":
        """Return a flag that says one thing, and those that say it beside another."""
        return [known for known in cls if flag in known.value.split("_")]

    @property
    def is_doubtful(self) -> bool:
        """Whether something has no evidence."""
        return self in Flag.containing(Flag.DOUBTFUL)

    def with_doubt(self, doubtful: bool = True) -> "Flag":
        """Return the flag that says the same of the answer's length, and that it is doubtful, or is not."""
        parts = [part for part in self.value.split("_") if part not in ("", Flag.DOUBTFUL.value)]
        return Flag("_".join([*parts, Flag.DOUBTFUL.value] if doubtful else parts))


class Evidence(TextChoices):
    """What a value rests on."""

    NONE = "", _("无")
    PICTURE = "picture", _("画面")
    INSCRIPTION = "inscription", _("题字")
    RECORD = "record", _("著录")
    INFERENCE = "inference", _("推测")


class OutputForm(TextChoices):
    """The form of answer a prompt version asks for."""

    SENTENCE = "sentence", _("一句话")
    SIX_ELEMENTS = "six_elements", _("六要素")
    TITLE = "title", _("题名")
    KEYWORDS = "keywords", _("关键词")
    TRANSCRIPTION = "transcription", _("文字转录")
    FEEDBACK = "feedback", _("评改意见")
    FREE = "free", _("自由描述")

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return the descriptive fields that an answer of this form fills."""
        return _FORM_FIELDS[self]


_FORM_FIELDS: dict[OutputForm, tuple[Field, ...]] = {
    OutputForm.SENTENCE: (Field.DESCRIPTION,),
    OutputForm.SIX_ELEMENTS: (
        Field.EVENT,
        Field.DATE,
        Field.PLACE,
        Field.PEOPLE,
        Field.BACKGROUND,
        Field.PHOTOGRAPHER,
    ),
    OutputForm.TITLE: (Field.TITLE,),
    OutputForm.KEYWORDS: (Field.KEYWORDS,),
    OutputForm.TRANSCRIPTION: (Field.TRANSCRIPTION,),
    # What is said about a drawing is no description of it; it is a remark, and stays one until a teacher accepts it.
    OutputForm.FEEDBACK: (Field.NOTES,),
    OutputForm.FREE: (Field.DESCRIPTION,),
}


class Selection(TextChoices):
    """Which images of a collection a batch takes."""

    MISSING = "missing", _("缺少的")
    REJECTED = "rejected", _("退回的")
    ALL = "all", _("全部")
    OUTDATED = "outdated", _("旧版提示词起草的")
    CHOSEN = "chosen", _("选定的图像")

    @classmethod
    def of_a_collection(cls) -> "list[Selection]":
        """Return the selections that a collection and a prompt alone determine."""
        return [cls.MISSING, cls.REJECTED, cls.ALL]

    @classmethod
    def of_a_reading(cls) -> "list[Selection]":
        """Return the selections that make sense where writing is read: no wording is older than another."""
        return [cls.MISSING, cls.ALL, cls.CHOSEN]

    @property
    def replaces_drafts(self) -> bool:
        """Return whether who asks for it wants new drafts in place of those that wait."""
        return self in {self.ALL, self.OUTDATED, self.CHOSEN}


class BatchState(TextChoices):
    """Where a batch stands."""

    PENDING = "pending", _("等待")
    RUNNING = "running", _("进行中")
    PAUSED = "paused", _("已暂停")
    DONE = "done", _("已完成")
    CANCELLED = "cancelled", _("已取消")

    @classmethod
    def unfinished(cls) -> "list[BatchState]":
        """Return the states in which a batch may still do work."""
        return [cls.PENDING, cls.RUNNING, cls.PAUSED]


class ItemState(TextChoices):
    """Where one image of a batch stands."""

    PENDING = "pending", _("等待")
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("失败")
    REFUSED = "refused", _("模型没有给出内容")
    SKIPPED = "skipped", _("已跳过")

    @classmethod
    def without_result(cls) -> "list[ItemState]":
        """Return the states of images that nothing came of, and that can be tried again."""
        return [cls.FAILED, cls.REFUSED]


class Verb(TextChoices):
    """What an entry of the action log says somebody did."""

    COLLECTION_CREATED = "collection_created", _("建立馆藏")
    COLLECTION_CHANGED = "collection_changed", _("修改馆藏")
    IMAGE_IMPORTED = "image_imported", _("导入图像")
    IMAGE_CHANGED = "image_changed", _("修改图像")
    GROUP_CHANGED = "group_changed", _("调整近似组")
    PHOTO_GROUP_CHANGED = "photo_group_changed", _("调整照片组")
    PHOTO_GROUP_DESCRIBED = "photo_group_described", _("修改组合照片说明")
    VALUE_SET = "value_set", _("人工著录")
    VALUE_RESTORED = "value_restored", _("恢复旧内容")
    DRAFT_ACCEPTED = "draft_accepted", _("采用草稿")
    DRAFT_EDITED = "draft_edited", _("修改后采用")
    DRAFT_REJECTED = "draft_rejected", _("退回草稿")
    DRAFT_REWORDED = "draft_reworded", _("改写草稿")
    DRAFT_WITHDRAWN = "draft_withdrawn", _("收回草稿")
    DRAFT_PROPOSED = "draft_proposed", _("提出草稿")
    DECISION_UNDONE = "decision_undone", _("撤销决定")
    BULK_STARTED = "bulk_started", _("开始批量改动")
    BULK_ENDED = "bulk_ended", _("批量改动结束")
    TABLE_STARTED = "table_started", _("开始导入表格")
    TABLE_ENDED = "table_ended", _("导入表格结束")
    CONFLICT_SETTLED = "conflict_settled", _("处理冲突")
    BATCH_CREATED = "batch_created", _("建立批次")
    BATCH_PAUSED = "batch_paused", _("暂停批次")
    BATCH_RESUMED = "batch_resumed", _("继续批次")
    BATCH_RETRIED = "batch_retried", _("重试批次中失败的图像")
    BATCH_CANCELLED = "batch_cancelled", _("取消批次")
    BATCH_FINISHED = "batch_finished", _("完成批次")
    AUDIT_PLANNED = "audit_planned", _("安排抽检")
    AUDIT_JUDGED = "audit_judged", _("抽检判定")
    AUDIT_CLOSED = "audit_closed", _("处置抽检批")
    LOT_ACCEPTED = "lot_accepted", _("抽检后成批采用")
    LOT_RELEASED = "lot_released", _("公开抽检采用的内容")
    LOT_REJECTED = "lot_rejected", _("成批退回抽检批")
    LOT_RECALLED = "lot_recalled", _("收回抽检采用的内容")
    PROMPT_REVISED = "prompt_revised", _("修订提示词")
    CATALOGUE_EXPORTED = "catalogue_exported", _("导出目录")
    KNOWLEDGE_CHANGED = "knowledge_changed", _("修改知识库")
    ACCOUNT_CREATED = "account_created", _("建立账户")
    ACCOUNT_CHANGED = "account_changed", _("修改账户")
    ROLE_GIVEN = "role_given", _("授予角色")
    ROLE_TAKEN = "role_taken", _("收回角色")
    LOG_EXPORTED = "log_exported", _("导出操作记录")
    DISCLOSURE_MIGRATED = "disclosure_migrated", _("升级时设定开放标识")
    DISCLOSURE_PROPOSED = "disclosure_proposed", _("开放初审")
    DISCLOSURE_CONFIRMED = "disclosure_confirmed", _("开放复审")
    DISCLOSURE_REFUSED = "disclosure_refused", _("退回开放初审")
    DISCLOSURE_TAKEN_BACK = "disclosure_taken_back", _("收回开放初审")
    DISCLOSURE_WITHDRAWN = "disclosure_withdrawn", _("撤回开放")
    SECRECY_FOUND = "secrecy_found", _("发现密级标志，停用")
    SECRECY_CLEARED = "secrecy_cleared", _("解除疑似涉密")
    WORDS_CHANGED = "words_changed", _("修改开放审核词表")
    PRESET_CHANGED = "preset_changed", _("修改导出预设")


ACCOUNT_VERBS = (Verb.ACCOUNT_CREATED, Verb.ACCOUNT_CHANGED, Verb.ROLE_GIVEN, Verb.ROLE_TAKEN, Verb.LOG_EXPORTED)
"""What is done to accounts and by auditors: members do not read it in the log."""


class EventKind(TextChoices):
    """What other systems can be told of, by a webhook."""

    BATCH_ENDED = "batch.ended", _("批次结束")
    RECORD_PUBLISHED = "record.published", _("记录公开")
    RECORD_WITHDRAWN = "record.withdrawn", _("记录撤回公开")
    IMPORT_APPLIED = "import.applied", _("表格导入完成")
    TEST = "webhook.test", _("测试")

    @classmethod
    def offered(cls) -> "list[EventKind]":
        """Return those that an endpoint chooses from; a test is sent by its button."""
        return [kind for kind in cls if kind is not cls.TEST]


class DeliveryState(TextChoices):
    """Where the delivery of an event to an endpoint stands."""

    WAITING = "waiting", _("待发送")
    SENDING = "sending", _("正在发送")
    DELIVERED = "delivered", _("已送达")
    GIVEN_UP = "given_up", _("未送达，已放弃")
