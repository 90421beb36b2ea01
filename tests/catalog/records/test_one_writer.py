"""Annotations are written by `catalog.records.annotations` alone: the columns of an image could drift otherwise."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

_ROOT = Path(settings.BASE_DIR)
_WRITER = _ROOT / "catalog" / "records" / "annotations.py"
_WRITES = {
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "save", "delete", "add",
    "set", "remove", "clear", "raw",
}  # fmt: skip
_WRITES |= {f"a{name}" for name in _WRITES}
_MODEL, _RELATION = "Annotation", "annotations"


def writes_in(source: str) -> list[int]:
    """Return the lines of a module that write annotations, as far as its syntax tells.

    A call counts where it writes by its name and what it is called on leads to annotations: through the model, through
    an image's relation, or through a name that was bound to either or is annotated as one. So does making a row.
    """
    tree = ast.parse(source)
    known = _names_of_annotations(tree)
    return sorted({call.lineno for call in ast.walk(tree) if isinstance(call, ast.Call) and _writes(call, known)})


def _writes(call: ast.Call, known: set[str]) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id == _MODEL
    return isinstance(call.func, ast.Attribute) and call.func.attr in _WRITES and _leads(call.func.value, known)


def _leads(node: ast.AST, known: set[str]) -> bool:
    """Tell whether an expression is the model, a queryset or a row of annotations."""
    if isinstance(node, ast.Name):
        return node.id == _MODEL or node.id in known
    if isinstance(node, ast.Attribute):
        # Of a row, other attributes are values: draft.image.save() is about the image.
        return node.attr == _RELATION or (_leads(node.value, known) and _keeps_the_subject(node))
    if isinstance(node, ast.Call):
        return _leads(node.func, known)
    return isinstance(node, ast.Subscript) and _leads(node.value, known)


def _keeps_the_subject(node: ast.Attribute) -> bool:
    return node.attr not in {"image", "run", "decided_by", "created_by", "value"}


def _names_of_annotations(tree: ast.AST) -> set[str]:
    """Return the names that are bound to rows or querysets of annotations anywhere in a module."""
    known: set[str] = set()
    for _round in range(3):  # a name may be bound through another one
        for node in ast.walk(tree):
            for target, value in _bindings(node):
                if _is_annotated(value) or _leads(value, known):
                    known.update(name.id for name in ast.walk(target) if isinstance(name, ast.Name))
            if isinstance(node, ast.arg) and node.annotation is not None and _is_annotated(node.annotation):
                known.add(node.arg)
    return known


def _bindings(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign):
        yield node.target, node.annotation
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.NamedExpr):
        yield node.target, node.value


def _is_annotated(node: ast.AST) -> bool:
    """Tell whether a type is a row, a list or a queryset of annotations."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    return any(name in {_MODEL, "AnnotationQuerySet"} for name in names) and not isinstance(node, ast.Call)


def _modules() -> list[Path]:
    found = [path for app in ("catalog", "inference", "glmv_site", "demo") for path in (_ROOT / app).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts and path != _WRITER)


def test_nobody_else_writes_annotations() -> None:
    found = {str(path.relative_to(_ROOT)): writes_in(path.read_text(encoding="utf-8")) for path in _modules()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_writer_itself_is_seen_to_write() -> None:
    assert len(writes_in(_WRITER.read_text(encoding="utf-8"))) >= 4


@pytest.mark.parametrize(
    "code",
    [
        "Annotation.objects.create(image=image)",
        "Annotation(image=image)",
        "Annotation.objects.filter(pk=1).update(flag='x')",
        "image.annotations.drafts().update(state='x')",
        "image.annotations.all().delete()",
        "for draft in image.annotations.drafts():\n    draft.save()",
        "wanted = Annotation.objects.filter(pk=1)\nfirst = wanted.first()\nfirst.delete()",
        "def mend(draft: Annotation) -> None:\n    draft.save(update_fields=['flag'])",
        "Annotation.objects.bulk_update(rows, ['flag'])",
        "image.annotations.add(row)",
        "def put(rows: list[Annotation]) -> None:\n    rows[0].save()",
    ],
)
def test_each_way_of_writing_is_found(code: str) -> None:
    assert writes_in(code)


@pytest.mark.parametrize(
    "code",
    [
        "Annotation.objects.filter(pk=1).exists()",
        "image.save()",
        "for draft in image.annotations.drafts():\n    draft.image.save()",
        "Image.objects.filter(annotations__state='draft').update(status='x')",
        "labels = {item.field: 1 for item in image.annotations.all()}\nother.update(labels)",
    ],
)
def test_reading_is_no_writing(code: str) -> None:
    assert not writes_in(code)
