"""Tells whether an answer can be held to a JSON schema, without a model at hand and without torch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, Decimal
from typing import Any
from urllib.parse import quote, unquote

from llguidance import LLMatcher, LLParserLimits

from inference.engine.errors import SchemaUnusable
from inference.engine.schema_trials import try_grammar

# A schema must not take longer to understand than a picture to look at.
_LEXER_FUEL = 500_000
LIMITS = LLParserLimits(initial_lexer_fuel=_LEXER_FUEL)

_LONGEST_SCHEMA = 65_536
# A divisor's grammar has as many states as its digits count to, those that meet in one place their common multiple.
_LARGEST_MULTIPLE = 1000
_MOST_STATES = 100_000
# llguidance counts in 64-bit floats, as many readers of JSON do: up to here each whole number is itself. Among the
# values of an integer, a float of -2**63 or less ends the process.
_LARGEST_WHOLE = 2**53
_DIGITS = 15  # so many of a decimal fraction are kept by one
_PLACES_BESIDE_ZERO = 12
_VALUES = ("enum", "const")
_BOUNDS = (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1))

# What llguidance obeys, by where the schemas are in the value; whatever is in none of these is an annotation.
_NAMED_SCHEMAS = frozenset(("properties", "patternProperties", "$defs", "definitions"))
_SCHEMAS = frozenset(("items", "additionalItems", "additionalProperties", "prefixItems", "anyOf", "oneOf", "allOf"))
_REFERENCES = frozenset(("$schema", "$id", "id", "$anchor", "$ref"))
_SIZES = frozenset(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf"))
_PLAIN = (
    frozenset(("type", "required", "format", "pattern", *_VALUES))
    | frozenset(keyword for *pair, _ in _BOUNDS for keyword in pair)
    | _REFERENCES
    | _SIZES
)
# These it refuses by name, in the drafts that have them.
_REFUSED = (
    frozenset(("not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains", "propertyNames"))
    | frozenset(("dependencies", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"))
    | frozenset(("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"))
)
_KEYWORDS = _NAMED_SCHEMAS | _SCHEMAS | _PLAIN | _REFUSED
# Written by makers of schemas though nothing is asked by it: each name is text.
_WITHOUT_EFFECT = {"propertyNames": {"type": "string"}, "uniqueItems": False}
_FORMATS = frozenset(("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"))
# One space, or a line feed and an indentation. Left alone, small models write blanks until their tokens are used up.
_BLANKS = r"( |\n[ \t]{0,32})?"


def check_schema(json_schema: str) -> None:
    """Refuse a schema that no answer could be held to.

    Args:
        json_schema: a JSON schema as text.

    Raises:
        SchemaUnusable: it is no schema, or one that cannot be obeyed.
    """
    grammar = grammar_of(json_schema)
    if _patterns_meet(grammar):
        try_grammar(grammar, _LEXER_FUEL)
    with refusing_what_breaks_it():
        problem = LLMatcher.validate_grammar(grammar, limits=LIMITS)
    if problem:
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
    with refusing_what_breaks_it():
        # Read and written anew: of what was sent, llguidance gets what was looked at, and nothing else.
        schema = _Reading(json.loads(json_schema, parse_constant=_refuse_constant)).schema
        # ``true`` is a schema too, and means what the empty one does.
        form = "{}" if schema is True else json.dumps(schema)
        return LLMatcher.grammar_from_json_schema(form, defaults={"whitespace_pattern": _BLANKS})


def _patterns_meet(grammar: str) -> bool:
    """Tell whether several patterns may have to hold for one text; rather too often than too seldom."""
    found = sum(grammar.count(f'"{keyword}"') for keyword in ("pattern", "format"))
    return "patternProperties" in grammar or (found > 1 and ("allOf" in grammar or "$ref" in grammar))


@contextmanager
def refusing_what_breaks_it() -> Iterator[None]:
    """Refuse a schema whose understanding fails.

    Raises:
        SchemaUnusable: it failed.
    """
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise SchemaUnusable("json_schema", str(error).partition("<backtrace>")[0].strip()[:300]) from error
    except BaseException as error:
        # A panic of llguidance's, over this schema alone, is no exception by its class, which cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise SchemaUnusable("json_schema", f"panic: {str(error)[:260]}") from error


class _Reading:
    """One schema, read: without annotations, its numbers checked and its bounds narrowed.

    Whatever follows the narrowed schema follows the one that was sent.
    """

    def __init__(self, sent: Any) -> None:
        """Read a schema.

        Args:
            sent: as it came.

        Raises:
            SchemaUnusable: it has numbers that no answer can be held to, or refers to what is no schema.
        """
        self._sent = sent
        self._divisors: list[Decimal] = []
        self._pointers: dict[tuple[str, ...], str] = {}  # as they were written, by their steps
        self.schema = self._read(sent)
        followed: set[tuple[str, ...]] = set()
        while waiting := self._pointers.keys() - followed:
            followed |= waiting
            for steps in waiting:
                self._follow(steps)
        _refuse_many_states(self._divisors)

    def _read(self, sent: Any) -> Any:
        """Return a copy of one schema and those inside it; what is no schema as it is, which llguidance refuses."""
        if not isinstance(sent, dict):
            return sent if isinstance(sent, bool) else None
        read: dict[str, Any] = {}
        for keyword, value in sent.items():
            if keyword in _NAMED_SCHEMAS and isinstance(value, dict):
                read[keyword] = {name: self._read(each) for name, each in value.items()}
            elif keyword in _SCHEMAS:
                read[keyword] = [self._read(each) for each in value] if isinstance(value, list) else self._read(value)
            elif keyword in _REFUSED and not _is_without_effect(keyword, value):
                read[keyword] = True  # its name is enough
            elif keyword in _PLAIN and not _is_without_effect(keyword, value):
                # None of them takes an object but ``const``, so that none can hide a schema.
                read[keyword] = None if isinstance(value, dict) and keyword != "const" else value
        if "oneOf" in read and "anyOf" not in read and self._are_apart(sent["oneOf"]):
            # Of branches that exclude each other one holds where any holds; behind references llguidance sees it not.
            read["anyOf"] = read.pop("oneOf")
        self._check(read)
        return read

    def _check(self, schema: dict[str, Any]) -> None:
        """Check one schema's own numbers and references, and narrow its bounds."""
        if _is_number(schema.get("multipleOf")):
            self._divisors.append(_small_enough(schema["multipleOf"]))
        for keyword in _VALUES:
            _refuse_inexact(keyword, schema.get(keyword))
        for side in _BOUNDS:
            _narrow_side(schema, *side)
        reference = schema.get("$ref")
        base, _sharp, fragment = reference.partition("#") if isinstance(reference, str) else ("", "", "")
        pointer = unquote(fragment)
        if pointer.startswith("/"):
            schema["$ref"] = f"{base}#{quote(pointer, safe='/~')}"  # llguidance takes nothing but ASCII
            self._pointers[_steps(pointer)] = pointer

    def _are_apart(self, branches: Any) -> bool:
        """Tell whether no value can follow two of several schemas: by their types, or by a property's values."""
        seen = [self._resolved(branch) for branch in branches] if isinstance(branches, list) else []
        if not seen or any(not isinstance(branch, dict) for branch in seen):
            return False
        if _share_nothing([_types(branch) for branch in seen]):
            return True
        names = set.intersection(*(_names_required(branch) for branch in seen))
        return any(_share_nothing([_values(_below(branch["properties"], name)) for branch in seen]) for name in names)

    def _resolved(self, schema: Any) -> Any:
        """Return what a schema refers to, where it is nothing but a reference into this document."""
        reference = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        found = self._sent
        for step in _steps(unquote(reference[1:])):
            found = _below(found, step)
        return found

    def _follow(self, steps: tuple[str, ...]) -> None:
        """See to it that a pointer leads to what was read; below a keyword that is nobody's, read it now.

        Raises:
            SchemaUnusable: it leads into the midst of a keyword's value.
        """
        kind, sent = "schema", self._sent
        for step in steps:
            kind = _kind_below(kind, step, sent)
            sent = _below(sent, step)
        if kind == "foreign":
            self._graft(steps, sent)
        elif kind != "schema":
            raise SchemaUnusable("json_schema", f"$ref: there is no schema at #{self._pointers[steps][:200]}")

    def _graft(self, steps: tuple[str, ...], sent: Any) -> None:
        """Put what a pointer leads to where it leads, such as below ``components``; where there is none, leave it."""
        place: Any = self.schema
        for step in steps[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else _below(place, step)
        if isinstance(sent, dict | bool) and isinstance(place, dict):
            read, before = self._read(sent), place.get(steps[-1])  # what another pointer led to
            place[steps[-1]] = before | read if isinstance(before, dict) and isinstance(read, dict) else read


def _steps(pointer: str) -> tuple[str, ...]:
    """Return the names on a pointer's way, RFC 6901's marks undone."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _types(schema: dict[str, Any]) -> set[str]:
    """Return the types that a schema names; whole numbers are numbers."""
    named = schema.get("type")
    found = {each for each in (named if isinstance(named, list) else [named]) if isinstance(each, str)}
    return found | ({"number"} if "integer" in found else set())


def _names_required(schema: dict[str, Any]) -> set[str]:
    """Return the properties that every object which follows a schema has; nothing where it may be no object."""
    required, properties = schema.get("required"), schema.get("properties")
    if schema.get("type") != "object" or not isinstance(required, list) or not isinstance(properties, dict):
        return set()
    return {name for name in required if isinstance(name, str) and name in properties}


def _values(schema: Any) -> set[str]:
    """Return the values that a schema allows, as JSON; nothing where they are not listed."""
    if not isinstance(schema, dict):
        return set()
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    # Texts only: 1 and 1.0 are one number, and written in two ways.
    return set(values) if isinstance(values, list) and all(isinstance(value, str) for value in values) else set()


def _share_nothing(sets: list[set[str]]) -> bool:
    return all(sets) and sum(map(len, sets)) == len(set().union(*sets))


def _kind_below(kind: str, step: str, sent: Any) -> str:
    """Tell what a pointer's next step leads to: a schema, several by name or in a list, a value, what is nobody's."""
    if kind in ("names", "list"):
        return "schema"
    if kind != "schema":
        return kind
    if step in _NAMED_SCHEMAS:
        return "names"
    if step in _SCHEMAS:
        return "list" if isinstance(_below(sent, step), list) else "schema"
    return "value" if step in _KEYWORDS else "foreign"


def _below(sent: Any, step: str) -> Any:
    if isinstance(sent, list):
        return sent[int(step)] if step.isdecimal() and int(step) < len(sent) else None
    return sent.get(step) if isinstance(sent, dict) else None


def _small_enough(divisor: float) -> Decimal:
    """Return a divisor as it was written.

    Raises:
        SchemaUnusable: its grammar would take seconds to make.
    """
    number = Decimal(repr(divisor))
    if number <= 0:
        raise SchemaUnusable("json_schema", "multipleOf must be greater than 0")
    if not number.is_finite() or number.scaleb(_places(number)) > _LARGEST_MULTIPLE:
        raise SchemaUnusable(
            "json_schema", f"multipleOf must be at most {_LARGEST_MULTIPLE}, its decimal point left out"
        )
    return number


def _refuse_many_states(divisors: list[Decimal]) -> None:
    """Refuse divisors that would take seconds if all of them met in one place, by ``allOf``, ``anyOf`` or ``$ref``."""
    places = max(map(_places, divisors), default=0)
    common = 1
    for divisor in set(divisors):
        common = math.lcm(common, int(divisor.scaleb(places)))
        if common > _MOST_STATES:
            reason = "multipleOf: all of them together must divide one number of at most"
            raise SchemaUnusable("json_schema", f"{reason} {_MOST_STATES}, decimal points left out")


def _places(number: Decimal) -> int:
    """Return the number of places after the decimal point, zeros at the end left out."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _refuse_inexact(keyword: str, value: Any) -> None:
    """Refuse a number among the values of an answer that could come out as another."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if _is_number(part) and not abs(part) <= _LARGEST_WHOLE:
            raise SchemaUnusable("json_schema", f"{keyword}: numbers must lie within ±{_LARGEST_WHOLE}")
        if isinstance(part, dict | list):
            waiting.extend(part.values() if isinstance(part, dict) else part)


def _narrow_side(schema: dict[str, Any], inclusive: str, exclusive: str, sign: int) -> None:
    """Bring a lower bound (sign 1) or an upper one (sign -1) into a form that is obeyed."""
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


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _is_without_effect(keyword: str, value: Any) -> bool:
    if keyword == "format":
        return isinstance(value, str) and value not in _FORMATS
    return keyword in _WITHOUT_EFFECT and bool(value == _WITHOUT_EFFECT[keyword])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
