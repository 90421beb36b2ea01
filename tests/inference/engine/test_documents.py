"""Pages of PDF documents, drawn with what people filled in and sealed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from inference.engine.documents import open_document

CASES = Path(__file__).parent / "pdf"
_RED_SQUARE = b"1 0 0 rg 0 0 150 150 re f"
_FORM = b"/AcroForm << /Fields [6 0 R] /DR << /Font << /F1 5 0 R >> >> /DA (/F1 24 Tf 0 g) >>"


def drawn(path: Path, target: Path) -> PillowImage.Image:
    with open_document(path) as document:
        document.write_page(1, target)
    with PillowImage.open(target) as picture:
        return picture.convert("RGB")


def pixels(picture: PillowImage.Image, colour: tuple[int, int, int]) -> int:
    """Return how many pixels have exactly this colour."""
    return int((np.asarray(picture) == colour).all(axis=2).sum())


def widget(kind: bytes, more: bytes, flags: int = 4) -> bytes:
    return b"<< /Type /Annot /Subtype /Widget %s /T (field) /Rect [300 200 450 350] /F %d /P 3 0 R %s >>" % (
        kind,
        flags,
        more,
    )


def pdf(field: bytes, form: bytes = _FORM) -> bytes:
    """Return a document of one page with one field, whose appearance may be object 7, a red square."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % form,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [6 0 R] >>",
        b"<< /Length 0 >>\nstream\n\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        field,
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 150 150] /Length %d >>\nstream\n%s\nendstream"
        % (len(_RED_SQUARE), _RED_SQUARE),
    ]
    body, places = b"%PDF-1.6\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 8\n0000000000 65535 f \n%strailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


def test_an_electronic_seal_in_a_signature_field_is_on_the_page(tmp_path: Path) -> None:
    page = drawn(CASES / "seal-in-signature-field.pdf", tmp_path / "page.png")

    # A square of 50 points at 300 dpi, and the frame around it.
    assert pixels(page, (255, 0, 0)) > 208 * 208


def test_what_was_filled_into_a_field_is_on_the_page(tmp_path: Path) -> None:
    page = drawn(CASES / "filled-field.pdf", tmp_path / "page.png")

    # The field's box, from 600 to 640 points above the lower edge.
    field = page.crop((208, (842 - 640) * 300 // 72, 1875, (842 - 600) * 300 // 72))
    assert pixels(field, (0, 0, 0)) > 5_000


_SEAL = b"/AP << /N 7 0 R >>"


@pytest.mark.parametrize(
    ("content", "is_shown"),
    [
        (pdf(widget(b"/FT /Sig", _SEAL)), True),
        (pdf(widget(b"/FT /Btn", b"/V /Yes /AS /Yes /AP << /N << /Yes 7 0 R >> >>")), True),
        (pdf(widget(b"/FT /Btn", b"/AS /Off /AP << /N << /Yes 7 0 R >> >>")), False),
        # A field that its maker hid.
        (pdf(widget(b"/FT /Sig", _SEAL, flags=2)), False),
        # Pages taken out of a signed document: the fields are there, the form is empty or gone.
        (pdf(widget(b"/FT /Sig", _SEAL), form=b"/AcroForm << /Fields [] >>"), True),
        (pdf(widget(b"/FT /Sig", _SEAL), form=b""), True),
        (pdf(widget(b"/FT /Sig", _SEAL), form=b"/AcroForm << /Fields [6 0 R] /XFA (x) >>"), True),
    ],
    ids=["signature", "checked box", "box", "hidden", "empty form", "no form", "XFA"],
)
def test_fields_are_drawn_as_they_look(tmp_path: Path, content: bytes, is_shown: bool) -> None:
    (tmp_path / "a.pdf").write_bytes(content)

    page = drawn(tmp_path / "a.pdf", tmp_path / "page.png")

    assert (pixels(page, (255, 0, 0)) > 300_000) is is_shown


def test_a_text_whose_program_left_its_drawing_to_the_reader_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(widget(b"/FT /Tx", b"/V (WANG) /DA (/F1 24 Tf 0 g)")))

    assert pixels(drawn(tmp_path / "a.pdf", tmp_path / "page.png"), (0, 0, 0)) > 1_000


def test_an_empty_field_leaves_no_mark(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(widget(b"/FT /Tx", b"/DA (/F1 24 Tf 0 g)")))

    assert drawn(tmp_path / "a.pdf", tmp_path / "page.png").getcolors(2) == [(2480 * 3509, (255, 255, 255))]
