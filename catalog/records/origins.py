"""Where a person's text began: a value that began as a model's text stays one, whoever touches it afterwards.

Only text that a person wrote where no draft had been shown to them is a person's alone. What was shown: the draft that
waits, the accepted value that began as a model's, and a draft that they themselves rejected. Words that a model has
proposed for the same field of the same image, or a sentence that differs from them in little, are a model's as well, by
whatever way they come back: somebody may have been at work on a draft while a colleague rejected it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from catalog.models import Annotation, Image
from catalog.vocabulary import Source, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User


_SENTENCE = 6
"""Letters from which on a text is a sentence rather than a name or a date."""
_ALIKE = 0.75
"""How much of two sentences has to be the same (difflib's ratio, from 0 to 1) for one to be an edit of the other."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The model's text that a value began as."""

    text: str | None
    run_id: int | None

    @property
    def columns(self) -> dict[str, Any]:
        """Return what an annotation keeps of it."""
        return {"ai_origin": True, "original_value": self.text, "run_id": self.run_id}


def origins_of(
    image: Image,
    values: Mapping[str, str],
    user: "User | None",
    *,
    drafts_shown: bool = True,
    blind: bool = False,
) -> dict[str, Origin]:
    """Tell which values that a person is about to write began as a model's text.

    Args:
        image: the image, its row locked, as it is before they are written.
        values: field → value.
        user: who writes.
        drafts_shown: whether they had the drafts before their eyes; without, only the words themselves tell.
        blind: whether it is known that they had not; then not even the same words tell, but what is in the record and
            what they rejected does.

    Returns:
        Field → the text that its value began as; fields that are a person's alone are left out.
    """
    found: dict[str, Origin] = {}
    # The newest first: it is what was before their eyes.
    for earlier in image.annotations.filter(field__in=list(values), ai_origin=True).order_by("-pk"):
        if earlier.field in found:
            continue
        if blind:
            known = earlier.state != State.DRAFT and _was_shown(earlier, user, drafts_shown=True)
        else:
            known = _same_words(values[earlier.field], earlier) or _was_shown(earlier, user, drafts_shown=drafts_shown)
        if known:
            found[earlier.field] = Origin(_machine_text(earlier), earlier.run_id)
    return found


def begun_by_models(images: Iterable[int], values: Mapping[str, str]) -> set[str]:
    """Tell which values that a person writes of several images together are words that a model has said of one.

    Args:
        images: keys of the images.
        values: field → value.

    Returns:
        The fields.
    """
    wanted = {field: value for field, value in values.items() if value}
    said = Annotation.objects.filter(image__in=list(images), field__in=list(wanted), ai_origin=True).order_by()
    begun: set[str] = set()
    for earlier in said.only("field", "value", "original_value"):
        if earlier.field not in begun and _same_words(wanted[earlier.field], earlier):
            begun.add(earlier.field)
    return begun


def _was_shown(earlier: Annotation, user: "User | None", *, drafts_shown: bool) -> bool:
    if earlier.state == State.ACCEPTED:
        return True
    if earlier.state == State.DRAFT:
        return drafts_shown
    return drafts_shown and earlier.state == State.REJECTED and user is not None and earlier.decided_by_id == user.pk


def _same_words(value: str, earlier: Annotation) -> bool:
    words = _words(value)
    return bool(words) and any(
        _resemble(words, _words(text)) for text in (earlier.value, earlier.original_value) if text is not None
    )


def _resemble(words: str, others: str) -> bool:
    """Tell whether two texts are the same, or sentences of which one is the other with a few words changed."""
    if words == others:
        return True
    # Two dates or two names are alike by chance; sentences are not.
    if min(len(words), len(others)) < _SENTENCE:
        return False
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _machine_text(annotation: Annotation) -> str | None:
    """Return the model's own words that an annotation began as; None where they were not kept."""
    if annotation.original_value is not None:
        return annotation.original_value
    return annotation.value if annotation.source == Source.MODEL else None


def _words(text: str) -> str:
    """Return the letters and figures of a text: a full stop more or less makes nobody its author."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()
