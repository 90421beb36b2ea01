"""Every operation of the interface, asked by everybody about what is somebody else's: refused, unchanged, untold.

The operations are the router's: one that has no line in `bodies` fails here. The things asked about are of one
collection that is not public; what they hold is marked, so that a leak shows in an answer.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from catalog.api.urls import router
from catalog.models import (
    Action,
    Annotation,
    Audit,
    Batch,
    Collection,
    Export,
    Image,
    Membership,
    NearGroup,
    PhotoGroup,
    Prompt,
    PromptVersion,
    TableImport,
)
from catalog.records import near_duplicates, photo_groups
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

pytestmark = pytest.mark.django_db

MARK = "鼂" * 3
"""Stands in everything that the collection holds, and nowhere else."""

PEOPLE: dict[str, Callable[[Collection], User | None]] = {
    "anonymous": lambda _mine: None,
    "reader": lambda _mine: UserFactory(),
    "stranger": lambda _mine: stranger(),
    "cataloguer elsewhere": lambda _mine: cataloguer(CollectionFactory()),
    "reviewer elsewhere": lambda _mine: reviewer(CollectionFactory()),
}
SEERS: dict[str, Callable[[Collection], User | None]] = {
    "auditor": auditor,
    "administrator": lambda _mine: administrator_only(),
}
"""Who sees some of it, and changes none of its content."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the interface.

    Attributes:
        path: after `/api/v1/`, with the keys of what there is.
        method: HTTP's.
        name: the view's and the action's.
    """

    path: str
    method: str
    name: str


@pytest.fixture
def things(settings: Settings, tmp_path: Any) -> dict[str, Any]:
    """One of everything, in a collection that is not public."""
    settings.MEDIA_ROOT = tmp_path
    collection = CollectionFactory(slug="closed", title=MARK, notes=MARK, introduction=MARK)
    image = described(ImageFactory(collection=collection, identifier=MARK, volume=MARK), title=MARK)
    drafted(image, place=MARK)
    version = PromptVersionFactory(prompt__slug="secret", prompt__name=MARK, text=MARK)
    keys = [ImageFactory(collection=collection).pk for _image in range(4)]
    return {
        "collections": collection,
        "images": image,
        "files": ImageFileFactory(image=image, original_name=f"{MARK}.jpg"),
        "annotations": image.annotations.get(field="place"),
        "decisions": Action.objects.filter(image=image)[0],
        "near-groups": near_duplicates.put_together(images=keys[:2], user=None),
        "photo-groups": photo_groups.put_together(images=keys[2:], user=None),
        "prompts": version.prompt,
        "version": version,
        "batches": BatchFactory(collection=collection),
        "audits": planned(drafted_collection(20, collection=collection)),
        "exports": Export.objects.create(user=reviewer(collection), format="csv", selection=MARK, state="pending"),
        "imports": _import(collection),
        "memberships": MembershipFactory(collection=collection, user__username=f"user-{MARK}"),
    }


def _import(collection: Collection) -> TableImport:
    """Return an import of somebody's, with what its check found."""
    made = TableImport.objects.create(user=reviewer(collection), file_name=f"{MARK}.csv", state="checked", cells=1)
    made.collections.add(collection)
    return made


def bodies(things: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent to each operation: what would be done, if it were one's own."""
    image, draft, group = things["images"].pk, things["annotations"].pk, things["near-groups"].pk
    deciding = {"image": image, "do": "accept", "annotation": draft}
    wording = {"text": "x", "form": "sentence"}
    unit = things["audits"].sample.all()[0].pk
    return {
        "collections.create": {"slug": "new", "title": "x"},
        "collections.partial_update": {"title": "x", "is_public": True},
        "images.create": {},
        "images.partial_update": {"title": "x", "volume": "1"},
        "images.bulk": {"items": [{"id": image, "if_match": "*", "title": "x"}]},
        "annotations.create": {"image": image, "field": "event", "value": "x", "ai": False},
        "annotations.bulk": {"items": [{"image": image, "field": "event", "value": "x", "ai": False}]},
        "decisions.create": deciding,
        "decisions.bulk": {"items": [deciding]},
        "near-groups.create": {"images": [image, image + 1]},
        "near-groups.split": {"images": [image]},
        "near-groups.merge": {"groups": [group, group + 1]},
        "photo-groups.create": {"images": [image]},
        "photo-groups.partial_update": {"title": "x"},
        "photo-groups.destroy": None,
        "photo-groups.confirm": None,
        "photo-groups.join": None,
        "photo-groups.split": {"image": image},
        "photo-groups.add": {"image": image},
        "photo-groups.remove": {"image": image},
        "photo-groups.accept": None,
        "prompts.create": {"slug": "new", "name": "x", **wording},
        "prompts.versions": wording,
        "batches.create": {"collection": "closed", "images": [image]},
        "batches.pause": None,
        "batches.resume": None,
        "batches.retry": None,
        "batches.cancel": None,
        "audits.create": {"collection": "closed", "fields": ["place"]},
        "audits.accept": None,
        "audits.release": None,
        "audits.stop": None,
        "audits.withdraw": {"reason": "x"},
        "audits.redraft": {"prompt_version": things["version"].pk},
        "audits.close": {"state": "left"},
        "audits.next": None,
        "audits.blind": {"unit": unit, "value": "x"},
        "audits.judge": {"unit": unit, "verdict": "right"},
        "audits.take_back": None,
        "exports.create": {"format": "csv", "collection": "closed"},
        "exports.cancel": None,
        "imports.create": {},
        "imports.start": None,
        "imports.cancel": None,
        "imports.undo": None,
        "memberships.create": {"user": things["memberships"].user.username, "role": "reviewer", "collection": None},
        "memberships.destroy": None,
    }


ALLOWED_ELSEWHERE = {
    # All collections share the prompts: members of any read them, reviewers of any add to them.
    ("cataloguer elsewhere", "prompts.list"),
    ("cataloguer elsewhere", "prompts.retrieve"),
    ("reviewer elsewhere", "prompts.list"),
    ("reviewer elsewhere", "prompts.retrieve"),
    ("reviewer elsewhere", "prompts.create"),
    ("reviewer elsewhere", "prompts.versions"),
}


def operations(things: dict[str, Any]) -> Iterator[Operation]:
    """Return every operation of the router, about what there is."""
    viewset: Any
    for prefix, viewset, _basename in router.registry:
        thing = things[prefix]
        key = getattr(thing, viewset.lookup_field, thing.pk) if viewset.lookup_field != "pk" else thing.pk
        for route in router.get_routes(viewset):
            path = route.url.format(prefix=prefix, lookup=key, trailing_slash="/").strip("^$")
            for method, action in route.mapping.items():
                if hasattr(viewset, action):
                    yield Operation(path, method.upper(), f"{prefix}.{action}")


def ask(client: Client, operation: Operation, things: dict[str, Any]) -> Any:
    """Call an operation; what it changes is taken back."""
    body = bodies(things).get(operation.name)
    headers = {"If-Match": "*"}
    with transaction.atomic():
        response = client.generic(
            operation.method,
            f"/api/v1/{operation.path}",
            "" if body is None else json.dumps(body),
            "application/json",
            headers=headers,
        )
        before = state(things)
        transaction.set_rollback(True)
    return response, before


def state(things: dict[str, Any]) -> dict[str, Any]:
    """Return how all is that may be changed."""
    return {
        "log": Action.objects.count(),
        "images": list(Image.objects.order_by("pk").values_list("title", "volume", "revision", "status")),
        "annotations": list(Annotation.objects.order_by("pk").values_list("value", "state")),
        "collections": list(Collection.objects.order_by("pk").values_list("title", "is_public")),
        "groups": [NearGroup.objects.count(), PhotoGroup.objects.count()],
        "prompts": [Prompt.objects.count(), PromptVersion.objects.count()],
        "audits": list(Audit.objects.order_by("pk").values_list("state", "position")),
        "units": list(things["audits"].sample.order_by("pk").values_list("verdict", "held_by")),
        "batches": list(Batch.objects.order_by("pk").values_list("state", flat=True)),
        "memberships": Membership.objects.count(),
        "exports": list(Export.objects.values_list("state", flat=True)),
        "imports": list(TableImport.objects.values_list("state", flat=True)),
    }


def client_of(user: User | None) -> Client:
    """Return a program that calls on somebody's behalf."""
    return Client(headers={} if user is None else {"Authorization": f"Token {Token.objects.create(user=user).key}"})


def test_every_operation_that_writes_is_in_the_table(things: dict[str, Any]) -> None:
    writing = {operation.name for operation in operations(things) if operation.method != "GET"}

    assert writing == set(bodies(things))


@pytest.mark.parametrize("person", PEOPLE)
def test_what_is_somebody_elses_is_neither_told_nor_changed(person: str, things: dict[str, Any]) -> None:
    client = client_of(PEOPLE[person](things["collections"]))
    before = state(things)
    for operation in operations(things):
        if (person, operation.name) in ALLOWED_ELSEWHERE:
            continue
        response, after = ask(client, operation, things)
        told = (person, operation, response.status_code, response.content.decode()[:500])
        if operation.name.endswith((".list", ".bulk")):
            assert response.status_code in (200, 401), told
        else:
            assert response.status_code in (400, 401, 403, 404, 415), told
        assert after == before, told
        assert MARK not in response.content.decode(), told


@pytest.mark.parametrize("person", SEERS)
def test_who_sees_it_by_their_office_changes_none_of_its_content(person: str, things: dict[str, Any]) -> None:
    client = client_of(SEERS[person](things["collections"]))
    before = state(things)
    for operation in operations(things):
        # Administrators give roles, make collections, and take tables away: they see all, and change nothing.
        of_office = operation.name.startswith(("memberships", "exports")) or operation.name == "collections.create"
        if operation.method == "GET" or (person == "administrator" and of_office):
            continue
        response, after = ask(client, operation, things)
        told = (person, operation, response.status_code, response.content.decode()[:500])
        assert response.status_code in (400, 403, 404, 415) or operation.name.endswith(".bulk"), told
        assert after == before, told


@pytest.mark.parametrize("key", ["0", "999999999999999999", "-1", "x", "%00", "1e3"])
def test_keys_of_nothing_are_never_an_error_of_the_server(key: str, things: dict[str, Any]) -> None:
    client = client_of(UserFactory(head=True))
    for operation in operations(things):
        prefix, _slash, rest = operation.path.partition("/")
        if rest[:1].isdigit() or rest.startswith(("closed/", "secret/")):
            wrong = Operation(f"{prefix}/{key}/{rest.partition('/')[2]}", operation.method, operation.name)
            response, _after = ask(client, wrong, things)
            assert response.status_code in (404, 405), (wrong, response.status_code)
