"""What schemathesis has to know of /api/v1: names of what is there, and which parts of a batch go together.

Nothing wrong is put right. Left out are numbers where a form has texts: they arrive as texts. Replaced are, one
by one:

- a record's number, an image's number in a list: any that is well formed becomes one that exists; a description cannot
  say which do. What a collection's slug, a date and a picture look like stands in it as formats; here are some.
- a prompt's name becomes the collection's own, for the same reason.
- a name that must be new (a collection's, a prompt's, an `Idempotency-Key`) becomes one that nobody has.
- an empty slug in a form, which the client of these tests leaves out, becomes another that is none.
- ``If-Match`` becomes "whatever it is"; of a page and a cursor, which exclude each other, the page goes.
- of decisions, audits and prompts what needs another part gets it, and what their words forbid is left out.
- what a batch of reading must not have (a prompt, ``replace_accepted``, a selection by drafts), and a selection in
  which there is nothing accepted to replace: rules between fields, told in their descriptions.
"""

import re
import uuid
from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis import Case
from schemathesis.hooks import HookContext

from catalog.api.bulk import MOST
from catalog.api.conditions import PATTERN
from catalog.api.near_groups import MOST_IMAGES
from catalog.api.strict import ACCOUNT_FORMAT, PROMPT_FORMAT
from catalog.filters import DATE_FORMAT, SLUG_FORMAT
from catalog.forms import LARGEST_KEY
from catalog.vocabulary import Classification, OutputForm
from tests.factories import picture

KNOWN: dict[str, Any] = {}
"""What is there: the number of one record by the name of its list."""

SLUG = "sample"
SHORTEST = ("0", "00")
"""What schemathesis makes of a string's least length, whatever its format: collections of these names are there too."""
_DATES = ["1958", "1958-03", "1958-03-12", "五十年代", "1958年3月"]

schemathesis.openapi.format(PROMPT_FORMAT, strategies.just("sentence"))
schemathesis.openapi.format(ACCOUNT_FORMAT, strategies.just("li"))
schemathesis.openapi.format(DATE_FORMAT, strategies.sampled_from(_DATES))
schemathesis.openapi.format(SLUG_FORMAT, strategies.just(SLUG))
schemathesis.openapi.format("binary", strategies.integers(0, 255).map(lambda shade: picture((shade, 7, 7))))


@schemathesis.hook("filter_body")
def leave_out_what_a_form_cannot_say(context: HookContext, body: Any) -> bool:
    """Tell whether a form can say what was made up: it has texts and files, so that a number is a text."""
    operation = context.operation.label if context.operation is not None else ""
    if operation not in ("POST /api/v1/images/", "POST /api/v1/imports/") or not isinstance(body, dict):
        return True
    return all(isinstance(body.get(name, ""), str) for name in ("collection", "identifier", "volume"))


@schemathesis.hook("before_call")
def name_what_is_there(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Put in what nobody guesses."""
    if not case.path.startswith("/api/v1/") or not KNOWN:
        return
    _name_the_record(case)
    _mend_headers(case)
    query = case.query
    if query and query.get("cursor") == "*" and str(query.get("page", "")).isdigit():
        del query["page"]
    if isinstance(case.body, dict):
        for body in [case.body, *_items(case.body)]:
            _name_records(body, case.path)
            if body.get("collection") in SHORTEST and case.path in _OF_ONE_COLLECTION:
                body["collection"] = SLUG
            _MENDED.get(case.path, _leave)(body)


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    items = body.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _name_the_record(case: Case[Any]) -> None:
    name = case.path.split("/")[3]
    known = case.path_parameters
    if known and type(known.get("id")) is int and known["id"] > 0:
        known["id"] = KNOWN[name]
    if known and isinstance(known.get("key"), str) and len(known["key"]) == 36:
        known["key"] = str(KNOWN[name])


def _mend_headers(case: Case[Any]) -> None:
    headers: Any = case.headers or {}
    for name in [name for name in headers if name.lower() == "idempotency-key"]:
        given = headers[name]
        if isinstance(given, str) and 0 < len(given) <= 100 and all("!" <= letter <= "~" for letter in given):
            headers[name] = uuid.uuid4().hex
    for name in [name for name in headers if name.lower() == "if-match"]:
        given = headers[name]
        if isinstance(given, str) and re.fullmatch(PATTERN.strip("^$"), given):
            headers[name] = "*"


_ONE = {
    "image": "images",
    "id": "images",
    "annotation": "annotations",
    "prompt_version": "versions",
    "near_group": "near-groups",
    "unit": "units",
}
_SEVERAL = {"images": "images", "annotations": "annotations", "groups": "near-groups"}


def _is_key(value: Any) -> bool:
    return type(value) is int and 0 < value <= LARGEST_KEY


def _name_records(body: dict[str, Any], path: str) -> None:
    """Put the keys of what is there in the place of other keys."""
    for name, kind in _ONE.items():
        if _is_key(body.get(name)):
            body[name] = KNOWN[kind]
    of_many = path in ("/api/v1/batches/", "/api/v1/exports/")
    for name, kind in _SEVERAL.items():
        keys, most = body.get(name), MOST if name == "annotations" else 10_000 if of_many else MOST_IMAGES
        if isinstance(keys, list) and 0 < len(keys) <= most and all(map(_is_key, keys)):
            body[name] = [KNOWN[kind]]


def _leave(body: dict[str, Any]) -> None:
    """Leave a body as it is."""


def _mend_collection(body: dict[str, Any]) -> None:
    if isinstance(body.get("slug"), str) and re.fullmatch("[-a-zA-Z0-9_]{1,60}", body["slug"]):
        body["slug"] = uuid.uuid4().hex


def _mend_prompt(body: dict[str, Any]) -> None:
    _mend_collection(body)
    if isinstance(body.get("name"), str) and 0 < len(body["name"]) <= 100 and "\x00" not in body["name"]:
        body["name"] = uuid.uuid4().hex
    if body.get("form") in OutputForm.values:
        body["form"] = "sentence"
    if isinstance(body.get("schema"), dict):
        del body["schema"]


def _mend_decision(body: dict[str, Any]) -> None:
    if body.get("do") in ("accept", "edit", "reject", "leave_open", "restore", "confirm"):
        body.setdefault("annotation", KNOWN["annotations"])
    if body.get("do") == "edit":
        body.setdefault("value", "石桥")
    if body.get("do") == "accept_all":
        body.setdefault("annotations", [KNOWN["annotations"]])
    if body.get("do") in ("write", "write_blind"):
        body.setdefault("values", {})


def _mend_table(body: dict[str, Any]) -> None:
    if body.get("collection") == "":
        body["collection"] = "no slug"


def _mend_image(body: dict[str, Any]) -> None:
    # Its grade of secrecy is never lowered this way.
    if body.get("classification") in Classification.values:
        body["classification"] = ""


def _mend_audit(body: dict[str, Any]) -> None:
    if _is_key(body.get("parent")):
        del body["parent"]
    shares = [body.get(name, default) for name, default in (("tolerable", 0.05), ("expected", 0.01))]
    if all(isinstance(share, int | float) and not isinstance(share, bool) for share in shares):
        tolerable, expected = shares
        if 0.001 <= tolerable <= 0.999 and tolerable <= expected <= 0.999:
            body["expected"] = tolerable / 2


def _mend_group(body: dict[str, Any]) -> None:
    if isinstance(body.get("number"), str) and len(body["number"]) <= 20 and "\x00" not in body["number"]:
        body["number"] = uuid.uuid4().hex[:20]


def _mend_batch(body: dict[str, Any]) -> None:
    """Make the parts of a batch go together, where each of them is right by itself."""
    if isinstance(body.get("prompt"), str) and 0 < len(body["prompt"]) <= 100 and "\x00" not in body["prompt"]:
        body["prompt"] = "sentence"
    reads = body.get("work") == "read"
    if reads and body.get("prompt") == "sentence":
        del body["prompt"]
    if reads and body.get("replace_accepted") is True:
        body["replace_accepted"] = False
    if reads and body.get("selection") in ("rejected", "outdated"):
        body["selection"] = "all"
    if body.get("replace_accepted") is True and body.get("selection", "missing") in ("missing", "rejected"):
        body["selection"] = "all"


_OF_ONE_COLLECTION = ("/api/v1/audits/", "/api/v1/batches/", "/api/v1/exports/")
"""Addresses where what is named has to be of the collection that is named."""
_MENDED = {
    "/api/v1/collections/": _mend_collection,
    "/api/v1/imports/": _mend_table,
    "/api/v1/images/bulk/": _mend_image,
    "/api/v1/images/{id}/": _mend_image,
    "/api/v1/decisions/": _mend_decision,
    "/api/v1/decisions/bulk/": _mend_decision,
    "/api/v1/photo-groups/{id}/": _mend_group,
    "/api/v1/prompts/": _mend_prompt,
    "/api/v1/prompts/{slug}/versions/": _mend_prompt,
    "/api/v1/batches/": _mend_batch,
    "/api/v1/audits/": _mend_audit,
}
"""Address → what is to be mended in what is sent there."""
