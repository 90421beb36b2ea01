"""Tells whether an answer can be held to a JSON schema, without a model at hand and without torch."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from typing import Any

from llguidance import LLMatcher, LLParserLimits

from inference.engine.errors import SchemaUnusable

# A schema must not take longer to understand than a picture to look at.
LIMITS = LLParserLimits(initial_lexer_fuel=500_000)

_LONGEST_SCHEMA = 65_536
_LARGEST_MULTIPLE = 1000  # a divisor's grammar has as many states
# llguidance counts in 64-bit floats, as many readers of JSON do: up to here each whole number is itself.
_LARGEST_WHOLE = 2**53
_DIGITS = 15  # so many of a decimal fraction are kept by one
_PLACES_BESIDE_ZERO = 12
# Keywords whose value holds schemas under names of the schema's author.
_NAMED_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_VALUES = ("enum", "const")
_BOUNDS = (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1))
# One space, or a line feed and an indentation. Left alone, small models write blanks until their tokens are used up.
_BLANKS = r"( |\n[ \t]{0,32})?"


def check_schema(json_schema: str) -> None:
    """Refuse a schema that no answer could be held to.

    Args:
        json_schema: a JSON schema as text.

    Raises:
        SchemaUnusable: it is no schema, or one that cannot be obeyed.
    """
    if problem := LLMatcher.validate_grammar(grammar_of(json_schema), limits=LIMITS):
        raise SchemaUnusable("json_schema", problem[:300])


def grammar_of(json_schema: str) -> str:
    """Return the grammar of the answers that follow a schema, as llguidance takes it.

    Args:
        json_schema: a JSON schema as text.

    Returns:
        The grammar, not yet understood: what it refers to may be missing.

    Raises:
        SchemaUnusable: it is no JSON, too long, would take too long to understand, or has numbers that cannot be kept.
    """
    if len(json_schema) > _LONGEST_SCHEMA:
        raise SchemaUnusable("json_schema", f"must have at most {_LONGEST_SCHEMA} characters")
    json_schema = _with_numbers_to_keep(json_schema)
    # ``true`` is a schema too, and means what the empty one does.
    form = "{}" if json_schema.strip() == "true" else json_schema
    try:
        return LLMatcher.grammar_from_json_schema(form, defaults={"whitespace_pattern": _BLANKS})
    except ValueError as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error


def _with_numbers_to_keep(json_schema: str) -> str:
    """Refuse the numbers that no answer can be held to, and narrow the bounds that llguidance would let slip.

    Whatever follows the narrowed schema follows the one that was sent.

    Raises:
        SchemaUnusable: such a number is there, or the text is no JSON.
    """
    try:
        schema = json.loads(json_schema)
    except (ValueError, RecursionError) as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error
    changed = False
    waiting: list[tuple[Any, bool]] = [(schema, True)]
    while waiting:
        part, is_schema = waiting.pop()
        if isinstance(part, list):
            waiting.extend((each, True) for each in part)
        elif isinstance(part, dict) and is_schema:
            changed |= _narrow(part)
            waiting.extend((each, key not in _NAMED_SCHEMAS) for key, each in part.items() if key not in _VALUES)
        elif isinstance(part, dict):
            waiting.extend((each, True) for each in part.values())
    return json.dumps(schema) if changed else json_schema


def _narrow(schema: dict[str, Any]) -> bool:
    """Check the numbers of one schema, those inside it left out; return whether a bound had to be changed."""
    divisor = schema.get("multipleOf")
    if isinstance(divisor, int | float) and divisor > _LARGEST_MULTIPLE:
        # Its grammar would take seconds to make.
        raise SchemaUnusable("json_schema", f"multipleOf must be at most {_LARGEST_MULTIPLE}")
    for keyword in _VALUES:
        _refuse_inexact(keyword, schema.get(keyword))
    changed = [_narrow_side(schema, *side) for side in _BOUNDS]
    return any(changed)


def _refuse_inexact(keyword: str, value: Any) -> None:
    """Refuse a whole number among the values of an answer that would come out as its neighbour."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, int) and abs(part) > _LARGEST_WHOLE:
            raise SchemaUnusable("json_schema", f"{keyword}: whole numbers must lie within ±{_LARGEST_WHOLE}")
        if isinstance(part, dict | list):
            waiting.extend(part.values() if isinstance(part, dict) else part)


def _narrow_side(schema: dict[str, Any], inclusive: str, exclusive: str, sign: int) -> bool:
    """Bring a lower bound (sign 1) or an upper one (sign -1) into a form that is obeyed; return whether it changed."""
    before = schema.get(inclusive), schema.get(exclusive)
    if schema.get(exclusive) is True and _is_number(schema.get(inclusive)):  # as it was written in draft 4
        schema[exclusive] = schema.pop(inclusive)
    bounds = []
    if _is_number(schema.get(inclusive)):
        bounds.append(_kept(schema[inclusive] * sign, inclusive, over=False))
    if _is_number(schema.get(exclusive)):
        value = schema[exclusive] * sign
        # Of two bounds with one whole number between them llguidance takes that number in, though it is excluded.
        over = schema.get("type") != "integer"
        kept = _kept(value, exclusive, over=over)
        if kept != value:
            del schema[exclusive]
            bounds.append(kept)
    if bounds:
        schema[inclusive] = max(bounds) * sign
    return before != (schema.get(inclusive), schema.get(exclusive))


def _kept(bound: float, keyword: str, *, over: bool) -> float:
    """Return the lowest number that can be kept and is no lower than a bound, or is over it where it is whole.

    Raises:
        SchemaUnusable: there is none.
    """
    if bound > _LARGEST_WHOLE:
        raise SchemaUnusable("json_schema", f"{keyword} must lie within ±{_LARGEST_WHOLE}")
    if bound < -_LARGEST_WHOLE:
        return -_LARGEST_WHOLE
    number = Decimal(repr(bound))
    is_whole = number == number.to_integral_value()
    is_plain = not over if is_whole else len(number.normalize().as_tuple().digits) <= _DIGITS
    if is_plain:
        return bound
    places = max(0, _DIGITS - 1 - number.adjusted()) if number else _PLACES_BESIDE_ZERO
    step = Decimal(1).scaleb(-places)
    rounded = number.quantize(step, ROUND_CEILING)
    return float(rounded + step if rounded == number else rounded)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
