"""What the review page is told of one record: its scans, and of each field the draft, the value, what was rejected."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog import policies
from catalog.labels import label_for_staff, label_of
from catalog.models import Annotation, Collection, Conflict, Image, ImageFile, Reading
from catalog.pages.review.calls import LostRecord, reach, reviewer
from catalog.records import conflicts, secrecy
from catalog.records.dating import note_of
from catalog.review import blind, redrafts, terms
from catalog.vocabulary import Access, Field, FileRole, State, is_left_open

REJECTED_SHOWN = 3
"""Of each field the last drafts that were rejected stay visible."""
_SHOWN = (
    "image_id", "field", "value", "state", "source", "ai_origin", "audit_id", "held", "flag", "evidence", "reason",
    "decided_at", "created_at", "decided_by__username", "created_by__username", "run__model_name",
    "run__prompt_version__number", "run__prompt_version__prompt__name",
)  # fmt: skip
_LONG = {Field.DESCRIPTION, Field.BACKGROUND, Field.TRANSCRIPTION, Field.NOTES}


class Reader:
    """Who is told of a record, and whose terms they may know."""

    def __init__(self, user: User, reach: policies.Reach) -> None:
        """Remember.

        Args:
            user: they.
            reach: what they work on.
        """
        self.user = user
        self.reach = reach

    @cached_property
    def collections(self) -> frozenset[int]:
        """Return the keys of the collections whose terms they may know."""
        return _every_collection() if self.reach.collections is None else self.reach.collections

    @cached_property
    def restricted(self) -> frozenset[int]:
        """Return the keys of those whose restricted records' terms they may know, too."""
        return _every_collection() if self.reach.reviewed is None else self.reach.reviewed


def reader_of(request: HttpRequest) -> Reader:
    """Return who makes a call."""
    return Reader(reviewer(request), reach(request))


def _every_collection() -> frozenset[int]:
    return frozenset(Collection.objects.values_list("pk", flat=True))


def find(reader: Reader, pk: int) -> Image:
    """Return a record with all that the page shows of it.

    Raises:
        LostRecord: it is gone, or the reader may not review it.
    """
    files = ImageFile.objects.scans().annotate(was_read=Exists(Reading.objects.filter(file=OuterRef("pk"))))
    images = (
        reader.reach.images()
        .select_related("collection", "photo_group")
        .prefetch_related(Prefetch("files", queryset=files))
    )
    image = images.filter(pk=pk).order_by().first()
    if image is None:
        raise LostRecord
    return image


def _annotations_of(image: Image) -> list[Annotation]:
    """Return the drafts, values and rejected drafts of a record, the newest first; of their origin what is shown."""
    shown = Annotation.objects.filter(image=image.pk, state__in=[State.DRAFT, State.ACCEPTED, State.REJECTED])
    return list(shown.with_provenance().only(*_SHOWN).order_by("-pk"))


def as_it_is(reader: Reader, pk: int, *, hide: bool) -> dict[str, Any] | None:
    """Return a record as it is after something was done to it, or refused; None where it is gone, or not theirs.

    Args:
        reader: who is looking at it.
        pk: the image.
        hide: whether they want to write before they see the drafts; once they have written, nothing is hidden.
    """
    try:
        return record_content(find(reader, pk), reader, hide=hide)
    except LostRecord:
        return None


def record_content(image: Image, reader: Reader, *, hide: bool, is_ahead: bool = False) -> dict[str, Any]:
    """Return what the page is told of a record; whose drafts are shown is noted as having seen them.

    Args:
        image: the record, from `find`.
        reader: who is looking at it.
        hide: whether they want to write before they see the drafts.
        is_ahead: whether it is told before it is shown: then the page says when it shows it.
    """
    shown = _annotations_of(image)
    awaited = redrafts.awaited(image.pk)
    drafts = [item for item in shown if item.state == State.DRAFT]
    is_blind = (hide or image.collection.blind_first) and blind.may_be_hidden(
        image=image.pk, drafts=drafts, user=reader.user
    )
    if drafts and not is_blind and not is_ahead:
        blind.note_shown(image=image.pk, user=reader.user)
    return {
        "id": image.pk,
        "name": image.reference,
        "collection": image.collection.title,
        "address": reverse("admin:catalog_image_change", args=[image.pk]),
        "restricted": _("仅审核员可见") if image.access == Access.RESTRICTED else "",
        "secrecy": _secrecy(image),
        "group": image.near_group_id,
        "photo_group": _photo_group(image, reader),
        "blind": is_blind,
        "scans": [_scan(file) for file in _in_order(image)],
        "conflicts": [] if is_blind else [_conflict(image, item) for item in conflicts.open_conflicts(image.pk)],
        "fields": [_field(name, shown, reader, is_blind=is_blind) | {"redraft": name in awaited} for name in Field],
    }


def _conflict(image: Image, item: Conflict) -> dict[str, Any]:
    """Tell of a conflict: what was exported, what the record says now, and what was brought."""
    now = conflicts.value_of(image, item.field)
    return {
        "id": item.pk,
        "label": conflicts.label_of(item.field),
        "origin": _("%(origin)s，%(who)s 带来") % {"origin": item.origin, "who": item.user},
        "begun": item.base,
        "now": now,
        "mine": item.mine,
    }


def _secrecy(image: Image) -> dict[str, Any] | None:
    """Tell by which marks a record is held back, and what its reader is to do; None where it is not."""
    if not image.secrecy_hold:
        return None
    marks = image.secrecy_marks.filter(cleared_at__isnull=True).order_by("pk")
    return {
        "heading": str(secrecy.HELD),
        "told": str(secrecy.NOT_FOR_SECRETS),
        "refusal": str(secrecy.NOT_ACCEPTED),
        "marks": [_("%(place)s：%(text)s") % {"place": mark.get_place_display(), "text": mark.text} for mark in marks],
    }


def _photo_group(image: Image, reader: Reader) -> dict[str, Any] | None:
    """Tell of the group of photographs that a record is in, and which of those the user sees it is."""
    group = image.photo_group
    if group is None:
        return None
    inside = reader.reach.images().filter(photo_group=group).order_by()
    before = Q(identifier__lt=image.identifier) | Q(identifier=image.identifier, pk__lte=image.pk)
    numbers = inside.aggregate(total=Count("pk"), place=Count("pk", filter=before))
    return {
        "id": group.pk,
        "number": group.number,
        "title": str(group),
        "place": _("第 %(number)s 幅，共 %(total)s 幅") % {"number": numbers["place"], "total": numbers["total"]},
        "address": reverse("catalog:photo-group", args=[group.pk]),
    }


def _in_order(image: Image) -> list[ImageFile]:
    front = image.front
    return sorted(image.scans, key=lambda file: file != front)


def _scan(file: ImageFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "label": file.get_role_display(),
        "is_verso": file.role == FileRole.VERSO,
        "width": file.width,
        "height": file.height,
        "screen": reverse("catalog:media", args=[file.pk, "screen"]) if file.screen else None,
        "thumbnail": reverse("catalog:media", args=[file.pk, "thumbnail"]) if file.thumbnail else None,
        "tiles": reverse("catalog:tiles", args=[file.pk]),
        "was_read": file.was_read,  # type: ignore[attr-defined]  # annotated by `find`
    }


def _field(name: Field, shown: list[Annotation], reader: Reader, *, is_blind: bool) -> dict[str, Any]:
    mine = [item for item in shown if item.field == name]
    accepted = next((item for item in mine if item.state == State.ACCEPTED), None)
    draft = next((item for item in mine if item.state == State.DRAFT), None)
    rejected = [item for item in mine if item.state == State.REJECTED]
    return {
        "name": name.value,
        "label": str(name.label),
        "long": name in _LONG,
        "terms": name in terms.FIELDS,
        "wants_evidence": name.wants_evidence,
        "accepted": None if accepted is None else _accepted(accepted),
        "draft": None if draft is None else _draft(draft, reader, is_hidden=is_blind and draft.ai_origin),
        "rejected": [] if is_blind else [_rejected(item) for item in rejected[:REJECTED_SHOWN]],
    }


def _accepted(item: Annotation) -> dict[str, Any]:
    return {
        "id": item.pk,
        "value": item.value,
        "ai_label": label_for_staff(item),
        "source": _by(item),
        "left_open": is_left_open(item.value),
        "note": _date_note(item),
    }


def _draft(item: Annotation, reader: Reader, *, is_hidden: bool) -> dict[str, Any]:
    if is_hidden:
        return {"id": item.pk, "hidden": True}
    return {
        "id": item.pk,
        "hidden": False,
        "value": item.value,
        "ai_label": label_of(item),
        "source": _from(item),
        "evidence": str(item.get_evidence_display()) if item.evidence else "",
        "evidence_kind": item.evidence,
        "flag": str(item.get_flag_display()) if item.flag else "",
        "note": _date_note(item),
        "fold": terms.folded(item.value),
        "terms": told_terms(item.field, item.value, reader),
    }


def _rejected(item: Annotation) -> dict[str, Any]:
    return {"id": item.pk, "value": item.value, "reason": item.reason, "by": _by(item)}


def told_terms(name: str, text: str, reader: Reader) -> list[dict[str, Any]]:
    """Return the terms of a field's text with what the catalogue knows of them; none for fields without terms."""
    if name not in terms.FIELDS or not text.strip():
        return []
    found = terms.looked_at(name=name, text=text, collections=reader.collections, restricted=reader.restricted)
    return [{"text": term.text, "known": term.is_known, "near": list(term.near)} for term in found]


def _by(item: Annotation) -> str:
    """Say who decided, and when."""
    who = str(item.decided_by or item.created_by or _("命令行"))
    return f"{who} · {_moment(item)}" if item.decided_at else who


def _moment(item: Annotation) -> str:
    assert item.decided_at is not None  # noqa: S101 - the caller has looked
    return date_format(timezone.localtime(item.decided_at), "SHORT_DATETIME_FORMAT")


def _from(item: Annotation) -> str:
    """Say where a draft comes from."""
    if item.run is None:
        return str(item.get_source_display())
    return " · ".join(filter(None, [item.run.model_name, str(item.run.prompt_version or "")]))


def _date_note(item: Annotation) -> dict[str, Any] | None:
    note = note_of(item.field, item.value)
    if note is None:
        return None
    return {"unread": note.is_unread, "understood": note.understood, "offered": note.offered}


def outdated(items: Iterable[Annotation]) -> dict[str, dict[str, Any]]:
    """Return drafts that were written over blind, as they are held against what was written.

    Args:
        items: the drafts, one of a field at most.
    """
    return {item.field: {"id": item.pk, "value": item.value, "source": _from(item)} for item in items}
