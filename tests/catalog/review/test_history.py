"""What became of each field: the texts in time, who they are from, and what was changed of a draft."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from catalog.models import Image
from catalog.review import decisions
from catalog.review.history import Change, Piece, compared, difference, history_of
from catalog.vocabulary import Field, State
from tests.factories import AnnotationFactory, RunFactory, UserFactory, described, drafted

KEPT, REMOVED, ADDED = Change.KEPT, Change.REMOVED, Change.ADDED


class TestDifference:
    def test_chinese_is_compared_by_the_character(self) -> None:
        assert difference("桥头有三个人", "桥头有两个人") == [
            Piece(KEPT, "桥头有"), Piece(REMOVED, "三"), Piece(ADDED, "两"), Piece(KEPT, "个人"),
        ]  # fmt: skip

    def test_figures_and_latin_words_stay_whole(self) -> None:
        assert difference("摄于1959年", "摄于1962年") == [
            Piece(KEPT, "摄于"), Piece(REMOVED, "1959"), Piece(ADDED, "1962"), Piece(KEPT, "年"),
        ]  # fmt: skip

    def test_equal_texts_and_empty_ones(self) -> None:
        assert difference("石桥", "石桥") == [Piece(KEPT, "石桥")]
        assert difference("", "石桥") == [Piece(ADDED, "石桥")]
        assert difference("石桥", "") == [Piece(REMOVED, "石桥")]
        assert difference("", "") == []

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_the_pieces_make_up_both_texts(self, before: str, after: str) -> None:
        pieces = difference(before, after)
        assert "".join(piece.text for piece in pieces if piece.change != ADDED) == before
        assert "".join(piece.text for piece in pieces if piece.change != REMOVED) == after

    def test_long_texts_are_compared_by_the_sentence(self) -> None:
        before = "".join(f"第{number}句。" for number in range(1500))
        after = before.replace("第700句。", "第七百句。")
        pieces = difference(before, after)
        assert [piece for piece in pieces if piece.change != KEPT] == [
            Piece(REMOVED, "第700句。"), Piece(ADDED, "第七百句。"),
        ]  # fmt: skip
        assert "".join(piece.text for piece in pieces if piece.change != REMOVED) == after


@pytest.mark.django_db
class TestHistory:
    def reviewed(self) -> Image:
        """Return a record whose title was drafted, rejected, drafted again and edited; its place written by hand."""
        image = drafted(title="木桥", description="草稿")
        decisions.reject(annotation=image.annotations.get(field="title"), user=UserFactory(), reason="是石桥")
        drafted(image, title="石桥一座")
        draft = image.annotations.drafts().get(field="title")
        decisions.edit_and_accept(annotation=draft, user=UserFactory(username="wang"), value="石桥两座")
        return described(image, place="云溪镇")

    def test_the_fields_in_the_order_of_the_record_each_with_the_newest_text_first(self) -> None:
        told = history_of(self.reviewed())
        assert [history.field for history in told] == [Field.TITLE, Field.DESCRIPTION, Field.PLACE]
        states = [version.annotation.state for version in told[0].versions]
        assert states == [State.ACCEPTED, State.REJECTED]
        assert told[0].accepted == told[0].versions[0].annotation
        assert told[1].accepted is None

    def test_each_text_has_its_label_and_what_was_changed_of_the_draft(self) -> None:
        title, _description, place = history_of(self.reviewed())
        edited, rejected = title.versions
        assert (edited.label, place.versions[0].label) == ("AI 生成 · 人工审核", "")
        assert [piece for piece in edited.changes if piece.change != KEPT] == [Piece(REMOVED, "一"), Piece(ADDED, "两")]
        assert rejected.changes == []

    def test_what_is_in_the_record_or_waits_is_not_offered_again(self) -> None:
        title, description, _place = history_of(self.reviewed())
        assert [version.may_be_restored for version in (*title.versions, *description.versions)] == [False, True, False]

    def test_it_costs_one_query_however_much_there_is(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        image = self.reviewed()
        for more in (0, 10):
            for _number in range(more):
                AnnotationFactory(image=image, rejected=True, run=RunFactory(image=image))
            with django_assert_num_queries(1):
                for history in history_of(image):
                    for version in history.versions:
                        str(version.annotation.run and version.annotation.run.prompt_version)
                        str(version.annotation.decided_by)


@pytest.mark.django_db
class TestComparing:
    def test_two_texts_of_a_field_are_told_in_time_whichever_is_named_first(self) -> None:
        image = described(described(place="云溪乡"), place="云溪镇")
        later, earlier = image.annotations.filter(field="place").order_by("-pk")
        for keys in ((earlier.pk, later.pk), (later.pk, earlier.pk)):
            found = compared(image, *keys)
            assert found is not None
            assert (found[0], found[1]) == (earlier, later)
            assert found[2] == [Piece(KEPT, "云溪"), Piece(REMOVED, "乡"), Piece(ADDED, "镇")]

    def test_nothing_else_is_compared(self) -> None:
        image, other = described(place="云溪乡", title="石桥"), described(place="云溪镇")
        place, title = image.annotations.get(field="place"), image.annotations.get(field="title")
        for key in (title.pk, place.pk, other.annotations.get().pk, 10**6):
            assert compared(image, place.pk, key) is None
