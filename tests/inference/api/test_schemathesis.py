"""Requests made up from the published description: each answer is one that the description has, and none is a crash.

``SCHEMATHESIS_CASES=2000 pytest tests/inference/api/test_schemathesis.py`` makes up more of them, in two minutes.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings

from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.api import schemathesis_hooks  # noqa: F401 - it registers itself
from tests.inference.scripted import ScriptedModel

# The whole site is called, which lets go of its connection to the database after each request.
pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application()).include(path_regex="^/v1/")
CASES = int(os.environ.get("SCHEMATHESIS_CASES", "100"))


@pytest.fixture(scope="module", autouse=True)
def _scripted() -> Iterator[None]:
    scripted = Service(Engine(ScriptedModel), model_name="scripted")
    before = use_service(scripted)
    scripted.start()
    scripted.wait_ready(30)
    yield
    use_service(before)
    scripted.stop(30)


@SCHEMA.parametrize()
@settings(max_examples=CASES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_has(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()
