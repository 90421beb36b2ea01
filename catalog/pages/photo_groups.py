"""The pages of groups of photographs of one event, `/review/groups/`: a collection's groups, and one of them."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.group_querysets import PhotoGroupQuerySet
from catalog.models import Collection, PhotoGroup
from catalog.pages.listing import paginate, readable_query
from catalog.records.photo_group_offers import offers_of
from catalog.records.photo_group_proposals import ungrouped
from catalog.records.photo_group_texts import NUMBER, YEAR, caption, describe
from catalog.vocabulary import Field, PhotoGroupState

GROUPS_PER_PAGE = 10
COLLECTION, STATE, SELECTED = "collection", "state", "selected"
_LONG = {Field.EVENT, Field.BACKGROUND, Field.TITLE}


class PhotoGroupForm(forms.Form):
    """What a group says of its photographs."""

    title = forms.CharField(required=False, max_length=2000)
    event = forms.CharField(required=False, max_length=2000)
    date = forms.CharField(required=False, max_length=200)
    place = forms.CharField(required=False, max_length=2000)
    background = forms.CharField(required=False, max_length=20_000)
    year = forms.CharField(required=False, max_length=4)
    number = forms.CharField(required=False, max_length=20)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in PhotoGroup.DESCRIPTIVE:
            self.fields[field.value].label = field.label
            rows = 3 if field is Field.BACKGROUND else 2
            self.fields[field.value].widget = (
                forms.Textarea(attrs={"rows": rows})
                if field in _LONG
                else forms.TextInput(attrs={"autocomplete": "off"})
            )
        self.fields[YEAR].label, self.fields[NUMBER].label = _("年度"), _("组号")
        self.fields[YEAR].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    @staticmethod
    def values_of(group: PhotoGroup) -> dict[str, Any]:
        """Return what the form begins with.

        Args:
            group: the group.
        """
        said = {field.value: group.value_of(field) for field in PhotoGroup.DESCRIPTIVE}
        return {**said, YEAR: group.year, NUMBER: group.number, "seen": group.revision}


def member(request: HttpRequest) -> User | None:
    """Return who is signed in; None for a visitor.

    Raises:
        PermissionDenied: they see no collection as a member.
    """
    if not request.user.is_authenticated:
        return None
    if not policies.is_member(request.user):
        raise PermissionDenied
    assert isinstance(request.user, User)  # noqa: S101 - it is not an anonymous one
    return request.user


@never_cache
@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """Show the groups of one collection, in the order of their photographs, with all of their thumbnails.

    Args:
        request: the request; `collection` and `state` narrow the list, `selected` names the group to begin with.

    Raises:
        PermissionDenied: the user sees no collection as a member.
    """
    user = member(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    query = readable_query(request)
    collections = list(policies.member_collections(user).order_by("title", "pk"))
    chosen = next((item for item in collections if item.slug == query.get(COLLECTION)), None)
    chosen = chosen or next(iter(collections), None)
    state = query.get(STATE, "")
    context: dict[str, Any] = {"collections": collections, "collection": chosen, "states": PhotoGroupState.choices}
    if chosen is not None:
        context |= _listed(request, user, chosen, state if state in PhotoGroupState.values else "")
    return render(request, "catalog/groups/list.html", context)


def _listed(request: HttpRequest, user: User, collection: Collection, state: str) -> dict[str, Any]:
    mine = policies.member_images(user)
    of_it = policies.visible_photo_groups(user).filter(collection=collection)
    proposed = of_it.proposed().count()
    shown: PhotoGroupQuerySet = of_it.filter(state=state) if state else of_it
    shown = shown.with_extent(mine).with_images(mine).order_by("position", "pk")
    page: Page[Any]
    page, pages = paginate(shown, _page_of(request, shown), per_page=GROUPS_PER_PAGE)
    return {
        "state": state,
        "page_obj": page,
        "pages": pages,
        "selected": request.GET.get(SELECTED, ""),
        "proposed_count": proposed,
        "ungrouped_count": ungrouped(collection, mine).count(),
        "may_change": policies.can_catalogue(user, collection),
        "here": request.get_full_path(),
    }


def _page_of(request: HttpRequest, shown: PhotoGroupQuerySet) -> str | None:
    """Return the page to show: the one asked for, or else the one on which the selected group is."""
    selected = request.GET.get(SELECTED, "")
    if "page" in request.GET or not (selected.isascii() and selected.isdigit() and len(selected) < 19):
        return request.GET.get("page")
    group = PhotoGroup.objects.filter(pk=int(selected)).first()
    if group is None:
        return None
    before = shown.filter(position__lt=group.position).order_by().values("pk").count()
    return str(before // GROUPS_PER_PAGE + 1)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a group with its caption and what it says, and write that down.

    Args:
        request: the request.
        pk: the group.

    Raises:
        Http404: there is none, or it is none of the user's.
        PermissionDenied: they see it and may not write it.
    """
    user = member(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    mine = policies.member_images(user)
    known = policies.visible_photo_groups(user).select_related("collection", "written_by")
    found = known.with_extent(mine).with_images(mine).filter(pk=pk).first()
    if found is None:
        raise Http404
    may_change = policies.can_catalogue(user, found.collection)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = PhotoGroupForm(request.POST if request.method == "POST" else None, initial=PhotoGroupForm.values_of(found))
    if request.method == "POST" and form.is_valid() and _is_written(form, found, user):
        return redirect(reverse("catalog:photo-group", args=[found.pk]) + "#saved")
    shown = {image.pk for image in found.shown_images}  # type: ignore[attr-defined]  # prefetched above
    context = {
        "group": found,
        "form": form,
        "rows": [form[field.value] for field in PhotoGroup.DESCRIPTIVE],
        "seen": form.cleaned_data.get("seen", found.revision) if form.is_bound else found.revision,
        "caption": caption(found),
        "may_change": may_change,
        "offers": sum(offer.image_id in shown for offer in offers_of(found)),
    }
    return render(request, "catalog/groups/group.html", context, status=400 if form.errors else 200)


def _is_written(form: PhotoGroupForm, group: PhotoGroup, user: User) -> bool:
    values = {name: text for name, text in form.cleaned_data.items() if name != "seen"}
    try:
        describe(group=group, values=values, user=user, seen=form.cleaned_data["seen"])
    except ValidationError as error:
        told = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, sentences in told.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    except CatalogError as error:
        form.add_error(None, str(error))
        # What stands beside their own words now is what the next attempt goes by.
        group.refresh_from_db()
        form.cleaned_data["seen"] = group.revision
        return False
    return True
