"""Photographs of one event are proposed as a group, by folder, number, date and likeness."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Image, PhotoGroup
from catalog.records import photo_groups
from catalog.records.photo_group_proposals import keep, propose, ungrouped, withdraw
from catalog.vocabulary import FileRole, GroupingReason
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, described

pytestmark = pytest.mark.django_db

FOLDER, NUMBERS, DATE, LIKENESS = GroupingReason


def scan(collection: Collection, name: str, *, taken: str = "", phash: str = "", role: str = FileRole.FRONT) -> int:
    """Return the key of a photograph with a file of this name."""
    exif = {"DateTimeOriginal": taken} if taken else {}
    image: Image = ImageFactory(collection=collection, identifier="")
    ImageFileFactory(image=image, original_name=name, exif=exif, perceptual_hash=phash, role=role)
    return image.pk


def found(collection: Collection) -> list[tuple[list[int], set[GroupingReason]]]:
    return [(list(group.images), set(group.reasons)) for group in propose(collection).groups]


def test_a_folder_of_the_size_of_an_event_is_one_where_its_numbers_follow_each_other() -> None:
    collection = CollectionFactory()
    keys = [scan(collection, f"校庆/{number}.jpg") for number in (10, 9, 8)]
    other = [scan(collection, f"运动会/IMG_{number:04d}.jpg") for number in (1, 2, 7, 8)]
    scan(collection, "1.jpg")
    scan(collection, "2.jpg")

    assert found(collection) == [
        (keys[::-1], {FOLDER, NUMBERS}), (other[:2], {FOLDER, NUMBERS}), (other[2:], {FOLDER, NUMBERS})
    ]  # fmt: skip
    assert propose(collection).groups[0].folder == "校庆"


def test_hours_between_exposures_divide_and_minutes_unite() -> None:
    collection = CollectionFactory()
    times = ("1998:05:04 09:00:00", "1998:05:04 09:40:00", "1998:05:04 15:00:00", "1998:05:04 15:01:00")
    keys = [scan(collection, f"DSC{at}.jpg", taken=taken) for at, taken in enumerate(times)]

    assert found(collection) == [(keys[:2], {NUMBERS, DATE}), (keys[2:], {NUMBERS, DATE})]
    assert [group.year for group in propose(collection).groups] == [1998, 1998]


def test_accepted_days_count_where_a_camera_says_nothing_or_nonsense() -> None:
    collection = CollectionFactory()
    keys = [scan(collection, f"册/{at}.jpg", taken="0000:00:00 00:00:00") for at in range(4)]
    for key, day in zip(keys, ("1958年10月1日", "1958年10月1日", "1959年5月4日", "1959年"), strict=True):
        described(Image.objects.get(pk=key), date=day)

    # Of the last two nobody knows whether they are of one day, but they lie in one folder.
    assert found(collection) == [(keys[:2], {FOLDER, NUMBERS, DATE}), (keys[2:], {FOLDER, NUMBERS})]


def test_what_looks_alike_belongs_together_whatever_it_is_called() -> None:
    collection = CollectionFactory()
    one, two = "f0f0f0f00f0f0f0f", "f0f0f0f00f0f0f0e"
    keys = [scan(collection, name, phash=value) for name, value in (("a.jpg", one), ("b.jpg", two), ("c.jpg", ""))]

    assert found(collection) == [(keys[:2], {LIKENESS})]


def test_a_large_folder_without_dates_says_nothing() -> None:
    collection = CollectionFactory()
    for number in range(61):
        scan(collection, f"底片/{number:03d}.jpg")

    assert found(collection) == []


def test_a_negative_and_its_print_are_one_photograph_and_a_back_is_none() -> None:
    collection = CollectionFactory()
    image = ImageFactory(collection=collection)
    ImageFileFactory(image=image, original_name="甲/1.jpg")
    ImageFileFactory(image=image, original_name="甲/2.jpg", role=FileRole.NEGATIVE)
    scan(collection, "甲/3.jpg", role=FileRole.VERSO)

    assert propose(collection).groups == []
    assert propose(collection).looked_at == 1


def test_looking_goes_on_where_it_stopped_and_cuts_no_folder() -> None:
    collection = CollectionFactory()
    keys = {name: [scan(collection, f"{name}/{at}.jpg") for at in range(size)] for name, size in
            (("a", 3), ("b", 4), ("b/c", 2), ("d", 7))}  # fmt: skip

    groups, place, looks = [], None, 0
    while looks == 0 or place is not None:
        seen = propose(collection, after=place, at_once=5)
        groups += [list(group.images) for group in seen.groups]
        place, looks = seen.next, looks + 1

    assert sorted(groups)[:3] == [keys["a"], keys["b"], keys["b/c"]]
    # A folder that one look does not take is cut, and no photograph of it is lost.
    assert sorted(key for group in sorted(groups)[3:] for key in group) == keys["d"]
    assert looks < 8


def test_proposals_are_kept_once_and_leave_people_s_groups_alone() -> None:
    collection = CollectionFactory()
    keys = [scan(collection, f"校庆/{at}.jpg") for at in range(5)]
    proposals = propose(collection).groups
    own = photo_groups.put_together(images=keys[:2], user=None)

    assert keep(collection=collection, proposals=proposals, user=None) == 1
    assert keep(collection=collection, proposals=proposals, user=None) == 0
    group = PhotoGroup.objects.proposed().get()
    assert photo_groups.members(group) == keys[2:]
    assert (group.why, group.position) == ("同一文件夹“校庆”、文件名编号相连", keys[2])
    assert not ungrouped(collection).exists()

    assert withdraw(collection=collection, user=None) == 1
    assert list(PhotoGroup.objects.all()) == [own]
    assert ungrouped(collection).count() == 3


def test_only_what_somebody_may_see_is_looked_at() -> None:
    collection = CollectionFactory()
    keys = [scan(collection, f"校庆/{at}.jpg") for at in range(4)]
    mine = Image.objects.exclude(pk=keys[1])

    groups = propose(collection, images=mine).groups
    assert [list(group.images) for group in groups] == [keys[2:]]


def test_looking_and_keeping_cost_the_same_for_more_photographs() -> None:
    collection = CollectionFactory()

    def queries(folder: str, number: int) -> int:
        for at in range(number):
            scan(collection, f"{folder}/{at}.jpg")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            keep(collection=collection, proposals=propose(collection).groups, user=None)
        return len(asked)

    assert queries("甲", 3) == queries("乙", 12)
