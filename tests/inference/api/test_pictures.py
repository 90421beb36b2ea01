"""Where pictures come from: inside the request, from the catalogue, from the web where that is allowed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import Collection, Image
from catalog.vocabulary import FileRole
from inference.api.errors import ApiError
from inference.api.fetching import Fetcher
from inference.api.pictures import MOST_IMAGES, Pictures
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.models import Scope
from inference.service import Service
from inference.types import ImagePart
from tests.catalog.people import administrator, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory
from tests.inference.api.conftest import Post, error_of, scan, shown
from tests.inference.keys import issued
from tests.inference.scripted import ScriptedModel, picture
from tests.inference.web_site import Site, serving, shows

URL = "messages[0].content[0].image_url.url"


def find(url: str, user: Any = None, **options: Any) -> ImagePart:
    return Pictures(user or AnonymousUser(), **options).find(url, "auto", URL)


def refusal(url: str, user: Any = None, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as raised:
        find(url, user, **options)
    return raised.value


@pytest.mark.django_db
class TestOfTheCatalogue:
    @pytest.fixture
    def image(self) -> Image:
        image: Image = ImageFileFactory(image=ImageFactory(public=True)).image
        return image

    @pytest.mark.parametrize("form", ["glmv:image/{}", "glmv:image/{}/", "/images/{}/", "/images/{}"])
    def test_it_is_asked_about_by_its_number(
        self, service: Service, model: ScriptedModel, post: Post, image: Image, form: str
    ) -> None:
        response = post(messages=shown(form.format(image.pk), detail="high"))

        assert response.status_code == 200, response.content
        [part, _text] = model.requests[0].messages[0].parts
        assert part == ImagePart(Path(image.files.get().screen.path), detail="high", max_pixels=IMPORT_MAX_PIXELS)

    def test_visitors_show_the_model_what_they_see_and_members_the_master(self, image: Image) -> None:
        file = image.files.get()
        screen, master = Path(file.screen.path), file.master_path
        people: list[Any] = [None, stranger(), cataloguer(CollectionFactory())]
        members = [cataloguer(image.collection), reviewer(None), administrator()]

        assert [find(f"glmv:image/{image.pk}", person).source for person in people] == [screen] * 3
        assert [find(f"glmv:image/{image.pk}", person).source for person in members] == [master] * 3

    @pytest.mark.parametrize("role", [FileRole.NEGATIVE, FileRole.PAGE])
    def test_a_negative_or_a_page_is_shown_as_the_catalogue_shows_it(self, role: str) -> None:
        file = ImageFileFactory(role=role)

        assert find(f"glmv:image/{file.image_id}", administrator()).source == Path(file.screen.path)

    def test_a_small_one_is_good_enough(self, image: Image) -> None:
        assert find(f"glmv:image/{image.pk}", min_size=(6000, 4000)).source

    def test_who_may_not_see_it_is_told_what_they_are_told_where_there_is_none(
        self, service: Service, post: Post
    ) -> None:
        hidden = ImageFileFactory().image
        bare = ImageFactory(public=True)
        answers = [post(messages=shown(f"glmv:image/{pk}")) for pk in (hidden.pk, bare.pk, 999_999, 10**18 - 1)]

        assert [answer.status_code for answer in answers] == [404] * 4
        errors = [error_of(answer) for answer in answers]
        assert {error["param"] for error in errors} == {URL}
        assert {error["code"] for error in errors} == {"image_not_found"}
        numbers = (hidden.pk, bare.pk, 999_999, 10**18 - 1)
        said = {error["message"].replace(str(pk), "N") for error, pk in zip(errors, numbers, strict=True)}
        assert len(said) == 1

    def test_a_key_shows_what_its_owner_may_see(self, service: Service, post: Post) -> None:
        image = ImageFileFactory(image=ImageFactory(internal=True)).image

        def asked(owner: User | None) -> int:
            _key, token = issued(Scope.ASK, owner=owner)
            status: int = post(key=token, messages=shown(f"glmv:image/{image.pk}")).status_code
            return status

        people = [None, UserFactory(), cataloguer(CollectionFactory()), cataloguer(image.collection)]
        assert [asked(person) for person in people] == [404, 404, 404, 200]

    def test_a_restricted_one_is_for_reviewers(self) -> None:
        collection: Collection = CollectionFactory()
        image = ImageFileFactory(image=ImageFactory(restricted=True, collection=collection)).image

        assert refusal(f"glmv:image/{image.pk}", cataloguer(collection)).status == 404
        assert find(f"glmv:image/{image.pk}", reviewer(collection))

    def test_one_whose_file_is_away_is_not_there_now_and_its_place_is_not_told(self, image: Image) -> None:
        file = image.files.get()
        file.master_path.chmod(0o600)
        file.master_path.unlink()
        error = refusal(f"glmv:image/{image.pk}", administrator())

        assert (error.status, error.code, error.param) == (422, "image_unavailable", URL)
        assert str(file.master_path.parent) not in error.message

    @pytest.mark.parametrize("url", ["glmv:image/", "glmv:image/x", "glmv:image/-1", "glmv:image/1/2", "/images/1/x/"])
    def test_what_is_no_number_names_nothing(self, url: str) -> None:
        assert (refusal(url).status, refusal(url).code) == (400, "invalid_image_url")

    def test_one_costs_as_many_queries_with_many_files(
        self, image: Image, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        user = cataloguer(image.collection)
        for sequence in range(2, 6):
            ImageFileFactory(image=image, role=FileRole.PAGE, sequence=sequence)

        with django_assert_max_num_queries(3):  # image, files, membership
            find(f"glmv:image/{image.pk}", user)

    def test_more_than_may_be_brought_are_not_even_looked_up(
        self, service: Service, post: Post, image: Image, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(2 * MOST_IMAGES):
            response = post(messages=shown(f"glmv:image/{image.pk}") * 5000)

        assert (response.status_code, error_of(response)["param"]) == (400, "messages")


class TestOfTheWeb:
    def test_addresses_are_off_unless_a_site_is_named(self, service: Service, post: Post) -> None:
        error = error_of(post(messages=shown("https://pictures.example/a.jpg")))

        assert error["code"] == "invalid_image_url"
        assert "data:image/jpeg;base64" in error["message"]
        assert "GLMV_IMAGE_URL_HOSTS" in error["message"]

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://pictures.example/a", "/etc/passwd", "//h/a", "", "x"])
    def test_other_addresses_are_never_followed(
        self, service: Service, post: Post, settings: Settings, url: str
    ) -> None:
        settings.GLMV_IMAGE_URL_HOSTS = ["pictures.example"]

        assert error_of(post(messages=shown(url)))["code"] == "invalid_image_url"

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("http://other.example/a.jpg", "image_url_not_allowed"),
            ("http://localhost/a.jpg", "image_url_not_allowed"),
            ("HTTP://127.0.0.1/a.jpg", "image_url_not_allowed"),
            ("http://pictures.example:x/", "invalid_image_url"),
        ],
    )
    def test_where_sites_are_named_others_and_this_machine_stay_closed(
        self, service: Service, post: Post, settings: Settings, url: str, code: str
    ) -> None:
        settings.GLMV_IMAGE_URL_HOSTS = ["pictures.example", "localhost"]
        response = post(messages=shown(url))

        assert (response.status_code, error_of(response)["code"]) == (400, code)
        assert error_of(response)["param"] == URL

    def test_what_was_fetched_is_looked_at_like_any_strangers_picture(self) -> None:
        with serving() as site:
            site.pages |= {"/good": shows(picture(800, 600)), "/small": shows(picture(80, 60)), "/no": shows(b"<html>")}
            named = f"http://pictures.example:{site.port}"
            found = find(f"{named}/good", min_size=(640, 480), fetcher=lambda: _trusting(site))
            errors = [
                refusal(f"{named}/{page}", min_size=(640, 480), fetcher=lambda: _trusting(site))
                for page in ("small", "no")
            ]

        assert (found.source, found.max_pixels) == (picture(800, 600), None)
        assert [(error.status, error.code) for error in errors] == [
            (422, "image_too_small"),
            (422, "image_undecodable"),
        ]

    @pytest.mark.django_db(transaction=True)
    def test_no_connection_to_the_database_is_held_while_a_site_is_asked(self) -> None:
        image = ImageFileFactory(image=ImageFactory(public=True)).image
        held: list[object] = []

        def allow(addresses: Sequence[str]) -> bool:
            held.append(connection.connection)
            return True

        with serving() as site:
            site.pages["/a"] = shows(picture(800, 600))
            fetcher = replace(_trusting(site), allows=allow)
            pictures = Pictures(AnonymousUser(), fetcher=lambda: fetcher)
            pictures.find(f"glmv:image/{image.pk}", "auto", URL)
            pictures.find(f"http://pictures.example:{site.port}/a", "auto", URL)

        assert held == [None]

    def test_all_pictures_of_a_request_have_one_allowance(self) -> None:
        with serving() as site:
            site.pages["/a"] = shows(picture(800, 600))
            url = f"http://pictures.example:{site.port}/a"
            pictures = Pictures(AnonymousUser(), fetcher=lambda: _trusting(site, len(picture(800, 600)) + 1))
            pictures.find(url, "auto", URL)
            with pytest.raises(ApiError) as raised:
                pictures.find(url, "auto", URL)

        assert raised.value.code == "image_url_too_large"


def test_a_picture_inside_the_request_still_has_a_least_size() -> None:
    assert refusal(scan(80, 60), min_size=(640, 480)).status == 422


def _trusting(site: Site, most_bytes: int = 1_000_000) -> Fetcher:
    """Return a fetcher that takes this machine for the public network."""
    here = ["127.0.0.1"]
    return Fetcher([f"pictures.example:{site.port}"], most_bytes, resolve=lambda *_: here, allows=lambda _: True)
