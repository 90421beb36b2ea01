"""A schema that no answer could be held to is refused before any model is asked."""

import json
import subprocess
import sys

import pytest

from inference.engine.errors import SchemaUnusable
from inference.engine.schemas import check_schema


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "object", "properties": {"事由": {"type": "string", "enum": ["画面", "题字"]}}},
        {"$defs": {"text": {"type": "string"}}, "type": "array", "items": {"$ref": "#/$defs/text"}},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"enum": [2**53, -(2**53), 1e22]},
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
    ],
)
def test_numbers_that_answers_would_miss_are_refused_by_keyword(schema: object, keyword: str) -> None:
    with pytest.raises(SchemaUnusable) as refused:
        check_schema(json.dumps(schema))

    assert refused.value.params["detail"].startswith(keyword)


def test_checking_needs_no_torch() -> None:
    program = (
        "import sys; from inference.engine import schemas; schemas.check_schema('{}'); print('torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
