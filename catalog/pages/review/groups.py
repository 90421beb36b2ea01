"""The group of photographs that a record of the review page is in: split before it, joined with the next, undone."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import policies
from catalog.exceptions import CatalogError, GroupingRefused
from catalog.models import Image, PhotoGroup
from catalog.pages.review.calls import BadCall, for_reviewers, read_object, refusal
from catalog.pages.review.content import as_it_is, find, reader_of
from catalog.pages.review.records import BLIND
from catalog.records import photo_groups
from catalog.records.photo_group_undoing import undo_last


@require_POST
@for_reviewers
def regroup(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the group of a record. Takes as JSON `do`: `split`, `join` or `undo`; answers what was done, and `record`.

    Args:
        request: the request.
        pk: the image.
    """
    given = read_object(request)
    act, hide = _ACTS.get(str(given.get("do"))), given.get(BLIND) is True
    if act is None:
        raise BadCall
    reader = reader_of(request)
    image = find(reader, pk)
    try:
        message = act(image, reader.user)
    except CatalogError as error:
        return refusal(error.code, str(error), 409, record=as_it_is(reader, pk, hide=hide))
    return JsonResponse({"message": message, "record": as_it_is(reader, pk, hide=hide)})


def _split(image: Image, user: User) -> str:
    made = photo_groups.split(group=_group_of(image, user), image=image.pk, user=user)
    return _("从这一幅起另成一组：%(group)s。") % {"group": made}


def _join(image: Image, user: User) -> str:
    group = _group_of(image, user)
    if (after := photo_groups.following(group)) is not None:
        photo_groups.require_all_seen(after, policies.reviewable_images(user))
    stays = photo_groups.join(group=group, user=user)
    return _("后一组已并入：%(group)s。") % {"group": stays}


def _undo(image: Image, user: User) -> str:
    undo_last(collection=image.collection, user=user)
    return _("已撤销对照片组的上一步改动。")


def _group_of(image: Image, user: User) -> PhotoGroup:
    """Return the group of a record.

    Raises:
        GroupingRefused: it is in none, or in none any more, or holds photographs that the user does not see.
    """
    if image.photo_group is None:
        raise GroupingRefused(_("这条记录不在照片组里。"))
    photo_groups.require_all_seen(image.photo_group, policies.reviewable_images(user))
    return image.photo_group


_ACTS: dict[str, Callable[[Image, User], str]] = {"split": _split, "join": _join, "undo": _undo}
