"""Looks things up in a knowledge base: its entries, and the accepted records of its collection.

Every text is read once for every question, so there is no index that could be stale, and access is judged as it is
now. How many queries it takes does not depend on how much there is.
"""

from collections.abc import Sequence

from django.utils.translation import override

from catalog import policies
from catalog.knowledge.relevance import Ranking, best_part, terms_of
from catalog.masking import masked
from catalog.models import Image, KnowledgeBase, KnowledgeEntry
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field, is_left_open
from inference.providers import Passage, User

MOST_PASSAGES = 5
"""How many passages an answer is based on at most."""
MOST_CHARACTERS = 300
"""How long one passage is at most."""
_AT_ONCE = 1000
# Of the transcription that without line breaks: what is asked for may run over the end of a line.
_COLUMNS = (
    *(Field(field).column for field in Field.values if field != Field.TRANSCRIPTION),
    "transcription_searched",
)
# What says what a picture is about; the other fields would lead away from the question.
_SUBJECT = (Field.TITLE, Field.EVENT, Field.PLACE, Field.KEYWORDS)
# What was asked before, and what the pictures show, counts less than the question itself.
_CONTEXT_WEIGHT = 0.5
_ENTRY, _RECORD = "entry", "record"


def retrieve(
    base: KnowledgeBase, *, question: str, context: Sequence[str], image_ids: Sequence[int], user: User
) -> list[Passage]:
    """Find what a knowledge base has to say about a question.

    Args:
        base: the base, which the user may use.
        question: what is asked.
        context: what was asked before.
        image_ids: the images that the question is about; those of the base's collection come first.
        user: on whose behalf; of records only those that they may see count.

    Returns:
        Short passages, the best first; none where nothing fits.
    """
    records = _records(base, user)
    shown = _shown(records, image_ids)
    subjects = [" ".join(image.accepted_value(field) for field in _SUBJECT) for image in shown]
    terms = _weighed(question, [*context, *subjects])
    found = _best(base, records.exclude(pk__in=[image.pk for image in shown]), terms) if terms else []
    passages = [_of_record(image, terms) for image in shown]
    return [*passages, *found][:MOST_PASSAGES]


def _records(base: KnowledgeBase, user: User) -> ImageQuerySet:
    """Return the base's records that the user may see, none that may be classified; none without a collection."""
    if base.collection_id is None:
        return Image.objects.none()
    return policies.visible_images(user).filter(collection=base.collection_id, secrecy_hold=False)


def _shown(records: ImageQuerySet, image_ids: Sequence[int]) -> list[Image]:
    """Return those of the images that are records of the base and say something, in the order of the conversation."""
    if not image_ids:
        return []
    found = records.in_bulk(list(dict.fromkeys(image_ids)))
    return [found[pk] for pk in dict.fromkeys(image_ids) if pk in found and _text_of(found[pk])]


def _weighed(question: str, context: Sequence[str]) -> dict[str, float]:
    terms = dict.fromkeys(terms_of(question), 1.0)
    for text in context:
        for term in terms_of(text):
            terms.setdefault(term, _CONTEXT_WEIGHT)
    return terms


def _best(base: KnowledgeBase, records: ImageQuerySet, terms: dict[str, float]) -> list[Passage]:
    """Read everything once, keeping nothing but figures, and then fetch what is best."""
    ranking = Ranking(terms)
    for pk, title, text in base.entries.values_list("pk", "title", "text").iterator(chunk_size=_AT_ONCE):
        ranking.add(_ENTRY, pk, f"{title}\n{text}")
    # Unsorted: the order is the ranking's.
    read = records.order_by().values_list("pk", "masked_text", *_COLUMNS)
    for pk, masked_text, *values in read.iterator(chunk_size=_AT_ONCE):
        # Nobody finds a record by a personal number, one figure after the other.
        ranking.add(_RECORD, pk, masked_text or "\n".join(filter(None, values)))
    best = ranking.best(MOST_PASSAGES)
    entries = KnowledgeEntry.objects.in_bulk([pk for kind, pk in best if kind == _ENTRY])
    images = records.in_bulk([pk for kind, pk in best if kind == _RECORD])
    passages = []
    for kind, pk in best:  # what was deleted since is left out
        if kind == _ENTRY and pk in entries:
            passages.append(_of_entry(entries[pk], terms))
        elif kind == _RECORD and pk in images:
            passages.append(_of_record(images[pk], terms))
    return passages


def _of_entry(entry: KnowledgeEntry, terms: dict[str, float]) -> Passage:
    is_address = entry.source.startswith(("https://", "http://"))
    text = best_part(entry.text, terms, MOST_CHARACTERS)
    if entry.source and not is_address:
        text = f"{text}（出处：{entry.source[:100]}）"
    return Passage(entry.title, text, entry.source if is_address else "")


def _of_record(image: Image, terms: dict[str, float]) -> Passage:
    title = masked(" ".join(filter(None, [image.identifier, image.title])))
    return Passage(title or str(image), best_part(_text_of(image), terms, MOST_CHARACTERS), image.get_absolute_url())


def _text_of(image: Image) -> str:
    """Return what is accepted about an image, field by field, in the language that the model is spoken to in.

    Personal numbers are masked, whoever asks: what the model is told it may tell others.
    """
    with override("zh-hans"):
        described = [(Field(field).label, image.accepted_value(field)) for field in Field.values]
        return "；".join(f"{label}：{masked(value)}" for label, value in described if value and not is_left_open(value))
