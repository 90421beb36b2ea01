"""Requests made up from the description of /api/v1, held against schemathesis's own default checks, none left out.

Some hundred are made up here for somebody who may do everything; ``make test-api-fuzz`` makes up thousands, sent by
each role in turn (`SCHEMATHESIS_CASES` for each operation, `SCHEMATHESIS_ROLES`).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from catalog.exchange.exports.running import export_chosen
from catalog.models import Action, Collection, Image, TableImport
from catalog.records import near_duplicates, photo_groups
from tests.catalog.api.schemathesis_hooks import KNOWN, SHORTEST, SLUG
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.people import administrator_only, auditor, cataloguer, reviewer, stranger
from tests.factories import (
    BatchFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    MembershipFactory,
    PromptVersionFactory,
    UserFactory,
    described,
    drafted,
)

# The whole site is called, which lets go of its connection to the database after each request.
pytestmark = pytest.mark.django_db(transaction=True)

# Literals of the program's source would be put in where they fit: any bytes where a picture goes.
CONFIG = schemathesis.Config.from_dict(
    {
        "analysis": {"constants": {"enabled": False}},
        # 428 is what RFC 6585 has for a missing If-Match; the check's own list does not know it.
        "checks": {"missing_required_header": {"expected-statuses": [400, 401, 403, 404, 406, 415, 422, 428]}},
    }
)
SCHEMA = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application(), config=CONFIG).include(
    path_regex="^/api/v1/"
)
CASES = int(os.environ.get("SCHEMATHESIS_CASES", "3"))
HEAD = "head"
ROLES: dict[str, Callable[[Collection], User | None]] = {
    HEAD: lambda _collection: UserFactory(head=True),
    "reviewer": reviewer,
    "cataloguer": cataloguer,
    "auditor": auditor,
    "administrator": lambda _collection: administrator_only(),
    "stranger": lambda _collection: stranger(),
    "anonymous": lambda _collection: None,
}
ASKED = os.environ.get("SCHEMATHESIS_ROLES", HEAD).split(",")


@pytest.fixture(params=ASKED)
def headers(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> dict[str, str]:
    """Put one of everything into the database; return what somebody sends who has a role."""
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_DIR = tmp_path
    collection, head = CollectionFactory(slug=SLUG, public=True), UserFactory(head=True)
    for slug in SHORTEST:
        CollectionFactory(slug=slug)
    UserFactory(username="li")
    image = described(ImageFactory(collection=collection, internal=True), title="石桥")
    drafted(image, description="桥头有三个人")
    file = ImageFileFactory(image=image)
    version = PromptVersionFactory(prompt__slug="sentence")
    audit = planned(drafted_collection(20, collection=collection))
    KNOWN.update(
        {
            "images": image.pk,
            "files": file.pk,
            "annotations": image.annotations.get(field="description").pk,
            "decisions": Action.objects.filter(image=image)[0].pk,
            "near-groups": near_duplicates.put_together(images=_keys(collection), user=None).pk,
            "photo-groups": photo_groups.put_together(images=_keys(collection), user=None).pk,
            "versions": version.pk,
            "batches": BatchFactory(collection=collection).pk,
            "audits": audit.pk,
            "units": audit.sample.all()[0].pk,
            "memberships": MembershipFactory(collection=collection).pk,
            "exports": export_chosen(user=head, images=Image.objects.filter(pk=image.pk), fmt="csv").pk,
            "imports": TableImport.objects.create(user=UserFactory(), file_name="目录.csv").pk,
        }
    )
    user = ROLES[request.param](collection)
    return {} if user is None else {"Authorization": f"Token {Token.objects.create(user=user).key}"}


def _keys(collection: Collection) -> list[int]:
    return [image.pk for image in ImageFactory.create_batch(2, collection=collection)]


@SCHEMA.parametrize()
@settings(max_examples=CASES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_what_is_described_is_taken_and_answered_as_described_and_nothing_else(
    case: schemathesis.Case[Any], headers: dict[str, str]
) -> None:
    case.call_and_validate(headers=headers)
