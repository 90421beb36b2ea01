"""Opens PDF documents and draws their pages as pictures, with pdfium. What comes in is taken for hostile here too.

pdfium runs no scripts and fetches nothing. It is not made for several threads, so one lock guards all of it.

What people filled in and the electronic seals in signature fields are form fields, and belong to the page: pdfium draws
them only where a document's form environment stands before its first page is opened.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PIL.PngImagePlugin import PngInfo

from inference.engine.errors import DocumentDamaged, DocumentLocked, DocumentTooLong, ImageEmpty, ImageUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_PAGES = 2000
"""A document with more is somebody's mistake, or a trick."""
_DPI = 300
_POINTS_PER_INCH = 72
_LONGEST_SIDE = 7000
_PASSWORD = 4  # pdfium's number for it
_MARK = "Page"
"""The keyword of the text chunk; none that says something about the picture."""

_lock = threading.Lock()
# Of a form in XFA the fields that are drawn are drawn; that pdfium says what else it cannot do helps nobody.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)


class Document:
    """An open document."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        with _lock:
            self.pages: int = len(opened)

    def write_page(self, number: int, target: Path, *, mark: str = "") -> None:
        """Draw a page at 300 dpi, or as large as is allowed, and write it as PNG.

        Args:
            number: which, counted from 1.
            target: where to.
            mark: written into the file as text, so that pages which look alike differ in their bytes.

        Raises:
            DocumentDamaged: the page cannot be drawn.
        """
        with _lock, _worded():
            page = self._page(number - 1)
            try:
                longer = max(page.get_size())
                if not 0 < longer < float("inf"):
                    raise DocumentDamaged(f"page {number} has no size")
                scale = min(_DPI / _POINTS_PER_INCH, _LONGEST_SIDE / longer)
                picture = page.render(scale=scale).to_pil().convert("RGB")
            finally:
                page.close()
        texts = PngInfo()
        if mark:
            texts.add_text(_MARK, mark)
        picture.save(target, "PNG", compress_level=3, dpi=(72 * scale, 72 * scale), pnginfo=texts)

    def _page(self, index: int) -> Any:
        """Open a page, its fields ready to be drawn. The lock is held."""
        import pypdfium2.raw as pdfium

        page = self._opened[index]
        # Programs that take pages out of a signed document leave the fields on them and the form behind. Without a form
        # nothing draws them; made a part of the page, in memory, they are what they look like.
        if self._opened.formenv is None and _has_fields(page):
            pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            page.close()
            page = self._opened[index]
        return page


@contextmanager
def open_document(path: Path) -> Iterator[Document]:
    """Open a PDF.

    Args:
        path: an existing file.

    Yields:
        The document, usable inside the context.

    Raises:
        DocumentLocked: it asks for a password.
        DocumentDamaged: it is no PDF, or a broken one.
        DocumentTooLong: it has more pages than anybody scans.
    """
    import pypdfium2

    try:
        if path.stat().st_size == 0:
            raise ImageEmpty
    except OSError as error:
        raise ImageUnreadable(str(path), error.strerror or "") from error
    with _lock, _worded():
        opened = pypdfium2.PdfDocument(path)
    try:
        with _lock, _worded():
            opened.init_forms()
        document = Document(opened)
        if document.pages < 1:
            raise DocumentDamaged("no pages")
        if document.pages > MOST_PAGES:
            raise DocumentTooLong(document.pages, MOST_PAGES)
        yield document
    finally:
        with _lock:
            opened.close()


def _has_fields(page: Any) -> bool:
    """Tell whether a page has form fields on it."""
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if annotation:
            subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
            pdfium.FPDFPage_CloseAnnot(annotation)
            if subtype == pdfium.FPDF_ANNOT_WIDGET:
                return True
    return False


@contextmanager
def _worded() -> Iterator[None]:
    """Turn what pdfium objects to into this engine's errors."""
    import pypdfium2

    try:
        yield
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise DocumentLocked from error
        raise DocumentDamaged(str(error)[:200]) from error
