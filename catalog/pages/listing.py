"""What the lists of the public pages share: pages, prints with their captions, and the covers of collections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, QueryDict

from catalog import policies
from catalog.labels import labels_by_field
from catalog.masking import masked
from catalog.models import Collection, Image
from catalog.texts import unbroken
from catalog.vocabulary import Field, State, is_left_open
from inference.words import cut_around_hit, mark_hits

PRINTS_PER_PAGE = 48
COLLECTIONS_PER_PAGE = 24
COVERS = 3
MAX_SNIPPETS = 2
# What heads a print: the title, else the first of these that says what is to be seen.
_HEADINGS = (Field.TITLE, Field.DESCRIPTION, Field.EVENT, Field.KEYWORDS)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of one accepted value in which a word was found."""

    label: str
    text: str
    ai_label: str


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One photograph in a list, with what stands under it; personal numbers are masked."""

    image: Image
    heading: str
    ai_label: str
    snippets: list[Snippet] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ListedCollection:
    """One collection of the list: how many images the visitor may see, and the first of them."""

    collection: Collection
    image_count: int
    covers: list[Image]


def readable_query(request: HttpRequest) -> QueryDict:
    """Return the query string's parameters without NUL characters, which databases refuse."""
    if "\x00" not in "".join(value for values in request.GET.lists() for value in values[1]):
        return request.GET
    clean = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        clean.setlist(name, [value.replace("\x00", "") for value in values])
    return clean


def paginate(rows: QuerySet[Any], number: str | None, *, per_page: int) -> tuple[Page[Any], Iterator[int | str]]:
    """Return a page of a queryset and the page numbers to offer.

    Args:
        rows: an ordered queryset.
        number: the page asked for, as it came; nonsense means the first page, too large a number the last.
        per_page: rows on a page.
    """
    page = Paginator(rows, per_page).get_page(number)
    return page, page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


def listed_images(images: Iterable[Image], words: Sequence[str] = ()) -> list[ListedImage]:
    """Caption images for a list.

    Args:
        images: images with their files and accepted annotations prefetched.
        words: the words searched for; values they occur in are shown as snippets.
    """
    return [_listed_image(image, words) for image in images]


def listed_collections(user: policies.User, collections: Iterable[Collection]) -> list[ListedCollection]:
    """List collections: four queries, however many there are."""
    collections = list(collections)
    seen = policies.visible_images(user).filter(collection__in=collections)
    counts = dict(seen.order_by().values_list("collection").annotate(Count("pk")))
    covers: dict[int, list[Image]] = {}
    for image in Image.objects.filter(pk__in=_first_images(user, collections)).with_files():
        covers.setdefault(image.collection_id, []).append(image)
    return [ListedCollection(item, counts.get(item.pk, 0), covers.get(item.pk, [])) for item in collections]


def for_listing(images: Any) -> Any:
    """Fetch with images what their prints show: collection, files, accepted annotations."""
    return images.select_related("collection").with_files().with_annotations([State.ACCEPTED])


def _first_images(user: policies.User, collections: list[Collection]) -> set[int]:
    """Return the first images of each collection, each looked up by index: ranking them all would read them all."""
    inside = policies.visible_images(user).filter(collection=OuterRef("pk")).order_by("identifier", "pk").values("pk")
    places = {f"cover_{place}": Subquery(inside[place : place + 1]) for place in range(COVERS)}
    rows = Collection.objects.filter(pk__in=[item.pk for item in collections]).annotate(**places).values_list(*places)
    return {pk for row in rows for pk in row if pk is not None}


def _listed_image(image: Image, words: Sequence[str]) -> ListedImage:
    labels = labels_by_field(image.current_annotations)  # type: ignore[attr-defined]  # prefetched by for_listing
    head = next((item for item in _HEADINGS if _is_said(image.accepted_value(item))), None)
    return ListedImage(
        image=image,
        heading=" ".join(masked(image.accepted_value(head)).split()) if head else "",
        ai_label=labels.get(head.value, "") if head else "",
        snippets=_snippets(image, words, labels, head) if words else [],
    )


def _is_said(value: str) -> bool:
    return bool(value) and not is_left_open(value)


def _snippets(image: Image, words: Sequence[str], labels: dict[str, str], head: Field | None) -> list[Snippet]:
    found = []
    for item in Field:
        texts = [masked(image.accepted_value(item))]
        if item is Field.TRANSCRIPTION:
            # A word that runs over the end of a line is a hit only where there are no lines.
            texts.append(masked(unbroken(texts[0])))
        text = next((text for text in texts if any(hit for _piece, hit in mark_hits(text, words))), None)
        if item is not head and text is not None and not is_left_open(text):
            found.append(Snippet(str(item.label), cut_around_hit(text, words), labels.get(item.value, "")))
    return found[:MAX_SNIPPETS]
