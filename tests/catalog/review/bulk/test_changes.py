"""What a bulk change does with each record, what it leaves alone, and that its preview says so beforehand."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.labels import label_of
from catalog.models import Action, Annotation, BulkChange, Image
from catalog.records.annotations import write_import_drafts
from catalog.review import decisions, holds
from catalog.review.bulk.changes import Accepting, Rejecting, Replacing, Setting
from catalog.review.bulk.preview import first_records
from catalog.vocabulary import Flag, ImageStatus, Source, State, Verb
from tests.catalog.bulk import done, left_out, prepared, skipped
from tests.catalog.people import reviewer
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    MembershipFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return reviewer(None)


def shown(change: BulkChange) -> list[tuple[str, str | None, str | None]]:
    """Return what a preview shows: field, before, after."""
    return [
        (field.label, field.before, field.after) for item in first_records(change, change.user) for field in item.fields
    ]


def marked(image: Image, field: str, value: str, flag: str) -> Image:
    """Have a draft with a flag wait."""
    from catalog.records import annotations

    annotations.write_drafts(image=image, values={field: value}, run=RunFactory(image=image), flags={field: flag})
    return image


class TestAccepting:
    """Exactly the drafts that the preview has shown."""

    def test_the_drafts_are_the_record_s_and_the_log_names_the_change(self, user: User) -> None:
        image = drafted(title="石桥", place="清水镇")
        change = prepared(user)
        assert (change.records, change.fields, change.state) == (1, 2, BulkChange.State.PREVIEW)
        assert shown(change) == [("题名", None, "石桥"), ("地点", None, "清水镇")]
        image.refresh_from_db()
        assert image.title == ""

        done(change)

        image.refresh_from_db()
        assert (image.title, image.place, image.status) == ("石桥", "清水镇", ImageStatus.DESCRIBED)
        entries = image.actions.filter(verb=Verb.DRAFT_ACCEPTED)
        assert {(entry.user, entry.details["bulk"]) for entry in entries} == {(user, change.pk)}
        assert (change.state, change.done_records, change.done_fields) == (BulkChange.State.DONE, 1, 2)
        assert {label_of(item) for item in image.annotations.accepted()} == {"AI 生成 · 人工审核"}

    def test_what_the_filter_does_not_show_is_not_accepted(self, user: User) -> None:
        image = marked(drafted(title="石桥"), "place", "清水镇", Flag.DOUBTFUL)

        done(prepared(user, field="title"))

        image.refresh_from_db()
        assert (image.title, image.place) == ("石桥", "")
        assert image.annotations.drafts().get().field == "place"

    def test_two_conditions_are_one_draft_s(self, user: User) -> None:
        image = marked(drafted(title="石桥"), "place", "清水镇", Flag.DOUBTFUL)

        change = prepared(user, field="title", flag=Flag.DOUBTFUL.value)

        assert change.records == 0
        assert left_out(change) == {"no_draft": 1}
        assert image.annotations.drafts().count() == 2

    def test_a_draft_that_came_after_the_preview_waits_on(self, user: User) -> None:
        image = drafted(title="石桥")
        change = prepared(user)
        drafted(image, place="清水镇")

        done(change)

        assert image.annotations.drafts().get().field == "place"
        assert change.done_fields == 1

    def test_what_was_decided_meanwhile_is_left_alone_and_told(self, user: User) -> None:
        image, other = drafted(title="石桥", place="清水镇"), UserFactory()
        change = prepared(user)
        decisions.reject(annotation=image.annotations.get(field="title"), user=other)
        drafted(image, title="木桥")

        done(change)

        image.refresh_from_db()
        assert (image.title, image.place) == ("", "清水镇")
        assert image.annotations.drafts().get().value == "木桥"
        assert (change.done_fields, skipped(change)) == (1, {"meanwhile": 1})

    def test_a_refusal_of_the_model_is_never_accepted(self, user: User) -> None:
        # Drafts of earlier versions may hold one.
        image = drafted(title="石桥")
        Annotation.objects.create(
            image=image,
            field="description",
            value="看不清",
            source=Source.MODEL,
            ai_origin=True,
            run=RunFactory(image=image),
        )
        change = prepared(user)
        assert (change.fields, left_out(change)) == (1, {"refusal": 1})

        done(change)

        assert image.annotations.drafts().get().value == "看不清"

    def test_a_record_before_a_colleague_is_theirs(self, user: User) -> None:
        image, colleague = drafted(title="石桥"), UserFactory()
        change = prepared(user)
        assert holds.take(image=image.pk, user=colleague)

        done(change)

        assert (change.done_records, skipped(change)) == (0, {"held": 1})
        assert image.annotations.drafts().exists()

    def test_one_s_own_record_is_not_in_the_way(self, user: User) -> None:
        image = drafted(title="石桥")
        assert holds.take(image=image.pk, user=user)

        assert done(prepared(user)).done_records == 1

    def test_records_of_others_are_not_among_them(self) -> None:
        mine, described_only, theirs = CollectionFactory.create_batch(3)
        user = reviewer(mine)
        MembershipFactory(user=user, collection=described_only)
        own, *others = (
            drafted(ImageFactory(collection=collection), title="石桥") for collection in (mine, described_only, theirs)
        )
        restricted = drafted(ImageFactory(collection=mine, restricted=True), title="帆船")

        change = done(prepared(user))

        assert change.done_records == 2
        assert not own.annotations.drafts().exists()
        assert not restricted.annotations.drafts().exists()
        assert all(other.annotations.drafts().exists() for other in others)

    def test_a_record_that_one_does_not_see_any_more_stays_as_it_is(self) -> None:
        mine = CollectionFactory()
        user = reviewer(mine)
        image = drafted(ImageFactory(collection=mine), title="石桥")
        change = prepared(user)
        user.memberships.update(role="cataloguer")
        Image.objects.filter(pk=image.pk).update(access="restricted", disclosure="unexamined")

        done(change)

        assert skipped(change) == {"not_allowed": 1}
        assert image.annotations.drafts().exists()
        assert first_records(change, user) == []

    def test_whoever_lost_their_role_meanwhile_changes_nothing(self) -> None:
        user = reviewer(CollectionFactory())
        drafted(ImageFactory(collection=user.memberships.get().collection), title="石桥")
        change = prepared(user)
        user.memberships.all().delete()

        done(change)

        assert (change.done_records, skipped(change)) == (0, {"not_allowed": 1})

    def test_a_record_that_was_deleted_is_passed_over(self, user: User) -> None:
        image, other = drafted(title="石桥"), drafted(title="宝塔")
        change = prepared(user)
        image.delete()

        done(change)

        other.refresh_from_db()
        assert (other.title, skipped(change)) == ("宝塔", {"meanwhile": 1})


class TestRejecting:
    """With one reason for all."""

    def test_the_reason_stays_with_each_draft(self, user: User) -> None:
        image = drafted(title="石桥", place="清水镇")
        change = done(prepared(user, Rejecting("人物不对"), field="place"))

        rejected = image.annotations.get(state=State.REJECTED)
        assert (rejected.field, rejected.reason, rejected.decided_by) == ("place", "人物不对", user)
        assert image.annotations.drafts().get().field == "title"
        assert change.done_fields == 1
        assert image.actions.get(verb=Verb.DRAFT_REJECTED).details["reason"] == "人物不对"

    def test_the_preview_says_what_goes(self, user: User) -> None:
        drafted(title="石桥")

        assert shown(prepared(user, Rejecting("空话"))) == [("题名", "石桥", None)]


class TestSetting:
    """One value for all records, over what is there only where asked."""

    def test_what_is_there_is_kept(self, user: User) -> None:
        there, lacking, left_open = described(place="清水镇"), ImageFactory(), described(place="待考")
        change = prepared(user, Setting("place", "云溪", overwrite=False))
        assert (change.records, left_out(change)) == (2, {"has_value": 1})

        done(change)

        for image, value in ((there, "清水镇"), (lacking, "云溪"), (left_open, "云溪")):
            image.refresh_from_db()
            assert image.place == value

    def test_what_is_there_is_replaced_where_asked_and_what_says_the_same_stays(self, user: User) -> None:
        there, same = described(place="清水镇"), described(place="云溪")
        change = prepared(user, Setting("place", "云溪", overwrite=True))
        assert left_out(change) == {"same": 1}
        assert shown(change) == [("地点", "清水镇", "云溪")]

        done(change)

        there.refresh_from_db()
        assert there.place == "云溪"
        assert same.annotations.filter(field="place").count() == 1

    def test_a_value_written_over_a_draft_keeps_where_it_began(self, user: User) -> None:
        image = drafted(place="青水镇")

        done(prepared(user, Setting("place", "清水镇", overwrite=False)))

        accepted = image.annotations.accepted().get()
        assert (accepted.value, accepted.source, accepted.ai_origin) == ("清水镇", Source.PERSON, True)
        assert accepted.original_value == "青水镇"
        assert label_of(accepted) == "AI 生成 · 人工审核"

    def test_a_value_written_where_no_draft_stood_is_the_person_s_alone(self, user: User) -> None:
        image = ImageFactory()

        done(prepared(user, Setting("place", "清水镇", overwrite=False)))

        assert not image.annotations.accepted().get().ai_origin

    @pytest.mark.parametrize("overwrite", [True, False])
    def test_a_value_or_draft_that_the_preview_did_not_see_is_not_replaced(self, user: User, overwrite: bool) -> None:
        written, proposed = ImageFactory(), ImageFactory()
        change = prepared(user, Setting("place", "云溪", overwrite=overwrite))
        described(written, place="山口")
        drafted(proposed, place="水口")

        done(change)

        written.refresh_from_db()
        assert written.place == "山口"
        assert proposed.annotations.drafts().get().value == "水口"
        assert (change.done_records, skipped(change)) == (0, {"meanwhile": 2})


def replacing(find: str, replacement: str, **asked: Any) -> Replacing:
    """Return a replacement in titles and places, of values and drafts."""
    given: dict[str, Any] = {"fields": ("title", "place"), "whole": False, "in_values": True, "in_drafts": True} | asked
    return Replacing(find=find, replacement=replacement, **given)


class TestReplacing:
    """Words in values and drafts; what they began as stays."""

    def test_values_and_drafts_are_replaced_each_in_its_state(self, user: User) -> None:
        image = drafted(described(title="青水河石桥"), place="青水镇")
        change = prepared(user, replacing("青水", "清水"))
        assert shown(change) == [("题名", "青水河石桥", "清水河石桥"), ("地点", "青水镇", "清水镇")]

        done(change)

        image.refresh_from_db()
        assert (image.title, image.place, image.status) == ("清水河石桥", "", ImageStatus.TO_REVIEW)
        assert image.annotations.drafts().get().value == "清水镇"
        assert image.actions.filter(verb=Verb.DRAFT_REWORDED).count() == 1

    def test_a_value_that_began_as_a_draft_keeps_its_label(self, user: User) -> None:
        image = drafted(title="青水河石桥")
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())

        done(prepared(user, replacing("青水河石桥", "乙")))

        accepted = image.annotations.accepted().get()
        assert (accepted.value, accepted.ai_origin, accepted.original_value) == ("乙", True, "青水河石桥")

    def test_a_person_s_value_stays_a_person_s(self, user: User) -> None:
        image = described(title="青水河石桥")

        done(prepared(user, replacing("青水", "清水")))

        assert not image.annotations.accepted().get().ai_origin

    def test_a_reworded_draft_keeps_its_words_its_answer_and_its_marks(self, user: User) -> None:
        image = marked(ImageFactory(), "title", "青水河石桥", Flag.DOUBTFUL)
        before = image.annotations.get()

        done(prepared(user, replacing("青水", "清水")))

        draft = image.annotations.drafts().get()
        # A key of its own: whoever had the old words before them does not accept these.
        assert draft.pk != before.pk
        assert (draft.original_value, draft.run_id, draft.flag) == ("青水河石桥", before.run_id, Flag.DOUBTFUL)
        assert (draft.ai_origin, draft.source, draft.created_by) == (True, Source.MODEL, user)
        decisions.accept(annotation=draft, user=user)
        assert label_of(image.annotations.accepted().get()) == "AI 生成 · 人工审核"

    def test_a_draft_from_a_file_that_is_reworded_into_a_model_s_words_is_labelled(self, user: User) -> None:
        image = drafted(title="石桥落成")
        decisions.reject(annotation=image.annotations.get(), user=UserFactory())
        write_import_drafts(image=image, values={"title": "石橋"}, user=None)

        done(prepared(user, replacing("石橋", "石桥落成")))

        assert image.annotations.drafts().get().ai_origin

    def test_only_whole_values_where_asked(self, user: User) -> None:
        part, whole = described(place="青水镇东街"), described(place="青水镇")

        done(prepared(user, replacing("青水镇", "清水镇", whole=True)))

        for image, value in ((part, "青水镇东街"), (whole, "清水镇")):
            image.refresh_from_db()
            assert image.place == value

    def test_only_drafts_or_only_values_where_asked(self, user: User) -> None:
        drafted(title="青水")
        described(title="青水")

        assert prepared(user, replacing("青", "清", in_drafts=False)).fields == 1
        assert prepared(user, replacing("青", "清", in_values=False)).fields == 1

    def test_a_draft_that_the_filter_hides_is_not_touched(self, user: User) -> None:
        image = drafted(title="青水", place="青水")

        done(prepared(user, replacing("青", "清"), field="place"))

        assert set(image.annotations.drafts().values_list("field", "value")) == {("title", "青水"), ("place", "清水")}

    def test_a_value_beside_which_a_draft_waits_is_left_for_the_draft_to_be_decided(self, user: User) -> None:
        image = described(title="青水")
        Annotation.objects.create(image=image, field="title", value="清水河", source=Source.IMPORT)

        change = prepared(user, replacing("青", "清"))

        assert (change.fields, left_out(change)) == (0, {"draft_waits": 1})

    def test_a_draft_that_came_beside_a_value_meanwhile_is_not_thrown_away(self, user: User) -> None:
        image = described(title="青水")
        change = prepared(user, replacing("青", "清"))
        Annotation.objects.create(image=image, field="title", value="清水河", source=Source.IMPORT)

        done(change)

        assert image.annotations.drafts().get().value == "清水河"
        assert skipped(change) == {"draft_waits": 1}

    def test_nothing_is_emptied(self, user: User) -> None:
        described(title="青水")

        change = prepared(user, replacing("青水", ""))

        assert left_out(change) == {"empty": 1}

    def test_a_draft_accepted_after_the_preview_is_not_changed_as_a_value(self, user: User) -> None:
        image = drafted(title="青水")
        change = prepared(user, replacing("青", "清"))
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())

        done(change)

        image.refresh_from_db()
        assert (image.title, skipped(change)) == ("青水", {"meanwhile": 1})


def test_two_changes_over_the_same_records_do_nothing_twice(user: User) -> None:
    images = [drafted(title="石桥") for _ in range(5)]
    first, second = prepared(user), prepared(reviewer(None), Rejecting("空话"))

    done(first)
    done(second)

    assert (first.done_fields, second.done_fields, skipped(second)) == (5, 0, {"meanwhile": 5})
    assert Action.objects.filter(verb=Verb.DRAFT_ACCEPTED).count() == 5
    assert all(image.annotations.accepted().exists() for image in images)


@pytest.mark.parametrize(
    "change",
    [Accepting(), Rejecting("空话"), Setting("tone", "黑白", overwrite=True), replacing("青", "清")],
    ids=lambda change: str(change.kind),
)
def test_preparing_and_looking_asks_as_often_for_many_records_as_for_few(
    user: User, change: Any, django_assert_max_num_queries: Any
) -> None:
    for more in (3, 30):
        for _ in range(more):
            drafted(title="青水", place="青水")
        with django_assert_max_num_queries(12):
            row = prepared(user, change)
        with django_assert_max_num_queries(6):
            assert first_records(row, user)
