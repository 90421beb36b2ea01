"""PDF documents as import sources: each page becomes a file, and all pages of a document one record."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.importing.entries import Entry
from catalog.naming import Part
from catalog.vocabulary import FileRole
from inference.engine.documents import Document


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page of a document. It lies nowhere: it is drawn when it is asked for.

    Attributes:
        name: the document's name and the page's number.
        document_name: the document's, as the source and its manifest know it.
        part: which page of what. The key is the document's content, so that a page is known again however it was drawn.
    """

    name: str
    document_name: str
    part: Part
    document: Document

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Draw the page to a file for as long as the context lasts."""
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            path = Path(file.name)
            # Blank pages look alike, and the same bytes enter a collection only once: each page says which one it is.
            self.document.write_page(self.part.sequence, path, mark=f"{self.part.key}/{self.part.sequence}")
            yield path


def is_document(entry: Entry) -> bool:
    """Tell whether an entry is called like a PDF."""
    return PurePosixPath(entry.name).suffix.lower() == ".pdf"


def document_key(sha256: str) -> str:
    """Return the key that the pages of a document share, by its content."""
    return f"pdf:{sha256}"


def pages_of(entry: Entry, document: Document, key: str) -> Iterator[PageEntry]:
    """Yield the pages of a document.

    Args:
        entry: the PDF.
        document: the same, open.
        key: the key that its pages share.
    """
    for number in range(1, document.pages + 1):
        part = Part(FileRole.PAGE, number, key)
        yield PageEntry(f"{entry.name}/{number:04d}.png", entry.name, part, document)
