"""A collection with scans for packages, and a place where they are made."""

from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.models import Collection, Image
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described, picture


@pytest.fixture(autouse=True)
def package_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.GLMV_PACKAGE_DIR = tmp_path / "packages"
    return tmp_path / "packages"


@pytest.fixture
def fonds() -> Collection:
    """Two described photographs, one of them with a back; and one without anything."""
    collection = CollectionFactory(slug="yunxi", title="云溪镇老照片", fonds_number="0012", class_code="ZP")
    bridge = photograph(collection, "0012-ZP-0001", volume="3", title="石桥", date="1956年5月", people="张三、李四")
    ImageFileFactory(image=bridge, role="verso", content=picture((1, 2, 3)), original_name="back.jpg")
    photograph(collection, "0012-ZP-0002", volume="3", title="供销社开业", date="1957年")
    photograph(collection, "0012-ZP-0003")
    return collection


def photograph(collection: Collection, identifier: str, *, volume: str = "", **values: str) -> Image:
    image = ImageFactory(collection=collection, identifier=identifier, volume=volume)
    ImageFileFactory(image=image, original_name=f"扫描{identifier}.jpg".replace("/", "-"))
    return described(image, user=UserFactory(), **values) if values else image
