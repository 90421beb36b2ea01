"""Who answers for a record: 责任者, 著录者, 审核者. A model is none of them.

责任者 is a field of the record; where it is empty, the photographer, and else the body whose records the collection is
(立档单位). 著录者 are the people who wrote the accepted values, or accepted what a model had proposed. 审核者 is who
accepted what somebody else had written; who described any part of a record is no second person to it, and where there
is none the place stays empty.
"""

from typing import TYPE_CHECKING

from catalog.vocabulary import Field, is_left_open

if TYPE_CHECKING:
    from catalog.exchange.rows import Person, Record, Text


def responsible(record: "Record") -> str:
    """Return the 责任者 of a record; empty where nobody is known."""
    photographer = record.value(Field.PHOTOGRAPHER)
    known = "" if is_left_open(photographer) else photographer
    return record.responsibility or known or record.collection.creator


def cataloguers(record: "Record") -> str:
    """Return the 著录者 of a record."""
    return "、".join(_describers(record).values())


def checkers(record: "Record") -> str:
    """Return the 审核者 of a record: second persons only."""
    describers = _describers(record)
    found: dict[str, str] = {}
    for text in record.accepted.values():
        decider = record.decider_of(text)
        if decider is not None and decider.username not in describers:
            found[decider.username] = decider.name
    return "、".join(found.values())


def _describers(record: "Record") -> dict[str, str]:
    people = (_describer(record, text) for field in Field if (text := record.accepted.get(field.value)) is not None)
    return {person.username: person.name for person in people if person is not None}


def _describer(record: "Record", text: "Text") -> "Person | None":
    return record.writer_of(text) or record.decider_of(text)
