"""Tells whether an answer can be held to a JSON schema, without a model at hand and without torch."""

from __future__ import annotations

import json

from llguidance import LLMatcher, LLParserLimits

from inference.engine.errors import SchemaUnusable

# A schema must not take longer to understand than a picture to look at.
LIMITS = LLParserLimits(initial_lexer_fuel=500_000)

_LONGEST_SCHEMA = 65_536
_LARGEST_MULTIPLE = 1000  # a divisor's grammar has as many states
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
        SchemaUnusable: it is no JSON, too long, or would take too long to understand.
    """
    if len(json_schema) > _LONGEST_SCHEMA:
        raise SchemaUnusable("json_schema", f"must have at most {_LONGEST_SCHEMA} characters")
    _refuse_costly_numbers(json_schema)
    # ``true`` is a schema too, and means what the empty one does.
    form = "{}" if json_schema.strip() == "true" else json_schema
    try:
        return LLMatcher.grammar_from_json_schema(form, defaults={"whitespace_pattern": _BLANKS})
    except ValueError as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error


def _refuse_costly_numbers(json_schema: str) -> None:
    """Refuse divisors so large that their grammar would take seconds to make.

    Raises:
        SchemaUnusable: one is there, or the text is no JSON.
    """
    try:
        waiting = [json.loads(json_schema)]
    except (ValueError, RecursionError) as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            divisor = part.get("multipleOf")
            if isinstance(divisor, int | float) and divisor > _LARGEST_MULTIPLE:
                raise SchemaUnusable("json_schema", f"multipleOf must be at most {_LARGEST_MULTIPLE}")
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
