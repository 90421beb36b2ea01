"""Who writes: whoever got past the permissions of a view that writes has an account; what they may, is asked here."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from catalog import policies
from catalog.models import Collection, Image
from inference.models import Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def writer(request: Request) -> "User":
    """Return who writes.

    Raises:
        NotAuthenticated: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return request.user


def allow(allowed: bool, words: Any) -> None:
    """Go on where something is allowed.

    Args:
        allowed: whether it is.
        words: who may, in a sentence.

    Raises:
        PermissionDenied: it is not.
    """
    if not allowed:
        raise PermissionDenied(str(words))


def collection_named(request: Request, slug: str) -> Collection:
    """Return a collection that a request names; one that the caller may not know of does not exist.

    Raises:
        ValidationError: there is none.
    """
    found = policies.visible_collections(request.user).filter(slug=slug).first()
    if found is None:
        raise ValidationError({"collection": [_("没有代号为“%(slug)s”的馆藏，或您无权查看。") % {"slug": slug}]})
    return found


def reviewable(request: Request, key: int, name: str = "image") -> Image:
    """Return a record that a request names, which the caller works on.

    Args:
        request: the request.
        key: the record's.
        name: what the request calls it.

    Raises:
        ValidationError: there is none, or they may not know of it.
        PermissionDenied: they see it, and do not work on it.
    """
    found = policies.visible_images(request.user).select_related("collection").filter(pk=key).first()
    if found is None:
        raise ValidationError({name: [_("没有编号为 %(key)s 的图像，或您无权查看。") % {"key": key}]})
    allow(policies.can_review(request.user, found), _("您不负责这条记录，不能改动。"))
    return found


class Scoped(GenericViewSet[Any]):
    """A view whose writing needs another scope of keys than most."""

    scopes: ClassVar[dict[str, Scope]] = {}
    """Action → scope, where it is not the view's own."""
    scope = Scope.WRITE

    @property
    def writing_scope(self) -> Scope:
        """Return what a key must be good for to write here."""
        return self.scopes.get(self.action or "", self.scope)
