"""The action log in sentences: who did what to which thing, for the people who read it. Reads entries, writes nothing.

What is a sentence of its own stands in `_SENTENCES`; whatever has none is told by its verb's name. A new verb is one
more line there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.audit_words import AuditState
from catalog.models import Action, Collection, Image, Package
from catalog.vocabulary import Access, ConflictState, Disclosure, Field, Role, Selection, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LONGEST = 60


def person_of(action: Action) -> str:
    """Return who did it: their name, the account's where they have none; nobody is the command line or the system."""
    return name_of(action.user) if action.user else _("系统")


def name_of(user: "User") -> str:
    """Return a person's name, the family name first; the account's where none is known."""
    return f"{user.last_name}{user.first_name}".strip() or user.get_username()


def sentence_of(action: Action) -> str:
    """Return what an entry says, as a sentence.

    Args:
        action: the entry, with its user and collection at hand.
    """
    try:
        return _SENTENCES[Verb(action.verb)](action)
    except (KeyError, ValueError, TypeError):
        # An entry of an earlier version, or of a later one: its verb is known at least.
        return _told(action, _("%(who)s：%(verb)s %(what)s"), verb=action.get_verb_display())


def changes_of(action: Action) -> list[tuple[str, str, str]]:
    """Return what was changed: the column's name, what it held and what it holds.

    Args:
        action: the entry.
    """
    before, after = action.details.get("before"), action.details.get("after")
    if not isinstance(after, dict):
        return []
    held = before if isinstance(before, dict) else {}
    # In an order of their own: databases do not agree on that of an object's members.
    return [(_column(action, name), _value(held.get(name)), _value(after[name])) for name in sorted(after)]


# --- One sentence for each verb ---------------------------------------------------------------------------------------


def _told(action: Action, text: str, **more: Any) -> str:
    return text % {"who": person_of(action), "what": action.label, "field": _field(action), **more}


def _field(action: Action) -> str:
    name = action.details.get("field", "")
    return str(Field(name).label) if name in Field.values else ""


def _rejected(action: Action) -> str:
    if reason := _short(action.details.get("reason", "")):
        return _told(action, _("%(who)s退回了 %(what)s 的“%(field)s”草稿：%(reason)s"), reason=reason)
    return _told(action, _("%(who)s退回了 %(what)s 的“%(field)s”草稿"))


def _undone(action: Action) -> str:
    number = len(action.details["undone"])
    text = ngettext(
        "%(who)s撤销了对 %(what)s 的 %(number)d 项决定", "%(who)s撤销了对 %(what)s 的 %(number)d 项决定", number
    )
    return _told(action, text, number=number)


def _imported(action: Action) -> str:
    return _told(action, _("%(who)s导入了 %(what)s（%(file)s）"), file=_short(action.details.get("file", "")))


def _image_changed(action: Action) -> str:
    details = action.details
    if details.get("found_again"):
        return _told(action, _("%(who)s找回了 %(what)s 的原图（%(file)s）"), file=_short(details.get("file", "")))
    if "part" in details:
        return _told(action, _("%(who)s为 %(what)s 增加了扫描件（%(file)s）"), file=_short(details.get("file", "")))
    fields = [str(Field(name).label) for name in details.get("fields", ()) if name in Field.values]
    columns = [name for name, _before, _after in changes_of(action)]
    if details.get("identifier"):
        columns.append(_("照片号"))
    if not (fields or columns):
        return _told(action, _("%(who)s修改了 %(what)s"))
    named = _("、").join([*fields, *columns])
    text = (
        _("%(who)s从表格补上了 %(what)s 的%(named)s")
        if "fields" in details
        else _("%(who)s修改了 %(what)s 的%(named)s")
    )
    return _told(action, text, named=named)


def _collection_changed(action: Action) -> str:
    after = action.details.get("after", {})
    if after == {"is_public": True}:
        return _told(action, _("%(who)s公开了馆藏“%(what)s”"))
    if after == {"is_public": False}:
        return _told(action, _("%(who)s撤回了馆藏“%(what)s”的公开"))
    named = _("、").join(name for name, _before, _after in changes_of(action))
    return _told(action, _("%(who)s修改了馆藏“%(what)s”的%(named)s"), named=named)


def _group_changed(action: Action) -> str:
    details = action.details
    if "merged" in details:
        return _told(action, _("%(who)s合并了“%(what)s”的几个近似组"))
    if "split" in details:
        number = len(details["split"])
        text = ngettext(
            "%(who)s从“%(what)s”的一个近似组里拆出 %(number)d 幅",
            "%(who)s从“%(what)s”的一个近似组里拆出 %(number)d 幅",
            number,
        )
        return _told(action, text, number=number)
    number = len(details["together"])
    text = ngettext(
        "%(who)s把“%(what)s”的 %(number)d 幅归为一个近似组", "%(who)s把“%(what)s”的 %(number)d 幅归为一个近似组", number
    )
    return _told(action, text, number=number)


def _photo_group_changed(action: Action) -> str:
    kind = action.details.get("kind", "")
    if kind == "proposed":
        number = len(action.details.get("groups", ()))
        text = ngettext("%(who)s让系统建议了 %(number)d 个照片组", "%(who)s让系统建议了 %(number)d 个照片组", number)
        return _told(action, text, number=number)
    if kind == "withdrawn":
        return _told(action, _("%(who)s收回了还没有确认的照片组"))
    if kind == "undone":
        return _told(action, _("%(who)s撤销了对照片组的上一步调整"))
    return _told(action, _("%(who)s调整了照片组“%(what)s”"))


def _with_reason(action: Action, text: str) -> str:
    said, reason = _told(action, text), _short(action.details.get("reason", ""))
    return _("%(said)s：%(reason)s") % {"said": said, "reason": reason} if reason else said


def _batch_created(action: Action) -> str:
    chosen = action.details.get("selection", "")
    which = str(Selection(chosen).label) if chosen in Selection.values else ""
    return _told(action, _("%(who)s建立了批次“%(what)s”（%(which)s）"), which=which)


def _batch_retried(action: Action) -> str:
    number = action.details.get("images", 0)
    text = ngettext(
        "%(who)s让批次“%(what)s”重试失败的 %(number)d 幅", "%(who)s让批次“%(what)s”重试失败的 %(number)d 幅", number
    )
    return _told(action, text, number=number)


def _prompt_revised(action: Action) -> str:
    details = action.details
    return _told(
        action,
        _("%(who)s修订了提示词“%(prompt)s”，成为第 %(version)s 版"),
        prompt=details["prompt"],
        version=details["version"],
    )


def _form(name: str) -> str:
    """Return what a table or a package is called."""
    return str(Package.Kind(name).label) if name in Package.Kind.values else name.upper()


def _exported(action: Action) -> str:
    number, form = action.details.get("images"), _form(str(action.details.get("format", "")))
    if number is None:
        return _told(action, _("%(who)s导出了馆藏“%(what)s”的目录（%(form)s）"), form=form)
    text = ngettext(
        "%(who)s导出了馆藏“%(what)s”的 %(number)d 幅（%(form)s）",
        "%(who)s导出了馆藏“%(what)s”的 %(number)d 幅（%(form)s）",
        number,
    )
    return _told(action, text, number=number, form=form)


def _knowledge_changed(action: Action) -> str:
    details = action.details
    base, entry = details.get("base", ""), _short(details.get("entry", ""))
    if details.get("change") == "deleted":
        text = _("%(who)s删除了知识库“%(base)s”的条目“%(entry)s”") if entry else _("%(who)s删除了知识库“%(base)s”")
    else:
        text = _("%(who)s写了知识库“%(base)s”的条目“%(entry)s”") if entry else _("%(who)s修改了知识库“%(base)s”")
    return _told(action, text, base=base, entry=entry)


def _account_created(action: Action) -> str:
    if action.details.get("administrator"):
        return _told(action, _("%(who)s建立了管理员账户 %(what)s"))
    return _told(action, _("%(who)s建立了账户 %(what)s"))


def _account_changed(action: Action) -> str:
    after = action.details.get("after", {})
    if action.details.get("password"):
        return _told(action, _("%(who)s更换了账户 %(what)s 的密码"))
    if after == {"is_active": False}:
        return _told(action, _("%(who)s停用了账户 %(what)s"))
    if after == {"is_active": True}:
        return _told(action, _("%(who)s重新启用了账户 %(what)s"))
    if after == {"is_superuser": True}:
        return _told(action, _("%(who)s让 %(what)s 成为管理员"))
    if after == {"is_superuser": False}:
        return _told(action, _("%(who)s取消了 %(what)s 的管理员身份"))
    return _told(action, _("%(who)s修改了账户 %(what)s"))


def _of_role(action: Action, text: str) -> str:
    place = action.collection.title if action.collection else _("所有馆藏")
    if action.collection_id is not None and action.collection is None:
        place = _("已删除的馆藏")
    said = _told(action, text, role=_role_name(action.details["role"]), place=place)
    beside = _("、").join(map(_role_name, action.details.get("beside", ())))
    if not beside:
        return said
    return _("%(said)s；%(what)s同时是%(beside)s") % {"said": said, "what": action.label, "beside": beside}


def _role_name(name: str) -> str:
    return str(Role(name).label) if name in Role.values else _("管理员")


def _log_exported(action: Action) -> str:
    number = action.details.get("entries", 0)
    text = ngettext("%(who)s导出了操作记录，共 %(number)d 条", "%(who)s导出了操作记录，共 %(number)d 条", number)
    return _told(action, text, number=number)


def _bulk_started(action: Action) -> str:
    number = action.details.get("records", 0)
    text = ngettext(
        "%(who)s对“%(what)s”的 %(number)d 幅开始批量改动", "%(who)s对“%(what)s”的 %(number)d 幅开始批量改动", number
    )
    return _told(action, text, number=number)


def _bulk_ended(action: Action) -> str:
    number = action.details.get("records", 0)
    text = ngettext(
        "%(who)s对“%(what)s”的批量改动结束，改了 %(number)d 幅",
        "%(who)s对“%(what)s”的批量改动结束，改了 %(number)d 幅",
        number,
    )
    return _told(action, text, number=number)


def _table_started(action: Action) -> str:
    number, undoes = action.details.get("records", 0), action.details.get("undo", False)
    begun = ngettext(
        "%(who)s开始把表格“%(file)s”导入“%(what)s”，要改 %(number)d 幅",
        "%(who)s开始把表格“%(file)s”导入“%(what)s”，要改 %(number)d 幅",
        number,
    )
    text = _("%(who)s开始撤销表格“%(file)s”对“%(what)s”的改动") if undoes else begun
    return _told(action, text, number=number, file=_short(action.details.get("file", "")))


def _table_ended(action: Action) -> str:
    number, undoes = action.details.get("cells", 0), action.details.get("undo", False)
    ended = ngettext(
        "%(who)s把表格“%(file)s”导入“%(what)s”结束，改了 %(number)d 格",
        "%(who)s把表格“%(file)s”导入“%(what)s”结束，改了 %(number)d 格",
        number,
    )
    undone = ngettext(
        "%(who)s撤销表格“%(file)s”对“%(what)s”的改动结束，撤回了 %(number)d 格",
        "%(who)s撤销表格“%(file)s”对“%(what)s”的改动结束，撤回了 %(number)d 格",
        number,
    )
    return _told(action, undone if undoes else ended, number=number, file=_short(action.details.get("file", "")))


def _conflict_settled(action: Action) -> str:
    taken = action.details.get("state") == ConflictState.TAKEN
    text = (
        _("%(who)s处理了 %(what)s 的“%(field)s”的冲突，改用了带来的内容")
        if taken
        else _("%(who)s处理了 %(what)s 的“%(field)s”的冲突，保留了目录里的内容")
    )
    name = action.details["field"]
    return _told(action, text) if name in Field.values else _told(action, text, field=_column(action, name))


def _disclosure(action: Action, text: str) -> str:
    details = action.details
    proposed = details.get("disclosure", details.get("after", ""))
    said = _told(action, text, disclosure=_disclosure_name(proposed), first=details.get("first_examiner", ""))
    reason = _short(details.get("reason", "")) or _short(details.get("basis", ""))
    return _("%(said)s：%(reason)s") % {"said": said, "reason": reason} if reason else said


def _disclosure_name(name: str) -> str:
    return str(Disclosure(name).label) if name in Disclosure.values else ""


def _audit(action: Action, text: str) -> str:
    details = action.details
    state = str(details.get("verdict", details.get("state", "")))
    named = str(AuditState(state).label) if state in AuditState.values else state
    more = {"judged": details.get("judged", ""), "faults": details.get("faults", "")}
    return _told(action, text, audit=details["audit"], state=named, **more)


def _lot(action: Action, text: str) -> str:
    return _told(action, text, audit=action.details["audit"], number=len(action.details["annotations"]))


def _words_changed(action: Action) -> str:
    details = action.details
    words = _("、").join(map(str, details.get("words", [details.get("word", "")])))
    if details.get("deleted"):
        return _told(action, _("%(who)s从开放审核词表删去“%(words)s”"), words=_short(words))
    return _told(action, _("%(who)s在开放审核词表里写了“%(words)s”"), words=_short(words))


def _preset_changed(action: Action) -> str:
    if action.details.get("deleted"):
        return _told(action, _("%(who)s删去了导出预设“%(what)s”"))
    if action.details.get("restored"):
        return _told(action, _("%(who)s把导出预设“%(what)s”恢复为随附的样子"))
    return _told(action, _("%(who)s修改了导出预设“%(what)s”"))


_SENTENCES: dict[Verb, Callable[[Action], str]] = {
    Verb.COLLECTION_CREATED: lambda action: _told(action, _("%(who)s建立了馆藏“%(what)s”")),
    Verb.COLLECTION_CHANGED: _collection_changed,
    Verb.IMAGE_IMPORTED: _imported,
    Verb.IMAGE_CHANGED: _image_changed,
    Verb.GROUP_CHANGED: _group_changed,
    Verb.PHOTO_GROUP_CHANGED: _photo_group_changed,
    Verb.PHOTO_GROUP_DESCRIBED: lambda action: _told(action, _("%(who)s修改了“%(what)s”的组合照片说明")),
    Verb.VALUE_SET: lambda action: _told(action, _("%(who)s写了 %(what)s 的“%(field)s”")),
    Verb.VALUE_RESTORED: lambda action: _told(action, _("%(who)s恢复了 %(what)s 的“%(field)s”从前的内容")),
    Verb.DRAFT_ACCEPTED: lambda action: _told(action, _("%(who)s采用了 %(what)s 的“%(field)s”草稿")),
    Verb.DRAFT_EDITED: lambda action: _told(action, _("%(who)s修改后采用了 %(what)s 的“%(field)s”草稿")),
    Verb.DRAFT_REJECTED: _rejected,
    Verb.DRAFT_REWORDED: lambda action: _told(action, _("%(who)s批量改写了 %(what)s 的“%(field)s”草稿")),
    Verb.DRAFT_WITHDRAWN: lambda action: _told(action, _("%(who)s收回了 %(what)s 的“%(field)s”草稿")),
    Verb.DRAFT_PROPOSED: lambda action: _told(action, _("%(who)s的程序为 %(what)s 的“%(field)s”提出了草稿")),
    Verb.DECISION_UNDONE: _undone,
    Verb.BULK_STARTED: _bulk_started,
    Verb.BULK_ENDED: _bulk_ended,
    Verb.TABLE_STARTED: _table_started,
    Verb.TABLE_ENDED: _table_ended,
    Verb.CONFLICT_SETTLED: _conflict_settled,
    Verb.BATCH_CREATED: _batch_created,
    Verb.BATCH_PAUSED: lambda action: _with_reason(action, _("%(who)s暂停了批次“%(what)s”")),
    Verb.BATCH_RESUMED: lambda action: _told(action, _("%(who)s让批次“%(what)s”继续")),
    Verb.BATCH_RETRIED: _batch_retried,
    Verb.BATCH_CANCELLED: lambda action: _with_reason(action, _("%(who)s取消了批次“%(what)s”")),
    Verb.BATCH_FINISHED: lambda action: _told(action, _("批次“%(what)s”已完成")),
    Verb.AUDIT_PLANNED: lambda action: _audit(action, _("%(who)s建立了“%(what)s”的第 %(audit)s 号抽检")),
    Verb.AUDIT_JUDGED: lambda action: _audit(
        action, _("“%(what)s”的第 %(audit)s 号抽检判定完毕：%(state)s（判定 %(judged)s 项，有误 %(faults)s 项）")
    ),
    Verb.AUDIT_CLOSED: lambda action: _audit(action, _("%(who)s处置了“%(what)s”的第 %(audit)s 号抽检：%(state)s")),
    Verb.LOT_ACCEPTED: lambda action: _lot(
        action, _("%(who)s按第 %(audit)s 号抽检成批采用了“%(what)s”的 %(number)d 条草稿")
    ),
    Verb.LOT_RELEASED: lambda action: _lot(action, _("%(who)s公开了“%(what)s”第 %(audit)s 号抽检采用的 %(number)d 项")),
    Verb.LOT_REJECTED: lambda action: _lot(
        action, _("%(who)s按第 %(audit)s 号抽检成批退回了“%(what)s”的 %(number)d 条草稿")
    ),
    Verb.LOT_RECALLED: lambda action: _lot(
        action, _("%(who)s收回了“%(what)s”第 %(audit)s 号抽检采用的 %(number)d 项，仍作草稿")
    ),
    Verb.PROMPT_REVISED: _prompt_revised,
    Verb.CATALOGUE_EXPORTED: _exported,
    Verb.KNOWLEDGE_CHANGED: _knowledge_changed,
    Verb.ACCOUNT_CREATED: _account_created,
    Verb.ACCOUNT_CHANGED: _account_changed,
    Verb.ROLE_GIVEN: lambda action: _of_role(action, _("%(who)s授予 %(what)s %(role)s角色（%(place)s）")),
    Verb.ROLE_TAKEN: lambda action: _of_role(action, _("%(who)s收回了 %(what)s 的%(role)s角色（%(place)s）")),
    Verb.LOG_EXPORTED: _log_exported,
    Verb.DISCLOSURE_MIGRATED: lambda action: _told(action, _("升级时设定了“%(what)s”的开放标识")),
    Verb.DISCLOSURE_PROPOSED: lambda action: _disclosure(
        action, _("%(who)s初审：“%(what)s”的一份清单拟定为%(disclosure)s")
    ),
    Verb.DISCLOSURE_CONFIRMED: lambda action: _disclosure(
        action, _("%(who)s复审：%(what)s 定为%(disclosure)s（初审 %(first)s）")
    ),
    Verb.DISCLOSURE_REFUSED: lambda action: _disclosure(action, _("%(who)s复审退回了“%(what)s”的一份初审清单")),
    Verb.DISCLOSURE_TAKEN_BACK: lambda action: _disclosure(action, _("%(who)s收回了“%(what)s”的一份初审清单")),
    Verb.DISCLOSURE_WITHDRAWN: lambda action: _disclosure(action, _("%(who)s撤回了 %(what)s 的开放")),
    Verb.SECRECY_FOUND: lambda action: _told(action, _("%(what)s 发现密级标志，已停用")),
    Verb.SECRECY_CLEARED: lambda action: _with_reason(action, _("%(who)s解除了 %(what)s 的疑似涉密")),
    Verb.WORDS_CHANGED: _words_changed,
    Verb.PRESET_CHANGED: _preset_changed,
}

# --- Words ------------------------------------------------------------------------------------------------------------


def _column(action: Action, name: str) -> str:
    """Return what people call a column of what was changed."""
    if action.verb == Verb.ACCOUNT_CHANGED:
        model: Any = get_user_model()
    else:
        model = Image if action.image_id is not None else Collection
    try:
        return str(model._meta.get_field(name).verbose_name)  # noqa: SLF001 - where Django keeps names
    except FieldDoesNotExist:
        return name


def _value(value: Any) -> str:
    if value in (None, ""):
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(Access(value).label) if value in Access.values else str(value)


def _short(text: Any) -> str:
    words = str(text)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}……"
