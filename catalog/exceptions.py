"""The errors of the catalogue's own rules, each carrying a sentence for the person who meets it."""

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from catalog.shares import Absence


class CatalogError(Exception):
    """A rule of the catalogue was not met. `str(error)` is a sentence in the active language."""

    code = "catalog_error"
    message: str | Promise = _("操作无法完成。")

    def __init__(self, message: str | Promise | None = None, **params: object) -> None:
        super().__init__(message, params)
        self.params = params
        if message is not None:
            self.message = message

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.params if self.params else text


class AlreadyDecided(CatalogError):
    """Somebody else accepted, rejected or replaced the draft first."""

    code = "already_decided"
    message = _("这条草稿已经处理过（%(state)s），请刷新页面后再看。")


class ChangedMeanwhile(CatalogError):
    """Somebody else wrote another value while this one was being written."""

    code = "changed_meanwhile"
    message = _("“%(field)s”刚刚被别人改过。请对照现在的内容，确认后再保存。")


class UndoRefused(CatalogError):
    """What was decided cannot be undone: somebody has gone on from it."""

    code = "undo_refused"
    message = _("不能撤销：“%(field)s”在这之后又被改过或重新起草过。请打开这条记录，直接改成您要的内容。")


class UndoOutOfReach(CatalogError):
    """What was decided is about a record that is not the user's to review any more."""

    code = "undo_out_of_reach"
    message = _(
        "不能撤销：“%(name)s”现在不归您审核（您已不参加它所在的馆藏，或它已限审核员查看）。请找那份馆藏的审核员。"
    )


class SecrecyRefused(CatalogError):
    """A record that is held back as possibly classified cannot be let go, or not so."""

    code = "secrecy_refused"


class ExaminationRefused(CatalogError):
    """A list of records cannot be proposed, confirmed, refused or taken back; the sentence says why."""

    code = "examination_refused"


class NothingToUndo(CatalogError):
    """There is no step left."""

    code = "nothing_to_undo"
    message = _("没有可以撤销的步骤了。")


class BulkRefused(CatalogError):
    """A change of many records cannot be prepared or begun as asked."""

    code = "bulk_refused"


class PresetRefused(CatalogError):
    """A preset of columns cannot be kept or used so, or no preset can be made of a file; the sentence says why."""

    code = "preset_refused"


class ConflictRefused(CatalogError):
    """A conflict cannot be settled as asked."""

    code = "conflict_refused"
    message = _("这处冲突已经处理过（%(state)s），请刷新页面后再看。")


class TableRefused(CatalogError):
    """A table cannot be read, applied or undone; the sentence says why and what to do."""

    code = "table_refused"


class ExportRefused(CatalogError):
    """A table cannot be made, stopped or fetched as asked; the sentence says why and what to do."""

    code = "export_refused"


class ExportNotKept(CatalogError):
    """What an export said is not there any more: its time is over, or it was never finished."""

    code = "export_not_kept"
    message = _("这次导出的原值已经不在（保留期已过，或导出没有完成），无法对照导出时的内容。")


class DraftsChanged(CatalogError):
    """Drafts of a record came or went while a reviewer looked at it."""

    code = "drafts_changed"
    message = _("这条记录的草稿刚刚变了（别人处理过，或重新起草过），没有采用任何一条。请看过现在的草稿再决定。")


class DraftsSeen(CatalogError):
    """What is said to have been written blind was written by somebody who had seen the drafts."""

    code = "drafts_seen"
    message = _("您看过这条记录的草稿，写下的内容不能算“先著录后看稿”。您写的文字都还在，请按平常的方式保存。")


class RedraftRefused(CatalogError):
    """A rejected draft cannot be made anew."""

    code = "redraft_refused"
    message = _("“%(field)s”不能重新起草：草稿不是提示词写的，或者这一项已经有了内容。草稿已经退回，请直接填写。")


class NotTheJudge(CatalogError):
    """Whoever prompted, decided or accepted something does not judge it."""

    code = "not_the_judge"
    message = _("这一批不能由您判定：%(reason)s 请换一位没有参与的同事。")


class UnitTaken(CatalogError):
    """A unit of a sample was judged meanwhile, or a colleague is at it."""

    code = "unit_taken"
    message = _("这一项刚刚由别人判定了，或已转给别人。您的判定没有记入；请接着判下一项。")


class VerdictRefused(CatalogError):
    """What was said of a unit is no verdict on it."""

    code = "verdict_refused"


class AuditNotReady(CatalogError):
    """The audit is not in the state for this."""

    code = "audit_not_ready"
    message = _("%(audit)s现在的状态是“%(state)s”，不能这样做。请刷新页面后再看。")


class UnknownField(CatalogError):
    """The field is not one of the descriptive fields."""

    code = "unknown_field"
    message = _("没有名为“%(field)s”的著录项。")


class CollectionNotFound(CatalogError):
    """No collection has this slug."""

    code = "collection_not_found"
    message = _("没有代号为“%(slug)s”的馆藏。请先建立馆藏，或检查代号是否写对。")


class ImagesNotFound(CatalogError):
    """Images were asked for by numbers that are not those of this collection's images."""

    code = "images_not_found"
    message = _("馆藏“%(title)s”里没有编号为 %(numbers)s 的图像。请检查编号。")


class FilterRefused(CatalogError):
    """Images were asked for by a condition that cannot be met."""

    code = "filter_refused"
    message = _("筛选条件“%(name)s”：%(reason)s")


class PromptNotFound(CatalogError):
    """No prompt has this name, or it has no version yet."""

    code = "prompt_not_found"
    message = _("没有名为“%(name)s”的提示词。可用的提示词：%(names)s。")


class ImportSourceError(CatalogError):
    """The folder, archive or manifest as a whole cannot be imported."""

    code = "import_source"


class FileRejected(CatalogError):
    """One file cannot be imported; the import goes on with the others."""

    code = "file_rejected"


class DerivativeAwaited(CatalogError):
    """A picture of a scan has to be made again, and others are being made before it."""

    code = "derivative_awaited"
    message = _("这幅图正在重新生成，请稍后再打开。")
    retry_after_s = 10


class ShareAway(CatalogError):
    """Files lie on a share that is away just now: it passes, and nothing is the matter with the files."""

    code = "share_away"
    message = "%(absence)s"

    def __init__(self, absence: "Absence") -> None:
        super().__init__(absence=absence)
        self.absence = absence


class UploadTooLarge(CatalogError):
    """A file that was sent is larger than is taken on a page."""

    code = "upload_too_large"
    message = _("文件超过 %(limit)s MB，请让管理员用命令导入。")


class NumberPatternRefused(CatalogError):
    """What was written as a pattern of numbers is none, or there is none."""

    code = "number_pattern_refused"


class NumbersChanged(CatalogError):
    """The numbers would be others than those that were looked at."""

    code = "numbers_changed"
    message = _("预览之后馆藏有了变动，编号会与预览的不同，所以没有写入。请重新预览。")


class NamePatternRefused(CatalogError):
    """What was written as a pattern of file names is none."""

    code = "name_pattern_refused"


class GroupingRefused(CatalogError):
    """Images cannot be put together, or taken apart, as asked."""

    code = "grouping_refused"


class GroupChanged(CatalogError):
    """Somebody else wrote of a group of photographs while this was being written."""

    code = "group_changed"
    message = _("这个照片组的说明刚刚被别人改过。您写的还在下面，请对照现在的内容，确认后再保存。")


class EvaluationRefused(CatalogError):
    """A file of questions for a model cannot be used."""

    code = "exam_refused"


class ClaimLost(CatalogError):
    """The lease on a batch item ran out and somebody else has it now."""

    code = "claim_lost"
    message = _("这一项已由另一个进程接手。")


class Unparseable(CatalogError):
    """The model's answer does not have the form its prompt asks for."""

    code = "unparseable"
    message = _("模型的回答不是要求的格式。")


class AnswerRefused(CatalogError):
    """The model's answer says that it sees nothing, or will say nothing: an answer without a value."""

    code = "answer_refused"
    message = _("模型没有给出内容：它看不清、认不出，或没有回答。回答原文保留着，可以重新起草。")


class BatchInTheWay(CatalogError):
    """An unfinished batch takes the same images."""

    code = "batch_in_the_way"
    message = _("同样的图像另有批次尚未完成（%(batch)s 与之冲突）。请先完成或取消那个批次，再试一次。")


class NothingToReplace(CatalogError):
    """Accepted values are to be replaced by a selection in which there are none."""

    code = "nothing_to_replace"
    message = _("“缺少的”和“退回的”里没有已采用的内容；要重新起草已采用的 AI 内容，请选“全部”或选定图像。")


class BatchOver(CatalogError):
    """A batch that is done or cancelled cannot go on."""

    code = "batch_over"
    message = _("%(batch)s %(state)s，不能继续。需要时请另建一个批次。")


class DraftingPaused(CatalogError):
    """The batch cannot go on now; what is done is kept and the batch can be resumed."""

    code = "drafting_paused"


class VersionOutdated(CatalogError):
    """Something is written by somebody who has seen an earlier version of it."""

    code = "outdated"
    message = _("这条记录在您读取之后被改过，没有写入。改动的项和现在的内容见 changed；请对照后用新的 ETag 再写。")

    def __init__(self, *, changed: dict[str, object], version: str) -> None:
        super().__init__()
        self.changed, self.version = changed, version


class KeyUsedOtherwise(CatalogError):
    """A name that a program gave to one request comes with another one."""

    code = "idempotency_key_reused"
    message = _("这个 Idempotency-Key 已用于另一个请求（地址或内容不同）。新的请求请换一个新的键。")


class KeyAtWork(CatalogError):
    """A request of this name is being carried out."""

    code = "idempotency_key_at_work"
    message = _("用这个 Idempotency-Key 的请求还在处理，请过几秒再发一次，会得到同样的回答。")


class ProposalRefused(CatalogError):
    """A program proposes something for a field that has a value, or a draft."""

    code = "proposal_refused"
    message = _("“%(field)s”已有内容，或者已有草稿在等审核，没有写入新的草稿。")


class DraftsHidden(CatalogError):
    """Somebody decides about drafts that are hidden from them until they have written."""

    code = "drafts_hidden"
    message = _("这份馆藏要求先著录后看稿：请先用 write_blind 写下您的内容（没有要写的就写空对象），再决定草稿。")


class LastAdministrator(CatalogError):
    """Without this account nobody could keep accounts any more."""

    code = "last_administrator"
    message = _("这是最后一个能用的管理员账户，不能停用，也不能取消管理员身份。请先另设一位管理员。")


class PackageRefused(CatalogError):
    """A package cannot be prepared, begun or fetched as asked; the sentence says what to do."""

    code = "package_refused"


class PackageBroken(CatalogError):
    """Making a package cannot go on: the disk is full, a folder cannot be written. What was written stays."""

    code = "package_broken"


class ExiftoolFailed(CatalogError):
    """exiftool is not there, or could not write a file."""

    code = "exiftool_failed"
    message = _("exiftool 没有写成：%(detail)s")


class DeliveryRefused(CatalogError):
    """A message to another system cannot be sent again now."""

    code = "delivery_refused"
