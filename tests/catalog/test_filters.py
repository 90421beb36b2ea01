"""What reviewers narrow their records by, and which drafts such a filter shows."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from catalog import policies
from catalog.filters import ReviewFilter
from catalog.models import Annotation, Collection, Image, Prompt
from catalog.querysets import ImageQuerySet
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Evidence, Flag
from tests.catalog.people import administrator, cataloguer, reviewer
from tests.factories import (
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def narrowed(user: User, **asked: Any) -> ReviewFilter:
    """Return a filter over what a user sees as a member."""
    request = RequestFactory().get("/review/list/")
    request.user = user
    data = {name: str(value) for name, value in asked.items()}
    return ReviewFilter(data, queryset=policies.member_images(user), request=request)


def found(user: User, **asked: Any) -> set[Image]:
    """Return what a filter finds."""
    chosen: ImageQuerySet = narrowed(user, **asked).chosen()
    return set(chosen)


def shown(given: ReviewFilter) -> set[Annotation]:
    """Return the drafts that a filter shows."""
    images = given.chosen()
    return set(Annotation.objects.drafts().meeting(given.criteria).filter(image__in=images))


def marked(image: Image, field: str, *, flag: str = "", evidence: str = "") -> Annotation:
    """Have a draft with marks wait."""
    marks: dict[str, Any] = {"flags": {field: flag}, "evidence": {field: evidence}}
    return annotations.write_drafts(image=image, values={field: "石桥"}, run=RunFactory(image=image), **marks)[0]


def test_a_field_shows_the_records_with_a_draft_for_it_and_of_them_that_draft() -> None:
    both, other = drafted(title="石桥", place="清水镇"), drafted(title="宝塔")
    given = narrowed(administrator(), field="place")

    assert set(given.chosen()) == {both}
    assert {draft.field for draft in shown(given)} == {"place"}
    assert other not in given.chosen()


def test_two_conditions_are_asked_of_one_and_the_same_draft() -> None:
    one, each = ImageFactory(), ImageFactory()
    wanted = marked(one, "place", flag=Flag.DOUBTFUL)
    marked(one, "title")
    marked(each, "title", flag=Flag.DOUBTFUL)
    marked(each, "place")
    given = narrowed(administrator(), field="place", flag=Flag.DOUBTFUL)

    assert set(given.chosen()) == {one}
    assert shown(given) == {wanted}


def test_a_flag_is_found_beside_another() -> None:
    image = ImageFactory()
    draft = marked(image, "place", flag=Flag.OVERLONG_DOUBTFUL)

    assert shown(narrowed(administrator(), flag=Flag.OVERLONG)) == {draft}
    assert shown(narrowed(administrator(), flag=Flag.DOUBTFUL)) == {draft}


def test_evidence_and_field_together() -> None:
    image = ImageFactory()
    wanted = marked(image, "date", evidence=Evidence.INFERENCE)
    marked(image, "place", evidence=Evidence.PICTURE)

    assert shown(narrowed(administrator(), evidence=Evidence.INFERENCE)) == {wanted}
    assert not found(administrator(), evidence=Evidence.PICTURE, field="date")


def test_a_batch_and_a_prompt_version_show_what_they_proposed_and_still_waits() -> None:
    item = BatchItemFactory()
    version = PromptVersionFactory(prompt=item.batch.prompt_version.prompt, number=7)
    run = RunFactory(image=item.image, batch_item=item, prompt_version=version)
    wanted = annotations.write_drafts(image=item.image, values={"title": "石桥"}, run=run)[0]
    drafted(item.image, place="清水镇")
    drafted(title="宝塔")

    for asked in ({"batch": item.batch.pk}, {"prompt_version": version.pk}):
        assert shown(narrowed(administrator(), **asked)) == {wanted}
    decisions.accept(annotation=wanted, user=UserFactory())
    assert not found(administrator(), batch=item.batch.pk)
    assert not found(administrator(), prompt_version=version.pk)


def test_a_reviewer_is_found_by_whatever_they_decided() -> None:
    wang, li = UserFactory(), UserFactory()
    accepted, rejected = drafted(title="石桥"), drafted(title="宝塔")
    decisions.accept(annotation=accepted.annotations.get(), user=wang)
    decisions.reject(annotation=rejected.annotations.get(), user=wang)
    written = described(title="帆船", user=li)

    assert found(administrator(), reviewer=wang.username) == {accepted, rejected}
    assert found(administrator(), reviewer=li.username) == {written}


def test_a_group_and_words_and_a_collection(settings: Any) -> None:
    collection = CollectionFactory()
    group = collection.near_groups.create()
    one, two = ImageFactory(collection=collection, near_group=group), ImageFactory(collection=collection)
    described(two, title="清水河石桥")
    other = ImageFactory()

    assert found(administrator(), near_group=group.pk) == {one}
    assert found(administrator(), q="石桥") == {two}
    assert found(administrator(), collection=collection.slug) == {one, two}
    assert other in found(administrator())


def test_whoever_works_on_a_collection_asks_about_it_and_about_its_members_only() -> None:
    mine, others = CollectionFactory(), CollectionFactory(public=True)
    user, colleague, far = cataloguer(mine), reviewer(mine), reviewer(others)

    assert not narrowed(user, collection=mine.slug).form.errors
    assert "collection" in narrowed(user, collection=others.slug).form.errors
    assert not narrowed(user, reviewer=colleague.username).form.errors
    assert not narrowed(user, reviewer=user.username).form.errors
    assert "reviewer" in narrowed(user, reviewer=far.username).form.errors


def test_a_stranger_has_no_colleagues() -> None:
    reviewer(None)
    alone = UserFactory()

    assert list(policies.colleagues(alone)) == [alone]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("field", "no such"),
        ("flag", "no such"),
        ("evidence", "no such"),
        ("batch", "0"),
        ("batch", "石桥"),
        ("prompt_version", "石桥"),
        ("prompt_version", "999999999999999999999"),
        ("reviewer", "nobody"),
        ("near_group", "-1"),
        ("status", "no such"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_reason(name: str, value: str) -> None:
    given = narrowed(administrator(), **{name: value})

    assert not given.is_valid()
    assert given.form.errors[name]
    # What was valid narrows nothing; what was not shows nothing as if it had been.
    assert given.criteria.is_empty


def test_the_filter_is_told_in_words() -> None:
    collection = CollectionFactory(title="老照片")
    version = PromptVersionFactory(prompt=Prompt.objects.get(slug="sentence"), number=9)
    given = narrowed(
        administrator(),
        collection=collection.slug,
        flag="doubtful",
        prompt_version=version.pk,
        batch=12,
        date_from="1958",
    )

    assert given.is_valid()
    words = given.in_words
    assert "馆藏：老照片" in words
    assert "草稿提醒：存疑：没有依据" in words
    assert f"提示词版本：{version}" in words
    assert "批次：12" in words
    assert "时间起：1958" in words
    assert narrowed(administrator()).in_words == ""


@pytest.mark.parametrize(
    "asked", [{"field": "title"}, {"field": "title", "flag": "doubtful"}, {"batch": 3}, {"status": "to_review"}]
)
def test_a_filter_is_one_question_however_many_records_there_are(
    asked: dict[str, Any], django_assert_num_queries: Any
) -> None:
    user = administrator()
    for rounds in (1, 5):
        for number in range(rounds):
            marked(ImageFactory(), "title", flag=Flag.DOUBTFUL if number % 2 else "")
        with django_assert_num_queries(1):
            list(narrowed(user, **asked).chosen())


def test_without_a_request_there_is_nothing_to_choose_from() -> None:
    CollectionFactory()

    given = ReviewFilter({}, queryset=Image.objects.all())

    assert list(given.form.fields["collection"].queryset) == list(Collection.objects.none())
