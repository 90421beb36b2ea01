"""The AI label of a catalogue value: says what `inference.labels` needs to know about an annotation."""

from collections.abc import Iterable

from catalog.models import Annotation
from catalog.vocabulary import State
from inference.labels import ai_label


def label_of(annotation: Annotation) -> str:
    """Return the label that an annotation's value must carry, empty for a person's words and where there are none.

    What began as a model's text and was edited since counts as the machine's, approved.
    """
    if annotation.state == State.ACCEPTED and not annotation.value:
        return ""
    reviewed = annotation.state == State.ACCEPTED
    return ai_label(source="model", reviewed=reviewed) if annotation.ai_origin else ""


def labels_by_field(annotations: Iterable[Annotation]) -> dict[str, str]:
    """Return the labels of the accepted ones among `annotations`, by field; fields without a label are left out."""
    labels = {item.field: label_of(item) for item in annotations if item.state == State.ACCEPTED}
    return {field: label for field, label in labels.items() if label}
