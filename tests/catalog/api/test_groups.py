"""Groups through the interface: look-alikes, and photographs of one event."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Action, Annotation, Collection, NearGroup, PhotoGroup
from catalog.records import near_duplicates, photo_groups
from catalog.vocabulary import Source, State, Verb
from tests.catalog.api.calls import Program
from tests.catalog.people import cataloguer
from tests.factories import CollectionFactory, ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box")


def keys(collection: Collection, number: int = 3) -> list[int]:
    return [ImageFactory(collection=collection).pk for _one in range(number)]


class TestLookAlikes:
    def test_they_are_put_together_split_and_merged(self, collection: Collection) -> None:
        images, program = keys(collection, 4), Program(cataloguer(collection))

        made = program.post("near-groups/", {"images": images})
        split = program.post(f"near-groups/{made.json()['id']}/split/", {"images": images[:2], "together": True})
        groups = list(NearGroup.objects.order_by("pk").values_list("pk", flat=True))
        merged = program.post("near-groups/merge/", {"groups": groups})

        assert (made.status_code, sorted(made.json()["images"])) == (201, images)
        assert (split.status_code, split.json()["images"]) == (200, images[:2])
        assert (merged.status_code, sorted(merged.json()["images"])) == (200, images)
        assert Action.objects.filter(verb=Verb.GROUP_CHANGED).count() == 3

    def test_taken_out_of_any_group_there_is_nothing_to_tell(self, collection: Collection) -> None:
        images = keys(collection)
        group = near_duplicates.put_together(images=images, user=None)

        response = Program(cataloguer(collection)).post(f"near-groups/{group.pk}/split/", {"images": images[:1]})

        assert (response.status_code, response.content) == (204, b"")

    def test_what_cannot_be_is_refused_in_words(self, collection: Collection) -> None:
        program = Program(cataloguer(collection))

        one = program.post("near-groups/", {"images": keys(collection, 1)})
        foreign = program.post("near-groups/", {"images": [*keys(collection, 1), ImageFactory().pk]})

        assert (one.status_code, one.json()["code"]) == (409, "grouping_refused")
        assert (foreign.status_code, set(foreign.json()["errors"])) == (400, {"images"})

    def test_more_rows_cost_no_more_queries(
        self, collection: Collection, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        program = Program(cataloguer(collection))
        for _more in range(2):
            for _group in range(2):
                near_duplicates.put_together(images=keys(collection, 2), user=None)
            # The token, how many, the rows, their images, the images' scans.
            with django_assert_num_queries(5):
                program.get("near-groups/")


class TestPhotographsOfOneEvent:
    def test_a_group_is_made_described_and_its_offers_accepted(self, collection: Collection) -> None:
        images, program = keys(collection), Program(cataloguer(collection))

        made = program.post("photo-groups/", {"images": images})
        address = f"photo-groups/{made.json()['id']}/"
        written = program.patch(address, {"event": "厂庆", "date": "1958年"}, If_Match=made["ETag"])
        unread = program.post(f"{address}accept/", If_Match=made["ETag"])
        accepted = program.post(f"{address}accept/", If_Match=written["ETag"])

        assert unread.status_code == 412
        assert (made.status_code, made.json()["images"]) == (201, images)
        assert (written.status_code, written.json()["event"], written.json()["date_start"]) == (
            200,
            "厂庆",
            "1958-01-01",
        )
        assert accepted.json() == {"accepted": 6}
        offers = Annotation.objects.filter(image__in=images, source=Source.GROUP, state=State.ACCEPTED)
        assert offers.count() == 6

    def test_a_stale_writer_is_told_what_has_changed(self, collection: Collection) -> None:
        program = Program(cataloguer(collection))
        made = program.post("photo-groups/", {"images": keys(collection)})
        address = f"photo-groups/{made.json()['id']}/"
        program.patch(address, {"place": "礼堂"}, If_Match=made["ETag"])

        response = program.patch(address, {"place": "操场"}, If_Match=made["ETag"])

        assert (response.status_code, response.json()["changed"]) == (412, {"place": "礼堂"})
        assert program.patch(address, {"place": "操场"}, If_Match=response["ETag"]).status_code == 200

    def test_split_join_move_and_dissolve(self, collection: Collection) -> None:
        images, program = keys(collection, 4), Program(cataloguer(collection))
        group = photo_groups.put_together(images=images, user=None)
        address = f"photo-groups/{group.pk}/"

        split = program.post(f"{address}split/", {"image": images[2]})
        added = program.post(f"{address}add/", {"image": images[2]})
        removed = program.post(f"{address}remove/", {"image": images[2]})
        again = program.post(f"{address}remove/", {"image": images[2]})
        joined = program.post(f"{address}join/")
        gone = program.delete(address)

        assert (split.status_code, split.json()["images"]) == (200, images[2:])
        assert (added.status_code, added.json()["images"]) == (200, images[:3])
        assert (removed.status_code, again.status_code) == (204, 409)
        assert (joined.status_code, joined.json()["images"]) == (200, [*images[:2], images[3]])
        assert (gone.status_code, PhotoGroup.objects.exists()) == (204, False)

    def test_a_number_in_use_is_refused_in_words(self, collection: Collection) -> None:
        program = Program(cataloguer(collection))
        photo_groups.put_together(images=keys(collection, 2), user=None)
        group = photo_groups.put_together(images=keys(collection, 2), user=None)

        response = program.patch(f"photo-groups/{group.pk}/", {"number": "1"}, If_Match="*")

        assert (response.status_code, response.json()["detail"]) == (400, "这份馆藏的同一年度里已有这个组号。")
