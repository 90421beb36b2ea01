"""What became of the drafts is counted as one would by hand, and shares follow from the counts."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.review import decisions, undoing
from catalog.review.quality import figures
from catalog.review.quality.figures import Dimension
from catalog.review.quality.tallies import Verdict, counted, tallies
from catalog.vocabulary import Evidence, Field, Objection, State
from tests.catalog.audits import accepted, drafted_collection
from tests.factories import (
    AnnotationFactory,
    CollectionFactory,
    ImageFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def decided(verdict: Verdict, *, value: str = "石桥", edited: str = "木桥", reason: str = "", **values: Any) -> None:
    """Have one draft drafted and decided by the real functions."""
    image = ImageFactory(**values)
    annotations.write_drafts(image=image, values={"title": value}, run=RunFactory(image=image))
    draft, user = image.annotations.get(), UserFactory()
    if verdict is Verdict.ACCEPTED:
        decisions.accept(annotation=draft, user=user)
    elif verdict is Verdict.EDITED:
        decisions.edit_and_accept(annotation=draft, user=user, value=edited)
    else:
        decisions.reject(annotation=draft, user=user, reason=reason)


class TestCounting:
    def test_each_verdict_is_counted_and_an_edit_measured(self) -> None:
        decided(Verdict.ACCEPTED)
        decided(Verdict.EDITED, value="桥头有三个人", edited="桥头有两个人")
        decided(Verdict.REJECTED)
        whole = figures.total(counted().rows)
        assert whole.numbers == {Verdict.ACCEPTED: 1, Verdict.EDITED: 1, Verdict.REJECTED: 1}
        assert whole.share(Verdict.REJECTED) == pytest.approx(1 / 3)
        # One of six characters, in one of the two that were used.
        assert whole.edit_distance == pytest.approx(1 / 6 / 2)

    def test_what_waits_what_a_person_wrote_and_what_another_draft_replaced_is_not(self) -> None:
        described(drafted(drafted(title="石桥"), title="石桥"), place="云溪")
        AnnotationFactory(state=State.SUPERSEDED)
        assert counted().rows == ()

    def test_what_came_in_with_its_lot_was_looked_at_by_nobody_and_is_not(self) -> None:
        audit = accepted(drafted_collection(40))
        assert Annotation.objects.filter(audit=audit, state=State.ACCEPTED).exists()
        looked_at = Annotation.objects.filter(decided_at__isnull=False, audit__isnull=True).count()
        assert figures.total(counted().rows).decided == looked_at

    def test_a_decision_counts_though_something_else_has_come_after_it_and_not_once_it_is_undone(self) -> None:
        since, user, image = timezone.now(), UserFactory(), drafted(title="石桥")
        decisions.accept(annotation=image.annotations.get(), user=user)
        described(image, title="廊桥")
        assert figures.total(counted().rows).decided == 1
        other = drafted(title="石桥")
        decisions.reject(annotation=other.annotations.get(), user=user)
        assert figures.total(counted().rows).decided == 2
        undoing.undo_last(user=user, since=since, images=Image.objects.all())
        assert figures.total(counted().rows).decided == 1

    def test_counting_in_the_database_comes_to_the_same_as_by_hand(self) -> None:
        draw = random.Random(14)
        collections, versions = CollectionFactory.create_batch(2), [PromptVersionFactory() for _ in range(2)]
        people = UserFactory.create_batch(2)
        for _number in range(60):
            image = ImageFactory(collection=draw.choice(collections))
            run = RunFactory(image=image, prompt_version=draw.choice(versions), model_name=draw.choice("甲乙"))
            state = draw.choice([State.ACCEPTED, State.REJECTED, State.SUPERSEDED])
            AnnotationFactory(
                image=image,
                run=run,
                field=draw.choice([Field.TITLE, Field.PLACE]),
                evidence=draw.choice(list(Evidence)),
                state=state,
                value="桥头有两个人",
                original_value=draw.choice([None, "桥头有三个人"]),
                decided_by=draw.choice(people),
                decided_at=timezone.now() - timedelta(days=draw.randrange(60)),
                reason=draw.choice(["", " 太  笼统 "]) if state == State.REJECTED else "",
            )
        found = counted().rows
        assert sum(row.number for row in found) == 60
        for row in found:
            same = [one for one in Annotation.objects.select_related("image", "run") if by_hand(one) == told(row)]
            assert len(same) == row.number, row
            edits = sum(row.verdict is Verdict.EDITED for _one in same)
            assert row.distance == pytest.approx(edits / 6)

    def test_a_day_is_the_catalogues_and_not_the_world_clocks(self) -> None:
        # Monday, half past midnight here, is a Sunday still in Greenwich.
        monday = timezone.make_aware(datetime(2026, 3, 2, 0, 30))  # noqa: DTZ001 - made aware
        AnnotationFactory(accepted=True, decided_at=monday)
        (row,) = counted().rows
        assert str(row.week) == "2026-03-02"

    def test_it_is_kept_for_an_hour(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        decided(Verdict.ACCEPTED)
        first = tallies()
        decided(Verdict.ACCEPTED)
        with django_assert_num_queries(0):
            assert tallies() == first

    def test_it_costs_the_same_however_many_were_decided(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for more in (1, 10):
            for _number in range(more):
                AnnotationFactory(accepted=True, original_value="木桥")
            # The last key, what was decided since, what was counted, what was edited.
            with django_assert_num_queries(4):
                counted()

    def test_what_nobody_touched_is_not_counted_again(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        decided(Verdict.ACCEPTED)
        first = counted().rows
        with django_assert_num_queries(2):
            assert counted().rows == first


def by_hand(one: Annotation) -> tuple[Any, ...]:
    """Return what a row is counted under, worked out in Python."""
    assert one.run is not None
    assert one.decided_at is not None
    day = timezone.localdate(one.decided_at)
    verdict = "edited" if one.original_value else "accepted"
    if one.state == State.REJECTED:
        verdict = "rejected"
    return (
        one.image.collection_id, one.field, one.evidence, one.run.prompt_version_id, f"{one.run.model_name} fake-1",
        one.decided_by_id, day - timedelta(days=day.weekday()), verdict, " ".join(one.reason.split()),
    )  # fmt: skip


def told(row: Any) -> tuple[Any, ...]:
    return (
        row.collection, row.field, row.evidence, row.prompt_version, row.model, row.person, row.week,
        row.verdict.value, row.reason,
    )  # fmt: skip


class TestFigures:
    def test_by_reason_the_most_frequent_come_first_and_nothing_but_what_was_rejected(self) -> None:
        for reason in ("地点不对", "太笼统", "太笼统", ""):
            decided(Verdict.REJECTED, reason=reason)
        decided(Verdict.ACCEPTED)
        found = figures.by(Dimension.REASON, counted().rows)
        assert [(one.name, one.decided) for one in found] == [("太笼统", 2), ("地点不对", 1), ("没有写原因", 1)]

    def test_a_reason_that_was_chosen_is_told_by_its_name_and_one_of_their_own_by_their_words(self) -> None:
        for code, words in ((Objection.INVENTED, "没有这座桥"), (Objection.INVENTED, ""), (Objection.OTHER, "太暗")):
            draft = drafted(title="石桥").annotations.get()
            decisions.reject(annotation=draft, user=UserFactory(), reason=words, code=code)
        found = figures.by(Dimension.REASON, counted().rows)
        assert [(one.name, one.decided) for one in found] == [("凭空编造", 2), ("太暗", 1)]

    def test_by_field_and_evidence_in_the_order_of_the_vocabulary(self) -> None:
        for field, evidence in (
            (Field.PLACE, Evidence.NONE),
            (Field.TITLE, Evidence.INFERENCE),
            (Field.TITLE, Evidence.PICTURE),
        ):
            AnnotationFactory(field=field, evidence=evidence, accepted=True)
        rows = counted().rows
        assert [(one.name, one.decided) for one in figures.by(Dimension.FIELD, rows)] == [("题名", 2), ("地点", 1)]
        assert [one.name for one in figures.by(Dimension.EVIDENCE, rows)] == ["画面", "推测", "没有标注"]

    def test_by_prompt_model_collection_and_week(self) -> None:
        decided(Verdict.ACCEPTED, collection__title="县城旧影")
        rows = counted().rows
        version = Annotation.objects.get().run.prompt_version  # type: ignore[union-attr]  # drafted
        names = {
            dimension: figures.by(dimension, rows)[0].name for dimension in Dimension if dimension != Dimension.REASON
        }
        assert names[Dimension.PROMPT] == str(version)
        assert names[Dimension.MODEL] == "fake fake-1"
        assert names[Dimension.COLLECTION] == "县城旧影"
        assert names[Dimension.WEEK] == str(rows[0].week)

    def test_of_nothing_there_is_no_share(self) -> None:
        whole = figures.total([])
        assert (whole.decided, whole.share(Verdict.ACCEPTED), whole.edit_distance) == (0, 0.0, None)
        assert all(figures.by(dimension, []) == [] for dimension in Dimension)
