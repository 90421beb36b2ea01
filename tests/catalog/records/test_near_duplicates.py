"""Images that look alike: found when they come in, corrected by people, drafted once."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as PillowImage

from catalog.exceptions import GroupingRefused
from catalog.models import Action, Collection, Image, ImageFile, NearGroup
from catalog.records import near_duplicates
from catalog.vocabulary import FileRole, Verb
from demo.alike.sheets import filled_form
from demo.drawing.scan import draw_scan
from demo.samples import SAMPLES
from tests.catalog.imports import bring_in
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    UserFactory,
    described,
)

pytestmark = pytest.mark.django_db

ONE = "0f0f33335555aaaa"
NEAR_ONE = "0f0f33335555aaad"
FAR = "f0f0cccc12345678"


@cache
def sheet(member: int = 0) -> bytes:
    """Return a scan of a card; each member is another one of the same form."""
    content = io.BytesIO()
    filled_form(0, member).save(content, "JPEG", quality=90)
    return content.getvalue()


def scanned(collection: Collection, perceptual_hash: str, member: int = 0, **values: object) -> Image:
    """Return an image that came in with a front of this hash that shows a card, grouped as an import groups it."""
    image: Image = ImageFactory(collection=collection)
    values = {"content": sheet(member), "sha256": f"{image.pk:064x}"} | values
    scan = ImageFileFactory(image=image, perceptual_hash=perceptual_hash, **values)
    near_duplicates.join(scan, near_duplicates.find_alike(scan, collection_id=collection.pk))
    image.refresh_from_db()
    return image


class TestFinding:
    def test_what_is_imported_joins_what_looks_like_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "near"
        folder.mkdir()
        first, other = (draw_scan(sample.scene, long_side=700).image for sample in SAMPLES[:2])
        first.save(folder / "1.jpg", quality=92)
        first.resize((500, round(500 * first.height / first.width))).save(folder / "again.png")
        other.save(folder / "2.jpg")
        collection = CollectionFactory()

        bring_in(folder, collection)

        (group,) = NearGroup.objects.all()
        assert group.collection == collection
        assert {image.files.get().original_name for image in group.images.all()} == {"1.jpg", "again.png"}

    def test_the_nearest_comes_first_and_the_far_not_at_all(self) -> None:
        collection = CollectionFactory()
        near, far = (scanned(collection, hash_) for hash_ in (NEAR_ONE, FAR))
        same = scanned(collection, ONE)

        found = near_duplicates.find_near(collection_id=collection.pk, perceptual_hash=ONE)

        assert [(item.image_id, item.distance) for item in found] == [(same.pk, 0), (near.pk, 3)]
        assert far.near_group is None

    def test_a_card_filled_in_otherwise_joins_nothing_however_near_its_hash(self) -> None:
        collection = CollectionFactory()
        cards = [scanned(collection, ONE, member=member) for member in range(4)]

        again = scanned(collection, NEAR_ONE, member=2)

        cards[2].refresh_from_db()
        assert again.near_group is not None
        assert list(again.near_group.images.order_by("pk")) == [cards[2], again]
        assert NearGroup.objects.count() == 1

    def test_what_cannot_be_looked_at_again_joins_nothing(self) -> None:
        collection = CollectionFactory()
        lost, damaged, none = (scanned(collection, ONE, member=member) for member in range(3))
        Path(lost.files.get().screen.path).unlink()
        Path(damaged.files.get().screen.path).write_bytes(b"no picture")
        none.files.update(thumbnail="", screen="")

        assert [scanned(collection, ONE, member=member).near_group for member in range(3)] == [None, None, None]

    def test_a_scan_is_found_under_each_hash_that_another_scan_may_have(self) -> None:
        collection = CollectionFactory()
        image = scanned(collection, ONE)

        alone = near_duplicates.find_near(collection_id=collection.pk, perceptual_hash=FAR)
        varied = near_duplicates.find_near(collection_id=collection.pk, perceptual_hash=FAR, variants=[NEAR_ONE])

        assert alone == []
        assert [(near.image_id, near.distance) for near in varied] == [(image.pk, 3)]

    def test_of_what_shows_the_same_only_what_nobody_took_out_is_joined(self) -> None:
        collection = CollectionFactory()
        first, second = (scanned(collection, ONE) for _ in range(2))
        near_duplicates.split(group=NearGroup.objects.get(), images=[first.pk, second.pk], user=None)

        assert scanned(collection, ONE).near_group is None

    def test_other_collections_backs_and_blank_sheets_are_not_compared(self) -> None:
        collection = CollectionFactory()
        scanned(CollectionFactory(), ONE)
        scanned(collection, ONE, role=FileRole.VERSO)
        scanned(collection, "0" * 16)

        assert scanned(collection, ONE).near_group is None
        assert scanned(collection, "0" * 16).near_group is None

    def test_the_question_costs_as_much_with_one_scan_as_with_forty(self) -> None:
        collection = CollectionFactory()

        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                near_duplicates.find_near(collection_id=collection.pk, perceptual_hash=ONE)
            return len(asked)

        scanned(collection, FAR)
        before = queries()
        for _ in range(40):
            ImageFileFactory(image=ImageFactory(collection=collection), perceptual_hash=NEAR_ONE)

        assert queries() == before == 1

    def test_saving_a_scan_keeps_the_parts_of_its_hash(self) -> None:
        scan = ImageFileFactory(perceptual_hash=ONE)
        before = [scan.band_0, scan.band_1, scan.band_2, scan.band_3]
        scan.perceptual_hash = FAR
        scan.save()

        kept = ImageFile.objects.get()
        assert None not in before
        assert [kept.band_0, kept.band_1, kept.band_2, kept.band_3] != before


class TestCorrecting:
    @pytest.fixture
    def user(self) -> User:
        return UserFactory()

    @pytest.fixture
    def alike(self) -> list[Image]:
        collection = CollectionFactory()
        for _ in range(3):
            scanned(collection, ONE)
        return list(Image.objects.order_by("pk"))

    def test_who_is_taken_out_stays_out_whatever_comes_in_later(self, alike: list[Image], user: User) -> None:
        group = NearGroup.objects.get()

        near_duplicates.split(group=group, images=[alike[0].pk], user=user)
        later = scanned(alike[0].collection, ONE)

        alike[0].refresh_from_db()
        assert alike[0].near_group is None
        assert later.near_group == group
        (action,) = Action.objects.filter(verb=Verb.GROUP_CHANGED)
        assert (action.user, action.details["split"]) == (user, [alike[0].pk])

    def test_some_can_be_kept_together_in_a_group_of_their_own(self, alike: list[Image], user: User) -> None:
        old = NearGroup.objects.get()

        own = near_duplicates.split(group=old, images=[image.pk for image in alike[:2]], user=user, together=True)

        assert set(Image.objects.filter(near_group=own)) == set(alike[:2])
        assert not NearGroup.objects.filter(pk=old.pk).exists()
        alike[2].refresh_from_db()
        assert alike[2].near_group is None

    def test_groups_are_merged_into_the_oldest(self, alike: list[Image], user: User) -> None:
        for _ in range(2):
            scanned(alike[0].collection, FAR)
        first, second = NearGroup.objects.order_by("pk")

        kept = near_duplicates.merge(groups=[second.pk, first.pk], user=user)

        assert kept == first
        assert kept.images.count() == 5
        assert NearGroup.objects.count() == 1

    def test_a_person_can_put_together_what_no_hash_finds(self, alike: list[Image], user: User) -> None:
        far = scanned(alike[0].collection, FAR)

        group = near_duplicates.put_together(images=[far.pk, alike[0].pk], user=user)

        assert set(group.images.all()) == {far, alike[0]}
        assert NearGroup.objects.count() == 2

    def test_what_makes_no_sense_is_refused_in_words(self, alike: list[Image], user: User) -> None:
        group = NearGroup.objects.get()
        stranger = scanned(CollectionFactory(), ONE)

        refusals: list[Callable[[], object]] = [
            lambda: near_duplicates.split(group=group, images=[], user=user),
            lambda: near_duplicates.split(group=group, images=[stranger.pk], user=user),
            lambda: near_duplicates.split(group=group, images=[alike[0].pk], user=user, together=True),
            lambda: near_duplicates.merge(groups=[group.pk], user=user),
            lambda: near_duplicates.merge(groups=[group.pk, group.pk + 1000], user=user),
            lambda: near_duplicates.put_together(images=[alike[0].pk], user=user),
            lambda: near_duplicates.put_together(images=[alike[0].pk, stranger.pk], user=user),
        ]
        for refused in refusals:
            with pytest.raises(GroupingRefused, match="。"):
                refused()
        assert NearGroup.objects.get().images.count() == 3


class TestLookingAgainAtAGroup:
    """Groups that earlier versions made by their hashes alone."""

    @staticmethod
    def grouped(collection: Collection, *members: int) -> tuple[NearGroup, list[int]]:
        """Return a group of one card after the other, whatever is on them."""
        group = NearGroup.objects.create(collection=collection)
        images = [scanned(collection, ONE, member=member) for member in members]
        Image.objects.filter(pk__in=[image.pk for image in images]).update(near_group=group)
        NearGroup.objects.exclude(pk=group.pk).delete()
        return group, [image.pk for image in images]

    def test_one_that_holds_is_one_part(self) -> None:
        group, keys = self.grouped(CollectionFactory(), 0, 0, 0)

        assert near_duplicates.parts_of(group) == [keys]

    def test_different_cards_are_told_apart_and_the_largest_part_keeps_the_group(self) -> None:
        group, keys = self.grouped(CollectionFactory(), 1, 0, 2, 0, 1, 0)

        parts = near_duplicates.parts_of(group)
        near_duplicates.take_apart(group=group, parts=parts)

        assert parts == [[keys[1], keys[3], keys[5]], [keys[0], keys[4]], [keys[2]]]
        assert sorted(group.images.values_list("pk", flat=True)) == parts[0]
        other = NearGroup.objects.exclude(pk=group.pk).get()
        assert sorted(other.images.values_list("pk", flat=True)) == parts[1]
        alone = Image.objects.get(pk=keys[2])
        assert (alone.near_group, alone.grouped_by_person) == (None, False)
        (action,) = Action.objects.filter(verb=Verb.GROUP_CHANGED)
        assert (action.user, action.details["split"]) == (None, sorted([*parts[1], *parts[2]]))

    def test_one_in_which_nothing_belongs_together_is_dissolved(self) -> None:
        group, keys = self.grouped(CollectionFactory(), 0, 1, 2)

        near_duplicates.take_apart(group=group, parts=near_duplicates.parts_of(group))

        assert not NearGroup.objects.exists()
        assert Image.objects.filter(pk__in=keys, near_group__isnull=True).count() == 3

    def test_one_that_people_or_imports_changed_meanwhile_is_left_alone(self) -> None:
        group, keys = self.grouped(CollectionFactory(), 0, 1, 2)
        parts = near_duplicates.parts_of(group)

        near_duplicates.take_apart(group=group, parts=parts[:2])
        Image.objects.filter(pk=keys[0]).update(grouped_by_person=True)
        near_duplicates.take_apart(group=group, parts=parts)

        assert group.images.count() == 3
        assert not Action.objects.filter(verb=Verb.GROUP_CHANGED).exists()


class TestDraftingOnce:
    def test_the_described_one_represents_its_group_then_the_largest_then_the_oldest(self) -> None:
        collection = CollectionFactory()
        old, large, known = (scanned(collection, ONE, width=width, height=700) for width in (1000, 2000, 500))
        alone = scanned(collection, FAR)
        images = Image.objects.filter(collection=collection)

        assert near_duplicates.representatives_of(images) == {old.pk: large.pk, known.pk: large.pk}
        described(known, title="石桥")
        assert near_duplicates.representatives_of(images) == {old.pk: known.pk, large.pk: known.pk}
        assert near_duplicates.representatives_of(images.exclude(pk__in=[large.pk, known.pk])) == {}
        assert alone.near_group is None


def test_pictures_without_detail_are_never_alike(tmp_path: Path) -> None:
    folder = tmp_path / "blank"
    folder.mkdir()
    for number, colour in enumerate((200, 240)):
        PillowImage.new("RGB", (400, 300), (colour,) * 3).save(folder / f"{number}.png")

    bring_in(folder, CollectionFactory())

    assert not NearGroup.objects.exists()
