"""The public catalogue: the collections, one of them, one image, the search."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.filters import ImageFilter, ImageSearchFilter
from catalog.labels import labels_by_field
from catalog.masking import masked
from catalog.models import Image
from catalog.pages.listing import (
    COLLECTIONS_PER_PAGE,
    PRINTS_PER_PAGE,
    for_listing,
    listed_collections,
    listed_images,
    paginate,
    readable_query,
)
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field, State, is_left_open
from inference.words import split_words


@dataclass(frozen=True, slots=True)
class Value:
    """One accepted value as the record's card shows it."""

    label: str
    text: str
    ai_label: str

    @property
    def is_left_open(self) -> bool:
        """Tell whether it is still to be found out."""
        return is_left_open(self.text)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the collections the visitor may see."""
    collections = policies.visible_collections(request.user)
    page, pages = paginate(collections, request.GET.get("page"), per_page=COLLECTIONS_PER_PAGE)
    return render(
        request,
        "catalog/home.html",
        {
            "boxes": listed_collections(request.user, page.object_list),
            "image_total": policies.visible_images(request.user).count(),
            "page_obj": page,
            "pages": pages,
        },
    )


@require_safe
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one collection's images."""
    found = get_object_or_404(policies.visible_collections(request.user), slug=slug)
    query = readable_query(request)
    images = policies.visible_images(request.user).filter(collection=found).order_by("identifier", "pk")
    narrowed = ImageFilter(query, queryset=for_listing(images), request=request)
    page, pages = paginate(narrowed.qs, query.get("page"), per_page=PRINTS_PER_PAGE)
    words = split_words(query.get("q", ""))
    return render(
        request,
        "catalog/collection.html",
        {
            "collection": found,
            "filter": narrowed,
            "is_narrowed": any(query.get(name) for name in narrowed.filters),
            "prints": listed_images(page.object_list, words),
            "words": words,
            "page_obj": page,
            "pages": pages,
        },
    )


@require_safe
def image(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one image with its accepted values. What may not be seen does not exist."""
    visible = policies.visible_images(request.user)
    queryset = visible.select_related("collection").with_files().with_annotations([State.ACCEPTED])
    found = get_object_or_404(queryset, pk=pk)
    labels = labels_by_field(found.current_annotations)  # type: ignore[attr-defined]  # prefetched above
    before, after = _neighbours(visible.filter(collection=found.collection), found)
    return render(
        request,
        "catalog/image.html",
        {
            "image": found,
            "name": masked(str(found)),
            "front": found.front,
            "other_files": [file for file in found.scans if file != found.front],
            "values": _values(found, labels),
            "in_words": masked(
                next((text for text in (found.description, found.title) if not is_left_open(text) and text), "")
            ),
            "title": "" if is_left_open(found.title) else masked(found.title),
            "title_label": labels.get(Field.TITLE.value, ""),
            "before": before,
            "after": after,
            "may_review": policies.can_review(request.user, found),
        },
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search the accepted values of the images the visitor may see."""
    query = readable_query(request)
    images = policies.visible_images(request.user).order_by("collection__title", "identifier", "pk")
    narrowed = ImageSearchFilter(query, queryset=for_listing(images), request=request)
    words = split_words(query.get("q", ""))
    asked = bool(words) or any(query.get(name) for name in ("collection", "date_from", "date_to"))
    is_valid = narrowed.form.is_valid()
    context = {"filter": narrowed, "words": words, "asked": asked and is_valid, "hide_site_search": True}
    if asked and is_valid:
        page, pages = paginate(narrowed.qs, query.get("page"), per_page=PRINTS_PER_PAGE)
        context |= {"prints": listed_images(page.object_list, words), "page_obj": page, "pages": pages}
    return render(request, "catalog/search.html", context)


def _values(found: Image, labels: dict[str, str]) -> list[Value]:
    """Return what is accepted and not empty, in the order of the record, but for the title, which heads it.

    A title that is left open heads nothing, and stands among the others.
    """
    headed = {Field.TITLE} if not is_left_open(found.title) else set()
    shown = [item for item in Field if item not in headed and found.accepted_value(item)]
    return [Value(str(item.label), masked(found.accepted_value(item)), labels.get(item.value, "")) for item in shown]


def _neighbours(visible: ImageQuerySet, found: Image) -> tuple[Image | None, Image | None]:
    """Return the images before and after one, in the order of the collection's page."""
    earlier = Q(identifier__lt=found.identifier) | Q(identifier=found.identifier, pk__lt=found.pk)
    later = Q(identifier__gt=found.identifier) | Q(identifier=found.identifier, pk__gt=found.pk)
    before = visible.filter(earlier).order_by("-identifier", "-pk").first()
    return before, visible.filter(later).order_by("identifier", "pk").first()
