"""Images that look alike: found when they come in, corrected by people, drafted once."""

from collections.abc import Callable
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


def scanned(collection: Collection, perceptual_hash: str, **values: object) -> Image:
    """Return an image that came in with a front of this hash, grouped as an import groups it."""
    image: Image = ImageFactory(collection=collection)
    scan = ImageFileFactory(image=image, perceptual_hash=perceptual_hash, **values)
    near_duplicates.join(scan)
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
