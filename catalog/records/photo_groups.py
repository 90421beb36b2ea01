"""Groups of photographs of one event (照片组): made, confirmed and numbered, split, joined.

What is proposed is `photo_group_proposals`, what a group says `photo_group_texts`, what it offers its photographs
`photo_group_offers`. Each change is one entry of the action log, which holds what it takes to undo it
(`photo_group_undoing`). A photograph is in one group at most; a group without photographs is gone.
"""

from collections.abc import Collection as Several
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import GroupingRefused
from catalog.models import Collection, Image, PhotoGroup
from catalog.records.action_log import record
from catalog.records.photo_group_offers import renew_offers
from catalog.vocabulary import Field, PhotoGroupState, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from catalog.querysets import ImageQuerySet

MOST_PHOTOGRAPHS = 300
"""Most photographs of a group: one event has tens of them, and a group is changed in one transaction."""

_GONE = _("这个照片组刚刚被别人改动，请刷新页面后再试。")
_NOT_INSIDE = _("这幅照片已不在这个组里，请刷新页面后再试。")
_FIRST = _("这是组里的第一幅，前面没有照片可以分开。请选要分到后一组的第一幅。")
_NO_NEXT = _("后面没有照片组可以并入了。")
_TOO_MANY = _("一个照片组最多 %(most)s 幅照片。请先分成几组。")
_OTHER_COLLECTION = _("只有同一馆藏的照片才能归为一组。")
_NONE_CHOSEN = _("请先选照片。")

_KEPT = (
    "state", "number", "year", "title", "event", "date_text", "place", "background", "ai_fields", "reasons", "folder",
)  # fmt: skip
"""The columns of a group that went, as the log keeps them: with these it comes back."""


def members(group: PhotoGroup) -> list[int]:
    """Return the keys of a group's photographs, in the order in which they are numbered."""
    return list(group.images.order_by("identifier", "pk").values_list("pk", flat=True))


def following(group: PhotoGroup, *, forward: bool = True, state: str = "") -> PhotoGroup | None:
    """Return the next group of the collection, or the one before; None at the end.

    Args:
        group: the group.
        forward: whether the next is meant.
        state: only groups in this state count; all where empty.
    """
    others = PhotoGroup.objects.filter(collection_id=group.collection_id)
    others = others.filter(state=state) if state else others
    if forward:
        beyond = others.filter(position=group.position, pk__gt=group.pk) | others.filter(position__gt=group.position)
        return beyond.order_by("position", "pk").first()
    before = others.filter(position=group.position, pk__lt=group.pk) | others.filter(position__lt=group.position)
    return before.order_by("-position", "-pk").first()


def put_together(*, images: Several[int], user: "User | None") -> PhotoGroup:
    """Make a group of photographs that a person finds to be of one event; they leave the groups they were in.

    Args:
        images: keys of photographs of one collection.
        user: who does it.

    Returns:
        The group, confirmed and numbered.

    Raises:
        GroupingRefused: there are none, too many, or they are of several collections.
    """
    with transaction.atomic():
        of = set(Image.objects.filter(pk__in=images).order_by().values_list("collection", flat=True))
        if not of:
            raise GroupingRefused(_NONE_CHOSEN)
        if len(of) > 1:
            raise GroupingRefused(_OTHER_COLLECTION)
        _check_size(len(images))
        _hold_numbers(of.pop())
        chosen = list(Image.objects.select_for_update(of=("self",)).filter(pk__in=images).order_by("pk"))
        left = locked_groups({image.photo_group_id for image in chosen if image.photo_group_id})
        was = _places(chosen)
        group = PhotoGroup(collection_id=chosen[0].collection_id)
        _confirm(group, [image.pk for image in chosen])
        _log(group, user, "made", was=was, made=group.pk, gone=_put([image.pk for image in chosen], group, left))
    renew_offers(images=images, user=user)
    return group


@transaction.atomic
def confirm(*, group: PhotoGroup, user: "User | None") -> PhotoGroup:
    """Confirm that a group's photographs are of one event; it gets its number.

    Args:
        group: the group; one that is confirmed stays as it is.
        user: who does it.

    Returns:
        The group as it is now.

    Raises:
        GroupingRefused: it is gone.
    """
    _hold_numbers(group.collection_id)
    (locked,) = locked_groups([group.pk])
    if not locked.is_confirmed:
        _confirm(locked, members(locked))
        _log(locked, user, "confirmed", confirmed=locked.pk)
    return locked


def split(*, group: PhotoGroup, image: int, user: "User | None") -> PhotoGroup:
    """Make a group of its own of a photograph and all that follow it.

    Args:
        group: the group.
        image: key of the first photograph of the new group.
        user: who does it.

    Returns:
        The new group; confirmed where the old one is, and without text: it tells of another event.

    Raises:
        GroupingRefused: the photograph is not in the group, or is its first.
    """
    with transaction.atomic():
        _hold_numbers(group.collection_id)
        (locked,) = locked_groups([group.pk])
        inside = members(locked)
        if image not in inside:
            raise GroupingRefused(_NOT_INSIDE)
        at = inside.index(image)
        if at == 0:
            raise GroupingRefused(_FIRST)
        taken = inside[at:]
        created = PhotoGroup(collection_id=locked.collection_id, folder=locked.folder, reasons=locked.reasons)
        created.year = locked.year
        if locked.is_confirmed:
            _confirm(created, taken)
        else:
            created.save()
        _put(taken, created, [locked])
        _log(created, user, "split", was={str(locked.pk): taken}, made=created.pk)
    renew_offers(images=taken, user=user)
    return created


def join(*, group: PhotoGroup, user: "User | None", state: str = "") -> PhotoGroup:
    """Make one group of a group and the next. Of two of which one is confirmed, that one stays; else the first.

    Args:
        group: the group.
        user: who does it.
        state: which groups count for the next one, as `following` has it.

    Returns:
        The group that stays; what it says nothing of, it takes from the other.

    Raises:
        GroupingRefused: there is no next one, or they would be too many photographs.
    """
    with transaction.atomic():
        after = following(group, state=state)
        if after is None:
            raise GroupingRefused(_NO_NEXT)
        first, second = sorted(locked_groups([group.pk, after.pk]), key=lambda one: (one.position, one.pk))
        stays, goes = (second, first) if second.is_confirmed and not first.is_confirmed else (first, second)
        taken = members(goes)
        _check_size(len(taken) + stays.images.count())
        was, filled = {str(goes.pk): taken}, _fill_up(stays, goes)
        gone = _put(taken, stays, [goes])
        _log(stays, user, "joined", was=was, gone=gone, filled=filled)
    renew_offers(images=members(stays), user=user)
    return stays


def move(*, image: int, to: PhotoGroup | None, user: "User | None") -> None:
    """Put one photograph into another group of its collection, or into none.

    Args:
        image: key of the photograph.
        to: the group; None to take it out of its own.
        user: who does it.

    Raises:
        GroupingRefused: the photograph or the group is gone, is there already, or the group is full.
    """
    with transaction.atomic():
        moved = Image.objects.select_for_update(of=("self",)).filter(pk=image).first()
        if moved is None or moved.photo_group_id == (to and to.pk):
            raise GroupingRefused(_NOT_INSIDE)
        touched = locked_groups({key for key in (moved.photo_group_id, to and to.pk) if key})
        target = next((one for one in touched if to is not None and one.pk == to.pk), None)
        if target is not None and target.collection_id != moved.collection_id:
            raise GroupingRefused(_OTHER_COLLECTION)
        if target is not None:
            _check_size(target.images.count() + 1)
        was = _places([moved])
        gone = _put([image], target, [one for one in touched if one != target])
        _log(target or touched[0], user, "moved", was=was, gone=gone, image=moved)
    renew_offers(images=[image], user=user)


def dissolve(*, group: PhotoGroup, user: "User | None") -> None:
    """Take a group apart; its photographs are in none.

    Args:
        group: the group.
        user: who does it.

    Raises:
        GroupingRefused: it is gone.
    """
    with transaction.atomic():
        (locked,) = locked_groups([group.pk])
        taken = members(locked)
        _log(locked, user, "dissolved", was={str(locked.pk): taken}, gone=_put(taken, None, [locked]))
    renew_offers(images=taken, user=user)


def require_all_seen(group: PhotoGroup, images: "ImageQuerySet") -> None:
    """Let nobody regroup photographs that they do not see.

    Args:
        group: the group.
        images: those that the person may review.

    Raises:
        GroupingRefused: some of the group's are not among them.
    """
    if group.images.exclude(pk__in=images.order_by().values("pk")).exists():
        raise GroupingRefused(_("这一组里有您看不到的照片，没有改动。请审核员来改。"))


def locked_groups(keys: Several[int]) -> list[PhotoGroup]:
    """Return groups as they are now, their rows locked until the transaction ends, the oldest first.

    Raises:
        GroupingRefused: one is gone.
    """
    found = list(PhotoGroup.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    if len(found) < len(set(keys)):
        raise GroupingRefused(_GONE)
    return found


def settle(groups: Several[PhotoGroup]) -> dict[str, Any]:
    """Put groups where their first photograph is; one that has none left is deleted.

    Args:
        groups: the groups, locked.

    Returns:
        Key of a group that went → its columns, for the log.
    """
    keys = [group.pk for group in groups]
    rows = Image.objects.filter(photo_group__in=keys).order_by().values_list("photo_group").annotate(Min("pk"))
    first = dict(rows)
    gone = {}
    for group in groups:
        if group.pk not in first:
            gone[str(group.pk)] = {column: getattr(group, column) for column in _KEPT}
            group.delete()
        elif group.position != first[group.pk]:
            group.position = first[group.pk]
            group.save(update_fields=["position"])
    return gone


def _put(images: Several[int], group: PhotoGroup | None, left: Several[PhotoGroup]) -> dict[str, Any]:
    Image.objects.filter(pk__in=images).update(photo_group=group)
    touched = [*left, group] if group is not None and group not in left else list(left)
    return settle(touched)


def _places(images: Several[Image]) -> dict[str, list[int]]:
    """Return which groups photographs are in, as the log keeps it; those in none under an empty key."""
    places: dict[str, list[int]] = {}
    for image in images:
        places.setdefault(str(image.photo_group_id or ""), []).append(image.pk)
    return places


def _hold_numbers(collection_id: int) -> None:
    """Have two people who confirm come one after the other; first of all, as those do who number photographs."""
    Collection.objects.select_for_update(of=("self",)).filter(pk=collection_id).first()


def _confirm(group: PhotoGroup, images: Several[int]) -> None:
    """Confirm and save a group with the next number of its year; the caller holds the collection's numbers."""
    if not group.year:
        dated = Image.objects.filter(pk__in=images).aggregate(first=Min("date_start"))["first"]
        group.year = str(dated.year) if dated else ""
    if not group.number:
        others = PhotoGroup.objects.filter(collection_id=group.collection_id, year=group.year)
        taken = [number for number in others.values_list("number", flat=True) if number.isascii() and number.isdigit()]
        group.number = str(max(map(int, taken), default=0) + 1)
    group.state = PhotoGroupState.CONFIRMED
    group.save()


def _fill_up(stays: PhotoGroup, goes: PhotoGroup) -> dict[str, str]:
    """Let a group say what another said and it does not; return field → value, for the log."""
    filled = {}
    for field in PhotoGroup.DESCRIPTIVE:
        if stays.value_of(field) or not goes.value_of(field):
            continue
        setattr(stays, field.column, goes.value_of(field))
        filled[field.value] = goes.value_of(field)
        if field in goes.ai_fields:
            stays.ai_fields = sorted({*stays.ai_fields, field.value})
    if Field.DATE in filled:
        stays.date_start, stays.date_end = goes.date_start, goes.date_end
    if filled:
        stays.revision += 1
        stays.save()
    return filled


def _check_size(number: int) -> None:
    if number > MOST_PHOTOGRAPHS:
        raise GroupingRefused(_TOO_MANY, most=MOST_PHOTOGRAPHS)


def _log(group: PhotoGroup, user: "User | None", kind: str, **details: Any) -> None:
    # A group that went has no key any more.
    key = group.pk or next(iter(details.get("gone", {})), None)
    kept = {name: value for name, value in details.items() if value not in ({}, [])}
    record(
        verb=Verb.PHOTO_GROUP_CHANGED,
        user=user,
        collection=group.collection,
        label=str(group),
        group=key and int(key),
        kind=kind,
        **kept,
    )
