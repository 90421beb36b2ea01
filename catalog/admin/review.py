"""The review of one image's drafts: what was decided, and what the page shows for each field.

A decision that comes too late (somebody else was faster) changes nothing and loses nothing: the page comes back with
the reason, the colleague's words, and the reviewer's own text still in the form.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exceptions import AlreadyDecided, CatalogError
from catalog.labels import label_for_staff, label_of
from catalog.models import Annotation, Image
from catalog.querysets import ImageQuerySet
from catalog.records.dating import DateNote, note_of
from catalog.review import decisions
from catalog.vocabulary import Field, ImageStatus, State, is_left_open

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ACCEPT, EDIT, REJECT, LEAVE_OPEN, WRITE = "accept", "edit", "reject", "leave_open", "write"
CONFIRM = "confirm"


class TextChanged(CatalogError):
    """The reviewer changed the draft's words but asked for it to be accepted as it is."""

    code = "text_changed"
    message = gettext_lazy("您改动了草稿的文字。要采用改动，请按“修改后采用”；要采用原文，请先改回原来的文字。")


class DraftGone(CatalogError):
    """The draft is not one of this image's."""

    code = "draft_gone"
    message = gettext_lazy("这条草稿已经不在了。您写的文字留在下面，可以作为人工著录保存。")


class TooLate(CatalogError):
    """Somebody else decided the draft while this reviewer was looking at it."""

    code = "too_late"
    message = gettext_lazy("这条草稿刚刚被别人处理过（%(state)s），您的操作没有执行。")


class TooLateForEdit(TooLate):
    """Somebody else decided the draft while this reviewer was rewording it."""

    message = gettext_lazy("这条草稿刚刚被别人处理过（%(state)s）。您写的文字留在下面，对照后可以作为人工著录保存。")


class DecisionForm(forms.Form):
    """What a reviewer posts for one field."""

    decision = forms.ChoiceField(choices=[(name, name) for name in (ACCEPT, EDIT, REJECT, LEAVE_OPEN, WRITE, CONFIRM)])
    field = forms.ChoiceField(choices=Field.choices)
    annotation = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    value = forms.CharField(required=False, max_length=20_000)
    seen_value = forms.CharField(required=False, strip=False)
    reason = forms.CharField(required=False, max_length=1_000)

    def clean_value(self) -> str:
        """Return the text with the line breaks that the database has."""
        return _unix_lines(self.cleaned_data["value"])

    def clean_seen_value(self) -> str:
        """Return the text with the line breaks that the database has."""
        return _unix_lines(self.cleaned_data["seen_value"])


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reviewer wrote in a form that could not be carried out, and why not."""

    field: str
    annotation: int | None
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the image as the review page shows it."""

    field: Field
    accepted: Annotation | None
    accepted_label: str
    draft: Annotation | None
    draft_label: str
    draft_text: str
    draft_error: str
    hand_text: str
    hand_error: str
    accepted_date: DateNote | None = None
    draft_date: DateNote | None = None

    @property
    def name(self) -> str:
        """Return the field's name as used in forms and addresses."""
        return str(self.field.value)

    @property
    def label(self) -> str:
        """Return the field's name for people."""
        return str(self.field.label)

    @property
    def may_be_left_open(self) -> bool:
        """Tell whether 待考 is proposed in place of a draft of a name, a place or a date."""
        if self.draft is None or self.accepted is not None:
            return False
        return self.field.wants_evidence and not is_left_open(self.draft.value)

    @property
    def is_blank(self) -> bool:
        """Tell whether there is nothing to look at."""
        return self.accepted is None and self.draft is None and not self.hand_error


def decide(*, image: Image, user: "User", given: DecisionForm) -> str:
    """Carry out a decision.

    Args:
        image: the image, which the user may review.
        user: the reviewer.
        given: a valid form.

    Returns:
        A sentence saying what was done.

    Raises:
        CatalogError: it could not be done; nothing was changed.
    """
    data = given.cleaned_data
    label = Field(data["field"]).label
    if data["decision"] == WRITE:
        decisions.set_value(
            image=image, field=data["field"], value=data["value"], user=user, seen_value=data["seen_value"]
        )
        return _("已保存“%(field)s”。") % {"field": label}
    if data["decision"] == CONFIRM:
        decisions.confirm(annotation=_draft(image, data), user=user)
        return _("已确认“%(field)s”，现在是人工审核过的内容。") % {"field": label}
    try:
        return _decide_draft(_draft(image, data), user, data) % {"field": label}
    except AlreadyDecided as error:
        late = TooLateForEdit if data["decision"] == EDIT else TooLate
        raise late(state=error.params["state"]) from error


def _decide_draft(draft: Annotation, user: "User", data: dict[str, Any]) -> str:
    """Carry out a decision on a draft and return what was done, with a gap for the field's name."""
    if data["decision"] == REJECT:
        decisions.reject(annotation=draft, user=user, reason=data["reason"])
        return _("已退回“%(field)s”的草稿，下次起草时会重新生成。")
    if data["decision"] == LEAVE_OPEN:
        decisions.leave_open(annotation=draft, user=user, reason=data["reason"])
        return _("已退回“%(field)s”的草稿；没有别的内容，就记为待考。")
    if data["decision"] == EDIT:
        decisions.edit_and_accept(annotation=draft, user=user, value=data["value"])
        return _("已采用修改后的“%(field)s”。")
    if draft.state == State.DRAFT and data["value"].strip() != _unix_lines(draft.value).strip():
        raise TextChanged
    decisions.accept(annotation=draft, user=user)
    return _("已采用“%(field)s”。")


def rows_of(image: Image, kept: Kept | None = None) -> list[FieldRow]:
    """Return the fields of an image in the order of the record.

    Args:
        image: the image, with drafts and accepted annotations prefetched.
        kept: what a form that could not be carried out held.
    """
    accepted: dict[str, Annotation] = {}
    drafts: dict[str, Annotation] = {}
    for item in image.current_annotations:  # type: ignore[attr-defined]  # prefetched by the queryset
        (accepted if item.state == State.ACCEPTED else drafts)[item.field] = item
    return [
        _row(field, accepted.get(field), drafts.get(field), kept if kept and kept.field == field else None)
        for field in Field
    ]


def waiting_neighbours(mine: ImageQuerySet, image: Image) -> tuple[Image | None, Image | None]:
    """Return the images with drafts before and after one in its collection; after the last comes the first.

    Asked so that an index leads to each: the first part of a condition says where to begin.
    """
    waiting = mine.filter(collection=image.collection_id, status=ImageStatus.TO_REVIEW).exclude(pk=image.pk).only("pk")
    forwards, backwards = waiting.order_by("identifier", "pk"), waiting.order_by("-identifier", "-pk")
    earlier = Q(identifier__lt=image.identifier) | Q(pk__lt=image.pk)
    later = Q(identifier__gt=image.identifier) | Q(pk__gt=image.pk)
    before = backwards.filter(earlier, identifier__lte=image.identifier).first()
    after = forwards.filter(later, identifier__gte=image.identifier).first() or forwards.first()
    return before, after


def _row(field: Field, accepted: Annotation | None, draft: Annotation | None, kept: Kept | None) -> FieldRow:
    # Words written for a draft that is gone move to the form for writing by hand: there they can still be saved.
    on_draft = kept is not None and draft is not None and kept.annotation == draft.pk
    by_hand = kept is not None and not on_draft
    return FieldRow(
        field=field,
        accepted=accepted,
        accepted_label=label_for_staff(accepted) if accepted else "",
        draft=draft,
        draft_label=label_of(draft) if draft else "",
        draft_text=kept.value if kept and on_draft else (draft.value if draft else ""),
        draft_error=kept.error if kept and on_draft else "",
        hand_text=kept.value if kept and by_hand else (accepted.value if accepted else ""),
        hand_error=kept.error if kept and by_hand else "",
        accepted_date=note_of(field, accepted.value) if accepted else None,
        draft_date=note_of(field, draft.value) if draft else None,
    )


def _draft(image: Image, data: dict[str, Any]) -> Annotation:
    draft = image.annotations.filter(pk=data["annotation"], field=data["field"]).first()
    if draft is None:
        raise DraftGone
    return draft


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
