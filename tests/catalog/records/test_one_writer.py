"""Annotations are written by `catalog.records.annotations` and its two parts alone: columns could drift otherwise."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

_ROOT = Path(settings.BASE_DIR)
_WRITERS = [_ROOT / "catalog" / "records" / f"{name}.py" for name in ("annotations", "lot_annotations", "taking_back")]
_WRITES = {
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "save", "delete", "add",
    "set", "remove", "clear", "raw",
}  # fmt: skip
_WRITES |= {f"a{name}" for name in _WRITES}
_MODEL = "Annotation"
_RELATIONS = {"annotations", "current_annotations", "decisions"}
# What hands its arguments on: what comes out of them is what went in.
_HANDING_ON = {
    "list", "tuple", "set", "sorted", "reversed", "iter", "next", "filter", "chain", "get_object_or_404", "get_model",
    "all_of", "_all",
}  # fmt: skip
_TABLE = "catalog_annotation"


def writes_in(source: str) -> list[int]:
    """Return the lines of a module that write annotations, as far as its syntax tells.

    A call counts where it writes by its name and what it is called on leads to annotations: through the model, through
    an image's relation, or through a name that was bound to either or is typed as one. So does making a row, and SQL
    that names their table.
    """
    tree = ast.parse(source)
    known = _names_of_annotations(tree)
    found = {call.lineno for call in ast.walk(tree) if isinstance(call, ast.Call) and _writes(call, known)}
    sql = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(rf"\b{_TABLE}\b", node.value)
    }
    return sorted(found | sql)


def _writes(call: ast.Call, known: set[str]) -> bool:
    made = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if made == _MODEL or (isinstance(call.func, ast.Name) and f"{made}()" in known):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in _WRITES and _leads(call.func.value, known)


def _leads(node: ast.AST, known: set[str]) -> bool:
    """Tell whether an expression is the model, a queryset or rows of annotations."""
    if isinstance(node, ast.Name):
        return node.id == _MODEL or node.id in known
    if isinstance(node, ast.Constant):
        return node.value in {_MODEL, f"catalog.{_MODEL}"}
    if isinstance(node, ast.Attribute):
        # Of a row, other attributes are values: draft.image.save() is about the image.
        return node.attr in {_MODEL, *_RELATIONS} or (_leads(node.value, known) and _keeps_the_subject(node))
    if isinstance(node, ast.Call):
        handed = getattr(node.func, "id", getattr(node.func, "attr", "")) in _HANDING_ON
        return _leads(node.func, known) or (handed and any(_leads(part, known) for part in node.args))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return _leads(node.elt, known)
    if isinstance(node, ast.DictComp):
        return _leads(node.value, known)
    parts = {
        ast.BoolOp: ("values",), ast.IfExp: ("body", "orelse"), ast.Subscript: ("value",), ast.NamedExpr: ("value",),
        ast.BinOp: ("left", "right"), ast.Starred: ("value",), ast.List: ("elts",), ast.Tuple: ("elts",),
    }  # fmt: skip
    found = [getattr(node, name) for name in parts.get(type(node), ())]
    return any(_leads(part, known) for one in found for part in (one if isinstance(one, list) else [one]))


def _keeps_the_subject(node: ast.Attribute) -> bool:
    return node.attr not in {"image", "run", "decided_by", "created_by", "value"}


def _names_of_annotations(tree: ast.AST) -> set[str]:
    """Return the names that are bound to rows or querysets of annotations; `Name()` for other names of the model."""
    known: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            other = {alias.asname for alias in node.names if alias.name == _MODEL and alias.asname}
            known |= other | {f"{name}()" for name in other}
    for _round in range(3):  # a name may be bound through another one
        for node in ast.walk(tree):
            for target, value in _bindings(node):
                if _leads(value, known):
                    known.update(name.id for name in ast.walk(target) if isinstance(name, ast.Name))
            typed = _typed(node)
            if typed is not None and _is_of_annotations(typed[1]):
                known.add(typed[0])
    return known


def _bindings(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.NamedExpr):
        yield node.target, node.value


def _typed(node: ast.AST) -> tuple[str, ast.AST] | None:
    """Return a name and the type that is written beside it."""
    if isinstance(node, ast.arg) and node.annotation is not None:
        return node.arg, node.annotation
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.annotation
    return None


def _is_of_annotations(node: ast.AST) -> bool:
    """Tell whether a type, quoted or not, is a row, a list or a queryset of annotations."""
    return re.search(r"\bAnnotation(QuerySet)?\b", ast.unparse(node)) is not None


def _modules() -> list[Path]:
    found = [path for app in ("catalog", "inference", "glmv_site", "demo") for path in (_ROOT / app).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts and path not in _WRITERS)


def test_nobody_else_writes_annotations() -> None:
    found = {str(path.relative_to(_ROOT)): writes_in(path.read_text(encoding="utf-8")) for path in _modules()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("writer", "least"), list(zip(_WRITERS, (4, 4, 1), strict=True)), ids=lambda one: str(one)[-20:]
)
def test_the_writers_themselves_are_seen_to_write(writer: Path, least: int) -> None:
    assert len(writes_in(writer.read_text(encoding="utf-8"))) >= least


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
        "from catalog import models\nmodels.Annotation.objects.create(image=image)",
        "models.Annotation(image=image)",
        "def mend(row: models.Annotation) -> None:\n    row.save()",
        "from catalog.models import Annotation as Note\nNote(image=image)",
        "from catalog.models import Annotation as Note\nNote.objects.all().delete()",
        "def mend(draft: 'Annotation') -> None:\n    draft.save()",
        "_all('Annotation').filter(pk=1).update(flag='x')",
        "apps.get_model('catalog', 'Annotation').objects.all().delete()",
        "for item in image.current_annotations:\n    item.save()",
        "drafts = list(image.annotations.drafts())\nfor draft in drafts:\n    draft.save()",
        "first = next(iter(image.annotations.all()))\nfirst.delete()",
        "row = image.annotations.first() or other\nrow.save()",
        "by_field = {row.field: row for row in image.annotations.all()}\nby_field['title'].save()",
        "get_object_or_404(Annotation, pk=1).delete()",
        "user.decisions.update(reason='x')",
        "cursor.execute('UPDATE catalog_annotation SET flag = 1')",
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
