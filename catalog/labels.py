"""The AI label of a catalogue value: says what `inference.labels` needs to know about an annotation."""

from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import gettext as _

from catalog.models import Annotation
from catalog.vocabulary import State
from inference.labels import ai_label


class Labelled(Protocol):
    """What a label is told from: an annotation, or the row of one that was read without its model."""

    @property
    def state(self) -> str:
        """What became of it."""

    @property
    def value(self) -> str:
        """Its text."""

    @property
    def ai_origin(self) -> bool:
        """Whether the text began as a model's."""

    @property
    def audit_id(self) -> int | None:
        """The audit by which it was accepted."""

    @property
    def is_held(self) -> bool:
        """Whether it is accepted and not public yet."""


def label_of(annotation: Labelled) -> str:
    """Return the label that an annotation's value must carry, empty for a person's words and where there are none.

    What began as a model's text and was edited since counts as the machine's, approved; by whom, a person who looked at
    it or an audit of the lot that it was in, the label says as well.
    """
    if annotation.state == State.ACCEPTED and not annotation.value:
        return ""
    reviewed = annotation.state == State.ACCEPTED
    return ai_label(source="model", reviewed=reviewed, audit=annotation.audit_id) if annotation.ai_origin else ""


def label_for_staff(annotation: Labelled) -> str:
    """Return the label as members see it: of a value that an audit accepted, it says whether it is public yet.

    Args:
        annotation: the annotation.
    """
    label = label_of(annotation)
    if label and annotation.is_held:
        return _("%(label)s，尚未公开") % {"label": label}
    return label


def labels_by_field(annotations: Iterable[Annotation]) -> dict[str, str]:
    """Return the labels of what the record's columns hold, by field; fields without a label are left out.

    Args:
        annotations: of one image; its accepted ones, but for those that are held back, are what the columns hold.
    """
    in_record = (item for item in annotations if item.state == State.ACCEPTED and not item.held)
    labels = {item.field: label_of(item) for item in in_record}
    return {field: label for field, label in labels.items() if label}
