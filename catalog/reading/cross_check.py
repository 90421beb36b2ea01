"""Cross-checks what an image's drafts claim with what was read on its scans.

What a draft has from an inscription must stand there, or it is marked doubtful. Dates, places and names that do stand
there rest on an inscription, whatever the model said; a year that contradicts the inscription is doubtful in any case.
Drafts alone are marked: what a person accepted is decided.
"""

from catalog.evidence.agreement import compare_whole, stands_in
from catalog.evidence.claims import Verdict
from catalog.evidence.names import names_in
from catalog.models import Annotation, Image, Reading
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
    text = "\n".join(reading.text for reading in readings)
    changed = 0
    for draft in image.annotations.drafts().filter(source=Source.MODEL).exclude(field=Field.TRANSCRIPTION):
        before = (draft.evidence, draft.flag)
        evidence, flag = _marks(draft, text)
        if (evidence, flag) != before:
            mark_draft(draft=draft, evidence=evidence, flag=flag)
            changed += 1
    return changed


def _marks(draft: Annotation, text: str) -> tuple[str, str]:
    """Return a draft's evidence and flag after the comparison."""
    flag = Flag(draft.flag)
    verdict = compare_whole(draft.field, draft.value, text)
    from_inscription = draft.evidence == Evidence.INSCRIPTION
    if verdict is Verdict.AGREES and (draft.field in CHECKED or from_inscription):
        evidence = draft.evidence if draft.evidence == Evidence.RECORD else Evidence.INSCRIPTION.value
        return evidence, flag.with_doubt(False).value if _names_stand(draft, text) else draft.flag
    contradicted = verdict is Verdict.CONTRADICTED and draft.field == Field.DATE and draft.evidence != Evidence.RECORD
    absent = from_inscription and verdict in (Verdict.ABSENT, Verdict.CONTRADICTED)
    if contradicted or absent:
        return draft.evidence, flag.with_doubt().value
    return draft.evidence, draft.flag


def _names_stand(draft: Annotation, text: str) -> bool:
    """Tell whether every name of a draft was read: a doubt about one stays, whatever else of it stands there."""
    return all(stands_in(Field.PEOPLE, name, text) for name in names_in(draft.field, draft.value))
