"""The index against looking through every text: nothing false, nothing missed."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

import pytest
import tantivy

from catalog.search import schema
from catalog.search.language import All, Any, Dated, Node, Not, Text, Where, read
from catalog.search.matching import Matcher
from catalog.search.records import Asker, Record
from catalog.search.tokens import spellings

RECORDS = 4000
COLLECTIONS = {"demo": 1, "二号馆": 2, "third": 3}
_WORDS = [
    "龙泉县", "水库", "开工", "開學典禮", "典礼", "文化馆", "化馆", "人民", "公社", "周", "恩来", "李周", "大会堂",
    "1956年", "一九五六年", "１９５６", "民国二十六年", "五月", "5月1日", "ZP-0012", "A", "an", "Anna", "panda", "B厂",
    "。", "，", "（左）", "·", " ", "\n", "石桥", "桥", "石", "第3版", "③", "㈱", "Café", "CAFE\u0301", "ｶﾞ", "𠮷野家",
]  # fmt: skip
_FIELDS = ("title", "description", "people", "place", "notes", "transcription", "identifier", "date")


@cache
def records() -> list[Record]:
    chance = random.Random(7)

    def text(most: int) -> str:
        return "".join(chance.choice(_WORDS) for _ in range(chance.randint(1, most)))

    found = []
    for key in range(1, RECORDS + 1):
        texts = {field: text(5) for field in _FIELDS if chance.random() < 0.5}
        start = chance.choice([None, chance.randint(700_000, 715_000)])
        record = Record(
            key,
            chance.choice(list(COLLECTIONS.values())),
            is_public=chance.random() < 0.5,
            is_restricted=chance.random() < 0.2,
            texts=texts,
            drafts=(text(4),) if chance.random() < 0.3 else (),
            read=(text(12),) if chance.random() < 0.1 else (),
            start=start,
            end=None if start is None or chance.random() < 0.1 else start + chance.randint(0, 400),
        )
        if texts and chance.random() < 0.05:
            field = chance.choice(list(texts))
            record = replace(
                record,
                texts={**texts, field: f"{texts[field]}电话13812345678"},
                masked={field: f"{texts[field]}电话138＊＊＊＊5678"},
            )
        found.append(record)
    return found


@cache
def searcher(*, public: bool) -> tantivy.Searcher:
    index = tantivy.Index(schema.build())
    writer = index.writer(30_000_000, 1)
    for record in records():
        if not public:
            writer.add_document(schema.document(record))
        elif record.is_public:
            writer.add_document(schema.public_document(record))
    writer.commit()
    index.reload()
    return index.searcher()


def found(query: tantivy.Query, *, public: bool) -> set[int]:
    at = searcher(public=public)
    hits = at.search(query, limit=RECORDS, count=False).hits
    return {at.doc(address)["id"][0] for _score, address in hits}


# --- The oracle: every text is looked through ------------------------------------------------------------------------


spelled = lru_cache(maxsize=None)(spellings)


def holds(node: Node | None, record: Record, texts: Mapping[str, str], beside: tuple[str, ...]) -> bool:
    match node:
        case None:
            return True
        case Not(inner):
            return not holds(inner, record, texts, beside)
        case All(nodes):
            return all(holds(inner, record, texts, beside) for inner in nodes)
        case Any(nodes):
            return any(holds(inner, record, texts, beside) for inner in nodes)
        case Dated(_text, start, end):
            if record.start is None and record.end is None:
                return False
            early = end is None or record.start is None or record.start <= end.toordinal()
            return early and (start is None or record.end is None or record.end >= start.toordinal())
        case Text(text, Where.COLLECTION):
            return COLLECTIONS.get(text.casefold()) == record.collection
        case Text(text, where):
            looked_at = [texts.get(where, "")] if where else [*texts.values(), *beside]
            return any(wanted in held for wanted in spelled(text) for one in looked_at for held in spelled(one))


def seen_by(asker: Asker) -> Callable[[Record, Node | None, bool], bool]:
    def sees(record: Record, node: Node | None, drafts: bool) -> bool:
        is_own = asker.sees_all or not asker.reviews.isdisjoint({None, record.collection})
        is_own = is_own or (not record.is_restricted and not asker.works_on.isdisjoint({None, record.collection}))
        if is_own:
            return holds(node, record, record.texts, (*record.read, *(record.drafts if drafts else ())))
        if not record.is_public:
            return False
        if record.masked:
            node = without_fields(node)
        return holds(node, record, {**record.texts, **record.masked}, ())

    return sees


def for_the_public(root: Node | None) -> set[int]:
    public = [record for record in records() if record.is_public]
    return {record.key for record in public if holds(root, record, {**record.texts, **record.masked}, ())}


def without_fields(node: Node | None) -> Node | None:
    """Return a question that looks anywhere: a masked record of others is searched as a whole."""
    match node:
        case Text(text, where) if where != Where.COLLECTION:
            return Text(text)
        case Not(inner):
            return Not(without_fields(inner) or inner)
        case All(nodes):
            return All(tuple(without_fields(inner) or inner for inner in nodes))
        case Any(nodes):
            return Any(tuple(without_fields(inner) or inner for inner in nodes))
    return node


# --- Questions of all kinds ------------------------------------------------------------------------------------------


def questions() -> Iterator[str]:
    chance = random.Random(11)
    everything = [text for record in records() for text in record.texts.values()]

    def piece(length: int) -> str:
        while True:
            text = chance.choice(everything)
            if len(text) >= length:
                start = chance.randint(0, len(text) - length)
                cut = text[start : start + length].strip()
                if cut and not set(cut) & set(' \n()（）-|:："“”'):
                    return cut

    for length in (1, 1, 2, 2, 3, 4, 6, 9):
        for _ in range(12):
            yield piece(length)
    for _ in range(12):
        yield f"{piece(2)} {piece(1)}"
        yield f"{piece(2)} -{piece(1)}"
        yield f"{piece(3)} OR {piece(2)}"
        yield f"({piece(2)} | {piece(1)}) {piece(1)} -{piece(2)}"
        yield f'"{piece(4)}"'
    yield from (
        "1956年",
        "一九五六年",
        "１９５６",
        "民国26年",
        "1937年",
        "开学典礼",
        "開學典禮",
        "化馆",
        "文化馆",
        "馆化",
        "195",
    )
    yield from (
        "时间:1920..1930",
        "时间:..1925",
        "时间:1950..",
        "-时间:1930..1940",
        "馆藏:demo",
        "馆藏:二号馆 桥",
        "馆藏:没有",
    )
    yield from ("cafe", "café", "ガ", "大𠮷", "𠮷野", "13812345678", "5678", "138", "-桥", "3")


@pytest.mark.parametrize(
    "asker",
    [
        Asker(sees_all=True),
        Asker(works_on=frozenset({1})),
        Asker(works_on=frozenset({1, 3}), reviews=frozenset({3})),
        Asker(works_on=frozenset({None})),
        Asker(reviews=frozenset({None})),
    ],
    ids=str,
)
def test_staff_find_what_holds_the_words_among_what_they_may_see(asker: Asker) -> None:
    matcher, sees = Matcher(schema.build(), COLLECTIONS), seen_by(asker)
    # All kinds for each, and every question for whoever sees everything.
    for number, text in enumerate(list(questions())[:: 1 if asker.sees_all else 3]):
        root, drafts = read(text).root, number % 2 == 0
        expected = {record.key for record in records() if sees(record, root, drafts)}
        assert found(matcher.of_staff(root, asker, drafts=drafts), public=False) == expected, text


@pytest.mark.parametrize(
    "text", ["人物:周", "人物:李周", "title:典礼", "题名:桥", "照片号:zp-0012", "地点:石桥 -题名:桥", "附注:。"]
)
def test_a_field_is_searched_alone(text: str) -> None:
    root = read(text).root
    matcher = Matcher(schema.build(), COLLECTIONS)
    expected = {record.key for record in records() if holds(root, record, record.texts, (*record.read, *record.drafts))}
    assert found(matcher.of_staff(root, Asker(sees_all=True)), public=False) == expected
    public = {
        record.key
        for record in records()
        if record.is_public and holds(root, record, {**record.texts, **record.masked}, ())
    }
    assert found(matcher.of_public(root), public=True) == public


def test_visitors_find_accepted_texts_of_public_records_without_personal_numbers() -> None:
    matcher = Matcher(schema.build(), COLLECTIONS)
    for text in questions():
        root = read(text).root
        assert found(matcher.of_public(root), public=True) == for_the_public(root), text


def test_what_not_everybody_may_see_gets_no_public_document() -> None:
    with pytest.raises(ValueError, match="may see"):
        schema.public_document(Record(1, 1, is_public=False))


def test_the_title_comes_first_and_what_is_not_accepted_last() -> None:
    index = tantivy.Index(schema.build())
    writer = index.writer(15_000_000, 1)
    for record in (
        Record(1, 1, is_public=True, drafts=("石桥",)),
        Record(2, 1, is_public=True, texts={"notes": "石桥"}),
        Record(3, 1, is_public=True, texts={"title": "石桥"}),
    ):
        writer.add_document(schema.document(record))
    writer.commit()
    index.reload()
    at = index.searcher()
    query = Matcher(schema.build(), {}).of_staff(read("石桥").root, Asker(sees_all=True))
    assert [at.doc(address)["id"][0] for _score, address in at.search(query).hits] == [3, 2, 1]
