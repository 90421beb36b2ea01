"""Decisions of the review page: what one key did to a record, and what it is like afterwards.

What comes too late changes nothing: the answer says why, and has the record as it is now, so that the page can lay the
reviewer's own words beside it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.exceptions import AlreadyDecided, CatalogError, RedraftRefused
from catalog.models import Annotation, Image
from catalog.pages.review.calls import (
    TAB,
    BadCall,
    LostRecord,
    for_reviewers,
    key_of,
    keys_of,
    reach,
    read_object,
    refusal,
    tab_of,
    text_of,
)
from catalog.pages.review.content import as_it_is, find, outdated, reader_of
from catalog.records import conflicts
from catalog.review import blind, decisions, holds, redrafts, terms, undoing
from catalog.vocabulary import Field, Objection

Answer = dict[str, Any]
_LONGEST_REASON = 1_000
BLIND = "blind"


class DecidedByOthers(AlreadyDecided):
    """Somebody else was faster."""

    message = gettext_lazy("这条草稿刚刚被处理过（%(state)s），您的操作没有执行。请对照现在的内容再决定。")


class DraftGone(CatalogError):
    """The draft is not one of this record's any more."""

    code = "already_decided"
    message = gettext_lazy("这条草稿已经不在了（可能刚刚重新起草过）。您写的文字还在，请对照现在的内容再决定。")


@require_POST
@for_reviewers
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out one decision about a record.

    Takes as JSON `do` (a name of `_DECISIONS`) and what that one takes; answers what it has to tell, and `record`, the
    record as it is now, where `keep` asks for it. With `blind` its drafts stay hidden until their reader has written.

    Args:
        request: the request.
        pk: the image.
    """
    given, reader = read_object(request), reader_of(request)
    user, hide = reader.user, given.get(BLIND) is True
    carry_out = _DECISIONS.get(str(given.get("do")))
    if carry_out is None:
        raise BadCall
    image = find(reader, pk)
    try:
        answer = carry_out(image, user, given)
    except (BadCall, LostRecord):
        raise
    except AlreadyDecided as error:
        late = DecidedByOthers(state=error.params["state"])
        return refusal(late.code, str(late), 409, record=as_it_is(reader, pk, hide=hide))
    except CatalogError as error:
        return refusal(error.code, str(error), 409, record=as_it_is(reader, pk, hide=hide))
    redrafts.close(image=pk, user=user)
    if given.get("keep") is True:
        answer["record"] = as_it_is(reader, pk, hide=hide)
    else:
        holds.release(images=[pk], user=user)
    return JsonResponse(answer)


@require_POST
@for_reviewers
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the last step of the reviewer's sitting. Takes `tab`, where the record is shown again, and `blind`."""
    given, reader = read_object(request), reader_of(request)
    user, tab = reader.user, tab_of(given.get(TAB))
    try:
        since = undoing.sitting_began(user)
        undone = undoing.undo_last(user=user, since=since, images=reach(request).images())
    except CatalogError as error:
        return refusal(error.code, str(error), 409)
    key = undone[0].image_id
    assert key is not None  # noqa: S101 - a decision is about an image
    holds.take_over(image=key, user=user, tab=tab)
    message = _("已撤销对“%(name)s”的决定，共 %(number)s 项。") % {"name": undone[0].label, "number": len(undone)}
    told = as_it_is(reader, key, hide=given.get(BLIND) is True)
    return JsonResponse({"message": message, "record": told})


def _accept_all(image: Image, user: User, given: Answer) -> Answer:
    edits = {
        key_of(int(key) if key.isascii() and key.isdigit() else None): text_of(value)
        for key, value in _mapping(given, "edits").items()
    }
    shown = keys_of(given.get("seen"))
    accepted = decisions.accept_all(image=image, seen=shown, user=user, edits=edits, written=_written(given))
    _learn(image, accepted)
    return {"accepted": len(accepted)}


def _accept(image: Image, user: User, given: Answer) -> Answer:
    draft = _draft(image, given)
    if "value" in given:
        accepted = decisions.edit_and_accept(annotation=draft, user=user, value=text_of(given["value"]))
    else:
        accepted = decisions.accept(annotation=draft, user=user)
    _learn(image, [accepted])
    return {"accepted": 1}


def _reject(image: Image, user: User, given: Answer) -> Answer:
    code, reason = str(given.get("code", "")), text_of(given.get("reason", ""), _LONGEST_REASON)
    if code not in Objection.values:
        raise BadCall
    rejected = decisions.reject(annotation=_draft(image, given), user=user, reason=reason, code=code)
    if given.get("redraft") is not True:
        return {}
    try:
        redrafts.ask_for(rejected=rejected, user=user)
    except RedraftRefused as error:
        # The rejection stands; only nothing new comes.
        return {"message": str(error)}
    return {"message": _("已退回，正在重新起草。新草稿来了会先给您看。")}


def _leave_open(image: Image, user: User, given: Answer) -> Answer:
    reason = text_of(given.get("reason", ""), _LONGEST_REASON)
    decisions.leave_open(annotation=_draft(image, given), user=user, reason=reason)
    return {}


def _write(image: Image, user: User, given: Answer) -> Answer:
    written = _written(given)
    for name, typed in written.items():
        saved = decisions.set_value(image=image, field=name, value=typed.value, user=user, seen_value=typed.seen)
        _learn(image, [saved])
    return {"written": len(written)}


def _write_blind(image: Image, user: User, given: Answer) -> Answer:
    saved = blind.write(image=image, values=_written(given), user=user)
    _learn(image, saved)
    return {"written": len(saved), "behind": outdated(blind.drafts_behind(saved).values())}


def _restore(image: Image, user: User, given: Answer) -> Answer:
    """Put a text back that the field had or was offered: the draft that was hidden while its reader wrote, say."""
    seen = given.get("seen")
    earlier = image.annotations.filter(pk=key_of(given.get("annotation"))).first()
    if earlier is None:
        raise DraftGone
    restored = decisions.restore(annotation=earlier, user=user, seen=None if seen is None else key_of(seen))
    _learn(image, [restored])
    return {}


def _settle(image: Image, user: User, given: Answer) -> Answer:
    """Settle a conflict: what the record says stays, or what was brought goes into it."""
    found = image.conflicts.filter(pk=key_of(given.get("conflict"))).first()
    if found is None or not isinstance(given.get("take"), bool):
        raise BadCall
    conflicts.settle(conflict=found, user=user, take=given["take"], seen=text_of(given.get("seen", "")))
    if given["take"] and found.field in Field.values:
        terms.learn(image=image, values=[(found.field, found.mine)])
    return {}


_DECISIONS: dict[str, Callable[[Image, User, Answer], Answer]] = {
    "accept_all": _accept_all,
    "accept": _accept,
    "reject": _reject,
    "leave_open": _leave_open,
    "write": _write,
    "write_blind": _write_blind,
    "restore": _restore,
    "settle": _settle,
}


def _draft(image: Image, given: Answer) -> Annotation:
    """Return the draft that a decision is about.

    Raises:
        DraftGone: it is not there any more.
    """
    found = image.annotations.filter(pk=key_of(given.get("annotation"))).first()
    if found is None:
        raise DraftGone
    return found


def _mapping(given: Answer, name: str) -> Answer:
    value = given.get(name, {})
    if not isinstance(value, dict) or len(value) > len(Field):
        raise BadCall
    return value


def _written(given: Answer) -> dict[str, decisions.Written]:
    """Return what was written by field, with what stood there when it was begun."""
    written = {}
    for name, typed in _mapping(given, "written").items():
        if not isinstance(typed, dict) or name not in Field.values:
            raise BadCall
        written[name] = decisions.Written(value=text_of(typed.get("value")), seen=text_of(typed.get("seen", "")))
    return written


def _learn(image: Image, accepted: list[Annotation]) -> None:
    terms.learn(image=image, values=[(item.field, item.value) for item in accepted])
