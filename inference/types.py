"""The words in which the rest of the project talks to the model service; they are the engine's own."""

from inference.engine.types import (
    Answer,
    Box,
    Delta,
    Detail,
    FinishReason,
    ImageInfo,
    ImagePart,
    Message,
    Priority,
    Request,
    Role,
    TextPart,
    Timings,
)

__all__ = [
    "Answer",
    "Box",
    "Delta",
    "Detail",
    "FinishReason",
    "ImageInfo",
    "ImagePart",
    "Message",
    "Priority",
    "Request",
    "Role",
    "TextPart",
    "Timings",
]
