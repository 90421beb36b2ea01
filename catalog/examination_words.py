"""The closed vocabularies of examinations for opening, and of hints that speak against it. See `catalog.vocabulary`."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ExaminationState(TextChoices):
    """Where a list of records stands between its first and its second examiner."""

    FILLING = "filling", _("正在列入")
    GATHERING = "gathering", _("整理中")
    PROPOSED = "proposed", _("待复审")
    CONFIRMING = "confirming", _("正在执行")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("已退回")
    TAKEN_BACK = "taken_back", _("已收回")

    @classmethod
    def at_work(cls) -> "list[ExaminationState]":
        """Return the states in which something is left to the worker."""
        return [cls.GATHERING, cls.CONFIRMING]

    @classmethod
    def unfinished(cls) -> "list[ExaminationState]":
        """Return the states from which something may still come."""
        return [cls.FILLING, cls.GATHERING, cls.PROPOSED, cls.CONFIRMING]


class ExaminedState(TextChoices):
    """What became of one record of such a list."""

    PENDING = "pending", _("等待")
    PROPOSED = "proposed", _("提请复审")
    LEFT_OUT = "left_out", _("未列入")
    DONE = "done", _("已生效")


class HintKind(TextChoices):
    """What a text may hold that speaks against opening it; people decide whether it does."""

    ID_NUMBER = "id_number", _("公民身份号码")
    TELEPHONE = "telephone", _("电话号码")
    BANK_CARD = "bank_card", _("银行卡号")
    MEDICAL = "medical", _("医疗健康")
    DISCIPLINE = "discipline", _("纪律处分")
    CRIMINAL = "criminal", _("刑事")
    POLITICAL = "political", _("政治审查")
    OTHER = "other", _("其他")

    @classmethod
    def of_numbers(cls) -> "list[HintKind]":
        """Return the kinds of personal numbers."""
        return [cls.ID_NUMBER, cls.TELEPHONE, cls.BANK_CARD]

    @classmethod
    def of_words(cls) -> "list[HintKind]":
        """Return the kinds that are found by words; the others are numbers, found by their form."""
        return [cls.MEDICAL, cls.DISCIPLINE, cls.CRIMINAL, cls.POLITICAL, cls.OTHER]
