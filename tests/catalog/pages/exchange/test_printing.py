"""The pages of printed sheets: who may print what, what is refused in words, what stands in codes and in PDFs."""

from importlib.util import find_spec

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from catalog.models import Collection, Image
from catalog.pages.exchange import printing
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db
CHOICE = "/exchange/print/"
SHEETS = ["volume-list", "volume-note", "captions", "group-captions", "labels"]


@pytest.fixture
def collection() -> Collection:
    found: Collection = CollectionFactory(fonds_number="0001")
    described(ImageFactory(collection=found, identifier="P-1", volume="1", sheet="1"), title="石<桥>")
    ImageFactory(collection=found, identifier="R-1", volume="1", sheet="2", restricted=True)
    return found


def sheet(what: str, collection: Collection, more: str = "") -> str:
    return f"{CHOICE}{what}/?collection={collection.slug}{more}"


@pytest.mark.parametrize("what", SHEETS)
def test_members_print_their_own_collections(collection: Collection, what: str) -> None:
    people = [None, stranger(), auditor(collection), cataloguer(CollectionFactory()), administrator_only()]
    people += [cataloguer(collection), reviewer(collection)]
    found = [browser(one).get(sheet(what, collection)).status_code for one in people]
    assert found == [302, 403, 403, 404, 200, 200, 200]
    assert [browser(one).get(CHOICE).status_code for one in people] == [302, 403, 403, 200, 200, 200, 200]


@pytest.mark.parametrize("what", ["volume-list", "captions", "labels"])
def test_restricted_photographs_are_printed_for_reviewers_alone(collection: Collection, what: str) -> None:
    assert "R-1" not in browser(cataloguer(collection)).get(sheet(what, collection)).content.decode()
    page = browser(reviewer(collection)).get(sheet(what, collection)).content.decode()
    assert "R-1" in page
    assert "石&lt;桥&gt;" in page


def test_what_there_is_not_is_not_found_and_nothing_is_refused_in_words(collection: Collection) -> None:
    client = browser(cataloguer(collection))
    assert client.get(sheet("nonsense", collection)).status_code == 404
    assert client.get(f"{CHOICE}captions/").status_code == 404
    empty = client.get(sheet("captions", collection, "&volume=99%00"), follow=True)
    assert "没有什么可以打印" in empty.content.decode()


def test_too_many_photographs_are_refused_with_what_to_do(collection: Collection) -> None:
    Image.objects.bulk_create(Image(collection=collection, identifier=f"M-{number}") for number in range(1200))
    client = browser(cataloguer(collection))
    assert "请按册打印" in client.get(sheet("labels", collection), follow=True).content.decode()
    assert "最多 200 张" in client.get(sheet("volume-list", collection, "&as=pdf"), follow=True).content.decode()


def test_labels_say_the_number_or_the_address_and_take_any_paper(collection: Collection) -> None:
    client = browser(cataloguer(collection))
    codes = {}
    for code in ("number", "address", "nonsense"):
        page = client.get(sheet("labels", collection, f"&code={code}&paper=roll-60x40")).content.decode()
        assert "labels-roll-60x40" in page
        codes[code] = page[page.index("<svg") : page.index("</svg>")]
    assert codes["number"] == codes["nonsense"] != codes["address"]
    assert "labels-a4-24" in client.get(sheet("labels", collection, "&paper=%22%3E")).content.decode()


def test_a_pdf_comes_or_it_is_said_what_to_install(collection: Collection) -> None:
    response = browser(cataloguer(collection)).get(sheet("captions", collection, "&as=pdf"), follow=True)
    if find_spec("weasyprint") is None:
        assert response.redirect_chain == [(sheet("captions", collection), 302)]
        assert "requirements-pdf.txt" in response.content.decode()
    else:
        assert response.content.startswith(b"%PDF")


def test_a_sheet_that_becomes_a_pdf_names_nothing_outside() -> None:
    paper = render_to_string("catalog/exchange/print/paper.html", {"kind": printing.Printed.LABELS, "labels": []})
    assert "http" not in paper
    assert settings.STATIC_URL not in paper
