"""Trying a prompt on an image before a batch is started: the model is asked once, and nothing is written.

The question is the one a batch would ask, so what is seen here is what drafts will be; only that nobody is asked a
second time where an answer cannot be read or is too long: that is what a trial is to show.
"""

from dataclasses import dataclass, replace

from catalog.drafting.answers import ParsedAnswer, parse_answer
from catalog.drafting.asking import question
from catalog.drafting.describer import Describer
from catalog.drafting.facts import facts_about
from catalog.drafting.grounding import with_evidence
from catalog.exceptions import AnswerRefused, FileRejected, Unparseable
from catalog.faults import release_connection
from catalog.models import Image, PromptVersion
from catalog.texts import storable
from catalog.vocabulary import Evidence, Field, Flag
from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.types import Answer

MOST_IMAGES = 6
PATIENCE_S = 300.0
"""Whoever looks at the page does not wait longer; and nobody may be there any more."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a draft would have."""

    label: str
    text: str
    evidence: str
    flag: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of asking about one image.

    Attributes:
        image: the image.
        values: what the drafts would be; empty where the answer could not be parsed, or there is none.
        raw_text: the answer, word for word.
        told: the facts that stood before the question; empty where there were none.
        answer: with tokens and times; None where the model did not answer.
        error: why there are no values, in a sentence.
    """

    image: Image
    values: tuple[Value, ...] = ()
    raw_text: str = ""
    told: str = ""
    answer: Answer | None = None
    error: str = ""

    @property
    def seconds(self) -> float:
        """Return how long the answer took, waiting for its turn not counted."""
        return self.answer.timings.total_s - self.answer.timings.queue_s if self.answer else 0.0

    @property
    def was_cut(self) -> bool:
        """Tell whether the answer ended at the bound of its tokens."""
        return self.answer is not None and self.answer.finish_reason == "length"


def reworded(version: PromptVersion, text: str) -> PromptVersion:
    """Return a version with another text that is not saved anywhere; the version itself where the text is empty.

    Args:
        version: whose form, schema, facts and bound on tokens are taken.
        text: the text to try.
    """
    text = storable(text).strip()
    if not text or text == version.text:
        return version
    return PromptVersion(
        prompt=version.prompt,
        number=version.number,
        text=text,
        form=version.form,
        schema=version.schema,
        with_facts=version.with_facts,
        group_pictures=version.group_pictures,
        max_new_tokens=version.max_new_tokens,
    )


def try_prompt(*, image: Image, version: PromptVersion, describer: Describer) -> Trial:
    """Ask about one image as a batch would, ahead of the batches; hold no database connection meanwhile.

    Args:
        image: the image, its files and its collection at hand.
        version: the version, saved or not.
        describer: who answers.

    Returns:
        What was answered, or why nothing was.
    """
    facts = facts_about(image)
    try:
        asked = question(version, image, facts=facts, leave_out=version.fields)
    except FileRejected as error:
        return Trial(image, error=str(error))
    told = str(asked.parameters.get("facts", ""))
    release_connection()
    try:
        answer = describer.describe(replace(asked.request, priority="interactive", deadline_s=PATIENCE_S))
    except EngineError as error:
        return Trial(image, told=told, error=sentence(error))
    text = storable(answer.text)
    try:
        parsed = with_evidence(parse_answer(version.form, text), facts)
    except (AnswerRefused, Unparseable) as error:
        return Trial(image, raw_text=text, told=told, answer=answer, error=str(error))
    return Trial(image, _values(parsed), text, told, answer)


def _values(parsed: ParsedAnswer) -> tuple[Value, ...]:
    return tuple(
        Value(
            label=str(Field(field).label),
            text=text,
            evidence=str(kind.label) if (kind := parsed.evidence.get(field, Evidence.NONE)) else "",
            flag=str(Flag(flag).label) if (flag := parsed.flags.get(field, Flag.NONE)) else "",
        )
        for field, text in parsed.values.items()
    )
