"""Personal numbers in values and readings are kept with what lists are narrowed down by, and found by SQL alone."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.examination_words import HintKind
from catalog.facets import READ_BITS
from catalog.filters import ExaminationFilter, ReviewFilter
from catalog.models import Collection, Image, Reading, SensitiveWord
from catalog.records.hints import keep_read_hints
from catalog.review import decisions
from tests.catalog.people import browser, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db
ID_NUMBER, MOBILE = "11010519491231002X", "13812345678"


def found(*kinds: HintKind) -> list[str]:
    return sorted(Image.objects.with_numbers(kinds or HintKind.of_numbers()).values_list("identifier", flat=True))


def read_on(image: Image, text: str) -> None:
    file = ImageFileFactory(image=image)
    Reading.objects.create(file=file, reader="r", version="1", text=text, searched=text, confidence=0.9)


def test_a_number_in_a_value_comes_and_goes_with_it() -> None:
    image = ImageFactory(identifier="A-1")
    user = UserFactory()
    decisions.set_value(image=image, field="notes", value=f"联系人电话 {MOBILE}", user=user)
    assert (found(HintKind.TELEPHONE), found(HintKind.ID_NUMBER), found()) == (["A-1"], [], ["A-1"])
    decisions.set_value(image=image, field="people", value=f"张三 {ID_NUMBER}", user=user)
    assert found(HintKind.ID_NUMBER) == ["A-1"]
    decisions.set_value(image=image, field="notes", value="", user=user)
    assert (found(HintKind.TELEPHONE), found(HintKind.ID_NUMBER)) == ([], ["A-1"])


def test_a_number_in_a_draft_is_none_of_the_record() -> None:
    drafted(ImageFactory(identifier="A-1"), notes=f"电话 {MOBILE}")
    assert found() == []


def test_a_number_that_was_read_stays_whatever_is_decided() -> None:
    image = ImageFactory(identifier="A-1")
    keep_read_hints(image, ["桥头合影", f"证号 {ID_NUMBER}"])
    decisions.set_value(image=image, field="title", value="合影", user=UserFactory())
    assert (found(HintKind.ID_NUMBER), found(HintKind.TELEPHONE)) == (["A-1"], [])


def test_read_again_without_it_is_forgotten() -> None:
    image = ImageFactory(identifier="A-1")
    keep_read_hints(image, [f"证号 {ID_NUMBER}"])
    image.refresh_from_db()
    assert image.facets & READ_BITS
    keep_read_hints(image, ["桥头合影"])
    assert found() == []


def test_the_upgrade_finds_what_was_there() -> None:
    value, read, neither = (ImageFactory(identifier=f"A-{number}") for number in range(3))
    described(value, notes=f"电话 {MOBILE}")
    read_on(read, f"证号 {ID_NUMBER}")
    described(neither, notes="1958 年 12 月 3 日")
    Image.objects.update(facets=0)
    migration = import_module("catalog.migrations.0045_recalled_lots_and_controls")
    for _twice in range(2):
        migration.tell_numbers(apps, None)
    assert (found(HintKind.TELEPHONE), found(HintKind.ID_NUMBER)) == (["A-0"], ["A-1"])


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory()
    described(ImageFactory(collection=collection, identifier="电话"), notes=f"电话 {MOBILE}")
    described(ImageFactory(collection=collection, identifier="处分"), notes="受记过处分一次")
    read = ImageFactory(collection=collection, identifier="病历")
    read_on(read, "住院病历")
    described(ImageFactory(collection=collection, identifier="合影"), notes="桥头合影")
    SensitiveWord.objects.all().delete()
    SensitiveWord.objects.create(word="处分", kind=HintKind.DISCIPLINE)
    SensitiveWord.objects.create(word="病历", kind=HintKind.MEDICAL)
    SensitiveWord.objects.create(word="合影", kind=HintKind.OTHER, is_active=False)
    SensitiveWord.objects.create(word="100%_", kind=HintKind.OTHER)
    return collection


class TestFilters:
    """Lists are narrowed down by them."""

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [("any", ["电话"]), ("telephone", ["电话"]), ("id_number", []), ("discipline", ["处分"]), ("medical", ["病历"]),
         ("other", [])],
    )  # fmt: skip
    def test_of_examinations(self, collection: Collection, kind: str, expected: list[str]) -> None:
        narrowed = ExaminationFilter({"hint": kind}, queryset=Image.objects.all())
        assert list(narrowed.qs.values_list("identifier", flat=True)) == expected

    def test_of_the_queue_and_its_list(self, collection: Collection) -> None:
        narrowed = ReviewFilter({"hint": "any"}, queryset=Image.objects.all())
        assert [image.identifier for image in narrowed.qs] == ["电话"]
        assert narrowed.in_words == "个人信息：任何一种号码"

    def test_they_cost_one_query_whatever_there_is(self, collection: Collection) -> None:
        with CaptureQueriesContext(connection) as queries:
            list(ExaminationFilter({"hint": "discipline"}, queryset=Image.objects.all()).qs)
        assert len(queries) == 1

    def test_of_the_workbench_with_their_numbers(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))
        address = reverse("admin:catalog_image_changelist")
        page = client.get(address, {"hint": "telephone", "_facets": "True"})
        text = page.content.decode()
        assert page.status_code == 200
        assert [image.identifier for image in page.context["cl"].result_list] == ["电话"]
        assert "电话号码 (1)" in text
        assert "公民身份号码 (0)" in text
        assert client.get(address, {"hint": "nonsense"}).context["cl"].result_count == 0

    def test_on_the_page_of_examiners(self, collection: Collection) -> None:
        page = browser(reviewer(collection)).get(reverse("catalog:disclosure-proposal"), {"hint": "discipline"})
        assert [row["image"].identifier for row in page.context["rows"]] == ["处分"]
