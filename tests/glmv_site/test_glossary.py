"""The glossary says what things are called: on pages in its words, in code by names that are there."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from catalog import audit_words, examination_words, models, vocabulary

_ROOT = Path(settings.BASE_DIR)
_ROW = re.compile(r"^\| (\*?)([^|*]+)\*? \| ([^|]+) \| `([^`|]+)` \| ([^|]*)\|", re.MULTILINE)
ROWS = _ROW.findall((_ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))


def _spoken() -> str:
    """Return all that people read: the sentences of pages, and the manuals."""
    sentences = polib.pofile(str(_ROOT / "glmv_site/locale/en/LC_MESSAGES/django.po"))
    manuals = [path.read_text(encoding="utf-8") for path in (_ROOT / "docs" / "zh").glob("*.md")]
    return "\n".join([*(entry.msgid for entry in sentences), *manuals])


def test_each_term_stands_once() -> None:
    terms = [term for _code_only, term, *_rest in ROWS]
    assert len(terms) > 60
    assert sorted(set(terms)) == sorted(terms)


def test_a_term_that_is_not_only_the_codes_is_read_by_people() -> None:
    spoken = _spoken()
    assert [term for code_only, term, *_rest in ROWS if not code_only and term not in spoken] == []


@pytest.mark.parametrize("name", [code for *_words, code, _api in ROWS if "." not in code or code[0].isupper()])
def test_models_and_values_are_there(name: str) -> None:
    owner, _, member = name.partition(".")
    places = (models, audit_words, examination_words)
    found = next(filter(None, (getattr(place, owner, None) for place in places)), None) or getattr(vocabulary, owner)
    assert not member or hasattr(found, member)
