"""Groups of photographs of one event are confirmed, split, joined and put back, and a group's text is its people's."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from catalog.exceptions import GroupChanged, GroupingRefused, NothingToUndo
from catalog.models import Action, Annotation, Collection, Image, PhotoGroup
from catalog.records import photo_groups
from catalog.records.photo_group_offers import offers_of
from catalog.records.photo_group_texts import caption, describe
from catalog.records.photo_group_undoing import undo_last
from catalog.review import decisions
from catalog.review.group_offers import accept_offers
from catalog.vocabulary import Field, Source, State, Verb
from tests.factories import CollectionFactory, ImageFactory, PhotoGroupFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


def photographs(collection: Collection, number: int = 4) -> list[Image]:
    return [ImageFactory(collection=collection, identifier=f"P-{at:04d}") for at in range(1, number + 1)]


def grouped(number: int = 4, collection: Collection | None = None, **values: object) -> PhotoGroup:
    collection = collection or CollectionFactory()
    group: PhotoGroup = PhotoGroupFactory(collection=collection, **values)
    images = [ImageFactory(collection=collection, photo_group=group) for _ in range(number)]
    group.position = images[0].pk
    group.save()
    return group


def inside() -> list[list[int]]:
    """Return the photographs of each group, in order."""
    return [photo_groups.members(group) for group in PhotoGroup.objects.order_by("position", "pk")]


def drafts(image: Image) -> dict[str, str]:
    return dict(image.annotations.drafts().values_list("field", "value"))


class TestChanging:
    """Making, confirming, splitting, joining, moving."""

    def test_a_confirmed_group_gets_the_next_number_of_its_year(self) -> None:
        collection, user = CollectionFactory(), UserFactory()
        groups = [grouped(2, collection, year=year) for year in ("1958", "1958", "1959")]

        confirmed = [photo_groups.confirm(group=group, user=user) for group in groups]

        assert [(group.year, group.number) for group in confirmed] == [("1958", "1"), ("1958", "2"), ("1959", "1")]
        assert Action.objects.filter(verb=Verb.PHOTO_GROUP_CHANGED, user=user).count() == 3

    def test_the_year_is_that_of_the_earliest_dated_photograph(self) -> None:
        group = grouped(2)
        described(group.images.first(), date="1956年10月1日")

        assert photo_groups.confirm(group=group, user=None).year == "1956"

    def test_a_group_is_split_before_a_photograph_and_joined_again(self) -> None:
        group, user = grouped(4), UserFactory()
        keys = photo_groups.members(group)

        created = photo_groups.split(group=group, image=keys[2], user=user)
        assert inside() == [keys[:2], keys[2:]]
        assert photo_groups.following(group) == created

        photo_groups.join(group=group, user=user)
        assert inside() == [keys]
        assert not PhotoGroup.objects.filter(pk=created.pk).exists()

    def test_of_two_the_confirmed_one_stays_and_takes_what_it_does_not_say(self) -> None:
        collection, user = CollectionFactory(), UserFactory()
        first, second = grouped(1, collection, place="礼堂"), grouped(1, collection)
        photo_groups.confirm(group=second, user=user)

        stays = photo_groups.join(group=first, user=user)

        assert (stays.pk, stays.place, stays.number) == (second.pk, "礼堂", "1")
        assert PhotoGroup.objects.get().position == stays.images.order_by("pk")[0].pk

    def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(self) -> None:
        group, elsewhere, user = grouped(2), grouped(1), UserFactory()
        keys, other = photo_groups.members(group), photo_groups.members(elsewhere)[0]
        before = inside()

        for change, words in (
            (lambda: photo_groups.split(group=group, image=keys[0], user=user), "组里的第一幅"),
            (lambda: photo_groups.split(group=group, image=other, user=user), "已不在这个组里"),
            (lambda: photo_groups.join(group=group, user=user), "后面没有照片组"),
            (lambda: photo_groups.move(image=keys[0], to=elsewhere, user=user), "同一馆藏"),
            (lambda: photo_groups.move(image=keys[0], to=group, user=user), "已不在这个组里"),
            (lambda: photo_groups.put_together(images=[], user=user), "请先选照片"),
            (lambda: photo_groups.put_together(images=[keys[0], other], user=user), "同一馆藏"),
        ):
            with pytest.raises(GroupingRefused, match=words):
                change()

        assert inside() == before
        assert not Action.objects.filter(user=user).exists()

    def test_a_group_that_somebody_else_took_apart_is_gone_in_words(self) -> None:
        group = grouped(2)
        stale = PhotoGroup.objects.get(pk=group.pk)
        photo_groups.dissolve(group=group, user=None)

        with pytest.raises(GroupingRefused, match="刷新页面"):
            photo_groups.confirm(group=stale, user=None)

    def test_no_group_grows_beyond_what_one_transaction_takes(self) -> None:
        collection = CollectionFactory()
        first = grouped(photo_groups.MOST_PHOTOGRAPHS, collection)
        grouped(1, collection)

        with pytest.raises(GroupingRefused, match="最多 300 幅"):
            photo_groups.join(group=first, user=None)

    def test_photographs_of_several_groups_are_put_together_and_the_empty_ones_go(self) -> None:
        collection = CollectionFactory()
        first, second = grouped(2, collection), grouped(1, collection)
        chosen = [photo_groups.members(first)[1], *photo_groups.members(second)]

        group = photo_groups.put_together(images=chosen, user=None)

        assert photo_groups.members(group) == sorted(chosen)
        assert not PhotoGroup.objects.filter(pk=second.pk).exists()

    def test_a_group_goes_with_its_last_photograph(self) -> None:
        group = grouped(1)
        photo_groups.move(image=photo_groups.members(group)[0], to=None, user=None)
        assert not PhotoGroup.objects.exists()


class TestUndoing:
    """The last change of a person, as it was before."""

    @pytest.mark.parametrize("how", ["split", "join", "out", "next", "dissolve", "together"])
    def test_every_change_is_undone(self, how: str) -> None:
        collection, user = CollectionFactory(), UserFactory()
        first, second = grouped(3, collection, place="礼堂"), grouped(2, collection, title="校庆", date_text="1958年")
        keys, before = photo_groups.members(first), inside()
        texts = list(PhotoGroup.objects.order_by("pk").values("pk", "title", "place", "date_text", "state", "number"))
        changes: dict[str, Callable[[], object]] = {
            "split": lambda: photo_groups.split(group=first, image=keys[1], user=user),
            "join": lambda: photo_groups.join(group=first, user=user),
            "out": lambda: photo_groups.move(image=keys[1], to=None, user=user),
            "next": lambda: photo_groups.move(image=keys[2], to=second, user=user),
            "dissolve": lambda: photo_groups.dissolve(group=second, user=user),
            "together": lambda: photo_groups.put_together(images=[*keys[:2], *photo_groups.members(second)], user=user),
        }
        changes[how]()
        assert inside() != before

        undo_last(collection=collection, user=user)

        assert inside() == before
        now = list(PhotoGroup.objects.order_by("pk").values("pk", "title", "place", "date_text", "state", "number"))
        assert now == texts

    def test_steps_are_undone_one_after_the_other_and_then_there_is_none(self) -> None:
        group, user = grouped(3), UserFactory()
        keys = photo_groups.members(group)
        photo_groups.split(group=group, image=keys[2], user=user)
        photo_groups.split(group=group, image=keys[1], user=user)
        photo_groups.confirm(group=group, user=user)

        for expected in ([keys[:1], keys[1:2], keys[2:]], [keys[:2], keys[2:]], [keys]):
            undo_last(collection=group.collection, user=user)
            assert inside() == expected
        assert not PhotoGroup.objects.get().is_confirmed
        with pytest.raises(NothingToUndo):
            undo_last(collection=group.collection, user=user)

    def test_what_a_colleague_went_on_from_is_left(self) -> None:
        group, user = grouped(3), UserFactory()
        keys = photo_groups.members(group)
        created = photo_groups.split(group=group, image=keys[1], user=user)
        photo_groups.move(image=keys[2], to=None, user=UserFactory())

        with pytest.raises(GroupingRefused, match="不能撤销"):
            undo_last(collection=group.collection, user=user)
        assert inside() == [keys[:1], keys[1:2]]
        assert PhotoGroup.objects.filter(pk=created.pk).exists()

    def test_a_group_that_was_written_about_since_does_not_vanish(self) -> None:
        group, user = grouped(2), UserFactory()
        created = photo_groups.split(group=group, image=photo_groups.members(group)[1], user=user)
        describe(group=created, values={"title": "校庆"}, user=UserFactory(), seen=created.revision)

        with pytest.raises(GroupingRefused, match="不能撤销"):
            undo_last(collection=group.collection, user=user)


class TestText:
    """The 组合照片说明."""

    def test_a_caption_tells_first_and_last_number_and_count_of_what_one_may_see(self) -> None:
        group, user = grouped(3), UserFactory()
        describe(
            group=group,
            values={"title": "建校十周年", "event": "校庆", "date": "1958年10月", "place": "礼堂", "year": "1958"},
            user=user,
            seen=0,
        )
        numbers = list(group.images.order_by("identifier").values_list("identifier", flat=True))

        told = PhotoGroup.objects.with_extent(Image.objects.all()).get()
        assert [(line.label, line.text) for line in caption(told)] == [
            ("组号", "1958-1"), ("题名", "建校十周年"), ("事由", "校庆"), ("时间", "1958年10月"), ("地点", "礼堂"),
            ("起止张号", f"{numbers[0]} — {numbers[-1]}"), ("张数", "3"),
        ]  # fmt: skip
        fewer = PhotoGroup.objects.with_extent(Image.objects.exclude(identifier=numbers[-1])).get()
        assert {line.label: line.text for line in caption(fewer)}["张数"] == "2"
        assert (told.date_start, told.written_by) == (date(1958, 10, 1), user)

    def test_who_writes_over_a_colleague_is_told_and_writes_nothing(self) -> None:
        group = grouped(1)
        describe(group=group, values={"title": "校庆"}, user=UserFactory(), seen=0)

        with pytest.raises(GroupChanged, match="刚刚被别人改过"):
            describe(group=group, values={"title": "运动会"}, user=UserFactory(), seen=0)
        assert PhotoGroup.objects.get().title == "校庆"

    @pytest.mark.parametrize(("values", "words"), [({"year": "五八"}, "四位数字"), ({"number": "1"}, "已有这个组号")])
    def test_a_number_in_use_and_a_year_that_is_none_are_refused(self, values: dict[str, str], words: str) -> None:
        collection = CollectionFactory()
        photo_groups.confirm(group=grouped(1, collection), user=None)
        second = photo_groups.confirm(group=grouped(1, collection), user=None)

        with pytest.raises(ValidationError, match=words):
            describe(group=second, values=values, user=UserFactory(), seen=0)

    def test_words_that_a_model_proposed_for_a_photograph_keep_their_label_through_edits(self) -> None:
        group, user = grouped(2), UserFactory()
        drafted(group.images.first(), event="师生在礼堂前庆祝建校十周年")

        said = describe(
            group=group, values={"event": "师生在礼堂前庆祝建校十周年。", "place": "礼堂"}, user=user, seen=0
        )
        assert said.ai_fields == ["event"]

        edited = describe(group=said, values={"event": "校庆合影"}, user=user, seen=said.revision)
        assert edited.ai_fields == ["event"]
        told = PhotoGroup.objects.with_extent(Image.objects.all()).get()
        assert [line.label for line in caption(told) if line.ai_label] == ["事由"]
        other = group.images.last()
        assert other is not None
        assert other.annotations.get(field=Field.EVENT, state=State.DRAFT).ai_origin


class TestOffers:
    """What a group says is offered to its photographs; what they say themselves stands."""

    def test_a_value_of_theirs_and_a_draft_of_theirs_stand(self) -> None:
        group, user = grouped(3), UserFactory()
        plain, own, with_draft = group.images.order_by("pk")
        described(own, place="操场")
        drafted(with_draft, place="教室")

        describe(group=group, values={"place": "礼堂", "title": "校庆"}, user=user, seen=0)

        assert [drafts(image) for image in (plain, own, with_draft)] == [{"place": "礼堂"}, {}, {"place": "教室"}]
        offer = plain.annotations.get()
        assert (offer.source, offer.ai_origin, offer.created_by) == (Source.GROUP, False, user)

    def test_a_field_that_is_left_open_gets_the_offer(self) -> None:
        group = grouped(1)
        image = described(group.images.get(), place="待考")
        describe(group=group, values={"place": "礼堂"}, user=UserFactory(), seen=0)
        assert drafts(image) == {"place": "礼堂"}

    def test_offers_follow_the_group_and_a_rejected_one_does_not_come_back(self) -> None:
        group, user = grouped(2), UserFactory()
        first, second = group.images.order_by("pk")
        group = describe(group=group, values={"place": "礼堂"}, user=user, seen=0)
        decisions.reject(annotation=first.annotations.get(), user=user)

        group = describe(group=group, values={"place": "大礼堂", "event": "校庆"}, user=user, seen=group.revision)
        assert drafts(second) == {"place": "大礼堂", "event": "校庆"}
        group = describe(group=group, values={"place": "礼堂", "event": ""}, user=user, seen=group.revision)

        assert (drafts(first), drafts(second)) == ({}, {"place": "礼堂"})

    def test_they_go_and_come_with_the_photograph(self) -> None:
        collection, user = CollectionFactory(), UserFactory()
        first, second = grouped(2, collection), grouped(1, collection)
        describe(group=first, values={"place": "礼堂"}, user=user, seen=0)
        second = describe(group=second, values={"event": "运动会"}, user=user, seen=0)
        image = Image.objects.get(pk=photo_groups.members(first)[1])

        photo_groups.move(image=image.pk, to=second, user=user)
        assert drafts(image) == {"event": "运动会"}
        photo_groups.move(image=image.pk, to=None, user=user)
        assert drafts(image) == {}

    def test_all_are_accepted_at_once_each_with_its_entry_and_its_label(self) -> None:
        group, user = grouped(3), UserFactory()
        drafted(group.images.order_by("pk")[0], event="师生在礼堂前庆祝建校十周年")
        group = describe(
            group=group, values={"event": "师生在礼堂前庆祝建校十周年", "place": "礼堂"}, user=user, seen=0
        )
        hidden = group.images.order_by("pk")[2]

        accepted = accept_offers(
            group=group, seen=group.revision, images=Image.objects.exclude(pk=hidden.pk), user=user
        )

        assert accepted == 3
        assert Action.objects.filter(verb=Verb.DRAFT_ACCEPTED, user=user).count() == 3
        second = group.images.order_by("pk")[1]
        assert (second.event, second.place) == ("师生在礼堂前庆祝建校十周年", "礼堂")
        labels = dict(second.annotations.accepted().values_list("field", "ai_origin"))
        assert labels == {"event": True, "place": False}
        assert drafts(hidden) == {"event": "师生在礼堂前庆祝建校十周年", "place": "礼堂"}

    def test_what_the_group_says_no_more_is_not_accepted(self) -> None:
        group, user = grouped(1), UserFactory()
        seen = describe(group=group, values={"place": "礼堂"}, user=user, seen=0)
        describe(group=group, values={"place": "操场"}, user=UserFactory(), seen=seen.revision)

        with pytest.raises(GroupingRefused):
            accept_offers(group=seen, seen=seen.revision, images=Image.objects.all(), user=user)
        assert [offer.value for offer in offers_of(PhotoGroup.objects.get())] == ["操场"]
        assert not Annotation.objects.accepted().exists()
