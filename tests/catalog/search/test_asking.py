"""Answers of the index: order, facets, suggestions and corrections."""

import pytest
import tantivy

from catalog.search import schema
from catalog.search.asking import Answers, Count, Facet, Order
from catalog.search.language import Text, read
from catalog.search.records import Asker, Record, Terms

EVERYTHING, VISITOR, MEMBER = Asker(sees_all=True), Asker(), Asker(works_on=frozenset({1}))
RECORDS = [
    Record(1, 1, True, number="3", texts={"title": "西湖石桥"}, start=100, end=200,
           terms=Terms(place=("杭州西湖",), people=("周文",), decade=(1950,), origin=("model",)), status="described"),
    Record(2, 1, True, number="1", texts={"title": "石桥"}, start=50, end=60,
           terms=Terms(place=("杭州西湖",), keyword=("桥梁",), decade=(1940, 1950)), status="described"),
    Record(3, 2, False, number="2", texts={"title": "石桥"}, status="to_review",
           terms=Terms(place=("杭州湾",), people=("周密",)), is_doubtful=True, batches=(7,)),
    Record(4, 1, False, number="4", texts={"title": "渡口"}, status="to_review", end=80,
           terms=Terms(place=("龙泉县",), people=("周深",))),
]  # fmt: skip


def answers(asker: Asker) -> Answers:
    index = tantivy.Index(schema.build())
    writer = index.writer(15_000_000, 1)
    for record in RECORDS:
        if not asker.is_public:
            writer.add_document(schema.document(record))
        elif record.is_public:
            writer.add_document(schema.public_document(record))
    writer.commit()
    index.reload()
    return Answers(index.searcher(), schema.build(), asker, {"demo": 1})


class TestFinding:
    @pytest.mark.parametrize(
        ("order", "keys"),
        [(Order.DATE, (2, 4, 1, 3)), (Order.NUMBER, (2, 3, 1, 4)), (Order.NEWEST, (4, 3, 2, 1))],
    )
    def test_hits_come_in_the_order_asked_for(self, order: Order, keys: tuple[int, ...]) -> None:
        assert answers(EVERYTHING).find(read(""), order=order).keys == keys

    def test_pages_follow_each_other(self) -> None:
        asked = answers(EVERYTHING)
        pages = [asked.find(read("桥"), order=Order.NUMBER, offset=at, limit=2) for at in (0, 2, 4)]
        assert [page.keys for page in pages] == [(2, 3), (1,), ()]
        assert {page.total for page in pages} == {3}

    def test_a_value_that_was_chosen_narrows_them_down(self) -> None:
        chosen: dict[Facet, str | int] = {Facet.DECADE: 1950, Facet.PLACE: "杭州西湖"}
        assert set(answers(EVERYTHING).find(read(""), chosen=chosen).keys) == {1, 2}
        assert answers(EVERYTHING).find(read(""), chosen={Facet.BATCH: 7}).keys == (3,)
        assert answers(EVERYTHING).find(read(""), chosen={Facet.STATUS: "to_review"}, order=Order.NUMBER).keys == (3, 4)

    def test_visitors_cannot_choose_by_what_they_are_not_told(self) -> None:
        assert answers(VISITOR).find(read("桥"), chosen={Facet.STATUS: "to_review"}).total == 2


class TestFacets:
    def test_hits_are_counted_by_what_they_have_in_common(self) -> None:
        told = answers(EVERYTHING).facets(read("桥"), list(Facet), total=3)
        assert told[Facet.PLACE] == [Count("杭州西湖", 2), Count("杭州湾", 1)]
        assert told[Facet.DECADE] == [Count(1940, 1), Count(1950, 2)]
        assert told[Facet.COLLECTION] == [Count(1, 2), Count(2, 1)]
        assert told[Facet.STATUS] == [Count("described", 2), Count("to_review", 1)]
        assert told[Facet.ORIGIN] == [Count("model", 1)]
        assert told[Facet.BATCH] == [Count(7, 1)]

    def test_visitors_are_told_nothing_of_the_work_nor_of_what_they_may_not_see(self) -> None:
        told = answers(VISITOR).facets(read(""), list(Facet), total=2)
        assert not {Facet.STATUS, Facet.DOUBTFUL, Facet.BATCH} & set(told)
        assert told[Facet.PLACE] == [Count("杭州西湖", 2)]
        assert told[Facet.PEOPLE] == [Count("周文", 1)]

    def test_members_are_told_of_their_collections_and_of_what_is_public(self) -> None:
        told = answers(MEMBER).facets(read(""), [Facet.PLACE], total=3)
        assert told[Facet.PLACE] == [Count("杭州西湖", 2), Count("龙泉县", 1)]

    def test_very_many_hits_are_counted_in_a_sample_that_says_so(self) -> None:
        index = tantivy.Index(schema.build())
        writer = index.writer(15_000_000, 1)
        for key in range(3000):
            terms = Terms(place=("甲" if key % 3 else "乙",))
            writer.add_document(schema.document(Record(key, 1, is_public=True, terms=terms)))
        writer.commit()
        index.reload()
        asked = Answers(index.searcher(), schema.build(), EVERYTHING, {})
        # A third of them is counted, where there are three times as many as are counted exactly.
        [more, fewer] = asked.facets(read(""), [Facet.PLACE], total=60_000)[Facet.PLACE]
        assert (more.value, fewer.value) == ("甲", "乙")
        assert more.is_about
        assert fewer.is_about
        assert more.number == pytest.approx(2000, rel=0.1)
        assert fewer.number == pytest.approx(1000, rel=0.1)


class TestSuggesting:
    def test_terms_that_begin_so_are_suggested_the_most_frequent_first(self) -> None:
        assert answers(EVERYTHING).suggestions("杭州") == ["杭州西湖", "杭州湾"]
        assert answers(EVERYTHING).suggestions("石桥 周") == ["周密", "周文", "周深"]
        assert answers(EVERYTHING).suggestions("  ") == []

    def test_nothing_is_suggested_of_what_they_may_not_see(self) -> None:
        assert answers(VISITOR).suggestions("周") == ["周文"]
        assert answers(MEMBER).suggestions("周") == ["周文", "周深"]
        assert answers(MEMBER).suggestions("杭州") == ["杭州西湖"]

    def test_a_word_that_is_almost_a_term_is_corrected(self) -> None:
        assert answers(EVERYTHING).corrections("杭州东湖") == ["杭州西湖"]
        assert answers(EVERYTHING).corrections("杭州弯") == ["杭州湾"]
        assert answers(VISITOR).corrections("杭州弯") == []
        assert answers(EVERYTHING).corrections("周") == []


class TestFindingNothing:
    def test_it_says_which_word_found_nothing_and_what_would_be_found_without_it(self) -> None:
        asked, question = answers(EVERYTHING), read("石桥 火车")
        assert asked.find(question).total == 0
        assert asked.missing(question) == [(Text("石桥"), 3), (Text("火车"), 0)]
        assert asked.without(question, Text("火车")) == 3
        assert asked.without(read("火车"), Text("火车")) == 0
