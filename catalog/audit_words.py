"""The closed vocabularies of audits: what a lot, its units and verdicts may be. See `catalog.vocabulary`."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AuditState(TextChoices):
    """Where an audit of a lot of drafts stands."""

    LISTING = "listing", _("正在列清单")
    FULL_REVIEW = "full_review", _("须全部审核")
    UNDER_WAY = "under_way", _("判定中")
    PASSED = "passed", _("合格")
    FAILED = "failed", _("不合格")
    ACCEPTING = "accepting", _("正在采用")
    ACCEPTED = "accepted", _("已采用，未公开")
    RELEASING = "releasing", _("正在公开")
    RELEASED = "released", _("已公开")
    REJECTING = "rejecting", _("正在退回")
    REDRAFTED = "redrafted", _("已退回，重新起草")
    SPLIT = "split", _("已拆分")
    LEFT = "left", _("留作草稿")
    REVIEWED_SINGLY = "reviewed_singly", _("改为逐条审核")
    RECALLING = "recalling", _("正在收回")
    RECALLED = "recalled", _("已收回")
    WITHDRAWN = "withdrawn", _("已作废")

    @classmethod
    def at_work(cls) -> "list[AuditState]":
        """Return the states in which the background has something to do."""
        return [cls.LISTING, cls.ACCEPTING, cls.RELEASING, cls.REJECTING, cls.RECALLING]

    @classmethod
    def claiming(cls) -> "list[AuditState]":
        """Return the states in which what an audit is about is in no other one: its verdict is due, or stands."""
        return [
            cls.LISTING, cls.UNDER_WAY, cls.PASSED, cls.FAILED, cls.ACCEPTING, cls.ACCEPTED, cls.RELEASING,
            cls.RELEASED, cls.REJECTING, cls.RECALLING,
        ]  # fmt: skip

    @classmethod
    def judged(cls) -> "list[AuditState]":
        """Return the states after the verdict."""
        return [
            cls.PASSED, cls.FAILED, cls.ACCEPTING, cls.ACCEPTED, cls.RELEASING, cls.RELEASED, cls.REJECTING,
            cls.REDRAFTED, cls.SPLIT, cls.LEFT, cls.REVIEWED_SINGLY, cls.RECALLING, cls.RECALLED,
        ]  # fmt: skip


class UnitVerdict(TextChoices):
    """What a judge says of one field of one record."""

    RIGHT = "right", _("正确")
    WRONG = "wrong", _("错误")
    MISSING = "missing", _("漏著录")
    RIGHTLY_EMPTY = "rightly_empty", _("确应为空")


class WrongReason(TextChoices):
    """Why a draft is wrong."""

    CONTRADICTED = "contradicted", _("与画面或原件不符")
    INVENTED = "invented", _("没有依据，本该留空")
    PARTLY = "partly", _("部分有误")
    VAGUE = "vague", _("过于笼统")
    FORM = "form", _("写法不合规范")
    OTHER = "other", _("其他")
    GONE = "gone", _("记录已删除")

    @classmethod
    def of_judges(cls) -> "list[WrongReason]":
        """Return those that a person chooses from."""
        return [reason for reason in cls if reason is not cls.GONE]


class Meanwhile(TextChoices):
    """What became of a draft between the day its lot was listed and a later one."""

    UNCHANGED = "unchanged", _("未变")
    DECIDED = "decided", _("已由人处理")
    REPLACED = "replaced", _("已重新起草")
    FILLED = "filled", _("原为空，后来有了内容")
    GONE = "gone", _("记录已删除")


class RecordFault(TextChoices):
    """What a machine sees to be amiss with a record's number, or with what it says of its scans."""

    NO_NUMBER = "no_number", _("没有照片号")
    NUMBER_TWICE = "number_twice", _("照片号与另一条只差空格、全半角或大小写")
    NO_SCAN = "no_scan", _("没有扫描件")
    DAMAGED = "damaged", _("扫描件校验不符")
    OFF_PATTERN = "off_pattern", _("照片号不合编号规则")
    NAME_DIFFERS = "name_differs", _("文件名里没有照片号")
    UNVERIFIED = "unverified", _("扫描件还没有校验过")

    @classmethod
    def failing(cls) -> "list[RecordFault]":
        """Return those by which a record fails; the others are for people to look into."""
        return [cls.NO_NUMBER, cls.NUMBER_TWICE, cls.NO_SCAN, cls.DAMAGED]


class UnitOutcome(TextChoices):
    """What became of a unit of a lot when the lot was accepted, or rejected."""

    NONE = "", _("未处理")
    ACCEPTED = "accepted", _("已采用")
    REJECTED = "rejected", _("已退回")
    EMPTY = "empty", _("没有草稿")
    WRONG = "wrong", _("抽检判为错误，留待审核")
    CHANGED = "changed", _("草稿已变，或已由人处理")
    RECALLED = "recalled", _("已收回，仍是草稿")
