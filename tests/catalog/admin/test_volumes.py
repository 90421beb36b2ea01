"""A selection of the list gets its 册号."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Action, Collection, Image
from catalog.vocabulary import Access, Verb
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, MembershipFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/image/"


@pytest.fixture
def collection() -> Collection:
    made = CollectionFactory(slug="box")
    for number in range(3):
        ImageFactory(collection=made, identifier=f"A-{number}", volume="1")
    return made


def choose(user: User | None, *images: Image, query: str = "", across: bool = False, **data: Any) -> Any:
    chosen = {"action": "set_volume", "_selected_action": [image.pk for image in images]}
    chosen |= {"select_across": "1" if across else "0", "index": "0"}
    return browser(user).post(f"{LIST}{query}", chosen | data, follow=True)


def volumes() -> list[str]:
    return list(Image.objects.order_by("pk").values_list("volume", flat=True))


def test_four_steps_to_the_door(collection: Collection) -> None:
    image = collection.images.get(identifier="A-0")
    writing: dict[str, Any] = {"write": "1", "volume": "2"}
    assert "id_username" in choose(None, image, **writing).content.decode()
    assert choose(stranger(), image, **writing).status_code == 403
    for outsider in (auditor(collection), cataloguer(CollectionFactory()), administrator_only()):
        choose(outsider, image, **writing)
    assert volumes() == ["1", "1", "1"]
    choose(cataloguer(collection), image, **writing)
    assert volumes() == ["2", "1", "1"]


def test_it_is_asked_for_and_nothing_is_written_before(collection: Collection) -> None:
    page = choose(cataloguer(collection), *collection.images.all()).content.decode()
    assert "所选的 3 幅图像都记下面这个册号" in page
    assert page.count('name="_selected_action"') == 3
    assert volumes() == ["1", "1", "1"]


def test_what_was_chosen_is_written_logged_and_told(collection: Collection) -> None:
    chosen = collection.images.exclude(identifier="A-2")
    page = choose(cataloguer(collection), *chosen, write="1", volume=" 第二册 ").content.decode()
    assert "已改 2 幅图像的册号。" in page
    assert volumes() == ["第二册", "第二册", "1"]
    assert Action.objects.filter(verb=Verb.IMAGE_CHANGED).count() == 2


def test_all_of_the_list_is_what_its_filters_show(collection: Collection) -> None:
    user = cataloguer(collection)
    other = ImageFactory(collection=CollectionFactory(slug="other"), volume="9")
    MembershipFactory(user=user, collection=other.collection)
    choose(user, other, query="?collection=box", across=True, write="1", volume="2")
    assert volumes() == ["2", "2", "2", "9"]


def test_an_empty_one_takes_it_away(collection: Collection) -> None:
    choose(cataloguer(collection), *collection.images.all(), write="1", volume="")
    assert volumes() == ["", "", ""]


def test_what_is_for_reviewers_alone_is_theirs_to_change(collection: Collection) -> None:
    closed = ImageFactory(collection=collection, volume="1", access=Access.RESTRICTED)
    choose(cataloguer(collection), closed, write="1", volume="2")
    assert Image.objects.get(pk=closed.pk).volume == "1"
    choose(reviewer(collection), closed, write="1", volume="2")
    assert Image.objects.get(pk=closed.pk).volume == "2"


def test_one_that_is_too_long_is_asked_for_again_with_the_selection(collection: Collection) -> None:
    page = choose(cataloguer(collection), *collection.images.all(), write="1", volume="册" * 41).content.decode()
    assert "errorlist" in page
    assert f'value="{"册" * 41}"' in page
    assert page.count('name="_selected_action"') == 3
    assert volumes() == ["1", "1", "1"]
