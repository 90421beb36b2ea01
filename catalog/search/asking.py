"""Answers of the index: which records a question finds, in which order, and what may be said about them.

Everything is asked under what whoever asks may see: a count, a suggestion or a correction tells of nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import tantivy
from rapidfuzz.distance import Levenshtein
from tantivy import Occur, Query

from catalog.search import schema as fields
from catalog.search.folding import fold
from catalog.search.language import All, Any, Node, Not, Question, Text
from catalog.search.matching import Matcher
from catalog.search.records import Asker

EXACT_UP_TO = 20_000
"""Facets of more hits than this are counted in a fixed sample."""
MOST_VALUES = 20
MOST_SUGGESTIONS = 8
_SUGGESTED = ("people", "place", "keyword")


class Order(StrEnum):
    """In which order hits come."""

    RELEVANCE = "relevance"
    DATE = "date"
    NUMBER = "number"
    NEWEST = "newest"


class Facet(StrEnum):
    """What hits are counted by, as the index names it."""

    COLLECTION = "collection"
    DECADE = "decade"
    PEOPLE = "term_people"
    PLACE = "term_place"
    KEYWORD = "term_keyword"
    TONE = "term_tone"
    ORIGIN = "term_origin"
    STATUS = "status"
    DOUBTFUL = "doubtful"
    BATCH = "batch"

    @property
    def is_for_staff(self) -> bool:
        """Tell whether it says something of the work, which visitors are not told."""
        return self in (Facet.STATUS, Facet.DOUBTFUL, Facet.BATCH)


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found.

    Attributes:
        total: how many records there are.
        keys: keys of those asked for, in order.
    """

    total: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many hits have a value in common.

    Attributes:
        value: the value.
        number: how many.
        is_about: whether they were counted in a sample.
    """

    value: str | int
    number: int
    is_about: bool = False


class Answers:
    """Answers questions of one person out of one index."""

    def __init__(
        self, searcher: tantivy.Searcher, schema: tantivy.Schema, asker: Asker, collections: Mapping[str, int]
    ) -> None:
        """Prepare.

        Args:
            searcher: of the index of public records for whoever sees nothing else, else of that for staff.
            schema: the index's.
            asker: who asks.
            collections: keys by slug and by title of the collections that they may know of, for `馆藏:`.
        """
        self._searcher = searcher
        self._schema = schema
        self._asker = asker
        self._matcher = Matcher(schema, dict(collections))

    def find(
        self,
        question: Question,
        *,
        order: Order = Order.RELEVANCE,
        chosen: Mapping[Facet, str | int] | None = None,
        drafts: bool = True,
        offset: int = 0,
        limit: int = 24,
    ) -> Found:
        """Find records.

        Args:
            question: what is asked; of nothing, everything is found.
            order: in which order.
            chosen: values of facets that they are to have.
            drafts: whether staff search texts that wait as drafts too.
            offset: how many hits come before.
            limit: how many are wanted.
        """
        query = self._query(question.root, chosen, drafts=drafts)
        if order is Order.RELEVANCE and question.root is None:
            order = Order.NUMBER
        if order is Order.RELEVANCE:
            result = self._searcher.search(query, limit=limit, offset=offset)
        else:
            by, way = _ORDERS[order]
            result = self._searcher.search(query, limit=limit, offset=offset, order_by_field=by, order=way)
        number: int = result.count  # type: ignore[attr-defined]  # left out of its stubs
        return Found(number, self._keys(address for _score, address in result.hits))

    def facets(
        self,
        question: Question,
        wanted: Sequence[Facet],
        *,
        total: int,
        chosen: Mapping[Facet, str | int] | None = None,
        drafts: bool = True,
    ) -> dict[Facet, list[Count]]:
        """Count a question's hits by facets.

        Args:
            question: what is asked.
            wanted: by what; visitors are told nothing of the work.
            total: how many hits there are.
            chosen: values that they are to have.
            drafts: as in `find`.

        Returns:
            For each facet its most frequent values; decades in order of time.
        """
        told = [facet for facet in wanted if not (self._asker.is_public and facet.is_for_staff)]
        query, share = self._query(question.root, chosen, drafts=drafts), 1.0
        if total > EXACT_UP_TO:
            last = max(1, fields.SAMPLES * EXACT_UP_TO // total) - 1
            share = (last + 1) / fields.SAMPLES
            sample = Query.range_query(self._schema, fields.SAMPLE, tantivy.FieldType.Integer, 0, last)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, sample)])
        asked = {facet.value: {"terms": {"field": facet.value, "size": MOST_VALUES + 1}} for facet in told}
        counted = self._searcher.aggregate(query, asked) if asked else {}
        return {facet: _counts(facet, counted[facet.value]["buckets"], share) for facet in told}

    def suggestions(self, text: str) -> list[str]:
        """Return terms of the catalogue that begin as what somebody types, the most frequent first.

        Args:
            text: what is typed so far; of several words the last one.
        """
        beginning = text.split()[-1] if text.split() else ""
        if not beginning:
            return []
        found: dict[str, int] = {}
        everything = self._query(None, None, drafts=False)
        for name in _SUGGESTED:
            field = fields.facet_field(name)
            for term, number in self._searcher.terms_with_prefix(field, beginning, everything, MOST_SUGGESTIONS):
                found[term] = found.get(term, 0) + number
        return sorted(found, key=lambda term: (-found[term], term))[:MOST_SUGGESTIONS]

    def corrections(self, text: str) -> list[str]:
        """Return terms of the catalogue that differ in one character from a word that found nothing.

        Args:
            text: the word.
        """
        if len(text) < 2:
            return []
        found = set()
        for name in _SUGGESTED:
            fuzzy = Query.fuzzy_term_query(self._schema, fields.facet_field(name), text, 1)
            query = Query.boolean_query([(Occur.Must, fuzzy), (Occur.Must, self._query(None, None, drafts=False))])
            near = self._searcher.aggregate(
                query, {"near": {"terms": {"field": fields.facet_field(name), "size": 200}}}
            )["near"]["buckets"]  # fmt: skip
            found |= {bucket["key"] for bucket in near if Levenshtein.distance(bucket["key"], text, score_cutoff=1) < 2}
        return sorted(term for term in found if fold(term).text != fold(text).text)

    def missing(self, question: Question) -> list[tuple[Text, int]]:
        """Return how many records each wanted text finds by itself, where all together find none.

        Args:
            question: what found nothing.
        """
        return [(text, self.find(Question(text.text, text), limit=1).total) for text in question.wanted()]

    def without(self, question: Question, left_out: Text) -> int:
        """Return how many records a question finds without one of its texts.

        Args:
            question: what found nothing.
            left_out: the text.
        """
        rest = _without(question.root, left_out)
        return self.find(Question(question.text, rest), limit=1).total if rest is not None else 0

    def _query(self, root: Node | None, chosen: Mapping[Facet, str | int] | None, *, drafts: bool) -> Query:
        if self._asker.is_public:
            query = self._matcher.of_public(root)
        else:
            query = self._matcher.of_staff(root, self._asker, drafts=drafts)
        conditions = [
            (Occur.Must, Query.const_score_query(Query.term_query(self._schema, facet.value, value), 0.0))
            for facet, value in (chosen or {}).items()
            if not (self._asker.is_public and facet.is_for_staff)
        ]
        return Query.boolean_query([(Occur.Must, query), *conditions]) if conditions else query

    def _keys(self, addresses: Iterable[tantivy.DocAddress]) -> tuple[int, ...]:
        keys = self._searcher.fast_field_values("id", list(addresses))
        return tuple(int(key) for key in keys if key is not None)


_ORDERS = {
    Order.DATE: ("sort_date", tantivy.Order.Asc),
    Order.NUMBER: ("number", tantivy.Order.Asc),
    Order.NEWEST: ("id", tantivy.Order.Desc),
}


def _counts(facet: Facet, buckets: Sequence[Mapping[str, object]], share: float) -> list[Count]:
    counts = [
        Count(_value(bucket["key"]), round(int(str(bucket["doc_count"])) / share), is_about=share < 1)
        for bucket in buckets
        if bucket["key"] != ""
    ][:MOST_VALUES]
    return sorted(counts, key=lambda count: int(count.value)) if facet is Facet.DECADE else counts


def _value(key: object) -> str | int:
    return int(key) if isinstance(key, float | int) else str(key)


def _without(node: Node | None, left_out: Text) -> Node | None:
    match node:
        case Text():
            return None if node == left_out else node
        case All(nodes) | Any(nodes):
            kept = tuple(rest for inner in nodes if (rest := _without(inner, left_out)) is not None)
            if len(kept) < 2:
                return kept[0] if kept else None
            return type(node)(kept)
        case Not():
            return node
    return node
