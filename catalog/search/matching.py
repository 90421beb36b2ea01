"""Questions as queries of the index, narrowed down to what whoever asks may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur, Query

from catalog.search import schema as fields
from catalog.search.language import All, Any, Dated, Node, Not, Text, Where
from catalog.search.records import Asker
from catalog.search.tokens import phrase, spellings
from catalog.vocabulary import Field

_IN_TITLE = 3.0
_NOT_ACCEPTED = 0.2
"""What is read or drafted comes after what is accepted."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of the index a question is asked of.

    Attributes:
        texts: with all texts together.
        characters: with their characters.
        beside: more of both, of texts that are not accepted.
    """

    texts: str = fields.ALL
    characters: str = fields.CHARACTERS
    beside: tuple[tuple[str, str], ...] = ()


PUBLIC = Fields()
MASKED = Fields(fields.MASKED_ALL, fields.MASKED_CHARACTERS)
READINGS = (fields.READ, fields.READ_CHARACTERS)
DRAFTS = (fields.DRAFTS, fields.DRAFT_CHARACTERS)


class Matcher:
    """Makes queries for one index."""

    def __init__(self, schema: tantivy.Schema, collections: "dict[str, int]") -> None:
        """Prepare.

        Args:
            schema: the index's.
            collections: keys of collections by slug and by title, for `馆藏:`.
        """
        self._schema = schema
        self._collections = collections

    def of_public(self, root: Node | None) -> Query:
        """Return the query of a visitor's question, for the index of public records."""
        return self._node(root, PUBLIC)

    def of_staff(self, root: Node | None, asker: Asker, *, drafts: bool = True) -> Query:
        """Return the query of a question of somebody who sees more than everybody does.

        Args:
            root: what is asked; None for everything.
            asker: who asks.
            drafts: whether texts that wait as drafts are searched too.
        """
        inside = Fields(beside=(READINGS, DRAFTS) if drafts else (READINGS,))
        own = self._own(asker)
        mine = self._node(root, inside)
        if own is None:
            return mine
        foreign = _all_of([_filter(self._term("public", True)), (Occur.MustNot, own)])
        plain = _all_of([_filter(foreign), (Occur.MustNot, self._term(fields.IS_MASKED, True))])
        hidden = _all_of([_filter(foreign), _filter(self._term(fields.IS_MASKED, True))])
        return _one_of(
            [
                _all_of([(Occur.Must, mine), _filter(own)]),
                _all_of([(Occur.Must, self._node(root, PUBLIC)), _filter(plain)]),
                _all_of([(Occur.Must, self._node(root, MASKED)), _filter(hidden)]),
            ]
        )

    def _own(self, asker: Asker) -> Query | None:
        """Return the condition of being one that the asker sees as a member; None where all are."""
        if asker.sees_all or None in asker.reviews:
            return None
        not_restricted = (Occur.MustNot, self._term("restricted", True))
        if None in asker.works_on:
            works = _all_of([(Occur.Must, Query.all_query()), not_restricted])
        else:
            works = _all_of([(Occur.Must, self._in(sorted(key for key in asker.works_on if key))), not_restricted])
        return _one_of([works, self._in(sorted(key for key in asker.reviews if key))])

    def _in(self, collections: Sequence[int]) -> Query:
        return Query.term_set_query(self._schema, "collection", list(collections))

    def _node(self, node: Node | None, where: Fields) -> Query:
        match node:
            case None:
                return Query.all_query()
            case Text():
                return self._text(node, where)
            case Dated():
                return self._dated(node)
            case Not(inner):
                return _all_of([(Occur.Must, Query.all_query()), (Occur.MustNot, self._node(inner, where))])
            case Any(nodes):
                return _one_of([self._node(inner, where) for inner in nodes])
            case All(nodes):
                return _all_of([(Occur.Must, self._node(inner, where)) for inner in nodes])

    def _text(self, text: Text, where: Fields) -> Query:
        if text.where == Where.COLLECTION:
            key = self._collections.get(text.text.casefold())
            return self._in([key]) if key is not None else Query.empty_query()
        spelled = spellings(text.text)
        if text.where is not None and where != MASKED:
            name = fields.text_field(text.where)
            return _one_of([self._spelled(one, name, fields.FIELD_CHARACTERS, f"{text.where}/") for one in spelled])
        found = []
        for one in spelled:
            # Of a masked record nothing but the masked texts is searched, which are kept together.
            found.append(self._spelled(one, where.texts, where.characters))
            if where != MASKED:
                title = fields.text_field(Field.TITLE.value)
                in_title = self._spelled(one, title, fields.FIELD_CHARACTERS, f"{Field.TITLE.value}/")
                found.append(Query.boost_query(in_title, _IN_TITLE))
            found += [
                Query.boost_query(self._spelled(one, name, of_characters), _NOT_ACCEPTED)
                for name, of_characters in where.beside
            ]
        return _one_of(found)

    def _spelled(self, folded: str, name: str, of_characters: str, before: str = "") -> Query:
        pairs = phrase(folded)
        if not pairs:
            return Query.term_query(self._schema, of_characters, f"{before}{folded}", "basic")
        # A phrase of a single word would end the process.
        if len(pairs) == 1:
            return Query.term_query(self._schema, name, pairs[0])
        return Query.phrase_query(self._schema, name, list(pairs))

    def _dated(self, dated: Dated) -> Query:
        """Return the condition that a date touches a range; a side that a record leaves open reaches on for ever."""
        conditions = [_filter(self._term("dated", True))]
        if dated.start is not None:
            late = self._days("end", dated.start.toordinal(), None)
            conditions.append(_filter(_one_of([late, self._term("end", fields.NO_DAY)])))
        if dated.end is not None:
            conditions.append(_filter(self._days("start", fields.NO_DAY, dated.end.toordinal())))
        return _all_of(conditions)

    def _days(self, name: str, first: int, last: int | None) -> Query:
        return Query.range_query(self._schema, name, tantivy.FieldType.Integer, first, last)

    def _term(self, name: str, value: object) -> Query:
        return Query.term_query(self._schema, name, value)


def _filter(query: Query) -> tuple[Occur, Query]:
    """Return a condition that says nothing about how well a record fits."""
    return Occur.Must, Query.const_score_query(query, 0.0)


def _all_of(parts: Iterable[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query(list(parts))


def _one_of(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])
