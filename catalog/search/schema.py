"""The fields of the index, and a record as its document.

There are two indexes of one form: one with the public records as the public reads them, which visitors ask, and one
with all records for staff. What stands in no index that somebody may ask cannot leak from it, in counts, suggestions or
corrections either.
"""

from collections.abc import Iterable, Mapping

import tantivy

from catalog.search.language import Where
from catalog.search.records import Record
from catalog.search.tokens import characters, pairs, spellings
from catalog.vocabulary import Field

VERSION = 1
"""Counted up whenever folding, tokens or fields change: an index of another version is built again."""

TEXT_FIELDS = (*Field.values, *(where.value for where in Where if where is not Where.COLLECTION))
ALL, CHARACTERS, FIELD_CHARACTERS = "all", "chars", "field_chars"
MASKED_ALL, MASKED_CHARACTERS, IS_MASKED = "masked_all", "masked_chars", "masked"
DRAFTS, DRAFT_CHARACTERS = "drafts", "draft_chars"
READ, READ_CHARACTERS = "read", "read_chars"
TERM_FACETS = ("place", "people", "keyword", "tone", "origin")
SAMPLE, SAMPLES = "sample", 1000
"""The fixed samples that the records fall into, by their keys."""
_SPREAD = 2_654_435_761
_NO_TIME = 10_000_000
NO_DAY = -1
"""Stands where a date has no first or last day, or none at all; days are ordinals from 1."""


def build() -> tantivy.Schema:
    """Return the schema."""
    builder = tantivy.SchemaBuilder()
    for name in ("id", "collection"):
        builder.add_integer_field(name, stored=name == "id", indexed=True, fast=True)
    for name in ("start", "end", "sort_date", "decade", "batch", SAMPLE):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("public", "restricted", "doubtful", "dated", IS_MASKED):
        builder.add_boolean_field(name, indexed=True, fast=True)
    for name in (ALL, MASKED_ALL, DRAFTS, READ, *(text_field(field) for field in TEXT_FIELDS)):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in (CHARACTERS, FIELD_CHARACTERS, MASKED_CHARACTERS, DRAFT_CHARACTERS, READ_CHARACTERS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in (*(facet_field(name) for name in TERM_FACETS), "status", "number"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    return builder.build()


def text_field(field: str) -> str:
    """Return the name of the index's field for the text of a field."""
    return f"in_{field}"


def facet_field(name: str) -> str:
    """Return the name of the index's field for whole terms."""
    return f"term_{name}"


def document(record: Record) -> tantivy.Document:
    """Return a record as staff find it.

    Args:
        record: the record.
    """
    return _document(record, record.texts, inside=True)


def public_document(record: Record) -> tantivy.Document:
    """Return a public record as everybody finds it: accepted texts only, personal numbers masked.

    Args:
        record: one that everybody may see.

    Raises:
        ValueError: not everybody may.
    """
    if not record.is_public:
        raise ValueError("not everybody may see it")
    return _document(record, {**record.texts, **record.masked}, inside=False)


def _document(record: Record, texts: Mapping[str, str], *, inside: bool) -> tantivy.Document:
    spelled = {field: spellings(text) for field, text in texts.items()}
    values: dict[str, object] = {
        "id": record.key,
        "collection": record.collection,
        "public": record.is_public,
        "restricted": record.is_restricted,
        "doubtful": inside and record.is_doubtful,
        "dated": record.start is not None or record.end is not None,
        "start": NO_DAY if record.start is None else record.start,
        "end": NO_DAY if record.end is None else record.end,
        "sort_date": _place_in_time(record),
        SAMPLE: record.key * _SPREAD % 2**32 % SAMPLES,
        IS_MASKED: inside and bool(record.masked),
        "number": record.number,
        "status": record.status if inside else "",
        "decade": list(record.terms.decade),
        "batch": list(record.batches) if inside else [],
    }
    values |= {facet_field(name): list(getattr(record.terms, name)) for name in TERM_FACETS}
    values |= _searched(ALL, CHARACTERS, spelled.values())
    values |= {text_field(field): pairs(some) for field, some in spelled.items()}
    values[FIELD_CHARACTERS] = " ".join(characters(some, f"{field}/") for field, some in spelled.items())
    if inside:
        public = {**texts, **record.masked}
        if record.masked:
            values |= _searched(MASKED_ALL, MASKED_CHARACTERS, map(spellings, public.values()))
        values |= _searched(DRAFTS, DRAFT_CHARACTERS, map(spellings, record.drafts))
        values |= _searched(READ, READ_CHARACTERS, map(spellings, record.read))
    return tantivy.Document(**values)


def _place_in_time(record: Record) -> int:
    """Return what records are put in order of time by; those without a date come last."""
    first = record.start if record.start is not None else record.end
    return _NO_TIME if first is None else first


def _searched(name: str, of_characters: str, spelled: Iterable[list[str]]) -> dict[str, object]:
    texts = [text for some in spelled for text in some]
    return {name: pairs(texts), of_characters: characters(texts)}
