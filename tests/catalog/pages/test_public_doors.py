"""What is not open to the public leaves by no door, and no personal number does whole."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from catalog.models import Image, ImageFile, KnowledgeBase
from catalog.providers import CatalogueImages, CatalogueKnowledge
from catalog.records import secrecy
from catalog.records.secrecy import Mark
from catalog.vocabulary import Access, Disclosure, MarkPlace
from inference.types import Message, TextPart
from tests.catalog.people import browser, cataloguer, sent
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, KnowledgeBaseFactory, described

pytestmark = pytest.mark.django_db
SECRET, WORDS = "云溪镇石桥合影", "石桥"
ID, ID_MIDDLE = "11010519491231002X", "05194912310"
MOBILE, MOBILE_MIDDLE = "13812345678", "81234"

KINDS: dict[str, dict[str, Any]] = {
    "unexamined": {"internal": True},
    "controlled": {"disclosure": Disclosure.CONTROLLED},
    "deferred": {"disclosure": Disclosure.DEFERRED, "disclosure_until": date(2091, 1, 1)},
    "deferral over": {"disclosure": Disclosure.DEFERRED, "disclosure_until": date(2020, 1, 1)},
    "restricted": {"access": Access.RESTRICTED},
}


def shown(**values: Any) -> Image:
    """Return a described record with a scan, in a public collection with a public knowledge base."""
    collection = values.pop("collection", None) or CollectionFactory(public=True)
    image: Image = ImageFileFactory(image=ImageFactory(collection=collection, **values)).image
    KnowledgeBaseFactory(public=True, collection=collection)
    return described(image, title=SECRET, transcription=SECRET)


def doors(image: Image, client: Client, words: str = WORDS) -> Iterator[tuple[str, int, str]]:
    """Yield what each public address of the pages and the interface answers about a record."""
    file: ImageFile = image.files.get()
    annotation = image.annotations.accepted().latest("pk")
    addresses = [
        "/", image.collection.get_absolute_url(), f"{image.collection.get_absolute_url()}?q={words}",
        image.get_absolute_url(), f"/search/?q={words}", "/api/v1/images/", f"/api/v1/images/?search={words}",
        f"/api/v1/images/{image.pk}/", "/api/v1/annotations/", f"/api/v1/annotations/?search={words}",
        f"/api/v1/annotations/{annotation.pk}/", f"/api/v1/annotations/?image={image.pk}", "/api/v1/collections/",
        f"/media/{file.pk}/thumbnail/", f"/media/{file.pk}/screen/", f"/media/{file.pk}/master/",
        f"/media/{file.pk}/tiles/",
    ]  # fmt: skip
    for address in addresses:
        response = client.get(address)
        body = sent(response) if response.streaming else response.content
        yield (
            address,
            response.status_code,
            body.decode("utf-8", "replace").replace("<mark>", "").replace("</mark>", ""),
        )


def told_to_a_model(image: Image, user: Any, question: str = SECRET, *, shows_it: bool = True) -> str:
    """Return what a knowledge base tells a model on somebody's behalf, by the question and by the record shown."""
    base: KnowledgeBase = image.collection.knowledge_bases.get()
    messages = [Message("user", (TextPart(question),))]
    passages = []
    for shown_images in ([], [image.pk]) if shows_it else ([],):
        passages += CatalogueKnowledge().passages(base.slug, messages, shown_images, user) or []
    return "\n".join(f"{one.title} {one.text}" for one in passages)


class TestClosed:
    @pytest.fixture(params=[*KINDS, "held", "private collection"])
    def image(self, request: pytest.FixtureRequest) -> Image:
        if request.param == "held":
            found = shown()
            secrecy.hold(image=found, marks=[Mark(MarkPlace.READING, "机密★")])
            return found
        if request.param == "private collection":
            return shown(collection=CollectionFactory())
        return shown(**KINDS[request.param])

    def test_it_leaves_by_no_door(self, image: Image) -> None:
        file = image.files.get()
        for address, status, body in doors(image, browser()):
            assert SECRET not in body, address
            assert file.sha256 not in body, address
            if address.startswith("/media/") or str(image.pk) in address.split("/"):
                assert status == 404, address
        counts = json.loads(browser().get("/api/v1/collections/").content)["results"]
        assert [one["image_count"] for one in counts] in ([0], [])

    def test_no_model_is_told_of_it_on_behalf_of_the_public(self, image: Image) -> None:
        assert told_to_a_model(image, AnonymousUser()) == ""
        assert CatalogueImages().image_file(image.pk, AnonymousUser()) is None

    def test_a_cataloguer_of_another_collection_sees_no_more(self, image: Image) -> None:
        client = browser(cataloguer(CollectionFactory()))
        assert all(SECRET not in body for _address, _status, body in doors(image, client))


class TestOpen:
    def test_it_is_found_by_every_door_but_the_masters(self) -> None:
        image = shown()
        assert image.is_public
        answers = {address: (status, body) for address, status, body in doors(image, browser())}
        for address, (status, body) in answers.items():
            master = address.endswith("/master/")
            assert status == (404 if master else 200), address
            if "search" in address or address == image.get_absolute_url():
                assert SECRET in body, address
        assert SECRET in told_to_a_model(image, AnonymousUser())
        assert CatalogueImages().image_file(image.pk, AnonymousUser()) is not None


class TestTheInterfaceSaysWhoMayLook:
    @pytest.mark.parametrize(
        ("kind", "access"),
        [("opened", "open"), ("unexamined", "internal"), ("controlled", "internal"), ("restricted", "restricted")],
    )
    def test_in_the_words_that_it_always_had(self, kind: str, access: str) -> None:
        from tests.catalog.people import reviewer

        image = shown(**KINDS.get(kind, {}))
        found = browser(reviewer(image.collection)).get(f"/api/v1/images/{image.pk}/").json()
        assert found["access"] == access
        assert found["disclosure"] == ("open" if kind == "opened" else image.disclosure)


class TestPersonalNumbers:
    @pytest.fixture
    def image(self) -> Image:
        image = shown()
        return described(
            image,
            title=f"王某{MOBILE}",
            people=f"王某，身份证{ID}",
            transcription=f"身份证{ID[:8]}\n{ID[8:]}\n手机138 1234 5678",
            notes=f"手机 {MOBILE}，摄于1959年",
        )

    def test_they_leave_by_no_public_door_whole(self, image: Image) -> None:
        Image.objects.filter(pk=image.pk).update(identifier="")
        for words in ("王某", "1959年", SECRET):
            for address, _status, body in doors(image, browser(), words):
                plain = "".join(body.split())
                assert ID not in plain, address
                assert ID_MIDDLE not in plain, address
                assert MOBILE not in plain, address
                assert MOBILE_MIDDLE not in plain, address

    @pytest.mark.parametrize("words", [ID, ID[:9], ID_MIDDLE, MOBILE, MOBILE[:5], MOBILE[2:6], "12345", "491231"])
    def test_nobody_finds_a_record_by_them_or_by_trying_figure_after_figure(self, image: Image, words: str) -> None:
        for address in ("/search/?q=", "/api/v1/images/?search=", "/api/v1/annotations/?search="):
            body = browser().get(f"{address}{words}").content.decode()
            assert "王某" not in body, address
        assert told_to_a_model(image, AnonymousUser(), words, shows_it=False) == ""

    @pytest.mark.parametrize("words", ["王某", "1959", "1959年", "138"])
    def test_what_is_shown_is_found(self, image: Image, words: str) -> None:
        assert "王某" in browser().get(f"/search/?q={words}").content.decode()
        for address in ("/api/v1/images/", "/api/v1/annotations/"):
            assert browser().get(f"{address}?search={words}").json()["count"], address

    def test_a_record_is_found_by_its_own_number_whatever_figures_it_has(self, image: Image) -> None:
        Image.objects.filter(pk=image.pk).update(identifier="1234567")
        assert "王某" in browser().get("/search/?q=12345").content.decode()

    def test_its_members_read_and_find_them_whole(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        found = client.get(f"/api/v1/images/?search={MOBILE}").json()["results"]
        assert MOBILE in found[0]["notes"]
        assert MOBILE in client.get(f"/api/v1/annotations/?search={MOBILE}").content.decode()
        assert "王某" in client.get(f"/search/?q={MOBILE}").content.decode()
        assert "王某" in client.get(f"/admin/catalog/image/?q={MOBILE}").content.decode()

    def test_a_model_is_never_told_them_whoever_asks(self, image: Image) -> None:
        told = told_to_a_model(image, cataloguer(image.collection))
        assert "王某" in told
        assert MOBILE not in told
        assert ID_MIDDLE not in "".join(told.split())

    def test_a_value_that_is_replaced_is_shown_whole_again(self, image: Image) -> None:
        described(image, title="合影", people="王某", transcription="无", notes="摄于1959年")
        assert image.masked_text == ""
