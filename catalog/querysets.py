"""The catalogue's queries. Managers are made from these; rooms and doors combine them.

Whether a user may see something is a policy's business: `catalog.policies` builds on `public()`.
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Coalesce, Replace

from catalog.draft_criteria import DraftCriteria
from catalog.examination_words import HintKind
from catalog.facets import Facet, hint_mask
from catalog.subqueries import all_of, number_of
from catalog.vocabulary import LEFT_OPEN, Dating, Disclosure, Field, FileRole, ImageStatus, Source, State

if TYPE_CHECKING:
    from catalog import models as rows  # the models use these querysets, so that these know them by name only

SEARCHED_COLUMNS = (
    "identifier",
    *(Field(field).column for field in Field.values if field != Field.TRANSCRIPTION),
    "transcription_searched",
)
"""Where words are looked for. A word has no white space in it, so the unbroken transcription has all of them."""


class Tally(NamedTuple):
    """How many images are alike in what lists are narrowed down by."""

    collection: int
    access: str
    disclosure: str
    secrecy_hold: bool
    status: str
    facets: int
    number: int


class CollectionQuerySet(models.QuerySet["rows.Collection"]):
    """Queries about collections."""

    def public(self) -> Self:
        """Keep the collections everybody may see."""
        return self.filter(is_public=True)

    def with_counts(self) -> Self:
        """Add `image_count`, `to_review_count`, `to_research_count` and `described_count`."""
        return self.annotate(
            image_count=_number_of_images(),
            to_review_count=_number_of_images(status=ImageStatus.TO_REVIEW),
            to_research_count=_number_of_images(status=ImageStatus.TO_RESEARCH),
            described_count=_number_of_images(status=ImageStatus.DESCRIBED),
        )

    def with_unnumbered(self) -> Self:
        """Add `unnumbered_count`, of the images without a number."""
        return self.annotate(unnumbered_count=_number_of_images(identifier=""))


class ImageQuerySet(models.QuerySet["rows.Image"]):
    """Queries about images."""

    def public(self) -> Self:
        """Keep what everybody may see: opened images in public collections, none of which is held back."""
        return self.opened().filter(collection__is_public=True)

    def opened(self) -> Self:
        """Keep those that everybody may see once their collection is public."""
        return self.filter(disclosure=Disclosure.OPEN, secrecy_hold=False)

    def to_be_reexamined(self, today: date) -> Self:
        """Keep those whose opening was deferred until a day that has come: nothing opens by itself.

        Args:
            today: the day.
        """
        return self.filter(disclosure=Disclosure.DEFERRED, disclosure_until__lte=today)

    def held(self) -> Self:
        """Keep those with a classification mark that nobody has cleared."""
        return self.filter(secrecy_hold=True)

    def search(self, text: str, *, whole: "Q | None" = None) -> Self:
        """Keep images whose accepted values or identifier contain every word of `text`, in any field.

        Chinese needs no word breaks: a single character is searched for as it is. A field that is left open (待考) has
        no value to be found. Personal numbers are found by their masked figures in no image but those that are
        searched whole: who tries one figure after the other learns nothing.

        Args:
            text: words, separated by white space.
            whole: which images are searched whole; None for no image. See `policies.searched_whole`.
        """
        found = self
        for word in text.split():
            found = found.filter(_occurs_for_the_public(word, whole))
        return found

    def search_with_readings(self, text: str) -> Self:
        """Search as `search` does, in what was read on the scans, and in the names of files: for members.

        What was read is found before it is accepted, and a record without a number by its file's name.
        """
        found = self
        for word in text.split():
            read = Q(Exists(all_of("Reading").filter(file__image=OuterRef("pk"), searched__icontains=word)))
            # Sought from the files on: one look at each name, and not one for each image.
            named = Q(pk__in=all_of("ImageFile").filter(original_name__icontains=word).order_by().values("image"))
            found = found.filter(named | read | _occurs_in_columns(word))
        return found

    def with_scans(self) -> Self:
        """Keep images that have a scan."""
        return self.filter(Exists(all_of("ImageFile").scans().filter(image=OuterRef("pk"))))

    def unread(self, reader: str, version: str) -> Self:
        """Keep images with a scan that this version of a reader has not read; of negatives see `unread` of scans."""
        return self.filter(Exists(all_of("ImageFile").unread(reader, version).filter(image=OuterRef("pk"))))

    def dated_within(self, start: Any = None, end: Any = None) -> Self:
        """Keep images whose date range touches the one from `start` to `end`; of both either end may be open."""
        found = self
        if start is not None:
            found = found.filter(Q(date_end__gte=start) | Q(date_end__isnull=True, date_start__isnull=False))
        if end is not None:
            found = found.filter(Q(date_start__lte=end) | Q(date_start__isnull=True, date_end__isnull=False))
        return found

    def with_dating(self, dating: str) -> Self:
        """Keep images whose date text was understood, was not, or is not there (a value of `Dating`)."""
        if dating == Dating.UNREAD:
            return self.filter(date_unread=True)
        no_range = Q(date_start__isnull=True, date_end__isnull=True)
        return self.filter(no_range, date_unread=False) if dating == Dating.NONE else self.exclude(no_range)

    def with_facet(self, facet: Facet) -> Self:
        """Keep images of which something is so that their lists are narrowed down by."""
        # Django takes what comes of two numbers for a small one, and finds no large one in it.
        masked = ExpressionWrapper(F("facets").bitand(facet.mask), output_field=models.BigIntegerField())
        return self.alias(facet_bits=masked).filter(facet_bits=facet.bits)

    def with_numbers(self, kinds: Iterable[HintKind]) -> Self:
        """Keep images in whose values or readings a personal number of one of the kinds stands."""
        masked = ExpressionWrapper(F("facets").bitand(hint_mask(kinds)), output_field=models.BigIntegerField())
        return self.alias(hint_bits=masked).filter(hint_bits__gt=0)

    def with_sensitive_words(self, kind: str) -> Self:
        """Keep images in whose values or readings a word of the list stands that speaks against opening them.

        Args:
            kind: a kind of words.
        """
        words = all_of("SensitiveWord").filter(is_active=True, kind=kind)

        def among(*columns: str) -> Exists:
            text = models.TextField()
            said = {f"said_{column}": ExpressionWrapper(OuterRef(column), text) for column in columns}
            stands = Q()
            for name in said:
                stands |= Q(**{f"{name}__icontains": F("word")})
            return Exists(words.alias(**said).filter(stands))

        read = all_of("Reading").filter(file__image=OuterRef("pk")).filter(among("searched"))
        return self.filter(Q(among(*SEARCHED_COLUMNS[1:])) | Q(Exists(read)))

    def without_facet(self, facet: Facet) -> Self:
        """Keep images of which it is not so; of a facet that is told by one bit."""
        return self.with_facet(Facet(mask=facet.mask, bits=0))

    def with_drafts(self, criteria: DraftCriteria) -> Self:
        """Keep images of which at least one draft that waits meets all criteria; without criteria, all of them."""
        found = self
        for facet in criteria.facets:
            found = found.with_facet(facet)
        if criteria.are_told_by_facets:
            return found
        drafts = all_of("Annotation").drafts().meeting(criteria)
        if criteria.batch or criteria.prompt_version:
            # Sought from the batch's answers on: few, and images that have none are not looked at.
            return found.filter(pk__in=drafts.values("image"))
        return found.filter(Exists(drafts.filter(image=OuterRef("pk"))))

    def decided_by(self, user: int) -> Self:
        """Keep images about whose drafts or values a person has decided.

        Args:
            user: their key.
        """
        return self.filter(Exists(all_of("Annotation").filter(image=OuterRef("pk"), decided_by=user)))

    def tallied(self) -> "list[Tally]":
        """Count images by what their lists are narrowed down by; each row has a number of images alike in it."""
        alike = Tally._fields[:-1]
        counted = self.order_by().prefetch_related(None).values(*alike)
        # Of rows, not of keys: the index has all of it, and a key would have to be compared with null.
        rows = counted.annotate(number=Count("*")).values_list(*alike, "number")
        return [Tally(*row) for row in rows]

    def lacking(self, fields: Iterable[str]) -> Self:
        """Keep images with at least one of `fields` that has neither an accepted value nor a draft.

        One that is left open (待考) counts as having none.
        """
        there = Q(state=State.DRAFT) | Q(state=State.ACCEPTED) & ~Q(value__in=LEFT_OPEN)
        condition = Q()
        for field in fields:
            condition |= Q(~Exists(_annotations(field).filter(there)))
        return self.filter(condition)

    def last_rejected(self, fields: Iterable[str]) -> Self:
        """Keep images whose newest annotation of at least one of `fields` was rejected.

        What is accepted or waiting as a draft counts as newer than any rejection.
        """
        condition = Q()
        for field in fields:
            condition |= Q(
                Exists(_annotations(field).filter(state=State.REJECTED))
                & ~Exists(_annotations(field).filter(state__in=[State.DRAFT, State.ACCEPTED]))
            )
        return self.filter(condition)

    def drafted_before(self, prompt: int, number: int, fields: Iterable[str]) -> Self:
        """Keep images with something of `fields` that an older version of a prompt wrote, and no person touched.

        Args:
            prompt: the prompt's key.
            number: the version from which on drafts are recent enough.
            fields: descriptive fields.
        """
        written = (
            all_of("Annotation")
            .machine_made()
            .filter(
                image=OuterRef("pk"),
                field__in=list(fields),
                state__in=[State.DRAFT, State.ACCEPTED],
                run__prompt_version__prompt=prompt,
                run__prompt_version__number__lt=number,
            )
        )
        return self.filter(Exists(written))

    def with_files(self) -> Self:
        """Prefetch the scans, so that `front` and `verso` cost no query."""
        return self.prefetch_related("files")

    def for_lists(self) -> Self:
        """Fetch what a list shows of an image, no more: heading, scans, and `current_annotations` by their origin."""
        shown_of_files = ("image", "role", "sequence", "original_name", "thumbnail", "width", "height")
        files = all_of("ImageFile").only(*shown_of_files)
        current = all_of("Annotation").filter(state__in=[State.DRAFT, State.ACCEPTED]).order_by("pk")
        words = current.only("image", "field", "value", "state", "ai_origin", "audit", "held")
        shown = (
            "collection__title", "collection__blind_first", "identifier", "title", "description", "status", "access",
            "disclosure", "secrecy_hold", "updated_at",
        )  # fmt: skip
        found = self.prefetch_related(None).select_related("collection").only(*shown)
        annotations = Prefetch("annotations", queryset=words, to_attr="current_annotations")
        return found.prefetch_related(Prefetch("files", queryset=files), annotations)

    def with_annotations(self, states: Iterable[str] = (State.DRAFT, State.ACCEPTED)) -> Self:
        """Prefetch annotations in `states`, with their provenance, as `current_annotations`, oldest first."""
        wanted = all_of("Annotation").filter(state__in=list(states)).with_provenance().order_by("pk")
        return self.prefetch_related(Prefetch("annotations", queryset=wanted, to_attr="current_annotations"))


class ImageFileQuerySet(models.QuerySet["rows.ImageFile"]):
    """Queries about scans, and the documents whose pages they are."""

    def scans(self) -> Self:
        """Keep what shows something: all but documents."""
        return self.exclude(role=FileRole.DOCUMENT)

    def over(self, pixels: int) -> Self:
        """Keep the scans of more pixels than that; documents have none."""
        return self.alias(pixel_count=F("width") * F("height")).filter(pixel_count__gt=pixels)

    def with_content(self, sha256: str) -> Self:
        """Keep the files whose bytes have this hash."""
        return self.filter(sha256=sha256)

    def unread(self, reader: str, version: str) -> Self:
        """Keep the scans that this version of a reader has not read.

        A negative beside a print, or beside pages, is never read: it shows the same, mirrored perhaps.
        """
        shown = self.model.objects.filter(image=OuterRef("image"), role__in=[FileRole.FRONT, FileRole.PAGE])
        unread = self.scans().exclude(reading__reader=reader, reading__version=version)
        return unread.exclude(Q(role=FileRole.NEGATIVE) & Exists(shown))


class ReadingQuerySet(models.QuerySet["rows.Reading"]):
    """Queries about what was read on scans."""

    def of_image(self, image: "rows.Image") -> Self:
        """Keep what was read on the scans of one image."""
        return self.filter(file__image=image)

    def by(self, reader: str, version: str) -> Self:
        """Keep what one version of a reader has read."""
        return self.filter(reader=reader, version=version)


class AnnotationQuerySet(models.QuerySet["rows.Annotation"]):
    """Queries about annotations."""

    def drafts(self) -> Self:
        """Keep what waits for a person."""
        return self.filter(state=State.DRAFT)

    def meeting(self, criteria: DraftCriteria) -> Self:
        """Keep what meets all criteria."""
        return self.filter(criteria.condition)

    def accepted(self) -> Self:
        """Keep what a person, an import or an audit accepted."""
        return self.filter(state=State.ACCEPTED)

    def in_record(self) -> Self:
        """Keep what the images' columns hold: what is accepted, and is not held back by its audit."""
        return self.accepted().filter(held=False)

    def machine_made(self) -> Self:
        """Keep the model's own words, which no person has edited."""
        return self.filter(source=Source.MODEL, original_value__isnull=True)

    def with_unbroken_value(self) -> Self:
        """Make the value without line breaks known to filters as `unbroken`."""
        return self.alias(unbroken=Replace("value", Value("\n"), Value(""), output_field=models.TextField()))

    def with_provenance(self) -> Self:
        """Join what says where a value comes from: run, prompt version, prompt, reviewer."""
        return self.select_related("run__prompt_version__prompt", "decided_by", "created_by")


class KnowledgeBaseQuerySet(models.QuerySet["rows.KnowledgeBase"]):
    """Queries about knowledge bases."""

    def public(self) -> Self:
        """Keep the bases everybody may use."""
        return self.filter(is_public=True)

    def with_counts(self) -> Self:
        """Add `entry_count`."""
        return self.annotate(entry_count=Count("entries"))


class KnowledgeEntryQuerySet(models.QuerySet["rows.KnowledgeEntry"]):
    """Queries about the entries of knowledge bases."""


def _number_of_images(**conditions: Any) -> Coalesce:
    """Return how many images the outer query's collection has: each number is read off an index of its own."""
    return number_of(all_of("Image").filter(collection=OuterRef("pk"), **conditions).order_by(), "collection")


def _annotations(field: str) -> "AnnotationQuerySet":
    """Return the annotations of the outer query's image for one field."""
    found: AnnotationQuerySet = all_of("Annotation").filter(image=OuterRef("pk"), field=field)
    return found


def _occurs_for_the_public(word: str, whole: Q | None) -> Q:
    """Return the condition that a word stands where the asker may look."""
    occurs = _occurs_in_columns(word)
    # Only figures are masked.
    if not any(map(str.isdigit, word)):
        return occurs
    shown = Q(masked_text="") & occurs | Q(masked_text__icontains=word) | Q(identifier__icontains=word)
    return shown if whole is None else shown | whole & occurs


def _occurs_in_columns(word: str) -> Q:
    """Return the condition that a word stands in one of the columns that are searched."""
    condition = Q()
    # Asked of the few words alone that would find it: no other search has to look twice at every column.
    finds_open = any(word in text for text in LEFT_OPEN)
    for column in SEARCHED_COLUMNS:
        occurs = Q(**{f"{column}__icontains": word})
        condition |= occurs & ~Q(**{f"{column}__in": LEFT_OPEN}) if finds_open and column != "identifier" else occurs
    return condition
