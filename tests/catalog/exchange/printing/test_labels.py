"""Labels: QR codes that telephones read, of numbers or addresses, and who has none."""

import re
from importlib.util import find_spec

import pytest
import segno

from catalog.exchange.printing.labels import CodeContent, code_of, labels_of
from catalog.exchange.printing.pdf import PdfNotAvailable, pdf_of
from catalog.exchange.printing.sheets import Chosen
from catalog.models import Image
from tests.factories import CollectionFactory, ImageFactory, described


@pytest.mark.parametrize("text", ["1", "0001-ZP-Y-1959-0001", "云溪-0012", "https://archives.example.org/images/12/"])
def test_a_code_is_never_a_micro_one_and_has_the_margin_that_readers_need(text: str) -> None:
    expected = segno.make(text, micro=False, error="m", encoding="utf-8", boost_error=False)
    assert not expected.is_micro
    side = expected.symbol_size(border=4)[0]
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', code_of(text))
    assert found is not None
    assert (int(found[1]), int(found[2])) == (side, side)
    assert side >= 21 + 8


def test_nothing_of_a_number_stands_in_the_code_as_markup() -> None:
    assert "script" not in code_of('"><script>')


@pytest.mark.django_db
def test_a_label_says_where_the_photograph_is_and_one_without_number_has_none() -> None:
    collection = CollectionFactory(fonds_number="0001")
    described(ImageFactory(collection=collection, identifier="P-2", volume="1", sheet="10"), title="石\n桥")
    ImageFactory(collection=collection, identifier="P-1", volume="1", sheet="9")
    ImageFactory(collection=collection, identifier="")
    labels, without = labels_of(
        Chosen(collection, "", Image.objects.all()), CodeContent.ADDRESS, lambda key: f"https://x.org/images/{key}/"
    )
    assert [(label.number, label.place, label.title) for label in labels] == [
        ("P-1", "0001 · 1 · 9", ""),
        ("P-2", "0001 · 1 · 10", "石 桥"),
    ]
    assert without == 1


def test_a_pdf_is_made_or_it_is_said_what_to_install() -> None:
    if find_spec("weasyprint") is None:
        with pytest.raises(PdfNotAvailable, match=r"requirements-pdf\.txt"):
            pdf_of("<p>石桥</p>")
    else:
        assert pdf_of("<p>石桥</p>").startswith(b"%PDF")
