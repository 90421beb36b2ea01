"""Who may do what with audits. Membership is asked of `catalog.policies`; independence is decided here.

Members look at audits and judge; reviewers plan them, decide what becomes of a lot and make it public. Nobody judges
what they asked the model for, and nobody accepts what they judged.
"""

from django.db.models import Exists, OuterRef, Q

from catalog import policies
from catalog.models import Annotation, Audit, Collection, Image
from catalog.work_querysets import AuditQuerySet, ControlUnitQuerySet, SampledUnitQuerySet


def visible_audits(user: policies.User) -> AuditQuerySet:
    """Return the audits of the collections the user works on."""
    return Audit.objects.filter(collection__in=policies.member_collections(user))


def can_plan(user: policies.User, collection: Collection) -> bool:
    """Tell whether the user may plan audits of the collection."""
    return policies.can_publish(user, collection)


def can_decide(user: policies.User, audit: Audit) -> bool:
    """Tell whether the user may decide what becomes of the lot, and read its report."""
    return policies.can_publish(user, audit.collection)


def can_accept(user: policies.User, audit: Audit) -> bool:
    """Tell whether the user may accept the lot: who judged it may not."""
    return can_decide(user, audit) and not has_judged(user, audit)


def can_judge(user: policies.User, audit: Audit) -> bool:
    """Tell whether the user may judge the lot's sample."""
    return policies.can_catalogue(user, audit.collection) and is_independent(user, audit)


def is_independent(user: policies.User, audit: Audit) -> bool:
    """Tell whether the user had no part in the lot: neither asked for its drafts nor accepted it."""
    return user.pk not in audit.prompted_by and user.pk != audit.closed_by_id


def has_judged(user: policies.User, audit: Audit) -> bool:
    """Tell whether the user judged anything of the lot."""
    return audit.sample.filter(Q(judge=user.pk) | Q(blind_by=user.pk)).exists()


def units_to_judge(user: policies.User, audit: Audit) -> SampledUnitQuerySet:
    """Return the units of a sample that the user may judge and nobody has: of records that they see as a member.

    Left out are fields about which they themselves have decided. Records that are gone are among them.
    """
    said = Annotation.objects.filter(image=OuterRef("unit__image"), field=OuterRef("unit__field"), decided_by=user.pk)
    seen = policies.member_images(user).filter(pk=OuterRef("unit__image"))
    there = Image.objects.filter(pk=OuterRef("unit__image"))
    return audit.sample.unjudged().filter(Q(Exists(seen)) | ~Exists(there), ~Exists(said))


def controls_to_judge(user: policies.User, audit: Audit) -> ControlUnitQuerySet:
    """Return the control records that the user may judge and nobody has, of those about which they never decided."""
    said = Annotation.objects.filter(image=OuterRef("image"), field=OuterRef("field"), decided_by=user.pk)
    seen = policies.member_images(user).filter(pk=OuterRef("image"))
    return audit.controls.unjudged().filter(Exists(seen), ~Exists(said))
