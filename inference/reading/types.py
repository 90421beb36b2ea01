"""What a reader of pictures says: lines, what it could not read, and how it fails. No library is loaded here."""

from dataclasses import dataclass
from enum import StrEnum

from inference.engine.errors import EngineError
from inference.reading_order import Quad

READER_NAME = "RapidOCR PP-OCRv6"
LEAST_CONFIDENCE = 0.5
"""What is read with less certainty is no text: leaves, windows and creases look like strokes."""
MOST_UNDER_RED = 0.65
"""Confidence that a line under red ink gets at most: the recogniser is sure of wrong characters there."""
SEAL_MARK = "〔印章〕"
"""Stands before what a seal says where a page is written out as text."""


class ReaderMissing(EngineError):
    """The packages or the models that read are not installed.

    Args:
        package: what is missing.
    """

    code = "reader_missing"

    def __init__(self, package: str) -> None:
        super().__init__(package=package)


class ReadingFailed(EngineError):
    """The reader broke down over a picture that could be opened.

    Args:
        detail: what it said.
    """

    code = "reading_failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a column, of text.

    Attributes:
        text: what stands there.
        quad: its corners from the upper left one clockwise, x and y from 0 to 1000 of the picture's width and height.
        confidence: how certain the reader is, from 0 to 1; of what stands under red ink at most `MOST_UNDER_RED`.
        vertical: whether it runs from top to bottom.
        is_seal: whether it is the text of a seal.
        under_red: whether red ink, of a seal for the most part, lies over it: to be looked at, whatever the confidence.
        other: another way to read the same characters, where there are two.
    """

    text: str
    quad: Quad
    confidence: float
    vertical: bool = False
    is_seal: bool = False
    under_red: bool = False
    other: str = ""


class Loss(StrEnum):
    """Why something in a picture was not read."""

    ILLEGIBLE = "illegible"
    """It looks like writing, and none of it could be read with any certainty."""
    SEAL = "seal"
    """A seal whose text could not be read."""
    NOT_LOOKED_AT = "not_looked_at"
    """There may be small writing: more places than are looked at."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A place where something stands that was not read.

    Attributes:
        loss: why not.
        quad: its corners, as those of a line.
    """

    loss: Loss
    quad: Quad


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in one picture.

    Attributes:
        lines: in the order of reading; what seals say comes last.
        width: of the picture in pixels, as it was looked at.
        height: the same.
        turned: by how many degrees the writing is turned: 0, or 180 where the page lies upside down.
        reader: who read.
        version: its version.
        unread: what was lost.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    turned: int = 0
    reader: str = READER_NAME
    version: str = ""
    unread: tuple[Unread, ...] = ()

    @property
    def text(self) -> str:
        """Return all lines, one under the other."""
        return "\n".join(SEAL_MARK + line.text if line.is_seal else line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Return how certain the reader is on average, long lines counting more; 0 for an empty page."""
        return mean_confidence([(line.text, line.confidence) for line in self.lines])


def mean_confidence(read: list[tuple[str, float]]) -> float:
    """Return the mean confidence of texts, long ones counting more; 0 where nothing was read.

    Args:
        read: texts, each with its confidence.
    """
    letters = sum(len(text) for text, _ in read)
    return sum(len(text) * confidence for text, confidence in read) / letters if letters else 0.0
