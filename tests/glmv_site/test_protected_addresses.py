"""Every address of the site, walked up step by step: who is let in stands in a table, one without an entry fails.

A line says which of the people below are let in, and with which status; everybody else is sent to sign in, or told that
they may not or that there is no such thing. The things asked for are of one collection that is not public.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings
from rest_framework.authtoken.models import TokenProxy

from catalog.exchange.exports.keeping import packed
from catalog.models import (
    BulkChange,
    Collection,
    Examination,
    Export,
    FixityCheck,
    NearGroup,
    Package,
    SensitiveWord,
    TableImport,
)
from catalog.vocabulary import Verb
from catalog.webhooks import endpoints
from inference.models import Scope
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.endpoints import endpoint
from tests.catalog.people import administrator_only, auditor, cataloguer, reviewer, stranger
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ExchangeFactory,
    ImageFactory,
    ImageFileFactory,
    KnowledgeBaseFactory,
    KnowledgeEntryFactory,
    MembershipFactory,
    PhotoGroupFactory,
    PictureFactory,
    PromptVersionFactory,
    UserFactory,
)
from tests.inference.keys import issued

pytestmark = pytest.mark.django_db

# --- Who ------------------------------------------------------------------------------------------------------------

PEOPLE: dict[str, Callable[[Collection], User | None]] = {
    "anonymous": lambda _collection: None,
    "reader": lambda _collection: UserFactory(),
    "stranger": lambda _collection: stranger(),
    "elsewhere": lambda _collection: cataloguer(CollectionFactory()),
    "auditor": auditor,
    "administrator": lambda _collection: administrator_only(),
    "cataloguer": cataloguer,
    "reviewer": reviewer,
}
STAFF = {"stranger", "elsewhere", "auditor", "administrator", "cataloguer", "reviewer"}
WORKERS = {"cataloguer", "reviewer"}
SEERS = WORKERS | {"administrator"}
ANY_WORKER = WORKERS | {"elsewhere"}
ANY_SEER = SEERS | {"elsewhere"}
LOG_READERS = SEERS | {"auditor"}
ADMINISTRATOR = {"administrator"}
REVIEWER = {"reviewer"}
OVERSEERS = REVIEWER | ADMINISTRATOR
NOBODY: set[str] = set()


@dataclass(frozen=True, slots=True)
class Door:
    """Whom an address lets in.

    Attributes:
        who: names of `PEOPLE`.
        method: with which it is asked.
        status: what they get.
        data: what is sent, as JSON.
    """

    who: set[str]
    method: str = "GET"
    status: int = 200
    data: str = ""


def model_admin(
    name: str,
    see: set[str],
    add: set[str] = NOBODY,
    change: set[str] = NOBODY,
    delete: set[str] = NOBODY,
    lists: set[str] | None = None,
) -> dict[str, list[Door]]:
    """Return the doors of a list of the workbench: the list, a row's page and its history, and what changes it.

    Args:
        name: application and model, with a slash between them.
        see: who sees a row.
        add: who adds one.
        change: who changes one.
        delete: who deletes one.
        lists: who is let in to the list, where their own rows are; `see` where None.
    """
    at = f"admin/{name}/"
    row = f"{at}<path:object_id>/"
    return {
        at: [Door(see if lists is None else lists)],
        f"{at}add/": [Door(add)],
        f"{row}change/": [Door(see), Door(change, "POST")],
        f"{row}history/": [Door(see)],
        f"{row}delete/": [Door(delete)],
    }


# --- The table ------------------------------------------------------------------------------------------------------

DOORS: dict[str, list[Door]] = {
    **model_admin("catalog/action", LOG_READERS, lists=LOG_READERS | {"elsewhere"}),
    **model_admin("catalog/annotation", SEERS, lists=ANY_SEER),
    **model_admin("catalog/batch", SEERS, lists=ANY_SEER),
    **model_admin("catalog/batchitem", SEERS, lists=ANY_SEER),
    **model_admin("catalog/collection", SEERS, ADMINISTRATOR, REVIEWER, ADMINISTRATOR, lists=ANY_SEER),
    **model_admin("catalog/fixitycheck", ADMINISTRATOR),
    **model_admin("catalog/image", SEERS, change=WORKERS, lists=ANY_SEER),
    **model_admin("catalog/imagefile", SEERS, lists=ANY_SEER),
    **model_admin("catalog/knowledgebase", SEERS, ANY_WORKER, WORKERS, WORKERS, lists=ANY_SEER),
    **model_admin("catalog/knowledgeentry", SEERS, ANY_WORKER, WORKERS, WORKERS, lists=ANY_SEER),
    **model_admin("catalog/membership", ADMINISTRATOR),
    **model_admin("catalog/neargroup", SEERS, lists=ANY_SEER),
    **model_admin("catalog/prompt", ANY_SEER, REVIEWER, REVIEWER, REVIEWER),
    **model_admin("catalog/promptversion", ANY_SEER, REVIEWER),
    **model_admin("catalog/run", SEERS, lists=ANY_SEER),
    # All collections share the words; whoever examines any of them edits them.
    **model_admin("catalog/sensitiveword", ANY_SEER, REVIEWER, REVIEWER, REVIEWER),
    **model_admin("catalog/webhookendpoint", ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR),
    **model_admin("catalog/webhookdelivery", ADMINISTRATOR),
    "admin/catalog/webhookendpoint/<path:object_id>/replace/": [Door(ADMINISTRATOR)],
    "admin/catalog/webhookendpoint/<path:object_id>/test/": [Door(ADMINISTRATOR, "POST", 302)],
    "admin/catalog/webhookdelivery/<path:object_id>/again/": [Door(ADMINISTRATOR, "POST", 302)],
    **model_admin("auth/user", ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR),
    **model_admin("authtoken/tokenproxy", ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR),
    **model_admin("inference/apikey", ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR),
    **model_admin("inference/exchange", ADMINISTRATOR),
    "admin/": [Door(STAFF)],
    "admin/password_change/": [Door(STAFF)],
    "admin/password_change/done/": [Door(STAFF)],
    # Without saying what is to be completed; the lists that are completed ask who may see them.
    "admin/autocomplete/": [Door(NOBODY)],
    # Its page changes nothing, whichever way it is asked; what is taken out is posted to another address.
    "admin/catalog/neargroup/<path:object_id>/change/": [Door(SEERS), Door(SEERS, "POST")],
    "admin/catalog/action/export/": [Door({"auditor", "administrator"})],
    "admin/catalog/batch/start/": [Door(ANY_WORKER)],
    "admin/catalog/batch/<int:pk>/progress/": [Door(SEERS)],
    "admin/catalog/batch/<int:pk>/act/<slug:action>/": [Door(WORKERS), Door(WORKERS, "POST", 302)],
    "admin/catalog/collection/numbering/": [Door(ANY_WORKER, status=302)],
    "admin/catalog/collection/<int:object_id>/numbers/": [Door(WORKERS), Door(WORKERS, "POST", 302)],
    "admin/catalog/neargroup/<int:object_id>/split/": [Door(WORKERS, "POST", 302)],
    "admin/catalog/image/<int:object_id>/restore/": [Door(WORKERS, "POST", 302)],
    "admin/catalog/image/<int:object_id>/review/": [Door(WORKERS, "POST", 400)],
    "admin/catalog/image/<int:object_id>/secrecy/": [Door(REVIEWER, "POST", 302)],
    "admin/catalog/image/upload/": [Door(ANY_WORKER), Door(ANY_WORKER, "POST", 400)],
    "admin/catalog/prompt/<int:object_id>/trial/": [Door(ANY_SEER)],
    "admin/catalog/prompt/trial/answer/": [Door(ANY_SEER, "POST", 400)],
    "admin/inference/apikey/<path:object_id>/replace/": [Door(ADMINISTRATOR)],
    "collections/<slug:slug>/": [Door(SEERS)],
    "images/<int:pk>/": [Door(SEERS)],
    # Calls that say nothing of any record are refused in words, to whoever reviews something.
    "review/hold/": [Door(ANY_WORKER, "POST", 400)],
    "review/let-go/": [Door(ANY_WORKER, "POST", 400)],
    "review/keys/": [Door(ANY_WORKER, "POST", 400)],
    "review/next/": [Door(ANY_WORKER, "POST", 400)],
    "review/undo-step/": [Door(ANY_WORKER, "POST", 400)],
    "review/suggest/": [Door(ANY_WORKER, status=400)],
    "review/progress/": [Door(ANY_WORKER)],
    "review/records/<int:pk>/": [Door(WORKERS)],
    "review/records/<int:pk>/writing/": [Door(WORKERS)],
    "review/records/<int:pk>/decide/": [Door(WORKERS, "POST", 409, '{"do": "accept", "annotation": 1000000}')],
    "review/records/<int:pk>/group/": [Door(WORKERS, "POST", 409, '{"do": "split"}')],
    "review/list/": [Door(ANY_SEER), Door(ANY_SEER, "POST", 400)],
    "review/bulk/": [Door(ANY_SEER)],
    # Somebody else's change: reviewers of its collections may take it back.
    "review/bulk/<int:pk>/": [Door(REVIEWER | ADMINISTRATOR)],
    "review/bulk/<int:pk>/progress/": [Door(REVIEWER | ADMINISTRATOR)],
    "exchange/imports/": [Door(ANY_SEER), Door(ANY_WORKER, "POST", 400)],
    # Somebody else's table: reviewers of its collections may take it back.
    "exchange/imports/<int:pk>/": [Door(REVIEWER | ADMINISTRATOR), Door(REVIEWER | ADMINISTRATOR, "POST", 302)],
    "exchange/imports/<int:pk>/progress/": [Door(REVIEWER | ADMINISTRATOR)],
    "exchange/imports/<int:pk>/refusals.csv": [Door(REVIEWER | ADMINISTRATOR, status=302)],
    "review/undo/": [Door(REVIEWER), Door(REVIEWER, "POST", 400)],
    "review/disclosure/": [Door(REVIEWER)],
    "review/disclosure/new/": [Door(REVIEWER), Door(REVIEWER, "POST", 400)],
    "review/disclosure/<int:pk>/": [Door(REVIEWER), Door(REVIEWER, "POST", 302)],
    "review/audits/": [Door(ANY_SEER)],
    "review/audits/workplan/": [Door(ANY_SEER)],
    "review/audits/plan/": [Door(REVIEWER), Door(REVIEWER, "POST", 400)],
    "review/audits/<int:pk>/": [Door(SEERS)],
    "review/audits/<int:pk>/progress/": [Door(SEERS)],
    "review/audits/<int:pk>/decide/": [Door(REVIEWER, "POST", 400)],
    "review/audits/<int:pk>/judge/": [Door(WORKERS, status=302), Door(WORKERS, "POST", 302)],
    "review/audits/<int:pk>/list.csv": [Door(REVIEWER)],
    "review/audits/<int:pk>/report/": [Door(REVIEWER, status=302)],
    # Sums of the collections that somebody works on or audits.
    "review/quality/": [Door(ANY_SEER | {"auditor"})],
    "review/quality/table/": [Door(ANY_SEER | {"auditor"})],
    "exchange/presets/": [Door(ANY_SEER)],
    # All collections share the presets; whoever reviews any of them writes them.
    "exchange/presets/new/": [Door(REVIEWER), Door(REVIEWER, "POST", 400)],
    "exchange/presets/<slug:preset>/": [Door(ANY_SEER), Door(REVIEWER, "POST", 400)],
    "exchange/presets/<slug:preset>/check/": [Door(ANY_SEER)],
    "exchange/print/": [Door(ANY_SEER)],
    # Of no collection there is no sheet; tests beside the page walk the sheets of one up.
    "exchange/print/<slug:what>/": [Door(NOBODY)],
    "review/groups/<int:pk>/": [Door(SEERS), Door(WORKERS, "POST", 400)],
    "exchange/": [Door(ANY_SEER)],
    "exchange/exports/new/": [Door(ANY_SEER), Door(ANY_SEER, "POST", 400)],
    # Somebody else's export; one that is not made yet has no file, which its page says.
    "exchange/exports/<uuid:key>/": [Door(ADMINISTRATOR), Door(ADMINISTRATOR, "POST", 302)],
    "exchange/exports/<uuid:key>/progress/": [Door(ADMINISTRATOR)],
    "exchange/exports/<uuid:key>/file/": [Door(ADMINISTRATOR, status=302)],
    r"^media/(?P<pk>\d{1,18})/(?P<kind>thumbnail|screen|master)/$": [Door(SEERS)],
    r"^media/(?P<pk>\d{1,18})/tiles/$": [Door(SEERS)],
    # A small scan has no tiles: nobody gets one, and only who sees the image could.
    r"^media/(?P<pk>\d{1,18})/tiles/(?P<level>[0-9]{1,2})/(?P<column>[0-9]{1,4})/(?P<row>[0-9]{1,4})/$": [Door(NOBODY)],
    "api/v1/^collections/(?P<slug>[-a-zA-Z0-9_]+)/$": [Door(SEERS)],
    "api/v1/^images/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^annotations/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^files/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^decisions/(?P<pk>[0-9]{1,18})/$": [Door(LOG_READERS)],
    "api/v1/^near-groups/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^near-groups/(?P<pk>[0-9]{1,18})/split/$": [Door(WORKERS, "POST", 400)],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/$": [Door(SEERS), Door(WORKERS, "DELETE", 204)],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/confirm/$": [Door(WORKERS, "POST")],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/join/$": [Door(WORKERS, "POST", 409)],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/split/$": [Door(WORKERS, "POST", 400, "{}")],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/add/$": [Door(WORKERS, "POST", 400, "{}")],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/remove/$": [Door(WORKERS, "POST", 400, "{}")],
    "api/v1/^photo-groups/(?P<pk>[0-9]{1,18})/accept/$": [Door(WORKERS, "POST", 428)],
    "api/v1/^prompts/(?P<slug>[-a-zA-Z0-9_]+)/$": [Door(ANY_SEER)],
    "api/v1/^prompts/(?P<slug>[-a-zA-Z0-9_]+)/versions/$": [Door(REVIEWER, "POST", 400, "{}")],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/accept/$": [Door(REVIEWER, "POST", 409)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/release/$": [Door(REVIEWER, "POST", 409)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/stop/$": [Door(REVIEWER, "POST", 409)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/withdraw/$": [Door(REVIEWER, "POST", 400, "{}")],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/redraft/$": [Door(REVIEWER, "POST", 400, "{}")],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/close/$": [Door(REVIEWER, "POST", 400, "{}")],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/next/$": [Door(WORKERS, "POST", 409)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/take-back/$": [Door(WORKERS, "POST", 409)],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/blind/$": [Door(WORKERS, "POST", 400, "{}")],
    "api/v1/^audits/(?P<pk>[0-9]{1,18})/judge/$": [Door(WORKERS, "POST", 400, "{}")],
    "api/v1/^exports/(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/$": [Door(ADMINISTRATOR)],
    "api/v1/^exports/(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/cancel/$": [
        Door(ADMINISTRATOR, "POST")
    ],
    "api/v1/^exports/(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/file/$": [
        Door(ADMINISTRATOR, status=409)
    ],
    "api/v1/^imports/(?P<pk>[0-9]{1,18})/$": [Door(REVIEWER | ADMINISTRATOR)],
    "api/v1/^imports/(?P<pk>[0-9]{1,18})/start/$": [Door(NOBODY, "POST")],
    "api/v1/^imports/(?P<pk>[0-9]{1,18})/cancel/$": [Door(REVIEWER, "POST")],
    "api/v1/^imports/(?P<pk>[0-9]{1,18})/undo/$": [Door(REVIEWER, "POST", 409)],
    "api/v1/^imports/(?P<pk>[0-9]{1,18})/refusals/$": [Door(REVIEWER | ADMINISTRATOR, status=409)],
    "api/v1/^memberships/(?P<pk>[0-9]{1,18})/$": [Door(ADMINISTRATOR), Door(ADMINISTRATOR, "DELETE", 204)],
    "api/v1/^batches/(?P<pk>[0-9]{1,18})/$": [Door(SEERS)],
    "api/v1/^batches/(?P<pk>[0-9]{1,18})/pause/$": [Door(WORKERS, "POST")],
    "api/v1/^batches/(?P<pk>[0-9]{1,18})/resume/$": [Door(WORKERS, "POST")],
    "api/v1/^batches/(?P<pk>[0-9]{1,18})/retry/$": [Door(WORKERS, "POST")],
    "api/v1/^batches/(?P<pk>[0-9]{1,18})/cancel/$": [Door(WORKERS, "POST")],
    "exchange/packages/": [Door(ANY_SEER)],
    "exchange/packages/new/": [Door(ANY_SEER)],
    # Somebody else's: for reviewers of its collections; it is not made, so that there is nothing to be fetched.
    "exchange/packages/<int:pk>/": [Door(OVERSEERS), Door(OVERSEERS, "POST", 302)],
    "exchange/packages/<int:pk>/progress/": [Door(OVERSEERS)],
    "exchange/packages/<int:pk>/problems.csv": [Door(OVERSEERS, status=302)],
    "exchange/packages/<int:pk>/file/": [Door(OVERSEERS, status=302)],
    # What somebody asked is theirs alone; administrators read it in the workbench.
    "history/<int:pk>/": [Door({"reader"})],
    "history/<int:pk>/delete/": [Door({"reader"}, "POST", 302)],
    "ask/images/<uuid:pk>/": [Door({"reader"})],
    "ask/images/<uuid:pk>/convert/": [Door({"reader"}, "POST", 409, '{"page": 1}')],
    "ask/images/<uuid:pk>/preview/": [Door({"reader"})],
    "ask/images/<uuid:pk>/thumbnail/": [Door({"reader"})],
    "ask/conversations/<uuid:number>/": [Door({"reader"})],
}
OPEN = {
    # The public catalogue and its lists: what is shown to whom is asked above, of one collection and one image.
    "", "search/", "review/", "review/groups/", "api/v1/^collections/$", "api/v1/^images/$", "api/v1/^annotations/$",
    "api/v1/^batches/$", "api/v1/^files/$", "api/v1/^decisions/$", "api/v1/^near-groups/$", "api/v1/^photo-groups/$",
    "api/v1/^prompts/$", "api/v1/^audits/$", "api/v1/^memberships/$", "api/v1/^exports/$", "api/v1/^imports/$",
    # What these are about stands in what is sent: tests/catalog/api/test_who_may.py walks them up.
    "api/v1/^images/bulk/$", "api/v1/^annotations/bulk/$", "api/v1/^decisions/bulk/$", "api/v1/^near-groups/merge/$",
    # Signing in and out, the language, the description of the interface, a computer's questions.
    "login/", "logout/", "admin/login/", "admin/logout/", "i18n/setlang/", "api/schema/", "api/docs/",
    "health", "ready",
    # The model's own doors, which API_KEY, GLMV_ASK_LOGIN and METRICS_KEY close; a list of one's own questions.
    "v1/chat/completions", "v1/models", r"^v1/models/(?P<name>[\s\S]+)\Z", r"^v1(?P<rest>/[\s\S]*)?\Z", "metrics",
    "ask/", "ask/images/", "ask/answer/", "history/", "history/export/", "history/delete/", "history/erase/",
    # Which group or collection a change is about stands in what is sent; tests beside the page walk these up.
    "review/groups/change/", "review/groups/propose/",
    # Words of the workbench's scripts.
    "admin/jsi18n/",
}  # fmt: skip
LEAD_ELSEWHERE = {"admin/r/<path:content_type_id>/<path:object_id>/", "admin/(?P<url>.*)$"}
"""Addresses that answer with another one, which is asked of in its turn."""


def _templates(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        at = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _templates(pattern, at)
        elif isinstance(pattern, URLPattern):
            yield at


def _protected() -> set[str]:
    """Return the addresses that have to stand in the table."""
    rows_page = "<path:object_id>/"
    found = set()
    for template in _templates(get_resolver()):
        # Django leads from a row's bare address to its page, and has a page for each application.
        bare = template.startswith("admin/") and template.endswith(f"/{rows_page}") and template.count("/") == 4
        if not bare and "app_label" not in template:
            found.add(template)
    return found - OPEN - LEAD_ELSEWHERE


def test_every_address_has_its_entry() -> None:
    assert _protected() == set(DOORS)


# --- Walking --------------------------------------------------------------------------------------------------------


def _bulk_change(collection: Collection) -> BulkChange:
    """Return somebody else's change of records of one collection."""
    change = BulkChange.objects.create(user=UserFactory(), kind=BulkChange.Kind.ACCEPT)
    change.collections.add(collection)
    return change


def _table_import(collection: Collection) -> TableImport:
    """Return somebody else's table with records of one collection."""
    table = TableImport.objects.create(user=UserFactory(), file_name="目录.csv", findings={"words": []})
    table.collections.add(collection)
    return table


def _package(collection: Collection) -> Package:
    """Return somebody else's package of records of one collection."""
    package = Package.objects.create(user=UserFactory(), kind=Package.Kind.ATTACH, images=packed([]))
    package.collections.add(collection)
    return package


@pytest.fixture
def things(settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """One of everything, in a collection that is not public."""
    settings.MEDIA_ROOT = tmp_path / "media"
    collection = CollectionFactory()
    image = ImageFactory(collection=collection)
    draft = AnnotationFactory(image=image)
    batch = BatchFactory(collection=collection, background=True)
    key, _token = issued(Scope.READ)
    group = NearGroup.objects.create(collection=collection)
    member = MembershipFactory(collection=collection)
    empty = CollectionFactory()
    return {
        "collection": collection,
        "catalog/action": ActionFactory(collection=collection),
        "export": Export.objects.create(format="csv", user=UserFactory()),
        "decision": ActionFactory(collection=collection, image=image, verb=Verb.VALUE_SET),
        "catalog/annotation": draft,
        "catalog/batch": batch,
        "catalog/batchitem": BatchItemFactory(batch=batch, image=image),
        "catalog/collection": collection,
        "empty": empty,
        "catalog/fixitycheck": FixityCheck.objects.create(checked=1),
        "catalog/image": image,
        "catalog/imagefile": ImageFileFactory(image=image),
        "catalog/knowledgebase": (base := KnowledgeBaseFactory(collection=collection)),
        "catalog/knowledgeentry": KnowledgeEntryFactory(base=base),
        "catalog/membership": member,
        "catalog/neargroup": group,
        "catalog/bulkchange": _bulk_change(collection),
        "catalog/tableimport": _table_import(collection),
        "catalog/package": _package(collection),
        "catalog/examination": Examination.objects.create(
            collection=collection, disclosure="open", basis="依据", first_examiner=UserFactory()
        ),
        "catalog/export": Export.objects.create(user=UserFactory(), format=Export.Format.CSV),
        "catalog/audit": planned(drafted_collection(3, collection=collection)),
        "catalog/sensitiveword": SensitiveWord.objects.get_or_create(word="处分", defaults={"kind": "discipline"})[0],
        "catalog/photogroup": PhotoGroupFactory(collection=collection),
        "catalog/prompt": (version := PromptVersionFactory()).prompt,
        "catalog/promptversion": version,
        "catalog/run": draft.run,
        "catalog/webhookendpoint": (receiver := endpoint(collection=collection)[0]),
        "catalog/webhookdelivery": endpoints.send_test(receiver),
        "auth/user": member.user,
        "authtoken/tokenproxy": TokenProxy.objects.create(user=member.user),
        "inference/apikey": key,
        "inference/exchange": None,
    }


_REVIEWED = {
    "groups": "catalog/photogroup",
    "bulk": "catalog/bulkchange",
    "disclosure": "catalog/examination",
    "audits": "catalog/audit",
    "records": "catalog/image",
}
"""What the addresses of reviewing are about, by their second part."""
_EXCHANGED = {"imports": "catalog/tableimport", "packages": "catalog/package"}
"""What the addresses of what leaves and comes back are about, likewise."""


_AT_THE_INTERFACE = {
    "annotations": "catalog/annotation",
    "audits": "catalog/audit",
    "batches": "catalog/batch",
    "collections": "catalog/collection",
    "decisions": "decision",
    "exports": "export",
    "files": "catalog/imagefile",
    "images": "catalog/image",
    "imports": "catalog/tableimport",
    "memberships": "catalog/membership",
    "near-groups": "catalog/neargroup",
    "photo-groups": "catalog/photogroup",
    "prompts": "catalog/prompt",
}
"""What the addresses of the interface are about, by the names of their lists."""


def _address(template: str, things: dict[str, Any], exchange: Any, picture: Any) -> str:
    """Return an address with its parts filled in."""
    first, second, third, *_rest = [*template.split("/"), "", ""]
    model = f"{second}/{third}" if first == "admin" else ""
    thing = exchange if model == "inference/exchange" else things.get(model)
    if template.startswith(r"^media"):
        pk = things["catalog/imagefile"].pk
        return f"/media/{pk}/" + (
            "thumbnail/" if "kind" in template else "tiles/" + ("0/0/0/" if "level" in template else "")
        )
    if template.startswith("api/"):
        kind = third.strip("^")
        thing = things[_AT_THE_INTERFACE[kind]]
        named = thing.slug if kind in ("collections", "prompts") else thing.pk
        part = "" if template.endswith(f"^{kind}/$") else f"{named}/"
        act = template.rpartition("/")[0].rpartition("/")[2]
        return f"/api/v1/{kind}/{part}" + (f"{act}/" if act.replace("-", "").isalpha() else "")
    if first == "review":
        thing = things.get(_REVIEWED.get(second, ""))
    if first == "exchange":
        thing = things.get(_EXCHANGED.get(second, ""))
    values = {
        "<path:object_id>": thing and thing.pk,
        "<int:object_id>": thing and thing.pk,
        "<slug:action>": "pause",
        "<slug:slug>": things["collection"].slug,
        "<slug:preset>": "dublin-core",
        "<slug:what>": "volume-list",
        "<uuid:pk>": picture.pk,
        "<uuid:number>": exchange.conversation,
        "<uuid:key>": things["catalog/export"].pk,
    }
    first_part = {"images": things["catalog/image"], "history": exchange}.get(first, thing)
    values["<int:pk>"] = first_part and first_part.pk
    for part, value in values.items():
        template = template.replace(part, str(value))
    return f"/{template}"


def _is_refusal(response: Any) -> bool:
    if response.status_code == 302:
        # Where to sign in; or, for a row that does not exist for them, back to the workbench's first page.
        leads_to = str(response["Location"])
        return leads_to.startswith(("/admin/login/", "/login/")) or leads_to == "/admin/"
    return response.status_code in (401, 403, 404, 405)


@pytest.mark.parametrize("template", sorted(DOORS))
def test_who_is_let_in(template: str, things: dict[str, Any]) -> None:
    everybody = {name: make(things["collection"]) for name, make in PEOPLE.items()}
    picture = PictureFactory(exchange=ExchangeFactory(user=everybody["reader"]))
    address = _address(template, things, picture.exchange, picture)
    for door in DOORS[template]:
        for name, user in everybody.items():
            client = Client()
            if user is not None:
                client.force_login(user)
            with transaction.atomic():
                response = client.generic(
                    door.method, address, door.data, "application/json" if door.data else "text/plain"
                )
                transaction.set_rollback(True)
            let_in = name in door.who
            told = (name, door.method, address, response.status_code, response.headers.get("Location"))
            assert _is_refusal(response) != let_in, told
            if let_in:
                assert response.status_code == door.status, told
