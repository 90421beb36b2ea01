"""Who may do what: every rule walked up from a visitor to an administrator."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog import policies
from catalog.models import Collection
from catalog.vocabulary import Access, Role, Verb
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    CollectionFactory,
    ImageFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STEPS = ["visitor", "stranger", "member elsewhere", "cataloguer", "reviewer", "reviewer of all"]
BESIDE = ["auditor", "administrator"]


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def user_at(step: str, collection: Collection) -> Any:
    """Return a user who stands at a step towards a collection."""
    if step == "visitor":
        return AnonymousUser()
    if step == "administrator":
        return UserFactory(administrator=True)
    user = UserFactory()
    if step == "member elsewhere":
        MembershipFactory(user=user, reviewer=True)
    elif step == "reviewer of all":
        MembershipFactory(user=user, reviewer=True, everywhere=True)
    elif step != "stranger":
        MembershipFactory(user=user, role=step, collection=collection)
    return user


def first_step_allowed(
    collection: Collection, allowed: Callable[[Any], bool], *, administrator: bool, auditor: bool = False
) -> str:
    """Return the first step at which `allowed(user)`, having checked that it holds from there on.

    Args:
        collection: towards which users stand at their steps.
        allowed: what is asked of each.
        administrator: what is to be answered of an administrator without a role in any collection.
        auditor: what is to be answered of the collection's auditor; not asked where visitors are allowed.
    """
    answers = [allowed(user_at(step, collection)) for step in STEPS]
    assert answers == sorted(answers), dict(zip(STEPS, answers, strict=True))
    beside = [allowed(user_at(step, collection)) for step in BESIDE]
    assert beside == ([True, True] if answers[0] else [auditor, administrator])
    return STEPS[answers.index(True)]


@pytest.mark.parametrize("step", [*STEPS, *BESIDE])
def test_numbers_are_told_of_the_images_that_a_member_sees_and_of_no_other(collection: Collection, step: str) -> None:
    user = user_at(step, collection)
    for access in Access.values:
        image = ImageFactory(collection=collection, **{access: True})
        listed = policies.member_images(user).filter(pk=image.pk).exists()
        assert policies.sees_as_member(user)(collection.pk, access) == listed, access


@pytest.mark.parametrize("policy", ["can_catalogue", "can_import", "can_draft"])
def test_work_on_a_collection_begins_with_the_cataloguer(collection: Collection, policy: str) -> None:
    assert (
        first_step_allowed(collection, lambda user: getattr(policies, policy)(user, collection), administrator=False)
        == "cataloguer"
    )


def test_publishing_begins_with_the_reviewer(collection: Collection) -> None:
    assert (
        first_step_allowed(collection, lambda user: policies.can_publish(user, collection), administrator=False)
        == "reviewer"
    )


@pytest.mark.parametrize(
    ("public", "access", "first"),
    [
        (True, "opened", "visitor"),
        (True, "internal", "cataloguer"),
        (True, "restricted", "reviewer"),
        (False, "opened", "cataloguer"),
        (False, "restricted", "reviewer"),
    ],
)
def test_who_sees_an_image_depends_on_its_access_and_its_collection(public: bool, access: str, first: str) -> None:
    collection = CollectionFactory(is_public=public)
    image = ImageFactory(collection=collection, **{access: True})

    assert (
        first_step_allowed(collection, lambda user: policies.can_view_image(user, image), administrator=True) == first
    )
    assert (
        first_step_allowed(collection, lambda user: policies.visible_images(user).exists(), administrator=True) == first
    )


@pytest.mark.parametrize(("access", "first"), [("opened", "cataloguer"), ("restricted", "reviewer")])
def test_drafts_are_for_members_even_where_the_image_is_public(access: str, first: str) -> None:
    collection = CollectionFactory(public=True)
    image = ImageFactory(collection=collection, **{access: True})
    draft = AnnotationFactory(image=image)

    assert (
        first_step_allowed(collection, lambda user: policies.can_view_drafts(user, image), administrator=True) == first
    )
    assert first_step_allowed(collection, lambda user: policies.can_review(user, image), administrator=False) == first
    assert (
        first_step_allowed(collection, lambda user: policies.member_images(user).exists(), administrator=True) == first
    )
    assert (
        first_step_allowed(collection, lambda user: draft in policies.visible_annotations(user), administrator=True)
        == first
    )


def test_everybody_reads_the_accepted_values_of_public_images() -> None:
    collection = CollectionFactory(public=True)
    accepted = AnnotationFactory(image=ImageFactory(collection=collection), accepted=True)

    assert accepted in policies.visible_annotations(AnonymousUser())


def test_a_public_collection_is_visible_to_everybody_and_a_private_one_to_its_members(collection: Collection) -> None:
    public = CollectionFactory(public=True)

    assert list(policies.visible_collections(AnonymousUser())) == [public]
    assert (
        first_step_allowed(
            collection, lambda user: collection in policies.visible_collections(user), administrator=True
        )
        == "cataloguer"
    )
    assert (
        first_step_allowed(collection, lambda user: collection in policies.member_collections(user), administrator=True)
        == "cataloguer"
    )
    assert (
        first_step_allowed(
            collection, lambda user: collection in policies.publishable_collections(user), administrator=False
        )
        == "reviewer"
    )


def test_batches_and_the_log_are_for_members(collection: Collection) -> None:
    BatchFactory(collection=collection)
    ActionFactory(collection=collection)

    assert (
        first_step_allowed(collection, lambda user: policies.visible_batches(user).exists(), administrator=True)
        == "cataloguer"
    )
    assert (
        first_step_allowed(
            collection, lambda user: policies.visible_actions(user).exists(), administrator=True, auditor=True
        )
        == "cataloguer"
    )


@pytest.mark.parametrize(("access", "first"), [("opened", "cataloguer"), ("restricted", "reviewer")])
def test_the_log_tells_of_an_image_to_those_who_see_it(collection: Collection, access: str, first: str) -> None:
    ActionFactory(collection=collection, image=ImageFactory(collection=collection, **{access: True}))

    assert (
        first_step_allowed(
            collection, lambda user: policies.visible_actions(user).exists(), administrator=True, auditor=True
        )
        == first
    )


def test_what_the_log_tells_of_a_deleted_image_is_for_reviewers(collection: Collection) -> None:
    image = ImageFactory(collection=collection)
    ActionFactory(collection=collection, image=image)
    image.delete()

    assert (
        first_step_allowed(
            collection, lambda user: policies.visible_actions(user).exists(), administrator=True, auditor=True
        )
        == "reviewer"
    )


def test_an_inactive_member_is_a_visitor(collection: Collection) -> None:
    user = UserFactory(is_active=False)
    MembershipFactory(user=user, collection=collection, reviewer=True)

    assert not policies.can_catalogue(user, collection)
    assert not policies.is_member(user)
    assert not policies.visible_images(user).exists()


def test_an_inactive_administrator_is_a_visitor(collection: Collection) -> None:
    user = UserFactory(head=True, is_active=False)
    assert not policies.can_publish(user, collection)
    assert not policies.is_administrator(user)
    assert not policies.member_collections(user).exists()


@pytest.mark.parametrize("asked", ["can_catalogue", "can_import", "can_draft", "can_publish"])
def test_an_administrator_works_on_what_their_membership_says(collection: Collection, asked: str) -> None:
    user = UserFactory(administrator=True)
    MembershipFactory(user=user, collection=collection, reviewer=True)

    assert getattr(policies, asked)(user, collection)
    assert not getattr(policies, asked)(user, CollectionFactory())


def test_an_administrator_sees_a_restricted_image_of_others_and_works_on_their_own_only(collection: Collection) -> None:
    user = UserFactory(administrator=True)
    MembershipFactory(user=user, collection=collection)
    mine = ImageFactory(collection=collection)
    restricted, theirs = ImageFactory(collection=collection, restricted=True), ImageFactory()

    assert set(policies.member_images(user)) == {mine, restricted, theirs}
    assert list(policies.reviewable_images(user)) == [mine]
    assert [policies.can_review(user, image) for image in (mine, restricted, theirs)] == [True, False, False]


def test_somebody_who_audits_and_reviews_may_do_both(collection: Collection) -> None:
    user = MembershipFactory(collection=collection, reviewer=True).user
    MembershipFactory(user=user, collection=collection, auditor=True)

    assert policies.held_roles(user) == {Role.REVIEWER, Role.AUDITOR}
    assert policies.can_publish(user, collection)
    assert collection in policies.audited_collections(user)


class TestTheLogOfAnAuditor:
    def test_it_is_whole_with_restricted_and_deleted_images_and_accounts(self, collection: Collection) -> None:
        restricted = ImageFactory(collection=collection, restricted=True)
        gone = ImageFactory(collection=collection)
        ActionFactory(collection=collection, image=restricted)
        ActionFactory(collection=collection, image=gone)
        ActionFactory(collection=collection, verb=Verb.ROLE_GIVEN)
        gone.delete()
        user = user_at("auditor", collection)
        assert policies.visible_actions(user).count() == 3
        assert policies.exportable_actions(user).count() == 3

    def test_it_is_that_of_their_collections(self, collection: Collection) -> None:
        ActionFactory(collection=CollectionFactory())
        ActionFactory(verb=Verb.PROMPT_REVISED)
        assert not policies.visible_actions(user_at("auditor", collection)).exists()
        everywhere = MembershipFactory(auditor=True, everywhere=True).user
        assert policies.visible_actions(everywhere).count() == 2

    def test_it_is_all_they_see(self, collection: Collection) -> None:
        ImageFactory(collection=collection)
        user = user_at("auditor", collection)
        assert not policies.is_member(user)
        assert not policies.member_images(user).exists()
        assert not policies.visible_collections(user).exists()

    def test_members_take_no_log_away_and_do_not_read_of_accounts(self, collection: Collection) -> None:
        ActionFactory(collection=collection, verb=Verb.ROLE_TAKEN)
        member = user_at("reviewer of all", collection)
        assert not policies.visible_actions(member).exists()
        assert not policies.exportable_actions(member).exists()


def test_a_collection_is_made_by_administrators_and_reviewers_of_all(collection: Collection) -> None:
    assert first_step_allowed(collection, policies.can_create_collection, administrator=True) == "reviewer of all"


def test_prompts_which_all_collections_share_are_revised_by_the_reviewers_of_any(collection: Collection) -> None:
    people = [user_at(step, collection) for step in ("cataloguer", "auditor", "administrator", "reviewer")]
    assert [policies.can_revise_prompts(person) for person in people] == [False, False, False, True]
