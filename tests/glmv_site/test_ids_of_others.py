"""Keys of somebody else's records in what is sent to pages: whoever works on another collection reaches nothing.

Which addresses let whom in, `test_protected_addresses` walks up; here the address is one's own, and the key in the
query, the form or the JSON is another's. Nothing of theirs changes, none of their words is told, nothing breaks.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from catalog.models import Action, BulkChange, Collection, Examination, Export, Image, NearGroup, TableImport
from catalog.vocabulary import Disclosure
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.people import auditor, browser, reviewer
from tests.factories import (
    ActionFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    KnowledgeBaseFactory,
    KnowledgeEntryFactory,
    MembershipFactory,
    PhotoGroupFactory,
    PromptVersionFactory,
    UserFactory,
    described,
    drafted,
    picture,
)

pytestmark = pytest.mark.django_db

SOUGHT, WORD = "鼋鼍", "蛟龙"
"""Both stand in whatever the other collection has that can be read; the first is what is asked for."""
THEIRS = SOUGHT + WORD
# All collections share these; reviewers of any may write them.
_SHARED = {"catalog.Prompt", "catalog.PromptVersion", "catalog.SensitiveWord"}
# What somebody does to their own work is written there.
_OWN = {
    "catalog.ActionDigest", "catalog.BulkChange", "catalog.BulkChunk", "catalog.Export", "catalog.ExportPart",
    "catalog.ReviewSettings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theirs:
    """A collection that is not public, with one of everything, and its keys by model."""

    collection: Collection
    image: Image
    draft: int
    keys: dict[type[Model], int]
    export: str

    def key(self, name: str) -> int:
        """Return the key of what they have of a model."""
        return self.keys[apps.get_model("catalog", name)]


@pytest.fixture
def theirs(settings: Settings, tmp_path: Path) -> Theirs:
    settings.MEDIA_ROOT = tmp_path / "media"
    collection = CollectionFactory(title=THEIRS, slug="theirs")
    file = ImageFileFactory(image=ImageFactory(collection=collection, identifier=f"{THEIRS}-1"))
    image = described(file.image, title=THEIRS, people=THEIRS)
    drafted(image, description=f"{THEIRS}在桥头。")
    group = PhotoGroupFactory(collection=collection, title=THEIRS)
    near = NearGroup.objects.create(collection=collection)
    Image.objects.filter(pk=image.pk).update(photo_group=group, near_group=near)
    change = BulkChange.objects.create(user=UserFactory(), kind=BulkChange.Kind.ACCEPT, selection=THEIRS)
    change.collections.add(collection)
    examination = Examination.objects.create(
        collection=collection, disclosure=Disclosure.OPEN, basis=THEIRS, first_examiner=UserFactory(), state="proposed"
    )
    examination.items.create(image=image, state="proposed")
    base = KnowledgeBaseFactory(collection=collection, title=THEIRS)
    batch = BatchFactory(collection=collection, background=True)
    rows: list[Any] = [
        collection, file, image, group, near, change, examination, base, batch,
        KnowledgeEntryFactory(base=base, title=THEIRS), BatchItemFactory(batch=batch, image=image),
        ActionFactory(collection=collection, image=image, label=THEIRS), MembershipFactory(collection=collection),
        planned(drafted_collection(3, collection=collection)),
        TableImport.objects.create(
            user=UserFactory(), collection=collection, file_name=THEIRS, findings={"words": []}, state="checked"
        ),
        draft := image.annotations.drafts().get(),
    ]  # fmt: skip
    export = Export.objects.create(user=UserFactory(), format=Export.Format.CSV, selection=THEIRS, state="failed")
    keys = {type(row): row.pk for row in rows}
    return Theirs(collection, image, draft.pk, keys, str(export.pk))


@pytest.fixture
def mine() -> Collection:
    """A collection of one's own, in which all of that would be allowed."""
    collection = CollectionFactory(slug="mine")
    drafted(ImageFileFactory(image=ImageFactory(collection=collection)).image, description="石桥")
    PromptVersionFactory(prompt__slug="sentence", prompt__name="一句话描述")
    return collection


def people(mine: Collection) -> list[User]:
    """Return those who come nearest: they may do much, elsewhere."""
    return [reviewer(mine), auditor(mine)]


def kept() -> dict[str, list[Any]]:
    """Return all rows that nobody of those people has to do with."""
    shared = _SHARED | _OWN
    rows = {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("catalog").get_models()
        if model._meta.label not in shared and model is not Action
    }
    return rows | {"of theirs": list(Action.objects.filter(collection__slug="theirs").order_by("pk").values())}


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text: str = content.decode("utf-8", errors="replace")
    if response.headers.get("Content-Type", "").startswith("application/json"):
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return text


def reaches_nothing(response: Any, told: object) -> None:
    assert response.status_code < 500, told
    assert WORD not in text_of(response), told


# --- The workbench ---------------------------------------------------------------------------------------------------


def _lists() -> list[tuple[type[Model], Any]]:
    """Return the workbench's lists of what belongs to collections."""
    return [
        (model, listed)
        for model, listed in admin.site._registry.items()
        if model._meta.app_label == "catalog" and model._meta.label not in _SHARED
    ]


def test_no_action_of_a_list_reaches_a_row_of_another_collection(theirs: Theirs, mine: Collection) -> None:
    asking = people(mine)
    before, tried = kept(), 0
    confirmed = {
        "post": "yes", "begin": "1", "confirm": "1", "apply": "1", "reason": "有误", "volume": "9", "basis": "依据",
        "disclosure": "open", "prompt": "read", "field": "title", "value": "改了", "find": "桥", "replace": "桥",
    }  # fmt: skip
    for person in asking:
        client = browser(person)
        for model, listed in _lists():
            key = theirs.keys.get(model)
            if key is None:
                continue
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for action in ["delete_selected", *(name for name in listed.actions if isinstance(name, str))]:
                for more in ({}, {"select_across": "1"}):
                    sent = {"action": action, "_selected_action": [key], "index": "0", **confirmed, **more}
                    response = client.post(f"{address}?collection=theirs", sent, follow=True)
                    reaches_nothing(response, (person.username, model, action, more))
                    tried += 1
    assert kept() == before
    assert tried > 50


def test_no_filter_or_search_of_a_list_shows_a_row_of_another_collection(theirs: Theirs, mine: Collection) -> None:
    client = browser(reviewer(mine))
    for model, _listed in _lists():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        queries: list[dict[str, Any]] = [{"collection": "theirs"}, {"q": SOUGHT}, {"image__id__exact": theirs.image.pk}]
        if key := theirs.keys.get(model):
            queries.append({"id__exact": key})
        for query in queries:
            reaches_nothing(client.get(address, query, follow=True), (model, query))


def test_what_is_completed_in_forms_is_ones_own(theirs: Theirs, mine: Collection) -> None:
    for person in people(mine):
        client = browser(person)
        for model in apps.get_app_config("catalog").get_models():
            for field in model._meta.get_fields():
                if field.many_to_one and field.concrete:
                    asked = {"app_label": "catalog", "model_name": model.__name__, "field_name": field.name}
                    reaches_nothing(client.get(reverse("admin:autocomplete"), {**asked, "term": SOUGHT}), asked)


# --- Pages -----------------------------------------------------------------------------------------------------------


def _calls(theirs: Theirs, mine: Collection) -> list[tuple[str, str, Any, bool]]:
    """Return what is sent: method, address, what, and whether as JSON."""
    own = mine.images.get()
    image, collection = theirs.image.pk, theirs.collection.slug
    group, batch, near = theirs.key("PhotoGroup"), theirs.key("Batch"), theirs.key("NearGroup")
    table = theirs.key("TableImport")
    bulk, audit, examination = theirs.key("BulkChange"), theirs.key("Audit"), theirs.key("Examination")
    acts = ["confirm", "split", "join", "previous", "next", "out", "dissolve", "accept", "undo", "withdraw"]
    span = {"since": "2020-01-01T00:00", "until": "2030-01-01T00:00"}
    queues = [
        f"collection={collection}", f"batch={batch}", f"near_group={near}", f"photo_group={group}", f"q={SOUGHT}",
        f"reviewer={User.objects.exclude(is_staff=True).values_list('pk', flat=True)[0]}", f"identifier={SOUGHT}",
    ]  # fmt: skip
    decisions: list[dict[str, Any]] = [
        {"do": do, "annotation": theirs.draft, "value": "改", "field": "title", "reason": "x", "drafts": [theirs.draft]}
        for do in ("accept", "edit", "reject", "open", "accept_all", "set", "restore", "undo")
    ]
    return [
        *[("POST", f"/review/next/?{query}", {"blind": False}, True) for query in queues],
        *[("GET", f"/review/progress/?{query}", None, False) for query in queues],
        *[("GET", f"/review/list/?{query}", None, False) for query in queues],
        ("POST", "/review/next/", {"present": image, "passed": [own.pk], "after": [image]}, True),
        ("POST", "/review/hold/", {"images": [image]}, True),
        ("POST", "/review/undo-step/", {"since": "2020-01-01T00:00:00+00:00"}, True),
        ("GET", f"/review/suggest/?field=people&typed={SOUGHT}&text={SOUGHT}", None, False),
        *[("POST", f"/review/records/{own.pk}/decide/", sent, True) for sent in decisions],
        *[("POST", f"/review/records/{image}/decide/", sent, True) for sent in decisions],
        ("POST", "/review/list/", {"kind": "accept", "image": [image]}, False),
        ("POST", f"/review/list/?collection={collection}", {"kind": "accept", "all": "1"}, False),
        ("POST", "/review/list/", {"kind": "set", "image": [image], "field": "title", "value": "改"}, False),
        *[("POST", f"/review/bulk/{bulk}/", {"act": act, "action": act}, False) for act in ("start", "cancel", "undo")],
        ("POST", "/review/undo/", {"of": "batch", "batch": batch}, False),
        ("POST", "/review/undo/", {"of": "bulk", "bulk": bulk}, False),
        ("POST", "/review/undo/", {"of": "imports", "collection": collection, **span}, False),
        ("GET", f"/review/undo/?of=batch&batch={batch}&collection={collection}", None, False),
        *[("POST", "/review/groups/change/", {"act": act, "group": group, "image": image}, False) for act in acts],
        *[("POST", "/review/groups/change/", {"act": act, "collection": collection}, False) for act in acts],
        ("POST", "/review/groups/propose/", {"collection": collection}, False),
        ("GET", f"/review/groups/?collection={collection}&selected={group}", None, False),
        ("POST", f"/review/groups/{group}/", {"title": "改"}, False),
        ("POST", f"/review/disclosure/new/?collection={collection}", {"disclosure": "open", "basis": "依据"}, False),
        ("GET", f"/review/disclosure/new/?collection={collection}&q=", None, False),
        *[
            ("POST", f"/review/disclosure/{examination}/", {"action": act, "seen": "1", "reason": "x"}, False)
            for act in ("confirm", "refuse", "take_back", "leave_out", "agree")
        ],
        ("GET", f"/review/audits/plan/?collection={collection}&parent={audit}&field=description", None, False),
        ("POST", "/review/audits/plan/", {"collection": collection, "field": "description", "parent": audit}, False),
        ("GET", f"/review/audits/workplan/?collection={collection}&people=2", None, False),
        *[
            ("POST", f"/review/audits/{audit}/decide/", {"act": act, "action": act, "reason": "x"}, False)
            for act in ("accept", "release", "redraft", "close", "withdraw", "stop")
        ],
        ("GET", f"/review/quality/?collection={collection}&batch={batch}", None, False),
        ("GET", f"/review/quality/table/?collection={collection}", None, False),
        *[("GET", f"/exchange/{page}?{query}", None, False) for page in ("", "exports/new/") for query in queues],
        ("POST", "/exchange/exports/new/", {"format": "csv", "image": [image]}, False),
        ("POST", f"/exchange/exports/new/?collection={collection}", {"format": "csv", "all": "1"}, False),
        *[("GET", f"/exchange/exports/{theirs.export}/{part}", None, False) for part in ("", "progress/", "file/")],
        ("POST", f"/exchange/exports/{theirs.export}/", {"action": "cancel"}, False),
        ("GET", "/exchange/imports/", None, False),
        *[("GET", f"/exchange/imports/{table}/{part}", None, False) for part in ("", "progress/", "refusals.csv")],
        *[
            ("POST", f"/exchange/imports/{table}/", {"action": act}, False)
            for act in ("start", "cancel", "discard", "undo")
        ],
        (
            "POST",
            "/admin/catalog/batch/start/",
            {"collection": collection, "prompt": "read", "selection": "all"},
            False,
        ),
        ("GET", f"/admin/catalog/image/upload/?collection={collection}", None, False),
        ("GET", f"/admin/catalog/collection/numbering/?collection={collection}", None, False),
        ("POST", f"/admin/catalog/collection/{theirs.collection.pk}/numbers/", {"pattern": "{序号}"}, False),
        ("GET", f"/admin/catalog/action/export/?collection={collection}", None, False),
        ("GET", f"/search/?q={SOUGHT}&collection={collection}", None, False),
        ("GET", f"/ask/?image={image}", None, False),
    ]


def test_no_key_that_is_sent_reaches_another_collection(theirs: Theirs, mine: Collection) -> None:
    calls, asking = _calls(theirs, mine), people(mine)
    before = kept()
    for person in asking:
        client = browser(person)
        for method, address, sent, is_json in calls:
            response = _send(client, method, address, sent, is_json)
            reaches_nothing(response, (person.username, method, address, sent, response.status_code))
    changed = {name: rows for name, rows in kept().items() if rows != before[name] and name not in _OF_HOLDERS}
    assert changed == {}
    assert not _held(theirs)


def test_no_table_is_taken_in_for_another_collection(theirs: Theirs, mine: Collection) -> None:
    tables = TableImport.objects.count()
    for person in people(mine):
        upload = SimpleUploadedFile("1.csv", "照片号,题名\n1,改\n".encode(), "text/csv")
        response = browser(person).post("/exchange/imports/", {"file": upload, "collection": "theirs"})
        reaches_nothing(response, person.username)
    assert TableImport.objects.count() == tables


def test_no_file_is_brought_into_another_collection(theirs: Theirs, mine: Collection) -> None:
    for person in people(mine):
        upload = SimpleUploadedFile("1.jpg", picture((9, 9, 9)), "image/jpeg")
        sent = {"collection": "theirs", "file": upload, "volume": ""}
        reaches_nothing(browser(person).post("/admin/catalog/image/upload/", sent), person.username)
    assert Image.objects.filter(collection=theirs.collection).count() == 4


# A reviewer holds, is shown and decides records of their own with some of these calls.
_OF_HOLDERS = {"catalog.ReviewHold", "catalog.DraftsShown"}


def _held(theirs: Theirs) -> bool:
    """Tell whether anybody holds, or was shown, a record of theirs."""
    images = Image.objects.filter(collection=theirs.collection)
    named = (apps.get_model(label) for label in _OF_HOLDERS)
    return any(model._default_manager.filter(image__in=images).exists() for model in named)


def _send(client: Client, method: str, address: str, sent: Any, is_json: bool) -> Any:
    if method == "GET":
        return client.get(address, follow=True)
    if is_json:
        return client.post(address, json.dumps(sent), content_type="application/json")
    return client.post(address, sent, follow=True)
