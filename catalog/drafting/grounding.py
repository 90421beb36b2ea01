"""Checks what the values of an answer rest on, as far as text can tell.

The answer's own word (画面, 题字, 著录, 推测) is where it begins, and it is believed where it can be true. What is said
to be on record must stand there; what is said to be written must have been read, where anything has been read; and a
personal name that stands neither in the picture nor on record has no evidence at all, whatever the answer says and
whichever field it stands in: models invent names. What fails is marked doubtful for a reviewer to look at. Nothing is
left out and nothing is changed.
"""

import re
from dataclasses import replace

from catalog.drafting.answers import ParsedAnswer
from catalog.drafting.facts import Facts
from catalog.evidence.agreement import compare_whole, is_supported
from catalog.evidence.claims import Verdict
from catalog.evidence.names import NOBODY, names_in, surname_and_title
from catalog.texts import simplified, unbroken
from catalog.vocabulary import Evidence, Field, Flag, is_left_open

_SHORT = (Field.DATE, Field.PLACE, Field.PEOPLE, Field.PHOTOGRAPHER)
"""Fields whose values may stand in a text word for word."""
_UNKNOWN = NOBODY - {"无人"}  # that nobody is there can be seen


def with_evidence(parsed: ParsedAnswer, facts: Facts) -> ParsedAnswer:
    """Decide what each value of an answer rests on.

    Args:
        parsed: the answer, with what it says about its evidence.
        facts: what is known about the image.

    Returns:
        The same values, each with its evidence, and with a flag where that does not hold.
    """
    evidence: dict[str, Evidence] = {}
    flags = dict(parsed.flags)
    for field, value in parsed.values.items():
        evidence[field], is_doubtful = _judge(field, value, parsed.evidence.get(field), facts)
        if is_doubtful:
            flags[field] = flags.get(field, Flag.NONE).with_doubt()
    return replace(parsed, evidence=evidence, flags=flags)


def _judge(field: str, value: str, claim: Evidence | None, facts: Facts) -> tuple[Evidence, bool]:
    """Return what a value rests on, and whether that is doubtful."""
    if not value or is_left_open(value) or value.strip("。. ") in _UNKNOWN:
        return Evidence.NONE, False
    if field == Field.TRANSCRIPTION:
        return Evidence.INSCRIPTION, False
    if any(not _stands_somewhere(name, facts) for name in names_in(field, value)):
        return (claim if claim is Evidence.INSCRIPTION else Evidence.INFERENCE), True
    if field == Field.NOTES:
        return claim or Evidence.PICTURE, False
    on_record = is_supported(field, value, facts.recorded_text)
    verdict = compare_whole(field, value, facts.written_text) if facts.writing else Verdict.NOTHING_CLAIMED
    if claim is Evidence.RECORD and not on_record:
        return (Evidence.INSCRIPTION, False) if verdict is Verdict.AGREES else (Evidence.INFERENCE, True)
    if claim is Evidence.INSCRIPTION and verdict in (Verdict.ABSENT, Verdict.CONTRADICTED):
        return (Evidence.RECORD, False) if on_record else (Evidence.INSCRIPTION, True)
    if field in _SHORT and claim is not Evidence.RECORD:
        if verdict is Verdict.AGREES:
            return Evidence.INSCRIPTION, False
        if on_record:
            return Evidence.RECORD, False
    # Another year than the one written there is doubtful, however the answer came by it.
    return claim or Evidence.PICTURE, verdict is Verdict.CONTRADICTED and not on_record


def _stands_somewhere(name: str, facts: Facts) -> bool:
    return any(_names_person(name, text) for text in (facts.written_text, facts.recorded_text))


def _names_person(name: str, text: str) -> bool:
    """Tell whether a text names a person, one of whom only the surname is known with that form of address."""
    titled = surname_and_title(name)
    if titled is None:
        # 王进喜工作照: what comes after a name may look like more of it, and does not to whoever knows words.
        return is_supported(Field.PEOPLE, name, text) or name in names_in(Field.DESCRIPTION, text)
    surname, title = titled
    # 张教授 is 张三教授 as well, but nobody in 共3张照片.
    return re.search(rf"{surname}[\u4e00-\u9fff]{{0,2}}{title}", simplified(unbroken(text))) is not None
