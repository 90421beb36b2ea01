"""What the workbench's first page offers to do, and what it says others need from somebody.

A page that is to be offered stands in `tasks`; what knows of something that waits for a person stands in `pending`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import is_administrator, is_member, is_publisher, reads_log, signed_in, works
from catalog.batches.progress import ended_with_failures
from catalog.models import Batch
from catalog.review import redrafts

if TYPE_CHECKING:
    from django.utils.functional import Promise

_LATELY = timedelta(days=7)
_MOST_BATCHES = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, which the first page offers to whoever may.

    Attributes:
        label: what it is, in two to four characters.
        address: the name of its page's address.
        allowed: the policy; asked once for each page.
        about: what is done there, in a few words.
    """

    label: "str | Promise"
    address: str
    allowed: Callable[[HttpRequest], bool]
    about: "str | Promise"


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that waits for whoever looks at the first page.

    Attributes:
        text: a sentence.
        address: where it is done.
    """

    text: str
    address: str


def examines(request: HttpRequest) -> bool:
    """Tell whether the user examines what is opened of any collection."""
    return policies.is_examiner(request.user)


def reads_quality(request: HttpRequest) -> bool:
    """Tell whether the user reads the figures of quality."""
    return works(request) or reads_log(request)


tasks: list[Task] = [
    Task(_("上传"), "admin:catalog_image_upload", works, _("把扫描件传进馆藏")),
    Task(_("起草"), "admin:catalog_batch_start", works, _("让模型起草、识读")),
    Task(_("审核"), "catalog:review", works, _("采用、修改、退回")),
    Task(_("批量审核"), "catalog:review-list", works, _("一次处理许多条")),
    Task(_("照片组"), "catalog:photo-groups", works, _("同一件事的照片")),
    Task(_("抽检"), "catalog:audits", works, _("成批草稿抽样判定")),
    Task(_("开放审核"), "catalog:disclosure", examines, _("初审、复审、疑似涉密")),
    Task(_("撤销"), "catalog:review-undo", is_publisher, _("一段时间内的改动")),
    Task(_("查重"), "admin:catalog_neargroup_changelist", is_member, _("看起来相近的图像")),
    Task(_("编号"), "admin:catalog_collection_numbering", works, _("按规则补照片号")),
    Task(_("打印"), "catalog:print", is_member, _("目录、说明、备考表、标签")),
    Task(_("数据交换"), "catalog:exchange", is_member, _("导出 Excel、CSV 等表格")),
    Task(_("移交包"), "catalog:packages", is_member, _("挂接包、BagIt、副本")),
    Task(_("质量"), "catalog:quality", reads_quality, _("草稿有多准，省了多少时间")),
    Task(_("日志"), "admin:catalog_action_changelist", reads_log, _("谁做了什么")),
    Task(_("账户"), "admin:auth_user_changelist", is_administrator, _("账号和角色")),
]
"""What the first page offers, in this order, to whom the policy of each lets in."""


def redrafts_to_review(request: HttpRequest) -> list[Pending]:
    """Say how many records wait with a new draft that the user asked for."""
    if not works(request) or not (number := redrafts.number_come_back(signed_in(request))):
        return []
    words = ngettext("您退回后重新起草的 %(n)d 幅等您审核。", "您退回后重新起草的 %(n)d 幅等您审核。", number)
    return [Pending(words % {"n": number}, reverse("catalog:review"))]


def batches_to_look_at(request: HttpRequest) -> list[Pending]:
    """Say of which batches of the user's, over these days, something failed."""
    if not works(request):
        return []
    own = Batch.objects.filter(created_by=signed_in(request))
    failed = ended_with_failures(own, since=timezone.now() - _LATELY)[:_MOST_BATCHES]
    words = gettext("%(batch)s有 %(n)d 幅没有结果，可以看看原因再试。")
    return [
        Pending(
            words % {"batch": batch, "n": batch.without_result},  # type: ignore[attr-defined]  # the queryset adds it
            reverse("admin:catalog_batch_change", args=[batch.pk]),
        )
        for batch in failed
    ]


pending: list[Callable[[HttpRequest], Sequence[Pending]]] = [redrafts_to_review, batches_to_look_at]
"""What others need from somebody: each is asked once for the first page."""
