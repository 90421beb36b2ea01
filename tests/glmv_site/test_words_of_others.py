"""Nothing that a Chinese reader sees or hears is an English sentence: of Django, of its packages, or of ours."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from tests.addresses import addresses, inhabit
from tests.catalog.people import browser

_CHINESE = re.compile(r"[一-鿿]")
# Words with spaces between them, or a single one as a caption has it; names of files, fields and people are neither.
_ENGLISH = re.compile(r"(?<![\w./:%{<&;=-])[A-Za-z]{2,}(?:[ ,'’]+[A-Za-z]{2,})+|^\W*[A-Z][a-z]{2,}\W*$")
# No sentences: programs, what is typed as it stands, and the names on a keyboard.
_UNHEARD = ("script", "style", "code", "pre", "kbd")
_SPOKEN = ("alt", "aria-label", "aria-description", "placeholder", "title", "summary")
# The language switch; and what Django's lists hear for their ticks and crosses, which nothing can translate.
_LEFT = {"English", "True", "False"}
_MACHINES = ("/metrics", "/api/schema/", "/admin/jsi18n/")
KEPT = Path(site.BASE_DIR) / "glmv_site" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


class _Heard(HTMLParser):
    """Collects what a page shows, and what a screen reader says of it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _UNHEARD
        self.texts += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _UNHEARD

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def strings(value: Any) -> list[str]:
    """Return all strings of a JSON value, but not the names of its members."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def english(answer: Any) -> list[str]:
    """Return what stands in an answer in English."""
    kind = answer.get("Content-Type", "")
    if answer.streaming:
        return []
    if "json" in kind:
        texts = strings(answer.json())
    elif kind.startswith("text/html"):
        page = _Heard()
        page.feed(answer.content.decode())
        texts = page.texts
    else:
        texts = [answer.content.decode()] if kind.startswith("text/plain") else []
    plain = [text.strip() for text in texts]
    return [text for text in plain if _ENGLISH.search(text) and not _CHINESE.search(text) and text not in _LEFT]


@pytest.fixture
def administrator(settings: Settings, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = tmp_path
    return inhabit()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "post"])
def test_no_page_and_no_answer_has_an_english_sentence(administrator: User, method: str) -> None:
    found = [address for address in addresses() if address not in _MACHINES and "logout" not in address]

    heard = {}
    for client in (browser(), browser(administrator)):
        for address in found:
            if words := english(getattr(client, method)(address)):
                heard[address] = words

    assert heard == {}


@pytest.mark.django_db
def test_no_refusal_of_the_rest_interface_does(administrator: User) -> None:
    headers = {"Authorization": f"Token {Token.objects.get(user=administrator).key}"}
    batches, images = "/api/v1/batches/", "/api/v1/images/"
    client = Client()
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(administrator)
    kinds = ["application/json", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x"]
    bodies = [b"{", b"\xff\xfe", b"[]", b'{"collection": 5, "images": {}, "filters": [], "limit": "x", "work": null}']

    answers = [
        signed_in.post(batches, "{}", content_type="application/json"),
        *(client.post(batches, body, content_type="application/json", headers=headers) for body in bodies),
        *(client.post(address, b"x", content_type=kind, headers=headers) for address in (batches, images)
          for kind in kinds),
        *(getattr(client, method)(batches, headers=headers) for method in ("put", "patch", "delete", "options")),
        *(client.get(f"{batches}{rest}", headers=headers) for rest in ("9999/", "?page=99", "?page=x", "?state=x")),
        *(client.get(images, headers={"Authorization": f"Token{given}"}) for given in ("", " a b", " x")),
        client.get(images, headers={"Authorization": "Bearer x"}),
        client.get(images, headers={"Accept": "text/html"}),
        client.post(batches),
        client.get(f"{images}?date_from=x&identifier={'1' * 150}&collection=z&status=q"),
        client.get("/api/v1/annotations/?field=x&image=y&flag=1&evidence=2&source=3"),
    ]  # fmt: skip

    assert {answer.status_code for answer in answers} >= {400, 401, 403, 404, 405, 406, 415}
    assert [english(answer) for answer in answers] == [[]] * len(answers)
    assert all(_CHINESE.search(answer.content.decode()) for answer in answers)


def test_what_is_translated_for_packages_is_compiled_as_written() -> None:
    def read(entries: Any) -> dict[str, Any]:
        return {entry.msgid: entry.msgstr or entry.msgstr_plural for entry in entries}

    assert read(polib.mofile(str(KEPT.with_suffix(".mo")))) == read(polib.pofile(str(KEPT)))
    assert all(read(polib.pofile(str(KEPT))).values())
