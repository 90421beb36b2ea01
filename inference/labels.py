"""What is said about where a text comes from: the label of AI text, and the notice about the demo model."""

from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _

from inference.conf import DEMO

Source = Literal["model", "person", "import"]
GENERATED = "1"
"""What GB 45438-2025 calls a text that was generated; "2" and "3" are for what may have been: never so here."""


def ai_label(*, source: Source, reviewed: bool, audit: int | None = None) -> str:
    """Word the label that AI text carries on every way out.

    Args:
        source: who wrote the text; one that a person edited before accepting it still came from the model.
        reviewed: whether a person approved it.
        audit: the number of the audit by which it was approved, as one of a lot of which people judged a sample; None
            where a person has looked at this very text, or nobody has.

    Returns:
        The label in the active language; empty for text that no model wrote.
    """
    if source != "model":
        return ""
    if reviewed and audit is not None:
        return _("AI 生成 · 抽样审核（第 %(audit)s 号）") % {"audit": audit}
    return _("AI 生成 · 人工审核") if reviewed else _("AI 生成")


def aigc_object(*, produced: str, propagated: str = "") -> dict[str, str]:
    """Return what GB 45438-2025 wants a file to hold beside a text that a model wrote.

    It is about the text, never about the scan that the text describes. Both reserved codes stay empty.

    Args:
        produced: what the producer calls the text: an answer's or a record's name, the same whenever it goes out.
        propagated: what whoever passes it on calls this passing on; empty where the producer itself answers.

    Returns:
        The seven keys of the standard's appendix E. The producer is `GLMV_AIGC_CODE`, else `GLMV_AIGC_PRODUCER`; empty
        where neither is set.
    """
    producer = settings.GLMV_AIGC_CODE or settings.GLMV_AIGC_PRODUCER
    return {
        "Label": GENERATED,
        "ContentProducer": producer,
        "ProduceID": produced,
        "ReservedCode1": "",
        "ContentPropagator": producer if propagated else "",
        "PropagateID": propagated,
        "ReservedCode2": "",
    }


def demo_notice() -> str | None:
    """Say in one line that the demo model is in use, and how to get the real one.

    Returns:
        The line in the active language, or None where another model is configured.
    """
    if settings.GLMV_MODEL != DEMO:
        return None
    return _(
        "当前使用的是演示模型，只认识随附的示例照片；要著录真实馆藏，请设置 GLMV_MODEL=zai-org/GLM-4.6V-Flash"
        "（需要显卡）并重新启动。"
    )
