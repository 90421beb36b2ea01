"""The group of photographs that a record of the review page is in: split before it, joined with the next, undone."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.exceptions import CatalogError, GroupingRefused
from catalog.models import Image, PhotoGroup
from catalog.pages.review.calls import BadCall, for_reviewers, read_object, refusal
from catalog.pages.review.content import find, reader_of, record_content
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
    act = _ACTS.get(str(read_object(request).get("do")))
    if act is None:
        raise BadCall
    reader = reader_of(request)
    image = find(reader, pk)
    try:
        message = act(image, reader.user)
    except CatalogError as error:
        return refusal(error.code, str(error), 409, record=record_content(find(reader, pk), reader, hide=False))
    return JsonResponse({"message": message, "record": record_content(find(reader, pk), reader, hide=False)})


def _split(image: Image, user: User) -> str:
    made = photo_groups.split(group=_group_of(image), image=image.pk, user=user)
    return _("从这一幅起另成一组：%(group)s。") % {"group": made}


def _join(image: Image, user: User) -> str:
    stays = photo_groups.join(group=_group_of(image), user=user)
    return _("后一组已并入：%(group)s。") % {"group": stays}


def _undo(image: Image, user: User) -> str:
    undo_last(collection=image.collection, user=user)
    return _("已撤销对照片组的上一步改动。")


def _group_of(image: Image) -> PhotoGroup:
    """Return the group of a record.

    Raises:
        GroupingRefused: it is in none, or in none any more.
    """
    if image.photo_group is None:
        raise GroupingRefused(_("这条记录不在照片组里。"))
    return image.photo_group


_ACTS: dict[str, Callable[[Image, User], str]] = {"split": _split, "join": _join, "undo": _undo}
