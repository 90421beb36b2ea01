"""Groups of images that show the same: found on import, corrected by people, drafted once.

What is near by its hash is looked at again before it joins a group, for what is said of one image is offered to all of
its group. Only what an import brings in is grouped automatically. Where a person has split or merged, their word
stands: an image they took out of a group is in none until a person puts it into one.
"""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import GroupingRefused
from catalog.models import Image, ImageFile, NearGroup
from catalog.perceptual import BANDS, NEAR, bands, distance, is_telling, neighbours
from catalog.querysets import ImageQuerySet
from catalog.records import second_look
from catalog.records.action_log import record
from catalog.vocabulary import FileRole, ImageStatus, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COMPARED = (FileRole.FRONT, FileRole.NEGATIVE)
"""Sides that show the photograph; what is written on the back looks alike on many."""

_NEAREST = 4 * second_look.MOST_LAID_OVER
"""Images whose copies are fetched, so that enough are left when people have taken some out of groups."""

_NOTHING_CHOSEN = _("请先勾选要移出的图像。")
_TOO_FEW = _("一组至少要有两幅图像。")
_TOO_FEW_GROUPS = _("请至少选择两个近似组再合并。")
_SEVERAL_COLLECTIONS = _("只有同一馆藏的图像才能归为一组。")
_GONE = _("这个近似组刚刚被别人改动，请刷新页面后再试。")


@dataclass(frozen=True, slots=True)
class Near:
    """An image with a scan whose hash is near the one asked about; it may show something else."""

    image_id: int
    distance: int


def find_near(
    *, collection_id: int, perceptual_hash: str, variants: Several[str] = (), besides: int | None = None
) -> list[Near]:
    """Find the images of a collection whose hash is near a scan's, however many there are.

    Args:
        collection_id: the collection.
        perceptual_hash: the scan's; one that says too little finds nothing.
        variants: hashes that another scan of the same thing may have.
        besides: an image not to be found, the scan's own.

    Returns:
        The images, the most similar first; each once.
    """
    hashes = [value for value in (perceptual_hash, *variants) if is_telling(value)]
    if not hashes:
        return []
    files = ImageFile.objects.filter(collection_id=collection_id, role__in=COMPARED)
    if besides is not None:
        files = files.exclude(image_id=besides)
    # One query for each index, joined: an OR over four columns is something that planners get wrong.
    parts = [
        files.filter(**{f"{band}__in": _with_neighbours(values)}).order_by().values_list("image_id", "perceptual_hash")
        for band, values in zip(BANDS, zip(*map(bands, hashes), strict=True), strict=True)
    ]
    numbers = [int(value, 16) for value in hashes]
    nearest: dict[int, int] = {}
    for image_id, found in parts[0].union(*parts[1:]):
        number = int(found, 16)
        bits = min((number ^ other).bit_count() for other in numbers)
        if bits <= NEAR:
            nearest[image_id] = min(bits, nearest.get(image_id, bits))
    return [Near(image_id, bits) for image_id, bits in sorted(nearest.items(), key=lambda item: (item[1], item[0]))]


def find_alike(scan: ImageFile, *, collection_id: int, variants: Several[str] = ()) -> int | None:
    """Find the image of a collection that shows the same as a scan that is about to come in.

    Kept copies are read from the disk for it, so it is asked outside of any transaction. Two scans that come in at the
    same moment by two imports may miss each other; people can put them together.

    Args:
        scan: its hash and its copies are there; it need not be saved.
        collection_id: the collection it comes into.
        variants: hashes that another scan of the same thing may have.

    Returns:
        The image; None where nothing looks like the scan, or only what a person took out of a group.
    """
    if scan.role not in COMPARED:
        return None
    # All cards of a form are near each other, and a database takes only so many keys at once.
    nearest = find_near(
        collection_id=collection_id,
        perceptual_hash=scan.perceptual_hash,
        variants=variants,
        besides=scan.image_id,
    )
    bits = {near.image_id: near.distance for near in nearest[:_NEAREST]}
    if not bits:
        return None
    files = ImageFile.objects.filter(image_id__in=bits, role__in=COMPARED)
    files = files.exclude(image__near_group__isnull=True, image__grouped_by_person=True)
    likeliest = sorted(files.only("image_id", "thumbnail", "screen"), key=lambda file: (bits[file.image_id], file.pk))
    found = second_look.first_alike(scan, likeliest)
    return found.image_id if found else None


@transaction.atomic
def join(scan: ImageFile, alike: int | None) -> NearGroup | None:
    """Put a scan's image, which has just come in, into the group of the image that shows the same.

    Args:
        scan: saved, with its image.
        alike: what `find_alike` found.

    Returns:
        The group; None where there is none to join, or people have decided meanwhile.
    """
    if alike is None or alike == scan.image_id or scan.image.near_group_id or scan.image.grouped_by_person:
        return None
    other = Image.objects.select_for_update(of=("self",)).filter(pk=alike).first()
    if other is None or (other.near_group_id is None and other.grouped_by_person):
        return None
    if other.near_group_id is None:
        other.near_group = NearGroup.objects.create(collection_id=scan.collection_id)
        other.save(update_fields=["near_group"])
    scan.image.near_group = other.near_group
    scan.image.save(update_fields=["near_group"])
    return other.near_group


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


def parts_of(group: NearGroup) -> list[list[int]]:
    """Look again at a group: which of its images show the same?

    Args:
        group: the group.

    Returns:
        The keys of its images, in parts that show the same; the largest part first, then the oldest. One part where
        there is nothing to object to. Kept copies are read from the disk for it.
    """
    scans = list(ImageFile.objects.filter(image__near_group=group, role__in=COMPARED).order_by("image_id", "pk"))
    parts = {key: {key} for key in group.images.values_list("pk", flat=True)}
    for scan in scans:
        bits = [(distance(scan.perceptual_hash, other.perceptual_hash), other) for other in scans if other != scan]
        likeliest = [other for near, other in sorted(bits, key=lambda pair: pair[0]) if near <= NEAR]
        # Those that are known to go with it need no look.
        unknown = [other for other in likeliest if other.image_id not in parts[scan.image_id]]
        found = second_look.first_alike(scan, unknown)
        if found is not None:
            together = parts[scan.image_id] | parts[found.image_id]
            parts.update(dict.fromkeys(together, together))
    distinct = {min(part): sorted(part) for part in parts.values()}
    return sorted(distinct.values(), key=lambda part: (-len(part), part))


@transaction.atomic
def take_apart(*, group: NearGroup, parts: Several[Several[int]]) -> None:
    """Take a group that was made by its hashes alone apart, as `parts_of` says.

    Args:
        group: the group; one that people have touched, or that is gone or has other images by now, is left alone.
        parts: keys of its images. The first part keeps the group; a single image is in none.
    """
    locked = NearGroup.objects.select_for_update(of=("self",)).filter(pk=group.pk).first()
    keys = sorted(key for part in parts for key in part)
    if locked is None or sorted(locked.images.values_list("pk", flat=True)) != keys or is_decided(locked):
        return
    first, *others = parts
    for part in others:
        created = NearGroup.objects.create(collection_id=locked.collection_id) if len(part) > 1 else None
        Image.objects.filter(pk__in=part).update(near_group=created)
    record(
        verb=Verb.GROUP_CHANGED,
        user=None,
        collection=locked.collection,
        group=locked.pk,
        split=sorted(set(keys) - set(first)),
    )
    _dissolve_if_single(locked)


def is_decided(group: NearGroup) -> bool:
    """Tell whether people have put something into a group."""
    return group.images.filter(grouped_by_person=True).exists()


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


def _with_neighbours(values: Iterable[int | None]) -> list[int]:
    """Return what a band may hold where it holds one of some values but for one bit; all of them say enough."""
    return sorted({near for value in values if value is not None for near in neighbours(value)})


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
