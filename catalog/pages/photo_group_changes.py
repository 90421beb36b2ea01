"""What is done to groups of photographs on their pages: one key or one touch each; and looking for new ones."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from catalog import policies
from catalog.exceptions import CatalogError, GroupingRefused
from catalog.models import Collection, PhotoGroup
from catalog.pages.photo_groups import COLLECTION, SELECTED, STATE, member
from catalog.records import photo_group_proposals, photo_groups
from catalog.records.photo_group_undoing import undo_last
from catalog.review.group_offers import accept_offers
from catalog.vocabulary import PhotoGroupState

_LONGEST_NAME = 500
ACCEPT = "accept"


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Change a group and come back to the list, or to the group's own page.

    Takes `act`, `group`, for some acts `image`, and `collection` and `state` of the list; `back` names the group whose
    page it is.

    Args:
        request: the request.

    Raises:
        Http404: the group or the collection is none of the user's.
        PermissionDenied: they see it and may not change it.
    """
    user = member(request)
    if user is None:
        return redirect_to_login(reverse("catalog:photo-groups"))
    act = request.POST.get("act", "")
    if act in _OF_COLLECTIONS:
        collection = _collection(request, user)
        return _back(request, collection, _attempt(request, lambda: _OF_COLLECTIONS[act](collection, user)))
    group = _group(request, user)
    if act not in _OF_GROUPS:
        raise Http404
    seen = request.POST.get("seen", "")
    chosen = _Chosen(group, _image(request, user), user, _state(request), _key(seen) if seen else -1)
    return _back(request, group.collection, _attempt(request, lambda: _carry_out(act, chosen)) or group)


@require_POST
def propose(request: HttpRequest) -> JsonResponse | HttpResponse:
    """Look at some thousand photographs for groups, write the proposals down and tell how far that is.

    Takes `collection` and, to go on, `name` and `key` as they were told. A script asks again until there is no `next`;
    without one, each press goes on from the beginning to what is in no group yet.

    Args:
        request: the request.

    Raises:
        Http404: the collection is none of the user's.
        PermissionDenied: they see it and may not work on it.
    """
    user = member(request)
    if user is None:
        return redirect_to_login(reverse("catalog:photo-groups"))
    collection = _collection(request, user)
    mine = policies.reviewable_images(user)
    found = photo_group_proposals.propose(collection, images=mine, after=_place(request))
    made = photo_group_proposals.keep(collection=collection, proposals=found.groups, user=user)
    if "application/json" in request.headers.get("Accept", ""):
        following = None if found.next is None else {"name": found.next[0], "key": found.next[1]}
        return JsonResponse({"made": made, "looked_at": found.looked_at, "next": following})
    said = ngettext("新提出 %(number)s 个照片组。", "新提出 %(number)s 个照片组。", made) % {"number": made}
    messages.success(request, said if made else _("没有找到可以归为一组的照片。"))
    return _back(request, collection, None)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What an act is about.

    Attributes:
        group: the group.
        image: key of the photograph that is chosen in it; 0 where none is.
        user: who acts.
        state: groups of which state the list shows; all where empty. Neighbours are those of the list.
        seen: the group's revision as the page shows it; -1 where it does not say.
    """

    group: PhotoGroup
    image: int
    user: User
    state: str
    seen: int


def _carry_out(act: str, chosen: _Chosen) -> PhotoGroup | None:
    if act != ACCEPT:
        photo_groups.require_all_seen(chosen.group, policies.reviewable_images(chosen.user))
    return _OF_GROUPS[act](chosen)


def _confirm(on: _Chosen) -> PhotoGroup:
    return photo_groups.confirm(group=on.group, user=on.user)


def _split(on: _Chosen) -> PhotoGroup:
    return photo_groups.split(group=on.group, image=on.image, user=on.user)


def _join(on: _Chosen) -> PhotoGroup:
    if (after := photo_groups.following(on.group, state=on.state)) is not None:
        photo_groups.require_all_seen(after, policies.reviewable_images(on.user))
    return photo_groups.join(group=on.group, user=on.user, state=on.state)


def _to_next(on: _Chosen) -> PhotoGroup:
    return _to_neighbour(on, forward=True)


def _to_previous(on: _Chosen) -> PhotoGroup:
    return _to_neighbour(on, forward=False)


def _to_neighbour(on: _Chosen, *, forward: bool) -> PhotoGroup:
    to = photo_groups.following(on.group, forward=forward, state=on.state)
    if to is None:
        raise GroupingRefused(_("这边没有相邻的照片组了。"))
    photo_groups.require_all_seen(to, policies.reviewable_images(on.user))
    photo_groups.move(image=on.image, to=to, user=on.user)
    return to


def _take_out(on: _Chosen) -> PhotoGroup:
    photo_groups.move(image=on.image, to=None, user=on.user)
    return on.group


def _dissolve(on: _Chosen) -> PhotoGroup | None:
    after = photo_groups.following(on.group, state=on.state)
    photo_groups.dissolve(group=on.group, user=on.user)
    return after


def _accept(on: _Chosen) -> PhotoGroup:
    accept_offers(group=on.group, seen=on.seen, images=policies.reviewable_images(on.user), user=on.user)
    return on.group


_OF_GROUPS: dict[str, Callable[[_Chosen], PhotoGroup | None]] = {
    "confirm": _confirm,
    "split": _split,
    "join": _join,
    "previous": _to_previous,
    "next": _to_next,
    "out": _take_out,
    "dissolve": _dissolve,
    ACCEPT: _accept,
}


def _undo(collection: Collection, user: User) -> PhotoGroup | None:
    images = undo_last(collection=collection, user=user)
    return PhotoGroup.objects.filter(images__in=images[:1]).first()


def _withdraw(collection: Collection, user: User) -> None:
    photo_group_proposals.withdraw(collection=collection, user=user)


_OF_COLLECTIONS: dict[str, Callable[[Collection, User], PhotoGroup | None]] = {"undo": _undo, "withdraw": _withdraw}


def _attempt(request: HttpRequest, act: Callable[[], PhotoGroup | None]) -> PhotoGroup | None:
    try:
        return act()
    except CatalogError as error:
        messages.error(request, str(error))
        return None


def _group(request: HttpRequest, user: User) -> PhotoGroup:
    groups = policies.visible_photo_groups(user).select_related("collection")
    found = groups.filter(pk=_key(request.POST.get("group", ""))).first()
    if found is None:
        # Somebody may have joined it to another a moment ago; who sent nonsense learns the same.
        raise Http404
    if not policies.can_catalogue(user, found.collection):
        raise PermissionDenied
    return found


def _collection(request: HttpRequest, user: User) -> Collection:
    slug = request.POST.get(COLLECTION, "").replace("\x00", "")
    found = policies.member_collections(user).filter(slug=slug).first()
    if found is None:
        raise Http404
    if not policies.can_catalogue(user, found):
        raise PermissionDenied
    return found


def _image(request: HttpRequest, user: User) -> int:
    """Return the key of the photograph that was chosen; 0 where none was, or it is not the user's to move."""
    key = _key(request.POST.get("image", ""))
    return key if key and policies.reviewable_images(user).filter(pk=key).exists() else 0


def _state(request: HttpRequest) -> str:
    state = request.POST.get(STATE, "")
    return state if state in PhotoGroupState.values else ""


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _place(request: HttpRequest) -> photo_group_proposals.Place | None:
    name, key = request.POST.get("name", "").replace("\x00", ""), _key(request.POST.get("key", ""))
    return (name[:_LONGEST_NAME], key) if name and key else None


def _back(request: HttpRequest, collection: Collection, group: PhotoGroup | None) -> HttpResponse:
    """Go back to where it was done, to the group that is to be looked at next."""
    if group is not None and request.POST.get("back"):
        return redirect("catalog:photo-group", pk=group.pk)
    query = {COLLECTION: collection.slug}
    if state := _state(request):
        query[STATE] = state
    place = ""
    if group is not None and group.pk:
        query[SELECTED], place = str(group.pk), f"#group-{group.pk}"
    return redirect(f"{reverse('catalog:photo-groups')}?{urlencode(query)}{place}")
