"""Fixtures that the services' tests share: a place for masters, pictures to import, a collection to draft."""

from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.models import Collection, PromptVersion
from catalog.review.terms import forget
from tests.catalog.imports import SIZE
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, PromptVersionFactory, picture


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = folder
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, one of them in a folder of its own."""
    root = tmp_path / "scans"
    (root / "甲").mkdir(parents=True)
    (root / "1.jpg").write_bytes(picture((10, 20, 30), SIZE))
    (root / "2.png").write_bytes(picture((20, 30, 40), SIZE, kind="PNG"))
    (root / "甲" / "3.tif").write_bytes(picture((30, 40, 50), SIZE, kind="TIFF"))
    return root


@pytest.fixture
def collection() -> Collection:
    """Three images with a scan each."""
    collection = CollectionFactory()
    for _ in range(3):
        ImageFileFactory(image=ImageFactory(collection=collection))
    return collection


@pytest.fixture
def version() -> PromptVersion:
    return PromptVersionFactory()


@pytest.fixture(autouse=True)
def no_terms() -> None:
    """What a test before this one had for terms is gone with its rows."""
    forget()
