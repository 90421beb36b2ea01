"""Every "may this user" of the catalogue. A policy asks the user's memberships and nothing else.

A superuser may do everything; an inactive or anonymous user is a visitor. A membership without a collection holds
in all of them. Cataloguers (编目员) describe, draft, import, review and export; reviewers (审核员) publish as well,
and are the only members who see restricted images.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Q, QuerySet

from catalog.models import (
    Action,
    Annotation,
    Batch,
    Collection,
    Image,
    ImageFile,
    KnowledgeBase,
    Membership,
    NearGroup,
)
from catalog.querysets import (
    ActionQuerySet,
    AnnotationQuerySet,
    BatchQuerySet,
    CollectionQuerySet,
    ImageQuerySet,
    KnowledgeBaseQuerySet,
    NearGroupQuerySet,
)
from catalog.vocabulary import Access, Role

User = AbstractBaseUser | AnonymousUser

_ALL_ROLES = (Role.CATALOGUER, Role.REVIEWER)
_REVIEWERS = (Role.REVIEWER,)


def is_administrator(user: User) -> bool:
    """Tell whether the user may do everything."""
    return bool(user.is_active and getattr(user, "is_superuser", False))


def is_member(user: User) -> bool:
    """Tell whether the user works on any collection, and so may enter the cataloguers' pages."""
    return is_administrator(user) or _memberships(user, _ALL_ROLES).exists()


def visible_collections(user: User) -> CollectionQuerySet:
    """Return the collections whose existence the user may know of: public ones and their own."""
    if is_administrator(user):
        return Collection.objects.all()
    return Collection.objects.public() | member_collections(user)


def member_collections(user: User) -> CollectionQuerySet:
    """Return the collections the user works on."""
    if is_administrator(user):
        return Collection.objects.all()
    return Collection.objects.filter(_in_reach(user, _ALL_ROLES, "pk"))


def publishable_collections(user: User) -> CollectionQuerySet:
    """Return the collections the user may publish."""
    if is_administrator(user):
        return Collection.objects.all()
    return Collection.objects.filter(_in_reach(user, _REVIEWERS, "pk"))


def visible_images(user: User) -> ImageQuerySet:
    """Return the images the user may look at: public ones, and those of their own collections."""
    if is_administrator(user):
        return Image.objects.all()
    return Image.objects.public() | member_images(user)


def member_images(user: User) -> ImageQuerySet:
    """Return the images the user may see as a member: with drafts, sources and history."""
    if is_administrator(user):
        return Image.objects.all()
    own = _in_reach(user, _ALL_ROLES, "collection") & ~Q(access=Access.RESTRICTED)
    return Image.objects.filter(own | _in_reach(user, _REVIEWERS, "collection"))


def sees_as_member(user: User) -> Callable[[int, str], bool]:
    """Return what tells of a collection and an access whether `member_images` has the images that have both.

    For whoever has counted images by these: the numbers need no look at each image.
    """
    if is_administrator(user):
        return lambda _collection, _access: True
    held = set(_memberships(user, _ALL_ROLES).values_list("collection", "role"))
    cataloguing, reviewing = {collection for collection, _role in held}, _collections_of(held, _REVIEWERS)

    def sees(collection: int, access: str) -> bool:
        reach = reviewing if access == Access.RESTRICTED else cataloguing
        return None in reach or collection in reach

    return sees


def visible_annotations(user: User) -> AnnotationQuerySet:
    """Return the annotations the user may read: the records' values of public images, all of their collections'."""
    if is_administrator(user):
        return Annotation.objects.all()
    public = Annotation.objects.in_record().filter(image__in=Image.objects.public())
    return public | Annotation.objects.filter(image__in=member_images(user))


def visible_batches(user: User) -> BatchQuerySet:
    """Return the batches of the collections the user works on."""
    return Batch.objects.filter(collection__in=member_collections(user))


def visible_groups(user: User) -> NearGroupQuerySet:
    """Return the groups of look-alikes in the collections the user works on."""
    return NearGroup.objects.filter(collection__in=member_collections(user))


def visible_actions(user: User) -> ActionQuerySet:
    """Return the log entries the user may read: those about their collections and about images they see as a member.

    An image that is gone may have been a restricted one, so what the log tells of it is for reviewers.
    """
    if is_administrator(user):
        return Action.objects.all()
    own = Action.objects.filter(collection__in=member_collections(user))
    known = Q(image__isnull=True) | Q(image__in=member_images(user))
    return own.filter(known | Q(collection__in=publishable_collections(user)))


def visible_knowledge_bases(user: User) -> KnowledgeBaseQuerySet:
    """Return the knowledge bases the user may ask with: public ones, their collections', members' own without one."""
    if is_administrator(user):
        return KnowledgeBase.objects.all()
    anywhere = Exists(_memberships(user, _ALL_ROLES))
    shared = Q(collection__isnull=True) & Q(anywhere)
    return KnowledgeBase.objects.public() | KnowledgeBase.objects.filter(shared) | member_knowledge_bases(user)


def member_knowledge_bases(user: User) -> KnowledgeBaseQuerySet:
    """Return the knowledge bases the user may edit: their collections'; all, for whoever works on all collections."""
    if is_administrator(user):
        return KnowledgeBase.objects.all()
    return KnowledgeBase.objects.filter(_in_reach(user, _ALL_ROLES, "collection"))


def can_edit_knowledge(user: User, collection: Collection | None) -> bool:
    """Tell whether the user may write knowledge bases of a collection, of none where None."""
    return _holds(user, _ALL_ROLES, collection)


def can_publish_knowledge(user: User, collection: Collection | None) -> bool:
    """Tell whether the user may make knowledge bases of a collection public, of none where None."""
    return _holds(user, _REVIEWERS, collection)


def can_view_image(user: User, image: Image) -> bool:
    """Tell whether the user may see the image and its accepted values."""
    if image.access == Access.OPEN and image.collection.is_public:
        return True
    return can_view_drafts(user, image)


def can_view_file(user: User, file: ImageFile) -> bool:
    """Tell whether the user may fetch a scan's derivatives: whoever sees the image."""
    return can_view_image(user, file.image)


def can_view_master(user: User, file: ImageFile) -> bool:
    """Tell whether the user may fetch the master file: members only."""
    return can_view_drafts(user, file.image)


def can_view_drafts(user: User, image: Image) -> bool:
    """Tell whether the user may see what is not accepted: drafts, rejections, history."""
    if image.access == Access.RESTRICTED:
        return can_publish(user, image.collection)
    return can_catalogue(user, image.collection)


def can_catalogue(user: User, collection: Collection) -> bool:
    """Tell whether the user may describe images of the collection."""
    return _holds(user, _ALL_ROLES, collection)


def can_review(user: User, image: Image) -> bool:
    """Tell whether the user may accept, edit and reject drafts of the image, and set its values."""
    return can_view_drafts(user, image)


def can_publish(user: User, collection: Collection) -> bool:
    """Tell whether the user may make the collection public and change its images' access."""
    return _holds(user, _REVIEWERS, collection)


def can_import(user: User, collection: Collection) -> bool:
    """Tell whether the user may bring files into the collection."""
    return can_catalogue(user, collection)


def can_draft(user: User, collection: Collection) -> bool:
    """Tell whether the user may have the model draft the collection."""
    return can_catalogue(user, collection)


def _collections_of(held: Iterable[tuple[int | None, str]], roles: tuple[Role, ...]) -> set[int | None]:
    return {collection for collection, role in held if role in roles}


def _memberships(user: User, roles: tuple[Role, ...]) -> QuerySet[Membership]:
    if not user.is_active or user.pk is None:
        return Membership.objects.none()
    return Membership.objects.filter(user_id=user.pk, role__in=roles)


def _holds(user: User, roles: tuple[Role, ...], collection: Collection | None) -> bool:
    """Tell whether the user holds one of `roles` in the collection; where it is None, in all of them."""
    if is_administrator(user):
        return True
    reach = Q(collection__isnull=True)
    if collection is not None:
        reach |= Q(collection=collection)
    return _memberships(user, roles).filter(reach).exists()


def _in_reach(user: User, roles: tuple[Role, ...], path: str) -> Q:
    """Return the condition that the collection at `path` is one where the user holds one of `roles`."""
    memberships = _memberships(user, roles)
    everywhere = Exists(memberships.filter(collection__isnull=True))
    named = memberships.filter(collection__isnull=False).values("collection")
    return Q(everywhere) | Q(**{f"{path}__in": named})
