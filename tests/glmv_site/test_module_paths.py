"""Modules and files that documents, settings, benchmarks and docstrings name are there, wherever they moved."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

_ROOT = Path(settings.BASE_DIR)
_PACKAGES = "catalog|inference|glmv_site|demo|benchmarks|tests"
_DOTTED = re.compile(rf"(?<![\w./-])(?:{_PACKAGES})(?:\.(?!csv\b|py\b)[A-Za-z_]\w*)+")
_SLASHED = re.compile(rf"(?<![\w./-])(?:{_PACKAGES}|templates|static|docs|docker|findings)/[\w./-]*\w(?![\w*{{<])")
_QUOTED = re.compile(r"`{1,2}([^`\n]+)`{1,2}")
_LOGGER = re.compile(r"getLogger\(\"([\w.]+)\"\)")
_TEXTS = (
    "*.md",
    "docs/**/*.md",
    "findings/*.md",
    "benchmarks/**/*.py",
    "docs/**/*.yaml",
    "docs/**/*.conf",
    "docker/**/*",
    ".ci/run",
    "Makefile",
    "Dockerfile",
    "*.yaml",
    "*.sh",
)
_SETTINGS = ("pyproject.toml", "glmv_site/settings.py", "tests/settings.py")
# What changed is told there, in the words of its time.
_HISTORY = "CHANGELOG.md"


def _files(*patterns: str) -> list[Path]:
    found = {path for pattern in patterns for path in _ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.name != _HISTORY and ".venv" not in path.parts)


@cache
def _defined(module: Path) -> set[str]:
    """Return the names that a module defines, `Class.member` included; what it imports counts in an `__init__` only."""
    return set(_names(ast.parse(module.read_text(encoding="utf-8")).body, faces=module.name == "__init__.py"))


def _names(body: list[ast.stmt], *, faces: bool = False, within: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield within + node.name
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, within=f"{within}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                within + name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )
        elif isinstance(node, ast.If | ast.Try):
            yield from _names(node.body, faces=faces, within=within)
        elif faces and isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)


@cache
def _loggers() -> set[str]:
    """Return the names of loggers that are no module's."""
    sources = _files("catalog/**/*.py", "inference/**/*.py", "glmv_site/**/*.py")
    return {name for path in sources for name in _LOGGER.findall(path.read_text(encoding="utf-8"))}


def is_there(dotted: str) -> bool:
    """Tell whether a dotted path leads to a package, a module, or a name in one."""
    if dotted in _loggers():
        return True
    here = _ROOT
    parts = dotted.split(".")
    for number, part in enumerate(parts):
        rest = ".".join(parts[number + 1 :])
        if next((here / part).glob("*.py"), None) is not None:
            here = here / part
        elif (module := here / f"{part}.py").is_file():
            return not rest or rest in _defined(module)
        else:
            face = here / "__init__.py"
            return face.is_file() and ".".join(parts[number:]) in _defined(face)
    return True


@pytest.mark.parametrize("path", _files(*_TEXTS, *_SETTINGS), ids=lambda path: str(path.relative_to(_ROOT)))
def test_what_a_text_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [name for name in _DOTTED.findall(text) if not is_there(name)] == []
    named = [name for name in _SLASHED.findall(text) if "NAME" not in name]  # of what is to be written yet
    assert [name for name in named if not (_ROOT / name).exists()] == []


@pytest.mark.parametrize("package", ["catalog", "inference", "glmv_site", "demo", "tests"])
def test_what_docstrings_and_comments_name_is_there(package: str) -> None:
    missing = [
        (str(path.relative_to(_ROOT)), name)
        for path in _files(f"{package}/**/*.py")
        for quoted in _QUOTED.findall(path.read_text(encoding="utf-8"))
        for name in _DOTTED.findall(quoted)
        if not is_there(name)
    ]
    assert missing == []


@pytest.mark.parametrize(
    "old",
    [
        "catalog.services.batches",
        "catalog.views",
        "catalog.drafting.witness",
        "inference.engine.journal",
        "catalog.importing.storage.content_hash",
        "catalog.worker.jobs.Job.work",
    ],
)
def test_a_module_that_moved_is_not_there_any_more(old: str) -> None:
    assert not is_there(old)


@pytest.mark.parametrize(
    "new",
    [
        "catalog.batches.leases",
        "catalog.worker.jobs.Job",
        "catalog.worker.jobs.Job.claim",
        "inference.models.Exchange",
        "catalog.models",
    ],
)
def test_a_module_a_class_and_a_package_are_found(new: str) -> None:
    assert is_there(new)
