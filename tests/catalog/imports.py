"""Importing a folder in one line, for tests."""

from pathlib import Path
from typing import Any

from catalog.importing.folders import folder_source
from catalog.importing.import_reports import ImportReport
from catalog.importing.importing import import_images
from catalog.models import Collection

SIZE = (400, 300)
"""Of the pictures that are imported, in pixels."""


def bring_in(folder: Path, collection: Collection, **options: Any) -> ImportReport:
    """Import a folder's pictures."""
    return import_images(collection=collection, source=folder_source(folder), **options)
