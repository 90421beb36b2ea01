"""Versions of what is written about a thing: whether it is as somebody saw it, and what has changed since.

A version is a digest of all of it, and three letters of a digest of each part: so a version alone says which parts are
others now, and no earlier state has to be kept. Only what people write is in it: a draft makes no other version.
"""

import hashlib
from typing import Any

from catalog.exceptions import VersionOutdated
from catalog.models import Collection, Image, PhotoGroup
from catalog.vocabulary import Field

IMAGE_COLUMNS = (
    "identifier", "negative_number", "see_also", "volume", "sheet", "access", "classification", "rights", "disclosure",
)  # fmt: skip
COLLECTION_COLUMNS = (
    "title", "kind", "introduction", "notes", "fonds_number", "class_code", "retention_period", "is_public", "prompt",
    "blind_first", "number_pattern", "name_pattern",
)  # fmt: skip
_WHOLE, _PART = 16, 3


def parts_of(thing: Image | Collection | PhotoGroup) -> dict[str, Any]:
    """Return what people write about a thing, by its name at the interface.

    Args:
        thing: as it is now.
    """
    if isinstance(thing, Image):
        columns = {name: getattr(thing, name) for name in IMAGE_COLUMNS}
        return columns | {field.value: thing.accepted_value(field) for field in Field}
    if isinstance(thing, Collection):
        columns = {name: getattr(thing, name) for name in COLLECTION_COLUMNS if name != "prompt"}
        return columns | {"prompt": thing.prompt.slug if thing.prompt else None}
    said = {field.value: thing.value_of(field) for field in PhotoGroup.DESCRIPTIVE}
    return said | {"number": thing.number, "year": thing.year, "state": thing.state}


def version_of(thing: Image | Collection | PhotoGroup) -> str:
    """Return the version of a thing.

    Args:
        thing: as it is now.
    """
    parts = parts_of(thing)
    whole = _digest("\x00".join(f"{name}={value!s}" for name, value in parts.items()))[:_WHOLE]
    return f"{whole}.{''.join(_letters(name, value) for name, value in parts.items())}"


def require_version(thing: Image | Collection | PhotoGroup, seen: str | None) -> None:
    """See that a thing is as somebody saw it.

    Args:
        thing: as it is now, locked.
        seen: the version that they saw; None where they do not ask.

    Raises:
        VersionOutdated: it is another by now.
    """
    if seen is None or seen == version_of(thing):
        return
    raise VersionOutdated(changed=changed_since(thing, seen), version=version_of(thing))


def changed_since(thing: Image | Collection | PhotoGroup, seen: str) -> dict[str, Any]:
    """Return which parts of a thing are others now than in a version, with what they say now.

    Args:
        thing: as it is now.
        seen: the version; all parts where it is none of this kind of thing.
    """
    parts = parts_of(thing)
    _whole, _dot, letters = seen.partition(".")
    if len(letters) != _PART * len(parts):
        return parts
    places = range(0, len(letters), _PART)
    then = [letters[place : place + _PART] for place in places]
    return {name: value for (name, value), old in zip(parts.items(), then, strict=True) if old != _letters(name, value)}


def _letters(name: str, value: Any) -> str:
    return _digest(f"{name}={value!s}")[:_PART]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
