"""Finds the translatable strings of the source, so that tests can compare them with the catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

# How many leading arguments of each function are texts, after a context where it takes one.
_TEXTS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2}
_WITH_CONTEXT = {"pgettext": 1, "pgettext_lazy": 1, "npgettext": 2, "npgettext_lazy": 2}

_LITERAL = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_TEMPLATE_CALL = re.compile(rf"\b(_|n?p?gettext)\(({_LITERAL}(?:,\s*{_LITERAL})*)")

Found = tuple[str | None, str]  # context and text


def in_python() -> Iterator[Found]:
    """Yield the context and text of every string that Python code passes to gettext."""
    for package in ("glmv_site", "catalog", "inference"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            yield from _in_module(ast.parse(path.read_text(encoding="utf-8")))


def in_templates() -> Iterator[Found]:
    """Yield the context and text of every string that templates translate."""
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        yield from _in_template(path)


def _in_module(tree: ast.Module) -> Iterator[Found]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in _TEXTS | _WITH_CONTEXT:
            literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if literals:
                yield _first_text(name, literals)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _in_template(path: Path) -> Iterator[Found]:
    for name, literals in _TEMPLATE_CALL.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        yield _first_text(name, [ast.literal_eval(literal) for literal in re.findall(_LITERAL, literals)])


def _first_text(name: str, literals: list[str]) -> Found:
    """Return context and message id; plural forms belong to the same entry and need no line of their own."""
    if name in _WITH_CONTEXT:
        return literals[0], literals[1]
    return None, literals[0]
