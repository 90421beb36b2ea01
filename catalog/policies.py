"""Every "may this user" of the catalogue. A policy asks the user's memberships, and whether they are an administrator.

An inactive or anonymous user is a visitor. A membership without a collection holds in all of them. Cataloguers (编目员)
describe, draft, import, review and export; reviewers (审核员) publish and revise prompts as well, and are the only
members who see restricted images; auditors (审计员) read and export the log and the quality figures of their
collections, and change nothing. A person may hold several roles.

Administrators (管理员, Django's superusers) keep accounts and settings. They see what members see, to help; by that
role they change nothing of the content: who does both holds a membership too, which the log tells of.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as Account
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.append_only import ActionQuerySet
from catalog.group_querysets import NearGroupQuerySet, PhotoGroupQuerySet
from catalog.models import (
    Action,
    Annotation,
    Batch,
    Collection,
    Examination,
    Image,
    ImageFile,
    KnowledgeBase,
    Membership,
    NearGroup,
    PhotoGroup,
)
from catalog.querysets import AnnotationQuerySet, CollectionQuerySet, ImageQuerySet, KnowledgeBaseQuerySet
from catalog.vocabulary import ACCOUNT_VERBS, Access, Role
from catalog.work_querysets import BatchQuerySet

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


def quality_collections(user: User) -> CollectionQuerySet:
    """Return the collections of which the user sees how good drafts are: those they work on or audit."""
    return member_collections(user) | audited_collections(user)


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
    return Image.objects.filter(_seen_by_members(user))


def searched_whole(user: User) -> Q | None:
    """Return the condition that an image is searched with its personal numbers for a user; None where none is."""
    if is_administrator(user):
        return Q(pk__isnull=False)
    if not user.is_active or user.pk is None:
        return None
    return _seen_by_members(user)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a user works on, looked up once: for whoever asks for it several times.

    Attributes:
        collections: keys of the collections that they describe; None for all of them.
        reviewed: keys of those in which they are a reviewer, and see restricted records; None for all of them.
    """

    collections: frozenset[int] | None
    reviewed: frozenset[int] | None

    @property
    def is_empty(self) -> bool:
        """Tell whether they work on nothing."""
        return self.collections == frozenset()

    def images(self) -> ImageQuerySet:
        """Return the same as `reviewable_images`."""
        if self.reviewed is None:
            return Image.objects.all()
        described = Q() if self.collections is None else Q(collection__in=self.collections)
        return Image.objects.filter(described & ~Q(access=Access.RESTRICTED) | Q(collection__in=self.reviewed))


def reach_of(user: User) -> Reach:
    """Return what the user works on: `reviewable_images` and `working_collections`, evaluated."""
    held = set(_memberships(user, _WORKING).values_list("collection", "role"))

    def among(roles: tuple[Role, ...]) -> frozenset[int] | None:
        found = _collections_of(held, roles)
        return None if None in found else frozenset(key for key in found if key is not None)

    return Reach(collections=among(_WORKING), reviewed=among(_REVIEWERS))


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
    """Return the annotations the user may read: the records' values of public images, all of their collections'."""
    if is_administrator(user):
        return Annotation.objects.all()
    public = Annotation.objects.in_record().filter(image__in=Image.objects.public())
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


def exports_log(user: User) -> bool:
    """Tell whether the user may take log entries away, and see who did how much: auditors and administrators."""
    return is_administrator(user) or _memberships(user, _AUDITORS).exists()


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
    return image.is_public or can_view_drafts(user, image)


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


def can_examine(user: User, collection: Collection) -> bool:
    """Tell whether the user may take part in deciding what of the collection is opened, as either examiner."""
    return can_publish(user, collection)


def is_examiner(user: User) -> bool:
    """Tell whether the user examines any collection, and so may edit the words that hints are found by."""
    return _memberships(user, _REVIEWERS).exists()


def examinable_collections(user: User) -> CollectionQuerySet:
    """Return the collections whose opening the user may take part in."""
    return publishable_collections(user)


def examinable_images(user: User) -> ImageQuerySet:
    """Return the images whose opening the user may take part in."""
    return Image.objects.filter(collection__in=examinable_collections(user))


def visible_examinations(user: User) -> QuerySet[Examination]:
    """Return the lists that went through, or wait for, examination in the user's collections."""
    return Examination.objects.filter(collection__in=examinable_collections(user))


def can_clear_secrecy(user: User, image: Image) -> bool:
    """Tell whether the user may say that an image held back as possibly classified is not."""
    return can_publish(user, image.collection)


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


def _seen_by_members(user: User) -> Q:
    own = _in_reach(user, _WORKING, "collection") & ~Q(access=Access.RESTRICTED)
    return own | _in_reach(user, _REVIEWERS, "collection")


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
