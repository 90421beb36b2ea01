"""Reads answers of the demo model back into what they claim, so that they can be held against the truth."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from demo.language import ELEMENTS, NUMERALS, UNKNOWN
from demo.scene import SUBJECTS, TONES, Scene

_YEAR = re.compile(r"(19\d\d)年")
_PEOPLE = re.compile(r"([无一两二三四五])人|没有人")
MAX_SENTENCE = 20


@dataclass(frozen=True, slots=True)
class Claims:
    """What an answer says: the parts it does not mention are None (for the year also: none is to be seen)."""

    subject: str | None
    people: int | None
    tone: str | None
    year: int | None


def read_claims(text: str) -> Claims:
    """Return what ``text`` says about a picture."""
    subjects = [str(subject) for subject in SUBJECTS if subject in text]
    tones = [str(tone) for tone in TONES if tone in text]
    year, people = _YEAR.search(text), _PEOPLE.search(text)
    count = None
    if people:
        word = (people.group(1) or "无").replace("二", "两")
        count = NUMERALS.index(word)
    return Claims(
        subject=subjects[0] if len(subjects) == 1 else None,
        people=count,
        tone=tones[0] if len(tones) == 1 else None,
        year=int(year.group(1)) if year else None,
    )


def sentence_hits(text: str, scene: Scene) -> dict[str, bool]:
    """Compare a one-sentence description with the truth, attribute by attribute, and say whether its form is right."""
    claims = read_claims(text)
    return {
        "subject": claims.subject == scene.subject,
        "people": claims.people == scene.people,
        "tone": claims.tone == scene.tone,
        "year": claims.year == scene.year,
        "structure": 0 < len(text) <= MAX_SENTENCE,
    }


def keywords_hits(text: str, scene: Scene) -> dict[str, bool]:
    """Compare a list of keywords with the truth; structure is: three or four words between 、."""
    words, claims = text.split("、"), read_claims(text)
    return {
        "subject": scene.subject in words,
        "people": claims.people == scene.people,
        "tone": scene.tone in words,
        "year": claims.year == scene.year,
        "structure": 3 <= len(words) <= 4 and all(words),
    }


def six_elements_hits(text: str, scene: Scene) -> dict[str, bool]:
    """Compare a six-element record with the truth; structure is: JSON with exactly the six keys, text values."""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if (
        not isinstance(record, dict)
        or tuple(record) != ELEMENTS
        or not all(isinstance(v, str) for v in record.values())
    ):
        return dict.fromkeys(("subject", "people", "year", "structure"), False)
    return {
        "subject": record["背景"] == scene.subject and scene.subject in record["事由"],
        "people": read_claims(record["人物"]).people == scene.people,
        "year": record["时间"] == (scene.banner_text or UNKNOWN),
        "structure": record["地点"] == UNKNOWN and record["摄影者"] == UNKNOWN,
    }
