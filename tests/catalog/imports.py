"""Importing a folder in one line, and documents to import, for tests."""

from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

from catalog.importing.folders import folder_source
from catalog.importing.import_reports import ImportReport
from catalog.importing.importing import import_images
from catalog.models import Collection

SIZE = (400, 300)
"""Of the pictures that are imported, in pixels."""


def bring_in(folder: Path, collection: Collection, **options: Any) -> ImportReport:
    """Import a folder's pictures."""
    return import_images(collection=collection, source=folder_source(folder), **options)


def write_pdf(path: Path, pages: int = 3) -> None:
    """Write a document of grainy pages, no two alike."""
    noise = [PillowImage.effect_noise((300, 400), 40 + 20 * number).convert("RGB") for number in range(pages)]
    noise[0].save(path, "PDF", save_all=True, append_images=noise[1:], resolution=72)
