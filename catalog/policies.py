"""Every "may this user" of the catalogue. A policy asks the user's memberships, and whether they are an administrator.

An inactive or anonymous user is a visitor. A membership without a collection holds in all of them. Cataloguers (编目员)
describe, draft, import, review and export; reviewers (审核员) publish and revise prompts as well, and are the only
members who see restricted images; auditors (审计员) read and export the log and the quality figures of their
collections, and change nothing. A person may hold several roles.

Administrators (管理员, Django's superusers) keep accounts and settings. They see what members see, to help; by that
role they change nothing of the content: who does both holds a membership too, which the log tells of.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as Account
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.append_only import ActionQuerySet
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
    PhotoGroup,
)
from catalog.querysets import (
    AnnotationQuerySet,
    BatchQuerySet,
    CollectionQuerySet,
    ImageQuerySet,
    KnowledgeBaseQuerySet,
    NearGroupQuerySet,
    PhotoGroupQuerySet,
)
from catalog.vocabulary import ACCOUNT_VERBS, Access, Role

User = AbstractBaseUser | AnonymousUser

_WORKING = (Role.CATALOGUER, Role.REVIEWER)
_REVIEWERS = (Role.REVIEWER,)
_AUDITORS = (Role.AUDITOR,)


def is_administrator(user: User) -> bool:
    """Tell whether the user keeps accounts and settings, and may see what members see."""
    return bool(user.is_active and getattr(user, "is_superuser", False))


def held_roles(user: User) -> frozenset[Role]:
    """Return the roles that the user holds in any collection."""
    return frozenset(Role(role) for role in _memberships(user, tuple(Role)).values_list("role", flat=True))


def is_member(user: User) -> bool:
    """Tell whether the user may see any collection as its members do, and so enter the cataloguers' pages."""
    return is_administrator(user) or works_anywhere(user)


def works_anywhere(user: User) -> bool:
    """Tell whether the user describes, drafts and imports in any collection."""
    return _memberships(user, _WORKING).exists()


def visible_collections(user: User) -> CollectionQuerySet:
    """Return the collections whose existence the user may know of: public ones and their own."""
    if is_administrator(user):
        return Collection.objects.all()
    return Collection.objects.public() | member_collections(user)


def member_collections(user: User) -> CollectionQuerySet:
    """Return the collections that the user sees as a member."""
    if is_administrator(user):
        return Collection.objects.all()
    return working_collections(user)


def working_collections(user: User) -> CollectionQuerySet:
    """Return the collections that the user describes, drafts and imports into."""
    return Collection.objects.filter(_in_reach(user, _WORKING, "pk"))


def publishable_collections(user: User) -> CollectionQuerySet:
    """Return the collections the user may publish."""
    return Collection.objects.filter(_in_reach(user, _REVIEWERS, "pk"))


def audited_collections(user: User) -> CollectionQuerySet:
    """Return the collections of which the user reads the whole log and the quality figures."""
    if is_administrator(user):
        return Collection.objects.all()
    return Collection.objects.filter(_in_reach(user, _AUDITORS, "pk"))


def visible_images(user: User) -> ImageQuerySet:
    """Return the images the user may look at: public ones, and those of their own collections."""
    if is_administrator(user):
        return Image.objects.all()
    return Image.objects.public() | member_images(user)


def member_images(user: User) -> ImageQuerySet:
    """Return the images the user may see as a member: with drafts, sources and history."""
    if is_administrator(user):
        return Image.objects.all()
    return reviewable_images(user)


def reviewable_images(user: User) -> ImageQuerySet:
    """Return the images that the user may work on: draft, review, number, put into groups."""
    own = _in_reach(user, _WORKING, "collection") & ~Q(access=Access.RESTRICTED)
    return Image.objects.filter(own | _in_reach(user, _REVIEWERS, "collection"))


def sees_as_member(user: User) -> Callable[[int, str], bool]:
    """Return what tells of a collection and an access whether `member_images` has the images that have both.

    For whoever has counted images by these: the numbers need no look at each image.
    """
    if is_administrator(user):
        return lambda _collection, _access: True
    held = set(_memberships(user, _WORKING).values_list("collection", "role"))
    cataloguing, reviewing = _collections_of(held, _WORKING), _collections_of(held, _REVIEWERS)

    def sees(collection: int, access: str) -> bool:
        reach = reviewing if access == Access.RESTRICTED else cataloguing
        return None in reach or collection in reach

    return sees


def visible_annotations(user: User) -> AnnotationQuerySet:
    """Return the annotations the user may read: accepted ones of public images, all of their own collections'."""
    if is_administrator(user):
        return Annotation.objects.all()
    public = Annotation.objects.accepted().filter(image__in=Image.objects.public())
    return public | Annotation.objects.filter(image__in=member_images(user))


def visible_batches(user: User) -> BatchQuerySet:
    """Return the batches of the collections the user works on."""
    return Batch.objects.filter(collection__in=member_collections(user))


def colleagues(user: User) -> "QuerySet[Account]":
    """Return the accounts whose work the user may ask about: members of the collections they work on, and their own."""
    if is_administrator(user):
        return Account.objects.all()
    shared = Q(collection__isnull=True) | Q(collection__in=member_collections(user))
    together = Membership.objects.filter(shared, user=OuterRef("pk"))
    return Account.objects.filter(Exists(together) & Q(Exists(_memberships(user, _WORKING))) | Q(pk=user.pk))


def visible_groups(user: User) -> NearGroupQuerySet:
    """Return the groups of look-alikes in the collections the user works on."""
    return NearGroup.objects.filter(collection__in=member_collections(user))


def visible_photo_groups(user: User) -> PhotoGroupQuerySet:
    """Return the groups of photographs of one event in the collections the user works on."""
    return PhotoGroup.objects.filter(collection__in=member_collections(user))


def visible_actions(user: User) -> ActionQuerySet:
    """Return the log entries the user may read: those about their collections and about images they see as a member.

    An image that is gone may have been a restricted one, so what the log tells of it is for reviewers. What was done to
    accounts is for administrators and auditors.
    """
    if is_administrator(user):
        return Action.objects.all()
    own = Q(collection__in=working_collections(user)) & ~Q(verb__in=ACCOUNT_VERBS)
    known = Q(image__isnull=True) | Q(image__in=member_images(user))
    return Action.objects.filter(own & (known | Q(collection__in=publishable_collections(user))) | _audited(user))


def exportable_actions(user: User) -> ActionQuerySet:
    """Return the log entries that the user may take away: auditors those of their collections, administrators all."""
    if is_administrator(user):
        return Action.objects.all()
    return Action.objects.filter(_audited(user))


def _audited(user: User) -> Q:
    """Return the condition that an auditor reads a log entry; what is of no collection, who audits all of them."""
    everywhere = _memberships(user, _AUDITORS).filter(collection__isnull=True)
    return Q(Exists(everywhere)) | Q(collection__in=audited_collections(user))


def visible_knowledge_bases(user: User) -> KnowledgeBaseQuerySet:
    """Return the knowledge bases the user may ask with: public ones, their collections', members' own without one."""
    if is_administrator(user):
        return KnowledgeBase.objects.all()
    anywhere = Exists(_memberships(user, _WORKING))
    shared = Q(collection__isnull=True) & Q(anywhere)
    return KnowledgeBase.objects.public() | KnowledgeBase.objects.filter(shared) | member_knowledge_bases(user)


def member_knowledge_bases(user: User) -> KnowledgeBaseQuerySet:
    """Return the knowledge bases that the user sees as those who edit them do."""
    if is_administrator(user):
        return KnowledgeBase.objects.all()
    return editable_knowledge_bases(user)


def editable_knowledge_bases(user: User) -> KnowledgeBaseQuerySet:
    """Return the knowledge bases the user may edit: their collections'; all, for whoever works on all collections."""
    return KnowledgeBase.objects.filter(_in_reach(user, _WORKING, "collection"))


def can_edit_knowledge(user: User, collection: Collection | None) -> bool:
    """Tell whether the user may write knowledge bases of a collection, of none where None."""
    return _holds(user, _WORKING, collection)


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
    return is_administrator(user) or can_review(user, image)


def can_catalogue(user: User, collection: Collection) -> bool:
    """Tell whether the user may describe images of the collection."""
    return _holds(user, _WORKING, collection)


def can_review(user: User, image: Image) -> bool:
    """Tell whether the user may accept, edit and reject drafts of the image, and set its values."""
    if image.access == Access.RESTRICTED:
        return can_publish(user, image.collection)
    return can_catalogue(user, image.collection)


def can_publish(user: User, collection: Collection) -> bool:
    """Tell whether the user may make the collection public and change its images' access."""
    return _holds(user, _REVIEWERS, collection)


def can_publish_any(user: User) -> bool:
    """Tell whether the user may publish collections whichever they are, and so one that is being made."""
    return _holds(user, _REVIEWERS, None)


def can_import(user: User, collection: Collection) -> bool:
    """Tell whether the user may bring files into the collection."""
    return can_catalogue(user, collection)


def can_draft(user: User, collection: Collection) -> bool:
    """Tell whether the user may have the model draft the collection."""
    return can_catalogue(user, collection)


def can_create_collection(user: User) -> bool:
    """Tell whether the user may make a collection: administrators, and reviewers of all."""
    return is_administrator(user) or can_publish_any(user)


def can_revise_prompts(user: User) -> bool:
    """Tell whether the user may add prompts and wordings: reviewers of any collection, for all share the prompts."""
    return _memberships(user, _REVIEWERS).exists()


def _collections_of(held: Iterable[tuple[int | None, str]], roles: tuple[Role, ...]) -> set[int | None]:
    return {collection for collection, role in held if role in roles}


def _memberships(user: User, roles: tuple[Role, ...]) -> QuerySet[Membership]:
    if not user.is_active or user.pk is None:
        return Membership.objects.none()
    return Membership.objects.filter(user_id=user.pk, role__in=roles)


def _holds(user: User, roles: tuple[Role, ...], collection: Collection | None) -> bool:
    """Tell whether the user holds one of `roles` in the collection; where it is None, in all of them."""
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
