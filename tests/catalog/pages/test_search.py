"""The public search."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from tests.catalog.people import browser, cataloguer
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, described, drafted

pytestmark = pytest.mark.django_db


def found(query: str, user: User | None = None, **more: str) -> str:
    response = browser(user).get("/search/", {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def test_one_chinese_character_is_enough() -> None:
    described(title="云溪河上的石桥")
    assert "找到 1 幅图像" in found("桥")


def test_several_words_must_all_occur_in_whatever_field() -> None:
    described(title="石桥", people="施工人员三人")
    described(title="石桥")
    assert "找到 1 幅图像" in found("桥 三人")


def test_hits_are_highlighted_in_the_title_and_in_the_field_they_were_found_in() -> None:
    described(title="石桥", place="云溪镇<东>")
    shown = found("桥 云溪")
    assert "石<mark>桥</mark>" in shown
    assert "地点：<mark>云溪</mark>镇&lt;东&gt;" in shown


def test_a_word_is_found_and_marked_over_the_end_of_a_line_of_a_transcription() -> None:
    described(title="合影", transcription="一九五九年重修岳\n阳楼落成")
    shown = found("重修岳阳楼")
    assert "找到 1 幅图像" in shown
    assert "<mark>重修岳阳楼</mark>" in shown


def test_drafts_and_closed_images_are_not_found() -> None:
    drafted(ImageFactory(public=True), description="草稿里的石桥")
    described(ImageFactory(public=True, internal=True), title="内部石桥")
    described(ImageFactory(), title="未公开馆藏的石桥")
    assert "没有找到“石桥”" in found("石桥")


def test_members_find_their_own_closed_images() -> None:
    image = described(ImageFactory(), title="未公开馆藏的石桥")
    assert "找到 1 幅图像" in found("石桥", cataloguer(image.collection))


def test_collection_and_dates_narrow_a_search_down() -> None:
    mine = CollectionFactory(public=True, slug="mine")
    described(ImageFactory(collection=mine), title="石桥", date="1958年5月")
    described(ImageFactory(collection=mine), title="石桥", date="1961年")
    described(title="石桥", date="1958年")
    assert "找到 2 幅图像" in found("石桥", collection="mine")
    assert "找到 1 幅图像" in found("石桥", collection="mine", date_from="1958", date_to="1958")
    assert "找到 2 幅图像" in found("", date_from="五十年代", date_to="1959")


def test_words_of_the_model_carry_their_label_among_the_hits() -> None:
    from catalog.review import decisions
    from tests.factories import UserFactory

    image = drafted(ImageFactory(public=True), description="桥头有三个人")
    decisions.accept(annotation=image.annotations.get(), user=UserFactory())
    assert "AI 生成 · 人工审核" in found("桥头")


def test_before_anything_is_asked_it_says_how_to_ask() -> None:
    shown = browser().get("/search/").content.decode()
    assert "几个词用空格隔开" in shown
    assert "没有找到" not in shown


def test_nothing_found_says_what_to_try() -> None:
    shown = found("没有的词")
    assert "没有找到“没有的词”" in shown
    assert "一个汉字也可以" in shown


@pytest.mark.parametrize(
    "query",
    [
        {"q": "桥", "page": "abc"},
        {"q": "桥", "page": "-1"},
        {"q": "桥", "page": "9" * 30},
        {"q": "桥" * 100_000},
        {"q": " ".join("桥" + str(number) for number in range(2000))},
        {"q": "\x00"},
        {"q": "桥\x00梁"},
        {"q": "%_%", "collection": "\x00"},
        {"q": "桥", "collection": "no-such"},
        {"q": "桥", "date_from": "昨天"},
        {"q": "桥", "date_from": "1958-02-31", "date_to": "\x00"},
        {"q": "'\"<>{{}}%s%(x)s"},
    ],
)
def test_bad_input_is_never_an_error_of_the_server(query: dict[str, str]) -> None:
    described(title="石桥")
    assert browser().get("/search/", query).status_code == 200


def test_a_date_that_is_none_is_explained_beside_its_field() -> None:
    assert "请写年份或日期" in found("桥", date_from="昨天")


def test_more_hits_cost_no_more_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    collection = CollectionFactory(public=True)
    for _more in range(3):
        for image in ImageFactory.create_batch(3, collection=collection):
            ImageFileFactory(image=image)
            described(image, title="石桥", place="桥头")
        # The choices of collections, how many hits, the hits, their files, their annotations.
        with django_assert_max_num_queries(5):
            found("桥")
