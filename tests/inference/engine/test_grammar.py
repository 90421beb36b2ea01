"""Which ways of writing JSON an answer may take."""

import json
from typing import Any

import pytest

from inference import conf
from inference.engine.errors import SchemaUnusable

torch = pytest.importorskip("torch")

_FORM = json.dumps(
    {
        "type": "object",
        "properties": {"a": {"type": "boolean"}, "b": {"type": "array", "items": {"type": "integer"}}},
        "required": ["a", "b"],
    }
)
_VALUE = {"a": True, "b": [1, 2]}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(conf.DEMO_FOLDER)


@pytest.fixture(scope="module")
def compiler(tokenizer: Any) -> Any:
    from inference.engine.grammar import GrammarCompiler

    return GrammarCompiler(tokenizer, len(tokenizer), [tokenizer.eos_token_id])


def may_write(compiler: Any, tokenizer: Any, text: str) -> bool:
    grammar = compiler.compile(_FORM)
    for token in tokenizer.encode(text, add_special_tokens=False):
        if not grammar.allowed()[token]:
            return False
        grammar.note(token)
    return bool(grammar.allowed()[tokenizer.eos_token_id])


@pytest.mark.parametrize("schema", ["true", "{}"])
def test_any_json_is_a_schema_under_both_its_names(compiler: Any, schema: str) -> None:
    assert compiler.compile(schema).allowed().any()


def test_no_json_at_all_is_refused(compiler: Any) -> None:
    with pytest.raises(SchemaUnusable):
        compiler.compile("false")


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": "\t"}, {"indent": 8}])
def test_json_may_be_written_tightly_or_with_indentation(compiler: Any, tokenizer: Any, style: dict[str, Any]) -> None:
    assert may_write(compiler, tokenizer, json.dumps(_VALUE, **style))


@pytest.mark.parametrize("text", ['{"a":  true, "b": []}', '{\n\n"a": true, "b": []}', '{"a": true, "b": []}  \n'])
def test_blanks_come_to_an_end(compiler: Any, tokenizer: Any, text: str) -> None:
    assert not may_write(compiler, tokenizer, text)
