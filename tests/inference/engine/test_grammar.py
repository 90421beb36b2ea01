"""Which ways of writing JSON an answer may take."""

import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def may_write(compiler: Any, tokenizer: Any, text: str, schema: str = _FORM) -> bool:
    grammar = compiler.compile(schema)
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


def test_a_schema_that_llguidance_panics_over_is_refused(compiler: Any) -> None:
    with pytest.raises(SchemaUnusable, match="panic: ") as refused:
        compiler.compile('{"enum": [-9007199254740992, -9007199254740992.0]}')

    assert "backtrace" not in refused.value.params["detail"]


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": "\t"}, {"indent": 8}])
def test_json_may_be_written_tightly_or_with_indentation(compiler: Any, tokenizer: Any, style: dict[str, Any]) -> None:
    assert may_write(compiler, tokenizer, json.dumps(_VALUE, **style))


@pytest.mark.parametrize("text", ['{"a":  true, "b": []}', '{\n\n"a": true, "b": []}', '{"a": true, "b": []}  \n'])
def test_blanks_come_to_an_end(compiler: Any, tokenizer: Any, text: str) -> None:
    assert not may_write(compiler, tokenizer, text)


@pytest.mark.parametrize(
    "schema", [{"$ref": "#"}, {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}]
)
def test_a_schema_that_no_answer_ever_completes_is_refused_at_once(compiler: Any, schema: object) -> None:
    with pytest.raises(SchemaUnusable, match="no answer could be completed"):
        compiler.compile(json.dumps(schema))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"properties": {"a": {"$ref": "#/properties/a"}}, "required": ["a"]}, "no answer could be completed"),
        ({"type": "string", "pattern": "^(?:a?){200}a{200}$"}, "too many expressions"),
        ({"type": "string", "pattern": ".*" * 200}, "too many expressions"),
    ],
)
def test_a_grammar_that_breaks_down_on_the_way_does_not_end_the_answer(
    compiler: Any, tokenizer: Any, schema: dict[str, Any], reason: str
) -> None:
    grammar = compiler.compile(json.dumps({"type": "object", **schema}))

    with pytest.raises(SchemaUnusable, match=reason):
        written(grammar, tokenizer, random.Random(0), most=1000)


@pytest.mark.parametrize(
    ("schema", "excluded", "allowed"),
    [
        ({"exclusiveMinimum": 0, "maximum": 0.5}, ["0", "-0", "0.0"], ["0.5", "0.001", "0.000000000001"]),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 0.001}, ["0", "0.001"], ["0.0005"]),
        ({"minimum": 0, "exclusiveMinimum": True, "maximum": 0.5}, ["0"], ["0.5"]),
        ({"minimum": -0.5, "exclusiveMaximum": 0}, ["0", "-0"], ["-0.25"]),
        ({"exclusiveMinimum": 1, "maximum": 1.2}, ["1", "1.0"], ["1.2", "1.00001"]),
        ({"allOf": [{"exclusiveMinimum": 0}, {"maximum": 0.5}]}, ["0"], ["0.5"]),
        ({"exclusiveMinimum": 0}, ["0"], ["0.5", "1", "1234567.25"]),
        ({"minimum": 123456.00000000001}, ["123456"], ["123456.1", "200000"]),
    ],
)
def test_excluded_numbers_cannot_be_written(
    compiler: Any, tokenizer: Any, schema: dict[str, Any], excluded: list[str], allowed: list[str]
) -> None:
    text = json.dumps({"type": "number", **schema})

    assert not [number for number in excluded if may_write(compiler, tokenizer, number, text)]
    assert [number for number in allowed if may_write(compiler, tokenizer, number, text)] == allowed


@pytest.mark.parametrize(
    "guidance",
    [{"key_separator": " ="}, {"item_separator": ";"}, {"whitespace_pattern": "x*"}, {"lenient": True}],
)
def test_a_schema_cannot_change_how_its_json_is_written(
    compiler: Any, tokenizer: Any, guidance: dict[str, object]
) -> None:
    form = json.loads(_FORM) | {"x-guidance": guidance}

    assert may_write(compiler, tokenizer, json.dumps(_VALUE), json.dumps(form))


def test_an_answers_key_may_have_any_name(compiler: Any, tokenizer: Any) -> None:
    names = ["x-guidance", "default", "examples", "not", "components"]
    form = {"properties": {name: {"type": "null"} for name in names}, "required": names, "type": "object"}

    assert may_write(compiler, tokenizer, json.dumps(dict.fromkeys(names)), json.dumps(form))
    assert not may_write(compiler, tokenizer, json.dumps(dict.fromkeys(names, 1)), json.dumps(form))


def test_a_schema_may_stand_under_a_keyword_that_is_no_ones(compiler: Any, tokenizer: Any) -> None:
    schema = {"$ref": "#/components/schemas/a", "components": {"schemas": {"a": {"type": "integer", "minimum": 3}}}}

    assert may_write(compiler, tokenizer, "3", json.dumps(schema))
    assert not may_write(compiler, tokenizer, "2", json.dumps(schema))


@pytest.mark.parametrize("divisors", [[0.01, 100], [97, 89], [0.05, 0.12], [7, 7]])
def test_divisors_in_one_place_are_all_kept(compiler: Any, tokenizer: Any, divisors: list[float]) -> None:
    schema = {"type": "number", "allOf": [{"multipleOf": each} for each in divisors]}
    grammar, chance = compiler.compile(json.dumps(schema)), random.Random(0)

    for text in filter(None, (written(grammar.again(), tokenizer, chance, most=40) for _ in range(20))):
        assert not [each for each in divisors if Fraction(text) % Fraction(repr(each))], text


_BOUND = st.one_of(
    st.integers(-30, 30), st.decimals(-2, 2, places=3).map(float), st.sampled_from([1e-7, 0.1, 123456.789, 1e15])
)


@settings(max_examples=150, deadline=None)
@given(
    type_=st.sampled_from(["number", "number", "integer"]),
    bounds=st.tuples(_BOUND, _BOUND).map(sorted),
    keywords=st.tuples(
        st.sampled_from(["minimum", "exclusiveMinimum"]), st.sampled_from(["maximum", "exclusiveMaximum"])
    ),
    chance=st.randoms(use_true_random=False),
)
def test_a_number_keeps_its_bounds(
    compiler: Any, tokenizer: Any, type_: str, bounds: list[float], keywords: tuple[str, str], chance: random.Random
) -> None:
    schema = {"type": type_, **dict(zip(keywords, bounds, strict=True))}
    try:
        grammar = compiler.compile(json.dumps(schema))
    except SchemaUnusable:
        return  # nothing lies between them

    for _ in range(4):
        text = written(grammar.again(), tokenizer, chance, most=40)
        if text is None:
            continue
        number, (low, high) = Decimal(text), (Decimal(repr(bound)) for bound in bounds)
        assert low < number or (low == number and keywords[0] == "minimum"), schema
        assert number < high or (number == high and keywords[1] == "maximum"), schema


def written(grammar: Any, tokenizer: Any, chance: random.Random, *, most: int) -> str | None:
    """Write something that a grammar allows, longer rather than shorter; None where it comes to no end."""
    tokens: list[int] = []
    while len(tokens) < most:
        allowed = grammar.allowed().nonzero().flatten().tolist()
        others = [token for token in allowed if token != tokenizer.eos_token_id]
        if not others or (len(others) < len(allowed) and chance.random() < 0.3):
            text: str = tokenizer.decode(tokens)
            return text
        tokens.append(chance.choice(others))
        grammar.note(tokens[-1])
    return None
