"""The English interface is complete, current and compiled."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from tests.glmv_site import source_strings

_CATALOGUE = Path(settings.BASE_DIR) / "glmv_site" / "locale" / "en" / "LC_MESSAGES" / "django.po"
_PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[sdif]|%[sd%]")
_CHINESE = re.compile(r"[一-鿿]")
# What is written into a file or a field as it stands, such as the headings of a question file or {张号:4}.
_QUOTED = re.compile(r"“[^”]*”|\{[^}]*\}")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    """Return the English catalogue."""
    return polib.pofile(str(_CATALOGUE))


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_chinese_string_of_the_source_is_in_the_catalogue(catalogue: polib.POFile) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    found = set(source_strings.in_python()) | set(source_strings.in_templates())
    missing = sorted(text for context, text in found if _CHINESE.search(text) and (context, text) not in known)
    assert not missing, "run `make messages` and translate"


def test_the_catalogue_holds_nothing_that_the_source_no_longer_says(catalogue: polib.POFile) -> None:
    found = set(source_strings.in_python()) | set(source_strings.in_templates())
    assert not [entry.msgid for entry in catalogue if (entry.msgctxt, entry.msgid) not in found]
    assert not catalogue.obsolete_entries()


def test_the_catalogue_says_everything_once(catalogue: polib.POFile) -> None:
    entries = [(entry.msgctxt, entry.msgid) for entry in catalogue]
    assert len(entries) == len(set(entries))


def test_every_string_is_translated_and_nothing_is_guessed(catalogue: polib.POFile) -> None:
    assert not [entry.msgid for entry in catalogue if not all(_translations(entry)) or entry.fuzzy]


def test_translations_keep_the_placeholders(catalogue: polib.POFile) -> None:
    def differs(entry: polib.POEntry) -> bool:
        # A singular may spell the number out; a plural may not.
        kept = set(_PLACEHOLDER.findall(_translations(entry)[-1]))
        return kept != set(_PLACEHOLDER.findall(entry.msgid))

    assert not [entry.msgid for entry in catalogue if differs(entry)]


def test_translations_hold_no_chinese(catalogue: polib.POFile) -> None:
    # The name of the product, and terms that English readers are given together with the Chinese ones, stay.
    named = {"GLMV 图像编目", "简体中文", "中文"}
    left = [
        entry.msgid for entry in catalogue for text in _translations(entry) if _CHINESE.search(_QUOTED.sub("", text))
    ]
    assert not [text for text in left if text not in named and not text.startswith("GLMV 图像编目")]


def test_the_compiled_catalogue_is_that_of_the_text_file(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(_CATALOGUE.with_suffix(".mo")))
    assert {(e.msgctxt, e.msgid): _translations(e) for e in compiled} == {
        (e.msgctxt, e.msgid): _translations(e) for e in catalogue
    }


def test_the_interface_speaks_english_when_asked() -> None:
    with override("en"):
        assert gettext("英文") == "English"
    assert gettext("英文") == "英文"
