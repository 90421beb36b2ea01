"""What the documents say can be typed, opened and set."""

import re
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from environ import Env

_ROOT = Path(settings.BASE_DIR)
_DOCUMENTS = [
    path
    for path in chain(_ROOT.glob("*.md"), (_ROOT / "docs").rglob("*.md"))
    if path.is_file() and path.name != "CHANGELOG.md"
]
_in_each_document = pytest.mark.parametrize(
    "document", _DOCUMENTS, ids=[str(path.relative_to(_ROOT)) for path in _DOCUMENTS]
)


@_in_each_document
def test_links_between_files_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (document.parent / target).exists()]


@_in_each_document
def test_links_to_headings_find_them(document: Path) -> None:
    for target, heading in re.findall(r"\]\(([^)#\s]+\.md)#([^)]+)\)", document.read_text(encoding="utf-8")):
        text = (document.parent / target).read_text(encoding="utf-8")
        assert re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE), heading


@_in_each_document
def test_make_targets_exist(document: Path) -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z][a-z-]+)(?=[\s`,;.。，])", _code(document)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@_in_each_document
def test_management_commands_know_the_options_shown(document: Path) -> None:
    known = get_commands()
    for name, rest in re.findall(r"manage\.py ([a-z_]+)([^\n`#]*)", _code(document)):
        command = load_command_class(known[name], name)
        options = command.create_parser("manage.py", name)._option_string_actions
        assert set(re.findall(r"--[a-z_-]+", rest)) <= set(options), name


@_in_each_document
def test_settings_exist(document: Path) -> None:
    source = (_ROOT / "glmv_site" / "settings.py").read_text(encoding="utf-8")
    for name in set(re.findall(r"\bGLMV_[A-Z_]+\b", document.read_text(encoding="utf-8"))):
        assert f'"{name}"' in source, name


def test_the_database_address_in_the_manual_can_be_read() -> None:
    manual = (_ROOT / "docs" / "zh" / "administrator.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^\| `DATABASE_URL` .*`(postgres://[^`]+)`", manual, re.MULTILINE)
    found = Env.db_url_config(example)
    assert (found["ENGINE"], found["HOST"], found["PORT"]) == ("django.db.backends.postgresql", "127.0.0.1", 5432)
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("用户", "密码", "库名")


@pytest.mark.parametrize("document", [path for path in _DOCUMENTS if "zh" in str(path)], ids=lambda path: path.name)
def test_chinese_prose_has_chinese_punctuation(document: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(r"[一-鿿)][,;:!?]\S|\S[,;:!?][一-鿿]", prose)


def _code(document: Path) -> str:
    """Return what stands between backticks, in lines and in blocks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join(blocks + [f"{piece} " for piece in inline])
