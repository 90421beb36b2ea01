"""A schema that no answer could be held to is refused before any model is asked."""

import json
import random
import subprocess
import sys
from typing import Any

import pytest

from inference.engine.errors import SchemaUnusable
from inference.engine.schemas import check_schema, grammar_of


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "object", "properties": {"事由": {"type": "string", "enum": ["画面", "题字"]}}},
        {"$defs": {"text": {"type": "string"}}, "type": "array", "items": {"$ref": "#/$defs/text"}},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"enum": [2**53, -(2**53), 1e15, 5e-324]},
        {"enum": [-(2.0**53)]},
        {"$ref": "#/c/not", "anyOf": [{"$ref": "#/c/not/d"}], "c": {"not": {"d": {"type": "null"}}}},
        {"examples": [{"multipleOf": 5000}], "default": {"const": 2**60}, "title": "编号", "x-ours": {"enum": [1e300]}},
        {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {"type": "string"}},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": False},
        {"type": ["string", "null"], "format": "uri-reference"},
        {"type": "string", "format": "int64"},
        {"$ref": "#/components/schemas/a", "components": {"schemas": {"a": {"type": "integer", "minimum": 3}}}},
        {"$ref": "#/properties/enum/items/0", "properties": {"enum": {"items": [{"type": "integer"}]}}},
        {"allOf": [{"type": "number", "multipleOf": 0.01}, {"multipleOf": 100}, {"multipleOf": 60}]},
        {"type": "number", "multipleOf": 0.001},
        {"properties": {"enum": {"default": 2**64}, "minimum": {"title": "下限"}}},
    ],
)
def test_what_answers_can_follow_is_taken(schema: object) -> None:
    check_schema(json.dumps(schema))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        '{"type": "objec"}',
        '{"$ref": "#/$defs/missing"}',
        '{"multipleOf": 1000000007}',
        json.dumps({"description": "长" * 70_000}, ensure_ascii=False),
        "[" * 100_000,
    ],
    ids=lambda text: text[:24],
)
def test_what_no_answer_can_follow_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(SchemaUnusable) as refused:
        check_schema(text)

    assert refused.value.params["field"] == "json_schema"
    assert refused.value.params["detail"]


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "integer", "minimum": 10**30, "maximum": 10**30 + 5}, "minimum"),
        ({"type": "number", "exclusiveMinimum": 1e30}, "exclusiveMinimum"),
        ({"type": "integer", "maximum": -(10**30)}, "maximum"),
        ({"enum": [1, 2**53 + 1]}, "enum"),
        ({"const": {"编号": [2**64]}}, "const"),
        ({"properties": {"const": {"items": {"enum": [2**64]}}}}, "enum"),
        ({"anyOf": [{"type": "null"}, {"multipleOf": 1001}]}, "multipleOf"),
        ({"type": "number", "multipleOf": 999.9999}, "multipleOf"),
        ({"type": "number", "multipleOf": -1}, "multipleOf"),
        ({"allOf": [{"type": "number", "multipleOf": 997}, {"multipleOf": 991}]}, "multipleOf"),
        ({"anyOf": [{"type": "number", "multipleOf": each} for each in (997, 991, 983, 977, 971)]}, "multipleOf"),
        ({"allOf": [{"type": "number", "multipleOf": 1e-10}, {"multipleOf": 1}]}, "multipleOf"),
        ({"type": "integer", "const": 1e20}, "const"),
        ({"enum": ["甲", {"a": [1e300]}]}, "enum"),
        ({"$ref": "#/components/a", "components": {"a": {"const": 2**60}}}, "const"),
        ({"$ref": "#/enum/0", "enum": [{"type": "number", "multipleOf": 5000}]}, "$ref"),
        ({"$ref": "#/c/type/d", "c": {"type": {"d": {"multipleOf": 5000}}}}, "multipleOf"),
        ({"$ref": "#%2Fconst", "const": {"type": "number", "multipleOf": 5000}}, "$ref"),
    ],
)
def test_numbers_that_answers_would_miss_are_refused_by_keyword(schema: object, keyword: str) -> None:
    with pytest.raises(SchemaUnusable) as refused:
        check_schema(json.dumps(schema))

    assert refused.value.params["detail"].startswith(keyword)


@pytest.mark.parametrize(
    "keyword",
    [
        *("not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains", "propertyNames"),
        *("dependencies", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
        *("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"),
    ],
)
def test_a_keyword_that_is_not_obeyed_is_refused_by_name(keyword: str) -> None:
    with pytest.raises(SchemaUnusable) as refused:
        check_schema(json.dumps({"properties": {"a": {keyword: {"type": "null"}}}}))

    assert keyword in refused.value.params["detail"]


@pytest.mark.parametrize(
    ("schema", "guidance"),
    [({"not": {"type": "string"}}, {"lenient": True}), ({"oneOf": [{"minimum": 1}, {}]}, {"coerce_one_of": True})],
)
def test_a_schema_cannot_loosen_its_own_keeping(schema: dict[str, object], guidance: dict[str, bool]) -> None:
    with pytest.raises(SchemaUnusable):
        check_schema(json.dumps({**schema, "x-guidance": guidance}))


def test_each_format_that_is_kept_is_understood() -> None:
    for name in ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"):
        assert '"format"' in grammar_of(json.dumps({"type": "string", "format": name}))
        check_schema(json.dumps({"type": "string", "format": name}))


def test_checking_needs_no_torch() -> None:
    program = (
        "import sys; from inference.engine import schemas as it; it.check_schema('{}'); print('torch' in sys.modules)"
    )

    done = run(program)

    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["integer", "null"], "const": -1e300},
        {"type": "integer", "const": -9.3e18},
        {"type": "integer", "const": -(2.0**63)},
        {"type": "integer", "enum": [-1e300]},
        {"allOf": [{"type": "integer"}, {"const": -1e20}]},
        {"allOf": [{"enum": [-1e20]}, {"type": "integer"}]},
        {"properties": {"a": {"type": "object", "properties": {"b": {"type": "integer", "const": -1e300}}}}},
        {"$ref": "#/x/y", "x": {"y": {"type": "integer", "const": -1e300}}},
        {"enum": [-(2**53), -(2.0**53)]},  # llguidance panics
    ],
)
def test_no_number_ends_the_process(schema: object) -> None:
    done = run(_CHECKING_EACH, json.dumps([schema]))

    assert json.loads(done.stdout) == {"refused": 1, "taken": 0}


def test_no_schema_ends_the_process_or_holds_it_up() -> None:
    chance = random.Random(20)
    schemas = [a_schema(chance) for _ in range(800)]

    done = run(_CHECKING_EACH, json.dumps(schemas))

    counts = json.loads(done.stdout)
    assert counts["taken"] > 50
    assert counts["taken"] + counts["refused"] == len(schemas)


# Where they take more of the processor's time or of memory, the process is ended. A grammar is made as for an answer.
_CHECKING_EACH = """
import json, resource, sys
from llguidance import LLMatcher, LLTokenizer
from inference.engine.errors import SchemaUnusable
from inference.engine.schemas import LIMITS, check_schema, grammar_of

resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
tokenizer = LLTokenizer("byte")
counts = {"refused": 0, "taken": 0}
for schema in json.load(sys.stdin):
    text = json.dumps(schema)
    try:
        check_schema(text)
    except SchemaUnusable:
        counts["refused"] += 1
    else:
        LLMatcher(tokenizer, grammar_of(text), log_level=0, limits=LIMITS).compute_logit_bias()
        counts["taken"] += 1
print(json.dumps(counts))
"""


def run(program: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, which it may end."""
    return subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, check=True)


_EDGES = [2**31, 2**53, 2**53 + 1, 2**62, 2**63, 2**64, 1e15, 1e16, 2.0**53, 2.0**63, 1e20, 1e22, 1e300, 1e308]
_SMALL = [0, 1, 2, 7, 0.5, 0.1, 0.01, 0.001, 997, 999.9999, 5e-324, 2.3e-308, 1e-16, 1e-7, 123456.789]
_NUMBERS = [*_SMALL, *_EDGES, *(-each for each in _EDGES), None, True, "1"]
_SIZES = [0, 1, 50, 10**6, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30, -1, 1.5, 1e20]
# Each with how often it is there, and what it may be.
_KEYWORDS: dict[str, tuple[float, list[Any]]] = {
    "type": (0.8, ["integer", "integer", "number", "string", "array", ["integer", "null"]]),
    **dict.fromkeys(("const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (0.15, _NUMBERS)),
    "multipleOf": (0.15, _NUMBERS),
    "enum": (0.1, [[low, high] for low in _NUMBERS for high in _NUMBERS]),
    **dict.fromkeys(
        ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), (0.08, _SIZES)
    ),
    "pattern": (
        0.1,
        ["^a+$", "[0-9]{1,1000}", "((a{100}){100}){100}", "(.*a){20}", "a{4294967296}", "(?=a)", "[一-龥]+"],
    ),
}


def a_schema(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """Make up a schema of numbers, most of them at the edges of what can be counted."""
    schema = {
        keyword: chance.choice(values) for keyword, (often, values) in _KEYWORDS.items() if chance.random() < often
    }
    if depth < 2:
        for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
            if chance.random() < 0.1:
                schema[keyword] = [a_schema(chance, depth + 1) for _ in range(2)]
        if chance.random() < 0.2:
            schema["properties"] = {
                "a": a_schema(chance, depth + 1),
                "b": {"$ref": "#/properties/a"},
                "c": {"$ref": "#/c"},
            }
            schema["c"] = a_schema(chance, depth + 1)
    return dict(chance.sample(list(schema.items()), len(schema)))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/definitions/common/name", "definitions": {"common": {"name": {"type": "string"}}}},
        {"$ref": "#/components/schemas/const", "components": {"schemas": {"const": {"type": "string"}}}},
        {"$ref": "#/components/A", "components": {"A": True}},
        {"$ref": "#/components/A/allOf/0", "components": {"A": {"allOf": [{"type": "string"}]}}},
        {"properties": {"a": {"x-local": {"k": {"type": "integer"}}, "$ref": "#/properties/a/x-local/k"}}},
        {"$ref": "#/$defs/图片", "$defs": {"图片": {"type": "string"}}},
        {"$ref": "#/$defs/Page<A>", "$defs": {"Page<A>": {"type": "string"}}},
    ],
)
def test_a_reference_to_a_schema_is_followed_wherever_that_lies(schema: dict[str, Any]) -> None:
    check_schema(json.dumps(schema))


def test_branches_of_which_one_holds_may_stand_behind_references() -> None:
    def pet(kind: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}

    pets = {"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}], "discriminator": {"propertyName": "kind"}}

    check_schema(json.dumps({**pets, "$defs": {"Cat": pet("cat"), "Dog": pet("dog")}}))
    check_schema(json.dumps({"oneOf": [{"$ref": "#/$defs/T"}, {"type": "null"}], "$defs": {"T": {"type": "string"}}}))
    with pytest.raises(SchemaUnusable):
        check_schema(json.dumps({**pets, "$defs": {"Cat": pet("cat"), "Dog": pet("cat")}}))


def test_patterns_that_take_minutes_together_are_refused_in_seconds() -> None:
    patterns = {"type": "string", "allOf": [{"pattern": f"a.{{{number}}}b"} for number in range(1, 40)]}

    with pytest.raises(SchemaUnusable, match="too long"):
        check_schema(json.dumps(patterns))


def test_a_keyword_cannot_be_hidden_by_the_way_it_is_written() -> None:
    patterns = {"type": "string", "allOf": [{"pattern": f"a.{{{number}}}b"} for number in range(1, 40)]}
    hidden = json.dumps(patterns).replace("pattern", "p\\u0061ttern").replace("allOf", "all\\u004ff")

    with pytest.raises(SchemaUnusable, match="too long"):
        check_schema(hidden)
