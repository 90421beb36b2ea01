"""Stylesheets, scripts and pictures that templates and admin pages name are there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles import finders

_ROOT = Path(settings.BASE_DIR)
_STATIC = re.compile(r"""{% static ["']([^"']+)["'] %}""")
_IMPORTS = re.compile(r"""(?:from|import) ["'](\.{1,2}/[^"']+)["']""")


def _named(path: Path) -> str:
    return str(path.relative_to(_ROOT))


@pytest.mark.parametrize("template", sorted((_ROOT / "templates").rglob("*.html")), ids=_named)
def test_what_a_template_names_is_found(template: Path) -> None:
    named = _STATIC.findall(template.read_text(encoding="utf-8"))
    assert [name for name in named if finders.find(name) is None] == []


def test_what_admin_pages_name_is_found() -> None:
    tags = "".join(str(model_admin.media) for model_admin in admin.site._registry.values())
    named = set(re.findall(r"(?:href|src)=\"([^\"?]+)", tags))
    found = {name.removeprefix(settings.STATIC_URL).removeprefix("/" + settings.STATIC_URL) for name in named}
    assert any(name.endswith("css/groups.css") for name in found)
    assert [name for name in sorted(found) if finders.find(name) is None] == []


@pytest.mark.parametrize("script", sorted((_ROOT / "static").rglob("*.js")), ids=_named)
def test_what_a_script_imports_is_there(script: Path) -> None:
    imported = _IMPORTS.findall(script.read_text(encoding="utf-8"))
    assert [name for name in imported if not (script.parent / name).is_file()] == []
