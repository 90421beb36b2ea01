"""Requests made up from the description of /api/v1, held against schemathesis's own default checks, none left out.

``SCHEMATHESIS_CASES=500 pytest tests/catalog/api/test_schemathesis.py`` makes up more of them for each operation.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from tests.catalog.api.schemathesis_hooks import KNOWN, SHORTEST, SLUG
from tests.factories import (
    BatchFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    UserFactory,
    described,
)

# The whole site is called, which lets go of its connection to the database after each request.
pytestmark = pytest.mark.django_db(transaction=True)

# Literals of the program's source would be put in where they fit: any bytes where a picture goes.
CONFIG = schemathesis.Config.from_dict({"analysis": {"constants": {"enabled": False}}})
SCHEMA = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application(), config=CONFIG).include(
    path_regex="^/api/v1/"
)
CASES = int(os.environ.get("SCHEMATHESIS_CASES", "20"))


@pytest.fixture
def token(settings: Settings, tmp_path: Path) -> str:
    """Put one of everything into the database; return the token of somebody who may do everything with it."""
    settings.MEDIA_ROOT = tmp_path
    user = UserFactory(head=True)
    collection = CollectionFactory(slug=SLUG, public=True)
    for slug in SHORTEST:
        CollectionFactory(slug=slug)
    image = described(ImageFactory(collection=collection), title="石桥")
    ImageFileFactory(image=image)
    PromptVersionFactory(prompt__slug="sentence")
    KNOWN.update(
        images=image.pk,
        annotations=image.annotations.get().pk,
        batches=BatchFactory(collection=collection).pk,
    )
    return str(Token.objects.create(user=user).key)


@SCHEMA.parametrize()
@settings(max_examples=CASES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_what_is_described_is_taken_and_answered_as_described_and_nothing_else(
    case: schemathesis.Case[Any], token: str
) -> None:
    case.call_and_validate(headers={"Authorization": f"Token {token}"})
