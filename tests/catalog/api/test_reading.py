"""The API's lists and records: who reads what, and how it is written."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from catalog.review import decisions
from catalog.vocabulary import Field
from tests.catalog.people import administrator, cataloguer, reviewer
from tests.factories import (
    AnnotationFactory,
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def caller(user: User | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def listed(path: str, user: User | None = None, **query: Any) -> list[dict[str, Any]]:
    response = caller(user).get(f"/api/v1/{path}/", query)
    assert response.status_code == 200, response.content
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


class TestAccess:
    @pytest.mark.parametrize(
        ("public", "statuses"), [(True, [200, 200, 200, 200, 200]), (False, [404, 404, 404, 200, 200])]
    )
    def test_a_collection_exists_for_who_may_see_it(self, public: bool, statuses: list[int]) -> None:
        collection = CollectionFactory(is_public=public)
        people = [None, UserFactory(), reviewer(CollectionFactory()), cataloguer(collection), administrator()]
        path = f"/api/v1/collections/{collection.slug}/"
        assert [caller(person).get(path).status_code for person in people] == statuses

    @pytest.mark.parametrize(
        ("public", "access", "statuses"),
        [
            (True, "opened", [200, 200, 200, 200, 200]),
            (True, "internal", [404, 404, 404, 200, 200]),
            (True, "restricted", [404, 404, 404, 404, 200]),
            (False, "opened", [404, 404, 404, 200, 200]),
        ],
    )
    def test_an_image_exists_for_who_may_see_it(self, public: bool, access: str, statuses: list[int]) -> None:
        image = ImageFactory(collection__is_public=public, **{access: True})
        people = [None, UserFactory(), reviewer(CollectionFactory()), cataloguer(image.collection)]
        people.append(reviewer(image.collection))
        path = f"/api/v1/images/{image.pk}/"
        assert [caller(person).get(path).status_code for person in people] == statuses

    @pytest.mark.parametrize(
        ("state", "statuses"),
        [("accepted", [200, 200, 200, 200]), ("draft", [404, 404, 404, 200]), ("rejected", [404, 404, 404, 200])],
    )
    def test_the_public_reads_accepted_annotations_and_members_all(self, state: str, statuses: list[int]) -> None:
        image = ImageFactory(public=True)
        traits = {} if state == "draft" else {state: True}
        annotation = AnnotationFactory(image=image, **traits)
        people = [None, UserFactory(), reviewer(CollectionFactory()), cataloguer(image.collection)]
        path = f"/api/v1/annotations/{annotation.pk}/"
        assert [caller(person).get(path).status_code for person in people] == statuses

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_nothing_is_replaced_or_deleted(self, method: str) -> None:
        annotation = AnnotationFactory()
        image = annotation.image
        rows = {"collections": image.collection.slug, "images": image.pk, "annotations": annotation.pk}
        client = caller(administrator())
        for name, key in rows.items():
            assert client.get(f"/api/v1/{name}/{key}/").status_code == 200
            for path in (f"/api/v1/{name}/", f"/api/v1/{name}/{key}/"):
                assert getattr(client, method)(path, {}).status_code == 405, path

    def test_a_wrong_token_is_refused_in_chinese(self) -> None:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION="Token nonsense")
        response = client.get("/api/v1/images/")
        assert response.status_code == 401
        assert "令牌" in response.json()["detail"]

    def test_a_session_serves_as_well_as_a_token(self) -> None:
        image = ImageFactory()
        client = APIClient()
        client.force_login(cataloguer(image.collection))
        assert client.get(f"/api/v1/images/{image.pk}/").status_code == 200


class TestCollections:
    def test_the_count_is_of_what_the_caller_may_see(self) -> None:
        collection = CollectionFactory(public=True)
        ImageFactory.create_batch(2, collection=collection)
        ImageFactory(collection=collection, internal=True)
        assert listed("collections")[0]["image_count"] == 2
        assert listed("collections", cataloguer(collection))[0]["image_count"] == 3

    def test_filters_and_search(self) -> None:
        CollectionFactory(public=True, title="县城旧影", kind="archive")
        CollectionFactory(public=True, title="实训作业", kind="teaching")
        assert [row["title"] for row in listed("collections", kind="teaching")] == ["实训作业"]
        assert [row["title"] for row in listed("collections", search="旧影")] == ["县城旧影"]

    @pytest.mark.parametrize(
        ("written", "slugs"),
        [("1", ["open"]), ("true", ["open"]), ("True", ["open"]), ("0", ["shut"]), ("false", ["shut"])],
    )
    def test_they_are_filtered_by_whether_they_are_public(self, written: str, slugs: list[str]) -> None:
        CollectionFactory(slug="open", public=True)
        member = cataloguer(CollectionFactory(slug="shut"))

        assert [row["slug"] for row in listed("collections", member, is_public=written)] == slugs


class TestImages:
    def test_an_image_has_its_accepted_values_with_the_labels_they_must_carry(self) -> None:
        image = drafted(ImageFactory(public=True), description="桥头有三个人", event="竣工")
        decisions.accept(annotation=image.annotations.get(field=Field.DESCRIPTION), user=UserFactory())
        described(image, title="石桥", date="1958年5月")
        row = listed("images")[0]
        assert (row["title"], row["description"], row["event"]) == ("石桥", "桥头有三个人", "")
        assert (row["date"], row["date_start"], row["date_end"]) == ("1958年5月", "1958-05-01", "1958-05-31")
        assert row["ai_labels"] == {"description": "AI 生成 · 人工审核"}

    def test_an_edited_draft_keeps_its_label(self) -> None:
        image = drafted(ImageFactory(public=True), description="桥头有三个人")
        decisions.edit_and_accept(annotation=image.annotations.get(), user=UserFactory(), value="桥头有两个人")
        assert listed("images")[0]["ai_labels"] == {"description": "AI 生成 · 人工审核"}

    def test_the_state_of_the_record_is_for_members_only(self) -> None:
        image = drafted(ImageFactory(public=True), description="草稿")
        assert listed("images")[0]["status"] is None
        assert listed("images", cataloguer(image.collection))[0]["status"] == "to_review"

    def test_a_record_that_is_left_open_says_so_and_is_found_by_it(self) -> None:
        image = described(people="待考")
        described(ImageFactory(collection=image.collection), people="张三")
        (row,) = listed("images", cataloguer(image.collection), status="to_research")
        assert (row["status"], row["people"]) == ("to_research", "待考")

    def test_filtering_by_state_reveals_nothing_to_the_public(self) -> None:
        image = drafted(ImageFactory(public=True), description="草稿")
        assert listed("images", status="to_review") == []
        assert len(listed("images", cataloguer(image.collection), status="to_review")) == 1

    def test_scans_are_named_with_their_addresses(self) -> None:
        file = ImageFileFactory(image__collection__is_public=True, screen="")
        row = listed("images")[0]["files"][0]
        assert row["thumbnail"] == f"http://testserver/media/{file.pk}/thumbnail/"
        assert row["screen"] is None

    def test_words_are_found_over_the_ends_of_a_transcriptions_lines(self) -> None:
        described(transcription="重修岳\n阳楼 Grand Hotel\n留念")
        assert len(listed("images", search="岳阳楼")) == 1
        assert len(listed("images", search="Grand Hotel 留念")) == 1
        assert len(listed("annotations", search="岳阳楼")) == 1
        assert listed("images", search="岳阳楼 没有") == listed("annotations", search="楼阳") == []

    def test_filters_search_and_order(self) -> None:
        collection = CollectionFactory(public=True, slug="mine")
        described(ImageFactory(collection=collection, identifier="A-1"), title="石桥", date="1958年")
        described(ImageFactory(collection=collection, identifier="A-2"), title="石桥 帆船", date="1972年")
        described(title="石桥", date="1958年")
        assert len(listed("images", collection="mine")) == 2
        assert len(listed("images", search="桥 帆")) == 1
        assert len(listed("images", date_from="1970年代")) == 1
        assert len(listed("images", identifier="A-1")) == 1
        assert [row["identifier"] for row in listed("images", collection="mine", ordering="-date_start")] == [
            "A-2",
            "A-1",
        ]

    def test_images_are_filtered_by_whether_their_date_was_understood(self) -> None:
        described(date="解放前")
        described(date="1949年以前")
        (unread,) = listed("images", dating="unread")
        (read,) = listed("images", dating="read")
        assert (unread["date"], unread["date_unread"]) == ("解放前", True)
        assert (read["date_start"], read["date_end"], read["date_unread"]) == (None, "1949-12-31", False)
        assert listed("images", dating="none") == []

    def test_a_document_stands_beside_the_pages_and_is_none_of_them(self) -> None:
        page = ImageFileFactory(image__collection__is_public=True, role="page")
        document = DocumentFactory(image=page.image, pages=3)
        (row,) = listed("images")
        assert [file["id"] for file in row["files"]] == [page.pk]
        (kept,) = row["documents"]
        assert (kept["id"], kept["format"], kept["pages"]) == (document.pk, "PDF", 3)
        assert kept["master"].endswith(f"/media/{document.pk}/master/")

    def test_pages_have_the_size_asked_for_up_to_a_limit(self) -> None:
        ImageFactory.create_batch(3, collection=CollectionFactory(public=True))
        assert len(listed("images", page_size=2)) == 2
        assert len(listed("images", page_size=2, page=2)) == 1
        assert len(listed("images", page_size=10_000)) == 3


class TestAnnotations:
    def test_it_tells_where_a_value_comes_from(self) -> None:
        image = drafted(ImageFactory(public=True), description="桥头有三个人")
        member = cataloguer(image.collection)
        row = listed("annotations", member)[0]
        assert row["ai_label"] == "AI 生成"
        assert row["model"] == "fake"
        assert row["prompt"].endswith("v1")
        assert row["field_label"] == "文字说明"

    def test_who_decided_and_why_is_for_members_only(self) -> None:
        image = drafted(ImageFactory(public=True), description="桥头有三个人")
        member = cataloguer(image.collection)
        decisions.edit_and_accept(annotation=image.annotations.get(), user=member, value="两个人")
        assert listed("annotations", member)[0]["decided_by"] == member.get_username()
        row = listed("annotations")[0]
        assert (row["value"], row["ai_label"]) == ("两个人", "AI 生成 · 人工审核")
        assert row["decided_by"] is row["original_value"] is row["reason"] is None

    def test_filters(self) -> None:
        image = described(ImageFactory(public=True), title="石桥", place="云溪镇")
        described(title="帆船")
        assert len(listed("annotations", image=image.pk)) == 2
        assert len(listed("annotations", field="place")) == 1
        assert len(listed("annotations", source="model")) == 0
        assert len(listed("annotations", collection=image.collection.slug)) == 2


class TestBadInput:
    @pytest.mark.parametrize("path", ["collections", "images", "annotations"])
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"page": "abc"}, 400),
            ({"page": "0"}, 400),
            ({"page": "last"}, 400),
            ({"page": "-1"}, 400),
            ({"page": "9" * 5000}, 404),
            ({"page": "9" * 30}, 404),
            ({"page_size": "abc"}, 400),
            ({"page_size": "0"}, 400),
            ({"page_size": "9" * 5000}, 200),
            ({"search": ""}, 200),
            ({"search": "桥" * 1000}, 400),
            ({"search": " ".join("ab" * 40)}, 200),
            ({"search": "\x00"}, 400),
            ({"ordering": "no_such; DROP"}, 400),
            ({"unknown": "1"}, 400),
            ({"format": "xml"}, 400),
        ],
    )
    def test_it_is_never_an_error_of_the_server(self, path: str, query: dict[str, Any], status: int) -> None:
        ImageFactory(public=True)
        response = caller().get(f"/api/v1/{path}/", query)
        assert response.status_code == status, response.content

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("images", {"date_from": "昨天"}),
            ("images", {"collection": "no-such"}),
            ("images", {"collection": "\x00"}),
            ("images", {"status": "nonsense"}),
            ("images", {"dating": "nonsense"}),
            ("annotations", {"image": "abc"}),
            ("annotations", {"image": "1" * 40}),
            ("annotations", {"field": "nonsense"}),
            ("collections", {"kind": "nonsense"}),
            ("collections", {"kind": ""}),
            ("collections", {"kind": ["archive", "teaching"]}),
            ("collections", {"is_public": "maybe"}),
            ("collections", {"is_public": "2"}),
            ("collections", {"is_public": ""}),
            ("collections", {"ordering": "slug,colour"}),
            ("collections", {"status": "described"}),
            ("images", {"statuss": "described"}),
            ("images", {"identifier": ""}),
            ("images", {"page_size": "x"}),
            ("annotations", {"image": "1.0"}),
            ("annotations", {"image": "1e3"}),
            ("annotations", {"image": "-1"}),
            ("annotations", {"image": "１"}),
            ("annotations", {"evidence": "hearsay"}),
            ("annotations", {"flag": "red"}),
            ("batches", {"state": "nonsense"}),
            ("batches", {"collection": "no-such"}),
            ("batches", {"search": "石桥"}),
        ],
    )
    def test_a_filter_that_makes_no_sense_is_named(self, path: str, query: dict[str, Any]) -> None:
        response = caller().get(f"/api/v1/{path}/", query)
        assert response.status_code == 400
        errors = response.json()["errors"]
        assert set(errors) == set(query)
        [[words]] = errors.values()
        assert re.search("[\u4e00-\u9fff]", words), words

    @pytest.mark.parametrize("address", ["collections/{slug}/", "images/{image}/", "annotations/{annotation}/"])
    def test_a_record_takes_no_parameters(self, address: str) -> None:
        image = described(ImageFactory(public=True), title="石桥")
        keys = {"slug": image.collection.slug, "image": image.pk, "annotation": image.annotations.get().pk}

        assert caller().get(f"/api/v1/{address.format(**keys)}").status_code == 200
        assert caller().get(f"/api/v1/{address.format(**keys)}", {"fields": "title"}).status_code == 400

    @pytest.mark.parametrize(
        "path", ["images/abc/", "images/0/", "images/999999999999999999999/", "collections/no%00/", "annotations/0/"]
    )
    def test_a_record_of_nothing_is_not_found(self, path: str) -> None:
        assert caller().get(f"/api/v1/{path}").status_code == 404


class TestQueries:
    @pytest.mark.parametrize(
        ("path", "number"),
        [
            # How many, and the rows with their counts.
            ("collections", 2),
            # How many, the rows, their files, their annotations.
            ("images", 4),
            # How many, and the rows with all they come from.
            ("annotations", 2),
        ],
    )
    def test_more_rows_cost_no_more_queries(
        self, path: str, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _more in range(3):
            for image in ImageFactory.create_batch(2, public=True):
                ImageFileFactory(image=image)
                drafted(image, description="草稿")
                described(image, title="石桥")
            with django_assert_num_queries(number):
                listed(path)
