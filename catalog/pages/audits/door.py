"""Who comes in: visitors sign in first; who works on nothing is turned away; other people's audits do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache

from catalog import policies
from catalog.models import Audit
from catalog.review import policies as review_policies

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_Answer = HttpResponseBase


def members_only(view: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Send those away who have to sign in first or work on nothing, and keep what is shown out of every cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> _Answer:
        if not request.user.is_authenticated:
            seen = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("catalog:audits")
            return redirect_to_login(seen)
        if not policies.is_member(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def signed_in(request: HttpRequest) -> "User":
    """Return the user of a page behind `members_only`.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def audit_or_404(request: HttpRequest, pk: int) -> Audit:
    """Return an audit that the user may know of.

    Raises:
        Http404: there is none, or it is of a collection that they do not work on.
    """
    audits = review_policies.visible_audits(request.user)
    people = ("planned_by", "closed_by", "released_by", "recalled_by")
    return get_object_or_404(audits.select_related("collection", "parent", *people), pk=pk)


def for_deciders(request: HttpRequest, audit: Audit) -> None:
    """Turn away whoever may not decide about a lot.

    Raises:
        PermissionDenied: they may not.
    """
    if not review_policies.can_decide(request.user, audit):
        raise PermissionDenied
