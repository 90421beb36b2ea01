"""What the review page is told of one record: its scans, and of each field the draft, the value, what was rejected."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog import policies
from catalog.labels import label_of
from catalog.models import Annotation, Image, ImageFile, Redraft
from catalog.pages.review.calls import LostRecord
from catalog.records.dating import note_of
from catalog.review import blind, terms
from catalog.vocabulary import Field, FileRole, State, is_left_open

REJECTED_SHOWN = 3
"""Of each field the last drafts that were rejected stay visible."""
_LONG = {Field.DESCRIPTION, Field.BACKGROUND, Field.TRANSCRIPTION, Field.NOTES}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose terms somebody may know: keys of collections, and of those whose restricted records they see."""

    collections: frozenset[int] = field(default_factory=frozenset)
    restricted: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, user: User) -> "Reach":
        """Return a user's."""
        collections = frozenset(policies.member_collections(user).values_list("pk", flat=True))
        restricted = frozenset(policies.publishable_collections(user).values_list("pk", flat=True))
        return cls(collections, restricted & collections)


def find(user: User, pk: int) -> Image:
    """Return a record with all that the page shows of it.

    Raises:
        LostRecord: it is gone, or the user may not review it.
    """
    shown = Annotation.objects.filter(state__in=[State.DRAFT, State.ACCEPTED, State.REJECTED]).with_provenance()
    images = policies.reviewable_images(user).select_related("collection", "near_group", "photo_group")
    images = images.prefetch_related(
        Prefetch("files", queryset=ImageFile.objects.scans().select_related("reading")),
        Prefetch("annotations", queryset=shown.order_by("-pk"), to_attr="shown_annotations"),
        Prefetch("redrafts", queryset=Redraft.objects.filter(closed_at__isnull=True).select_related("rejected")),
    )
    image = images.filter(pk=pk).first()
    if image is None:
        raise LostRecord
    return image


def record_content(image: Image, user: User, *, reach: Reach, hide: bool) -> dict[str, Any]:
    """Return what the page is told of a record; whose drafts are shown is noted as having seen them.

    Args:
        image: the record, from `find`.
        user: who is looking at it.
        reach: whose terms they may know.
        hide: whether they want to write before they see the drafts.
    """
    shown: list[Annotation] = image.shown_annotations  # type: ignore[attr-defined]  # prefetched by `find`
    drafts = [item for item in shown if item.state == State.DRAFT]
    is_blind = (hide or image.collection.blind_first) and blind.may_be_hidden(image=image.pk, drafts=drafts, user=user)
    if drafts and not is_blind:
        blind.note_shown(image=image.pk, user=user)
    return {
        "id": image.pk,
        "name": image.identifier or image.file_name,
        "collection": image.collection.title,
        "address": reverse("admin:catalog_image_change", args=[image.pk]),
        "restricted": image.get_access_display() if image.access == "restricted" else "",
        "group": image.near_group_id,
        "photo_group": _photo_group(image, user),
        "blind": is_blind,
        "scans": [_scan(file) for file in _in_order(image)],
        "fields": [_field(name, image, shown, reach, is_blind=is_blind) for name in Field],
    }


def _photo_group(image: Image, user: User) -> dict[str, Any] | None:
    """Tell of the group of photographs that a record is in, and which of those the user sees it is."""
    group = image.photo_group
    if group is None:
        return None
    inside = policies.reviewable_images(user).filter(photo_group=group).order_by()
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
    reading = getattr(file, "reading", None)
    return {
        "id": file.pk,
        "label": file.get_role_display(),
        "is_verso": file.role == FileRole.VERSO,
        "width": file.width,
        "height": file.height,
        "screen": reverse("catalog:media", args=[file.pk, "screen"]) if file.screen else None,
        "thumbnail": reverse("catalog:media", args=[file.pk, "thumbnail"]) if file.thumbnail else None,
        "tiles": reverse("catalog:tiles", args=[file.pk]),
        "lines": None if reading is None else len(reading.lines),
    }


def _field(name: Field, image: Image, shown: list[Annotation], reach: Reach, *, is_blind: bool) -> dict[str, Any]:
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
        "draft": None if draft is None else _draft(draft, reach, is_hidden=is_blind and draft.ai_origin),
        "rejected": [] if is_blind else [_rejected(item) for item in rejected[:REJECTED_SHOWN]],
        "redraft": any(asked.rejected.field == name for asked in image.redrafts.all()) and draft is None,
    }


def _accepted(item: Annotation) -> dict[str, Any]:
    return {
        "id": item.pk,
        "value": item.value,
        "ai_label": label_of(item),
        "source": _by(item),
        "left_open": is_left_open(item.value),
        "note": _date_note(item),
    }


def _draft(item: Annotation, reach: Reach, *, is_hidden: bool) -> dict[str, Any]:
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
        "terms": told_terms(item.field, item.value, reach),
    }


def _rejected(item: Annotation) -> dict[str, Any]:
    return {"id": item.pk, "value": item.value, "reason": item.reason, "by": _by(item)}


def told_terms(name: str, text: str, reach: Reach) -> list[dict[str, Any]]:
    """Return the terms of a field's text with what the catalogue knows of them; none for fields without terms."""
    if name not in terms.FIELDS or not text.strip():
        return []
    found = terms.looked_at(name=name, text=text, collections=reach.collections, restricted=reach.restricted)
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
