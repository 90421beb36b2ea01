"""Who may have which package made, see it and fetch it; which records go into one at all.

A package leaves the house. Records that are held back as possibly classified (密级 or 疑似涉密) stay in it, whoever
asks: they are counted, and told.
"""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog import policies
from catalog.exchange.packages.orders import keys_of
from catalog.models import Image, Package
from catalog.querysets import ImageQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_SLICE = 5000


def can_order(user: "User") -> bool:
    """Tell whether the user may have packages made: members, of what they see as members."""
    return policies.is_member(user)


def packed_images(user: "User | None") -> ImageQuerySet:
    """Return the records that may be in a package of a user's: what they see as members, but for what is held back.

    Args:
        user: who has it made; None for the command line, which sees everything.
    """
    seen = Image.objects.all() if user is None else policies.member_images(user)
    return seen.filter(secrecy_hold=False)


def visible_packages(user: "User") -> "QuerySet[Package]":
    """Return the packages that the user may know of: their own, and for reviewers those of their collections alone."""
    if policies.is_administrator(user):
        return Package.objects.all()
    of_it = Package.collections.through.objects.filter(package=OuterRef("pk"))
    mine = policies.publishable_collections(user).values("pk")
    within = Q(Exists(of_it)) & ~Q(Exists(of_it.exclude(collection__in=mine)))
    return Package.objects.filter(Q(user=user) | within)


def can_direct(user: "User", package: Package) -> bool:
    """Tell whether the user may begin, stop or remove a package: whoever had it made."""
    return package.user_id == user.pk


def can_stop(user: "User", package: Package) -> bool:
    """Tell whether the user may stop or remove a package: whoever had it made, and administrators, whose disk it is."""
    return can_direct(user, package) or policies.is_administrator(user)


def can_fetch(user: "User", package: Package) -> bool:
    """Tell whether the user may fetch a package now: they still see all of its records.

    Args:
        user: who asks.
        package: one that `visible_packages` has.
    """
    if policies.is_administrator(user):
        return True
    collections = set(package.collections.values_list("pk", flat=True))
    mine = set(policies.working_collections(user).filter(pk__in=collections).values_list("pk", flat=True))
    reviewed = policies.publishable_collections(user).filter(pk__in=package.restricted)
    return collections == mine and set(package.restricted) == set(reviewed.values_list("pk", flat=True))


def holds_secrets(package: Package) -> bool:
    """Tell whether a record of a package was held back as possibly classified after it was made.

    Args:
        package: the package.
    """
    held = Image.objects.filter(secrecy_hold=True, collection__in=package.collections.all())
    inside = set(keys_of(package))
    return any(key in inside for key in held.values_list("pk", flat=True).iterator(chunk_size=_SLICE))
