"""Who may do what: every rule walked up from a visitor to an administrator."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog import policies
from catalog.models import Collection
from catalog.vocabulary import Access
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    CollectionFactory,
    ImageFactory,
    KnowledgeBaseFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STEPS = ["visitor", "stranger", "member elsewhere", "cataloguer", "reviewer", "reviewer of all", "administrator"]


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


def first_step_allowed(collection: Collection, allowed: Callable[[Any], bool]) -> str:
    """Return the first step at which `allowed(user)`, having checked that it holds from there on."""
    answers = [allowed(user_at(step, collection)) for step in STEPS]
    assert answers == sorted(answers), dict(zip(STEPS, answers, strict=True))
    return STEPS[answers.index(True)]


@pytest.mark.parametrize("step", STEPS)
def test_numbers_are_told_of_the_images_that_a_member_sees_and_of_no_other(collection: Collection, step: str) -> None:
    user = user_at(step, collection)
    for access in Access.values:
        image = ImageFactory(collection=collection, **{access: True})
        listed = policies.member_images(user).filter(pk=image.pk).exists()
        assert policies.sees_as_member(user)(collection.pk, access) == listed, access


@pytest.mark.parametrize("policy", ["can_catalogue", "can_import", "can_draft"])
def test_work_on_a_collection_begins_with_the_cataloguer(collection: Collection, policy: str) -> None:
    assert first_step_allowed(collection, lambda user: getattr(policies, policy)(user, collection)) == "cataloguer"


def test_publishing_begins_with_the_reviewer(collection: Collection) -> None:
    assert first_step_allowed(collection, lambda user: policies.can_publish(user, collection)) == "reviewer"


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

    assert first_step_allowed(collection, lambda user: policies.can_view_image(user, image)) == first
    assert first_step_allowed(collection, lambda user: policies.visible_images(user).exists()) == first


@pytest.mark.parametrize(("access", "first"), [("opened", "cataloguer"), ("restricted", "reviewer")])
def test_drafts_are_for_members_even_where_the_image_is_public(access: str, first: str) -> None:
    collection = CollectionFactory(public=True)
    image = ImageFactory(collection=collection, **{access: True})
    draft = AnnotationFactory(image=image)

    assert first_step_allowed(collection, lambda user: policies.can_view_drafts(user, image)) == first
    assert first_step_allowed(collection, lambda user: policies.can_review(user, image)) == first
    assert first_step_allowed(collection, lambda user: policies.member_images(user).exists()) == first
    assert first_step_allowed(collection, lambda user: draft in policies.visible_annotations(user)) == first


def test_everybody_reads_the_accepted_values_of_public_images() -> None:
    collection = CollectionFactory(public=True)
    accepted = AnnotationFactory(image=ImageFactory(collection=collection), accepted=True)

    assert accepted in policies.visible_annotations(AnonymousUser())


def test_a_public_collection_is_visible_to_everybody_and_a_private_one_to_its_members(collection: Collection) -> None:
    public = CollectionFactory(public=True)

    assert list(policies.visible_collections(AnonymousUser())) == [public]
    assert first_step_allowed(collection, lambda user: collection in policies.visible_collections(user)) == "cataloguer"
    assert first_step_allowed(collection, lambda user: collection in policies.member_collections(user)) == "cataloguer"
    assert (
        first_step_allowed(collection, lambda user: collection in policies.publishable_collections(user)) == "reviewer"
    )


def test_batches_and_the_log_are_for_members(collection: Collection) -> None:
    BatchFactory(collection=collection)
    ActionFactory(collection=collection)

    assert first_step_allowed(collection, lambda user: policies.visible_batches(user).exists()) == "cataloguer"
    assert first_step_allowed(collection, lambda user: policies.visible_actions(user).exists()) == "cataloguer"


@pytest.mark.parametrize(("access", "first"), [("opened", "cataloguer"), ("restricted", "reviewer")])
def test_the_log_tells_of_an_image_to_those_who_see_it(collection: Collection, access: str, first: str) -> None:
    ActionFactory(collection=collection, image=ImageFactory(collection=collection, **{access: True}))

    assert first_step_allowed(collection, lambda user: policies.visible_actions(user).exists()) == first


def test_what_the_log_tells_of_a_deleted_image_is_for_reviewers(collection: Collection) -> None:
    image = ImageFactory(collection=collection)
    ActionFactory(collection=collection, image=image)
    image.delete()

    assert first_step_allowed(collection, lambda user: policies.visible_actions(user).exists()) == "reviewer"


def test_an_inactive_member_is_a_visitor(collection: Collection) -> None:
    user = UserFactory(is_active=False)
    MembershipFactory(user=user, collection=collection, reviewer=True)

    assert not policies.can_catalogue(user, collection)
    assert not policies.is_member(user)
    assert not policies.visible_images(user).exists()


def test_an_inactive_administrator_is_a_visitor(collection: Collection) -> None:
    assert not policies.can_publish(UserFactory(administrator=True, is_active=False), collection)


def test_asking_costs_one_query(collection: Collection, django_assert_num_queries: Any) -> None:
    user = user_at("cataloguer", collection)
    ImageFactory.create_batch(3, collection=collection)

    with django_assert_num_queries(1):
        assert policies.can_catalogue(user, collection)
    with django_assert_num_queries(1):
        assert len(policies.visible_images(user)) == 3


@pytest.mark.parametrize(
    ("public", "with_collection", "first"),
    [
        (True, True, "visitor"),
        (True, False, "visitor"),
        (False, True, "cataloguer"),
        (False, False, "member elsewhere"),
    ],
)
def test_who_may_ask_with_a_knowledge_base(
    collection: Collection, public: bool, with_collection: bool, first: str
) -> None:
    KnowledgeBaseFactory(is_public=public, collection=collection if with_collection else None)

    assert first_step_allowed(collection, lambda user: policies.visible_knowledge_bases(user).exists()) == first


@pytest.mark.parametrize(("with_collection", "first"), [(True, "cataloguer"), (False, "reviewer of all")])
def test_who_may_edit_a_knowledge_base(collection: Collection, with_collection: bool, first: str) -> None:
    chosen = collection if with_collection else None
    KnowledgeBaseFactory(is_public=True, collection=chosen)

    assert first_step_allowed(collection, lambda user: policies.member_knowledge_bases(user).exists()) == first
    assert first_step_allowed(collection, lambda user: policies.can_edit_knowledge(user, chosen)) == first


@pytest.mark.parametrize(("with_collection", "first"), [(True, "reviewer"), (False, "reviewer of all")])
def test_who_may_publish_a_knowledge_base(collection: Collection, with_collection: bool, first: str) -> None:
    chosen = collection if with_collection else None

    assert first_step_allowed(collection, lambda user: policies.can_publish_knowledge(user, chosen)) == first
