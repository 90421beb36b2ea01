"""What schemathesis has to know of /api/v1: names of what is there, and which parts of a batch go together.

Nothing wrong is put right. Left out are numbers where a form has texts: they arrive as texts. Replaced are, one
by one:

- a record's number, an image's number in a list: any that is well formed becomes one that exists; a description cannot
  say which do. What a collection's slug, a date and a picture look like stands in it as formats; here are some.
- a prompt's name becomes the collection's own, for the same reason.
- what a batch of reading must not have (a prompt, ``replace_accepted``, a selection by drafts), and a selection in
  which there is nothing accepted to replace: rules between fields, told in their descriptions.
"""

from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis import Case
from schemathesis.hooks import HookContext

from catalog.filters import DATE_FORMAT, SLUG_FORMAT
from catalog.forms import LARGEST_KEY
from tests.factories import picture

KNOWN: dict[str, Any] = {}
"""What is there: the number of one record by the name of its list."""

SLUG = "sample"
SHORTEST = ("0", "00")
"""What schemathesis makes of a string's least length, whatever its format: collections of these names are there too."""
_DATES = ["1958", "1958-03", "1958-03-12", "五十年代", "1958年3月"]

schemathesis.openapi.format(DATE_FORMAT, strategies.sampled_from(_DATES))
schemathesis.openapi.format(SLUG_FORMAT, strategies.just(SLUG))
schemathesis.openapi.format("binary", strategies.integers(0, 255).map(lambda shade: picture((shade, 7, 7))))


@schemathesis.hook("filter_body")
def leave_out_what_a_form_cannot_say(context: HookContext, body: Any) -> bool:
    """Tell whether a form can say what was made up: it has texts and files, so that a number in it is a text."""
    is_form = context.operation is not None and context.operation.label == "POST /api/v1/images/"
    texts = [body.get(name, "") for name in ("collection", "identifier")] if isinstance(body, dict) else []
    return not is_form or all(isinstance(text, str) for text in texts)


@schemathesis.hook("before_call")
def name_what_is_there(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Put in what nobody guesses."""
    if not case.path.startswith("/api/v1/") or not KNOWN:
        return
    _name_the_record(case)
    if isinstance(case.body, dict) and case.path == "/api/v1/batches/":
        _agree(case.body)


def _name_the_record(case: Case[Any]) -> None:
    name = case.path.split("/")[3]
    known = case.path_parameters
    if known and type(known.get("id")) is int and known["id"] > 0:
        known["id"] = KNOWN[name]


def _agree(body: dict[str, Any]) -> None:
    """Make the parts of a batch go together, where each of them is right by itself."""
    if isinstance(body.get("prompt"), str) and 0 < len(body["prompt"]) <= 100 and "\x00" not in body["prompt"]:
        body["prompt"] = "sentence"
    if body.get("collection") in SHORTEST:
        body["collection"] = SLUG
    images = body.get("images")
    if isinstance(images, list) and images and all(type(each) is int and 0 < each <= LARGEST_KEY for each in images):
        body["images"] = [KNOWN["images"]]
    reads = body.get("work") == "read"
    if reads and body.get("prompt") == "sentence":
        del body["prompt"]
    if reads and body.get("replace_accepted") is True:
        body["replace_accepted"] = False
    if reads and body.get("selection") in ("rejected", "outdated"):
        body["selection"] = "all"
    if body.get("replace_accepted") is True and body.get("selection", "missing") in ("missing", "rejected"):
        body["selection"] = "all"
