"""Groups of images that look alike: found on import, corrected by people, drafted once.

Only what an import brings in is grouped automatically. Where a person has split or merged, their word stands: an image
they took out of a group is in none until a person puts it into one.
"""

from collections import defaultdict
from collections.abc import Collection as Several
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import GroupingRefused
from catalog.models import Image, ImageFile, NearGroup
from catalog.perceptual import BANDS, NEAR, bands, distance, neighbours
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.vocabulary import FileRole, ImageStatus, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COMPARED = (FileRole.FRONT, FileRole.NEGATIVE)
"""Sides that show the photograph; what is written on the back looks alike on many."""

_NOTHING_CHOSEN = _("请先勾选要移出的图像。")
_TOO_FEW = _("一组至少要有两幅图像。")
_TOO_FEW_GROUPS = _("请至少选择两个近似组再合并。")
_SEVERAL_COLLECTIONS = _("只有同一馆藏的图像才能归为一组。")
_GONE = _("这个近似组刚刚被别人改动，请刷新页面后再试。")


@dataclass(frozen=True, slots=True)
class Near:
    """A scan that looks like the one asked about."""

    image_id: int
    distance: int


def find_near(*, collection_id: int, perceptual_hash: str, besides: int | None = None) -> list[Near]:
    """Find the images of a collection that look like a scan, however many there are.

    Args:
        collection_id: the collection.
        perceptual_hash: the scan's; one that says too little finds nothing.
        besides: an image not to be found, the scan's own.

    Returns:
        The images, the most similar first; each once.
    """
    values = bands(perceptual_hash)
    if None in values:
        return []
    files = ImageFile.objects.filter(collection_id=collection_id, role__in=COMPARED)
    if besides is not None:
        files = files.exclude(image_id=besides)
    # One query for each index, joined: an OR over four columns is something that planners get wrong.
    parts = [
        files.filter(**{f"{band}__in": neighbours(value)}).order_by().values_list("image_id", "perceptual_hash")
        for band, value in zip(BANDS, values, strict=True)
        if value is not None
    ]
    nearest: dict[int, int] = {}
    for image_id, found in parts[0].union(*parts[1:]):
        bits = distance(perceptual_hash, found)
        if bits <= NEAR:
            nearest[image_id] = min(bits, nearest.get(image_id, bits))
    return [Near(image_id, bits) for image_id, bits in sorted(nearest.items(), key=lambda item: (item[1], item[0]))]


@transaction.atomic
def join(scan: ImageFile) -> NearGroup | None:
    """Put a scan's image, which has just come in, into the group of the image it looks most like.

    Args:
        scan: saved, with its image.

    Returns:
        The group; None where nothing looks like it, or only what a person took out of a group.
    """
    if scan.role not in COMPARED or scan.image.near_group_id or scan.image.grouped_by_person:
        return None
    for near in find_near(
        collection_id=scan.collection_id, perceptual_hash=scan.perceptual_hash, besides=scan.image_id
    ):
        other = Image.objects.select_for_update(of=("self",)).filter(pk=near.image_id).first()
        if other is None or (other.near_group_id is None and other.grouped_by_person):
            continue
        if other.near_group_id is None:
            other.near_group = NearGroup.objects.create(collection_id=scan.collection_id)
            other.save(update_fields=["near_group"])
        scan.image.near_group = other.near_group
        scan.image.save(update_fields=["near_group"])
        return other.near_group
    return None


@transaction.atomic
def split(*, group: NearGroup, images: Several[int], user: "User | None", together: bool = False) -> NearGroup | None:
    """Take images out of a group.

    Args:
        group: the group.
        images: keys of images; those that are not in the group are left alone.
        user: who does it.
        together: keep them together in a group of their own.

    Returns:
        The new group, where they are kept together.

    Raises:
        GroupingRefused: none of them is in the group, or `together` with fewer than two.
    """
    group = _locked([group.pk])[0]
    taken = sorted(group.images.filter(pk__in=images).values_list("pk", flat=True))
    if not taken:
        raise GroupingRefused(_NOTHING_CHOSEN)
    if together and len(taken) < 2:
        raise GroupingRefused(_TOO_FEW)
    created = NearGroup.objects.create(collection_id=group.collection_id) if together else None
    # Those that stay behind were looked at as well, but to leave them open to what comes in later does no harm.
    Image.objects.filter(pk__in=taken).update(near_group=created, grouped_by_person=True)
    record(verb=Verb.GROUP_CHANGED, user=user, collection=group.collection, group=group.pk, split=taken)
    _dissolve_if_single(group)
    return created


@transaction.atomic
def merge(*, groups: Several[int], user: "User | None") -> NearGroup:
    """Make one group of several; the oldest one stays.

    Args:
        groups: keys of groups of one collection.
        user: who does it.

    Returns:
        The group with all of their images.

    Raises:
        GroupingRefused: there are fewer than two, or they are of several collections.
    """
    chosen = _locked(groups)
    if len(chosen) < 2:
        raise GroupingRefused(_TOO_FEW_GROUPS)
    if len({group.collection_id for group in chosen}) > 1:
        raise GroupingRefused(_SEVERAL_COLLECTIONS)
    stays, *others = chosen
    Image.objects.filter(near_group__in=others).update(near_group=stays, grouped_by_person=True)
    record(
        verb=Verb.GROUP_CHANGED,
        user=user,
        collection=stays.collection,
        group=stays.pk,
        merged=[group.pk for group in others],
    )
    NearGroup.objects.filter(pk__in=[group.pk for group in others]).delete()
    return stays


@transaction.atomic
def put_together(*, images: Several[int], user: "User | None") -> NearGroup:
    """Make a group of images that a person finds alike; they leave the groups they were in.

    Args:
        images: keys of images of one collection.
        user: who does it.

    Returns:
        The new group.

    Raises:
        GroupingRefused: there are fewer than two, or they are of several collections.
    """
    chosen = list(Image.objects.select_for_update(of=("self",)).filter(pk__in=images).order_by("pk"))
    if len(chosen) < 2:
        raise GroupingRefused(_TOO_FEW)
    if len({image.collection_id for image in chosen}) > 1:
        raise GroupingRefused(_SEVERAL_COLLECTIONS)
    left = _locked({image.near_group_id for image in chosen if image.near_group_id})
    group = NearGroup.objects.create(collection_id=chosen[0].collection_id)
    keys = [image.pk for image in chosen]
    Image.objects.filter(pk__in=keys).update(near_group=group, grouped_by_person=True)
    record(verb=Verb.GROUP_CHANGED, user=user, collection=group.collection, group=group.pk, together=keys)
    for old in left:
        _dissolve_if_single(old)
    return group


def representatives_of(images: ImageQuerySet) -> dict[int, int]:
    """Choose from each group among some images the one to be drafted.

    What is described already needs no draft and can be offered at once, so it comes first; then the largest scan, in
    which most can be seen; then the oldest record.

    Args:
        images: the images that a batch is about to take.

    Returns:
        Image → the image that represents its group, among those given; images in no group are left out, and so are
        the representatives.
    """
    grouped = images.filter(near_group__isnull=False).order_by()
    rows = grouped.annotate(pixels=Max(F("files__width") * F("files__height"))).values_list(
        "near_group", "pk", "status", "pixels"
    )
    members: dict[int, list[tuple[bool, int, int]]] = defaultdict(list)
    for group, key, status, pixels in rows:
        members[group].append((status != ImageStatus.DESCRIBED, -(pixels or 0), key))
    chosen = {}
    for ranked in members.values():
        best, *others = (key for _described, _pixels, key in sorted(ranked))
        chosen.update(dict.fromkeys(others, best))
    return chosen


def _locked(keys: Several[int]) -> list[NearGroup]:
    """Return the groups as they are now, their rows locked, the oldest first.

    Raises:
        GroupingRefused: one is gone.
    """
    found = list(NearGroup.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    if len(found) < len(set(keys)):
        raise GroupingRefused(_GONE)
    return found


def _dissolve_if_single(group: NearGroup) -> None:
    if group.images.count() < 2:
        # The foreign key lets the last image go.
        group.delete()
