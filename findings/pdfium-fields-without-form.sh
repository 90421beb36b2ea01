#!/usr/bin/env bash
# pypdfium2 5.15.2 (pdfium): a field on a page whose document has no form is drawn by nothing.
#
# Expected: what a person filled in, or an electronic seal in a signature field, is drawn where the page has it, at least once
# the form environment stands (init_forms before the first page is opened).
# Seen: programs that take single pages out of a signed document leave the fields on them and the form (AcroForm) behind.
# init_forms() then makes no environment, and render() leaves the field out, without an error. FPDFPage_Flatten makes it a
# part of the page, although there is no form.
# What the product does about it: inference/engine/documents.py flattens such a page in memory; tests in
# tests/inference/engine/test_documents.py.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pypdfium2==5.15.2 Pillow==12.0.0

cat > "$folder/look.py" <<'PYTHON'
import sys
from importlib.metadata import version

import pypdfium2
import pypdfium2.raw as pdfium

print("pypdfium2", version("pypdfium2"))


def document(form: bytes) -> bytes:
    """Return a page of 200 by 200 points with a signature field that looks like a red square."""
    look = b"1 0 0 rg 0 0 80 80 re f"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + form + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [4 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (seal) /F 4 /Rect [60 60 140 140] /AP << /N 5 0 R >> >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 80 80] /Length %d >>\nstream\n%s\nendstream" % (len(look), look),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return out + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


def red(form: bytes, *, flatten: bool = False) -> int:
    """Return how many red pixels the page has."""
    opened = pypdfium2.PdfDocument(document(form))
    opened.init_forms()
    page = opened[0]
    if flatten:
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
        page = opened[0]
    return sum(count for count, colour in page.render().to_pil().convert("RGB").getcolors(1 << 20) if colour == (255, 0, 0))


with_form, without, flattened = red(b"/AcroForm << /Fields [4 0 R] >>"), red(b""), red(b"", flatten=True)
print(f"red pixels: with a form {with_form}, without one {without}, without one and flattened {flattened}")
if not (with_form > 5000 and without == 0 and flattened > 5000):
    sys.exit("It has changed: a field without a form is drawn, or flattening no longer helps.")
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
