"""Cross-checks what an image's drafts claim with what was read on its scans.

What a draft has from an inscription must stand there, or it is marked doubtful. Dates, places and names that do stand
there rest on an inscription, whatever the model said; a year that contradicts the inscription is doubtful in any case.
Drafts alone are marked: what a person accepted is decided. What was read under red ink may be wrong at any confidence:
it neither contradicts a draft nor takes a doubt away.
"""

from collections.abc import Sequence

from catalog.evidence.agreement import compare_whole, is_supported
from catalog.evidence.claims import Verdict
from catalog.evidence.names import names_in
from catalog.models import Annotation, Image, Reading
from catalog.reading.lines import other_readings, text_of
from catalog.records.annotations import mark_draft
from catalog.vocabulary import Evidence, Field, Flag, Source

CHECKED = (Field.DATE, Field.PLACE, Field.PEOPLE, Field.PHOTOGRAPHER)
"""Fields whose values are short enough to stand in a picture as they are."""


def cross_check_drafts(image: Image) -> int:
    """Mark the model's drafts of an image by what was read on its scans. Call it in the writing transaction.

    Args:
        image: the image, its row locked.

    Returns:
        How many drafts got another mark; none where nothing was read yet.
    """
    readings = list(Reading.objects.of_image(image))
    if not readings:
        return 0
    text, firm = _texts(readings)
    changed = 0
    for draft in image.annotations.drafts().filter(source=Source.MODEL).exclude(field=Field.TRANSCRIPTION):
        before = (draft.evidence, draft.flag)
        evidence, flag = _marks(draft, text, firm)
        if (evidence, flag) != before:
            mark_draft(draft=draft, evidence=evidence, flag=flag)
            changed += 1
    return changed


def _texts(readings: Sequence[Reading]) -> tuple[str, str]:
    """Return all that was read, in every way in which it can be read, and what of it can be relied on."""
    lines = [line for reading in readings for line in reading.lines]
    text = "\n".join([*(reading.text for reading in readings), *other_readings(lines)])
    if not any(line.get("under_red") for line in lines):
        return text, text
    clear = [line for line in lines if not line.get("under_red")]
    return text, "\n".join([text_of(clear), *other_readings(clear)])


def _marks(draft: Annotation, text: str, firm: str) -> tuple[str, str]:
    """Return a draft's evidence and flag after the comparison with all that was read, and with what is firm of it."""
    flag = Flag(draft.flag)
    verdict = compare_whole(draft.field, draft.value, text)
    relied_on = verdict if firm == text else compare_whole(draft.field, draft.value, firm)
    from_inscription = draft.evidence == Evidence.INSCRIPTION
    if verdict is Verdict.AGREES and (draft.field in CHECKED or from_inscription):
        evidence = draft.evidence if draft.evidence == Evidence.RECORD else Evidence.INSCRIPTION.value
        proved = relied_on is Verdict.AGREES and _names_stand(draft, firm)
        return evidence, flag.with_doubt(False).value if proved else draft.flag
    contradicts = verdict is Verdict.CONTRADICTED and relied_on is Verdict.CONTRADICTED
    contradicted = contradicts and draft.field == Field.DATE and draft.evidence != Evidence.RECORD
    absent = from_inscription and verdict in (Verdict.ABSENT, Verdict.CONTRADICTED)
    if contradicted or absent:
        return draft.evidence, flag.with_doubt().value
    return draft.evidence, draft.flag


def _names_stand(draft: Annotation, text: str) -> bool:
    """Tell whether every name of a draft was read: a doubt about one stays, whatever else of it stands there."""
    return all(is_supported(Field.PEOPLE, name, text) for name in names_in(draft.field, draft.value))
