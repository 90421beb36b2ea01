"""What a bulk change, a person, a batch or an import did is taken back, and what others did afterwards stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.models import Action, Annotation, Image
from catalog.records.annotations import write_drafts, write_import_drafts
from catalog.review import decisions
from catalog.review.bulk.changes import Rejecting, Replacing, Setting
from catalog.review.bulk.preview import first_records
from catalog.review.bulk.sources import OfBatch, OfImports, OfPerson
from catalog.review.undoing import last_step, undo_last
from catalog.vocabulary import ImageStatus, Source, State, Verb
from tests.catalog.bulk import done, left_out, prepared, rows_of_images, skipped, undo_prepared
from tests.catalog.imports import SIZE, bring_in
from tests.catalog.people import reviewer
from tests.factories import (
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
    picture,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return reviewer(None)


@pytest.fixture
def span() -> tuple[datetime, datetime]:
    return timezone.now() - timedelta(minutes=1), timezone.now() + timedelta(minutes=5)


def annotations_now() -> list[dict[str, Any]]:
    """Return all annotations, with all their columns."""
    return [dict(row) for row in Annotation.objects.order_by("pk").values()]


def in_force() -> list[dict[str, Any]]:
    """Return the annotations that are not superseded: those that people see."""
    return [row for row in annotations_now() if row["state"] != State.SUPERSEDED]


class TestBulkChanges:
    """A bulk change as a whole."""

    def test_accepting_leaves_the_rows_as_before(self, user: User) -> None:
        drafted(title="石桥", place="清水镇", date="1959年5月")
        beside = drafted(described(place="云溪"), title="旧")
        decisions.accept(annotation=beside.annotations.drafts().get(), user=UserFactory())
        write_drafts(image=beside, values={"title": "新"}, run=RunFactory(image=beside), replace_accepted=True)
        before = (annotations_now(), rows_of_images())

        change = done(prepared(user))
        assert (annotations_now(), rows_of_images()) != before
        undone = done(undo_prepared(user, change))

        assert (annotations_now(), rows_of_images()) == before
        assert (undone.undoes, undone.done_fields, undone.skipped) == (change, 4, {})

    @pytest.mark.parametrize(
        "change",
        [
            Rejecting("空话"),
            Setting("place", "云溪", overwrite=True),
            Replacing(("title", "place"), "青", "清", whole=False, in_values=True, in_drafts=True),
        ],
        ids=["rejecting", "setting", "replacing"],
    )
    def test_other_changes_leave_what_people_see_as_before(self, user: User, change: Any) -> None:
        drafted(described(title="青水河"), place="青水镇")
        described(place="青水镇")
        accepted = drafted(title="青水")
        decisions.accept(annotation=accepted.annotations.get(), user=UserFactory())
        before = (in_force(), rows_of_images())

        carried_out = done(prepared(user, change))
        assert (in_force(), rows_of_images()) != before
        done(undo_prepared(user, carried_out))

        assert (in_force(), rows_of_images()) == before

    def test_what_somebody_went_on_from_stays(self, user: User) -> None:
        edited, again, untouched = drafted(title="石桥"), drafted(title="宝塔"), drafted(title="帆船")
        change = done(prepared(user))
        decisions.set_value(image=edited, field="title", value="清水河石桥", user=UserFactory())
        Annotation.objects.create(image=again, field="title", value="宝塔夕照", source=Source.IMPORT)

        undo = undo_prepared(user, change)
        assert (undo.fields, left_out(undo)) == (1, {"went_on": 2})
        done(undo)

        for image, title in ((edited, "清水河石桥"), (again, "宝塔"), (untouched, "")):
            image.refresh_from_db()
            assert image.title == title
        assert untouched.status == ImageStatus.TO_REVIEW

    def test_what_somebody_does_between_preview_and_undo_stays(self, user: User) -> None:
        image = drafted(title="石桥")
        undo = undo_prepared(user, done(prepared(user)))
        decisions.set_value(image=image, field="title", value="清水河石桥", user=UserFactory())

        done(undo)

        image.refresh_from_db()
        assert (image.title, skipped(undo)) == ("清水河石桥", {"went_on": 1})

    def test_the_same_decision_made_again_by_hand_is_not_taken_back(self, user: User) -> None:
        image = drafted(title="石桥")
        change = done(prepared(user))
        done(undo_prepared(user, change))
        decisions.accept(annotation=image.annotations.get(), user=user)

        again = undo_prepared(user, change)

        assert (again.fields, left_out(again)) == (0, {"undone": 1})
        image.refresh_from_db()
        assert image.title == "石桥"

    def test_the_preview_says_what_is_undone(self, user: User) -> None:
        drafted(described(title="旧"), place="云溪")
        change = done(prepared(user, Setting("title", "新", overwrite=True)))

        fields = first_records(undo_prepared(user, change), user)[0].fields

        assert [(item.label, item.before, item.after, item.deed) for item in fields] == [
            ("题名", "新", "旧", "人工著录")
        ]

    def test_the_key_for_the_last_step_passes_bulk_changes_over(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        mine = drafted(title="石桥")
        decisions.accept(annotation=mine.annotations.get(), user=user)
        drafted(title="宝塔")
        done(prepared(user))

        assert [entry.image for entry in last_step(user=user, since=span[0])] == [mine]
        undo_last(user=user, since=span[0], images=Image.objects.all())
        assert Image.objects.exclude(pk=mine.pk).get().title == "宝塔"

    def test_a_reviewer_takes_their_own_change_back(self) -> None:
        collection = CollectionFactory()
        user = reviewer(collection)
        image = drafted(ImageFactory(collection=collection), title="石桥")

        done(undo_prepared(user, done(prepared(user))))

        assert image.annotations.drafts().exists()

    def test_an_undoing_is_not_undone_but_a_draft_that_it_withdrew_comes_back(self, user: User) -> None:
        item = BatchItemFactory()
        write_drafts(image=item.image, values={"title": "石桥"}, run=RunFactory(image=item.image, batch_item=item))
        before = annotations_now()
        withdrawn = done(undo_prepared(user, OfBatch(item.batch.pk)))
        assert not Annotation.objects.drafts().exists()

        done(undo_prepared(user, withdrawn))

        assert annotations_now() == before

        drafted(title="宝塔")
        accepted = done(prepared(user))
        assert left_out(undo_prepared(user, done(undo_prepared(user, accepted))))["not_done_again"] == 2


class TestPersons:
    """What a person decided in a time span."""

    def test_everything_of_theirs_and_nothing_of_others(self, user: User, span: tuple[datetime, datetime]) -> None:
        li, wang = UserFactory(), UserFactory()
        accepted, rejected, of_wang = drafted(title="石桥"), drafted(title="宝塔"), drafted(title="帆船")
        before = annotations_now()
        decisions.accept(annotation=accepted.annotations.get(), user=li)
        decisions.reject(annotation=rejected.annotations.get(), user=li, reason="空话")
        decisions.accept(annotation=of_wang.annotations.get(), user=wang)

        undo = done(undo_prepared(user, OfPerson(li.pk, *span)))

        assert undo.done_fields == 2
        assert annotations_now()[:2] == before[:2]
        of_wang.refresh_from_db()
        assert of_wang.title == "帆船"

    def test_several_decisions_about_one_field_are_taken_back_in_turn(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        li, image = UserFactory(), drafted(title="石桥")
        before = in_force()
        decisions.edit_and_accept(annotation=image.annotations.get(), user=li, value="清水石桥")
        decisions.set_value(image=image, field="title", value="清水河石桥", user=li)
        decisions.set_value(image=image, field="title", value="清水河大石桥", user=li)

        undo = undo_prepared(user, OfPerson(li.pk, *span))
        assert undo.fields == 3
        done(undo)

        assert in_force() == before

    def test_what_they_did_after_the_span_stays(self, user: User) -> None:
        li, image = UserFactory(), drafted(title="石桥")
        decisions.accept(annotation=image.annotations.get(), user=li)
        until = timezone.now()
        undo_last(user=li, since=until - timedelta(hours=1), images=Image.objects.all())
        decisions.accept(annotation=image.annotations.get(), user=li)

        undo = undo_prepared(user, OfPerson(li.pk, until - timedelta(hours=1), until))

        assert (undo.fields, left_out(undo)) == (0, {"undone": 1})
        image.refresh_from_db()
        assert image.title == "石桥"

    def test_a_colleague_s_correction_stays_and_with_it_what_it_rests_on(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        li, image = UserFactory(), drafted(title="石桥", place="清水镇")
        for draft in image.annotations.drafts():
            decisions.accept(annotation=draft, user=li)
        decisions.set_value(image=image, field="title", value="清水河石桥", user=UserFactory())

        done(undo_prepared(user, OfPerson(li.pk, *span)))

        image.refresh_from_db()
        assert (image.title, image.place) == ("清水河石桥", "")

    def test_their_bulk_changes_are_among_it(self, user: User, span: tuple[datetime, datetime]) -> None:
        li = reviewer(None)
        drafted(title="石桥")
        before = annotations_now()
        done(prepared(li))

        done(undo_prepared(user, OfPerson(li.pk, *span)))

        assert annotations_now() == before

    def test_records_that_one_may_not_publish_are_told_and_left_alone(self, span: tuple[datetime, datetime]) -> None:
        mine = CollectionFactory()
        user, li = reviewer(mine), reviewer(None)
        drafted(ImageFactory(collection=mine), title="石桥")
        far = drafted(title="宝塔")
        done(prepared(li))

        undo = done(undo_prepared(user, OfPerson(li.pk, *span)))

        far.refresh_from_db()
        assert (undo.done_records, left_out(undo), far.title) == (1, {"not_allowed": 1}, "宝塔")

    def test_a_decision_of_an_earlier_version_that_replaced_something_is_not_taken_back(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        # Earlier versions did not write down what a decision took the place of.
        li, image = UserFactory(), described(title="旧")
        old = image.annotations.get()
        Annotation.objects.filter(pk=old.pk).update(state=State.SUPERSEDED)
        new = Annotation.objects.create(
            image=image,
            field="title",
            value="新",
            source=Source.PERSON,
            state=State.ACCEPTED,
            decided_by=li,
            decided_at=timezone.now(),
            created_by=li,
        )
        Action.objects.create(
            verb=Verb.VALUE_SET, user=li, image=image, details={"field": "title", "annotation": new.pk}
        )

        undo = undo_prepared(user, OfPerson(li.pk, *span))

        assert (undo.fields, left_out(undo)) == (0, {"not_logged": 1})

    def test_questions_do_not_grow_with_records(
        self, user: User, span: tuple[datetime, datetime], django_assert_max_num_queries: Any
    ) -> None:
        li = UserFactory()
        for more in (2, 20):
            for _ in range(more):
                decisions.accept(annotation=drafted(title="石桥").annotations.get(), user=li)
            with django_assert_max_num_queries(12):
                undo_prepared(user, OfPerson(li.pk, *span))


class TestBatches:
    """What a batch proposed and nobody has decided about."""

    def test_drafts_that_wait_are_withdrawn_and_decisions_stay(self, user: User) -> None:
        item = BatchItemFactory()
        run = RunFactory(image=item.image, batch_item=item)
        write_drafts(image=item.image, values={"title": "石桥", "place": "清水镇", "tone": "黑白"}, run=run)
        drafted(item.image, notes="别处来的")
        decisions.accept(annotation=item.image.annotations.get(field="title"), user=UserFactory())
        decisions.reject(annotation=item.image.annotations.get(field="tone"), user=UserFactory())

        undo = undo_prepared(user, OfBatch(item.batch.pk))
        assert (undo.fields, left_out(undo)) == (1, {"went_on": 2})
        done(undo)

        image = Image.objects.get(pk=item.image.pk)
        assert image.title == "石桥"
        assert image.annotations.drafts().get().field == "notes"
        assert image.annotations.get(field="place").state == State.SUPERSEDED
        assert image.actions.get(verb=Verb.DRAFT_WITHDRAWN).details["bulk"] == undo.pk

    def test_a_field_that_lost_its_draft_is_drafted_again_by_the_next_batch(self, user: User) -> None:
        item = BatchItemFactory()
        write_drafts(image=item.image, values={"title": "石桥"}, run=RunFactory(image=item.image, batch_item=item))

        done(undo_prepared(user, OfBatch(item.batch.pk)))

        image = Image.objects.get(pk=item.image.pk)
        assert image.status == ImageStatus.UNDESCRIBED
        assert image in Image.objects.lacking(["title"])

    def test_only_what_it_wrote_in_the_span(self, user: User) -> None:
        item = BatchItemFactory()
        write_drafts(image=item.image, values={"title": "石桥"}, run=RunFactory(image=item.image, batch_item=item))
        now = timezone.now()

        assert (
            undo_prepared(user, OfBatch(item.batch.pk, now - timedelta(hours=2), now - timedelta(hours=1))).fields == 0
        )
        assert undo_prepared(user, OfBatch(item.batch.pk, now - timedelta(hours=1), now)).fields == 1


def manifest(folder: Path, *lines: str) -> None:
    """Write a table beside a picture."""
    folder.mkdir(exist_ok=True)
    (folder / "1.jpg").write_bytes(picture((10, 20, 30), SIZE))
    (folder / "manifest.csv").write_text("\n".join(["文件名,题名,地点", *lines]), encoding="utf-8")


class TestImports:
    """What tables and files brought."""

    def test_values_that_a_table_brought_are_taken_back(
        self, user: User, span: tuple[datetime, datetime], tmp_path: Path
    ) -> None:
        manifest(tmp_path / "in", "1.jpg,石桥,清水镇")
        importer = reviewer(None)
        bring_in(tmp_path / "in", CollectionFactory(), user=importer)
        image = Image.objects.get()
        assert (image.title, image.place) == ("石桥", "清水镇")
        described(image, place="清水镇东街")

        undo = undo_prepared(user, OfImports(*span, user=importer.pk, collection=image.collection_id))
        assert (undo.fields, left_out(undo)) == (1, {"went_on": 1})
        done(undo)

        image.refresh_from_db()
        assert (image.title, image.place) == ("", "清水镇东街")
        assert image.files.count() == 1

    def test_a_draft_that_a_table_s_value_took_the_place_of_waits_again(
        self, user: User, span: tuple[datetime, datetime], tmp_path: Path
    ) -> None:
        manifest(tmp_path / "in", "1.jpg,,")
        collection = CollectionFactory()
        bring_in(tmp_path / "in", collection)
        image = drafted(Image.objects.get(), title="桥")
        before = in_force()
        manifest(tmp_path / "in", "1.jpg,石桥,")
        bring_in(tmp_path / "in", collection)
        image.refresh_from_db()
        assert (image.title, image.status) == ("石桥", ImageStatus.DESCRIBED)

        done(undo_prepared(user, OfImports(*span)))

        assert in_force() == before

    def test_what_an_earlier_version_imported_beside_something_is_told_and_stays(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        # Its log has the names of fields, and no keys.
        image = drafted(title="桥")
        Annotation.objects.update(state=State.SUPERSEDED)
        now = timezone.now()
        columns: dict[str, Any] = {"source": Source.PERSON, "state": State.ACCEPTED, "decided_at": now}
        Annotation.objects.create(image=image, field="title", value="石桥", **columns)
        Annotation.objects.create(image=image, field="place", value="清水镇", **columns)
        details = {"fields": ["place", "title"]}
        Action.objects.create(verb=Verb.IMAGE_CHANGED, image=image, collection=image.collection, details=details)

        undo = undo_prepared(user, OfImports(*span))

        # Where nothing stood before, nothing can be lost.
        assert (undo.fields, left_out(undo)) == (1, {"not_logged": 1})

    def test_drafts_from_files_are_withdrawn_and_what_people_wrote_is_none_of_it(
        self, user: User, span: tuple[datetime, datetime]
    ) -> None:
        importer = UserFactory()
        image = described(title="石桥", user=importer)
        write_import_drafts(image=image, values={"place": "清水镇"}, user=importer)
        Action.objects.create(verb=Verb.IMAGE_IMPORTED, user=importer, image=image, collection=image.collection)

        undo = done(undo_prepared(user, OfImports(*span, user=importer.pk)))

        image.refresh_from_db()
        assert (undo.done_fields, image.title) == (1, "石桥")
        assert not image.annotations.drafts().exists()

    def test_imports_of_others_and_into_other_collections_stay(
        self, user: User, span: tuple[datetime, datetime], tmp_path: Path
    ) -> None:
        manifest(tmp_path / "in", "1.jpg,石桥,")
        bring_in(tmp_path / "in", CollectionFactory(), user=UserFactory())

        assert undo_prepared(user, OfImports(*span, user=UserFactory().pk)).records == 0
        assert undo_prepared(user, OfImports(*span, collection=CollectionFactory().pk)).records == 0
