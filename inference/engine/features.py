"""What the vision encoder made of pictures, kept within a bound: a picture asked about again is not encoded again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.engine.errors import ImageUnreadable
from inference.engine.types import ImagePart

if TYPE_CHECKING:
    import torch

FEATURE_BYTES = 256 << 20
"""How much memory the kept features may take."""

_PASSING_SHARE = 8
"""One part in so many is for pictures of batches even where people's pictures fill the rest."""


@dataclass(frozen=True, slots=True)
class Features:
    """One picture as the decoder sees it.

    Attributes:
        values: [image tokens, hidden], on the model's device.
        grid: frames (always 1), patches down, patches across.
    """

    values: torch.Tensor
    grid: tuple[int, int, int]


class FeatureCache:
    """The latest used features, by picture. May be asked from any thread.

    People ask on about their pictures; a batch looks at thousands, each once or twice. So the two are kept apart: the
    pictures of batches make room first, down to a small share, and what people look at outlasts any batch.

    Attributes:
        hits: how often a picture was there.
        misses: how often it was not.
    """

    def __init__(self, limit_bytes: int = FEATURE_BYTES) -> None:
        """Begin empty.

        Args:
            limit_bytes: most memory of all features together.
        """
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._lasting = _Segment()
        self._passing = _Segment()
        self.hits = 0
        self.misses = 0

    def get(self, key: bytes, *, lasting: bool = True, count: bool = True) -> Features | None:
        """Look a picture up.

        Args:
            key: from :func:`picture_key`.
            lasting: a person asks; from now on no batch drives it out.
            count: whether it is a hit or a miss for the figures.

        Returns:
            Its features, which stay valid whatever the cache does; or None.
        """
        with self._lock:
            if lasting and key in self._passing.kept:
                self._lasting.add(key, self._passing.take(key))
            segment = self._lasting if key in self._lasting.kept else self._passing
            found = segment.kept.get(key)
            if found is None:
                self.misses += count
                return None
            self.hits += count
            segment.kept.move_to_end(key)
            return found

    def put(self, key: bytes, features: Features, *, lasting: bool = True) -> None:
        """Keep a picture's features, at the cost of those not used for longest.

        Args:
            key: from :func:`picture_key`.
            features: of it.
            lasting: a person asked about it, not a batch.
        """
        with self._lock:
            if key in self._lasting.kept or key in self._passing.kept or _size(features) > self._limit:
                return
            (self._lasting if lasting else self._passing).add(key, features)
            while self._lasting.bytes + self._passing.bytes > self._limit:
                self._fuller().take_oldest()

    def _fuller(self) -> _Segment:
        """Return the segment to evict from: people's only where the batches' is down to its share."""
        within_share = self._passing.bytes <= self._limit // _PASSING_SHARE
        return self._lasting if within_share and self._lasting.kept else self._passing

    def clear(self) -> None:
        """Let go of everything: memory is short."""
        with self._lock:
            self._lasting = _Segment()
            self._passing = _Segment()


class _Segment:
    """Features in the order of their last use, and their bytes together."""

    def __init__(self) -> None:
        self.kept: OrderedDict[bytes, Features] = OrderedDict()
        self.bytes = 0

    def add(self, key: bytes, features: Features) -> None:
        self.kept[key] = features
        self.bytes += _size(features)

    def take(self, key: bytes) -> Features:
        features = self.kept.pop(key)
        self.bytes -= _size(features)
        return features

    def take_oldest(self) -> None:
        self.take(next(iter(self.kept)))


def picture_key(part: ImagePart) -> bytes:
    """Name a picture by its content and by how it is to be read.

    Args:
        part: of a message.

    Returns:
        32 bytes: equal for equal files read in the same way.

    Raises:
        ImageUnreadable: the file cannot be opened.
    """
    if isinstance(part.source, Path):
        try:
            with part.source.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
        except OSError as error:
            raise ImageUnreadable(str(part.source), str(error)) from error
    else:
        digest = hashlib.sha256(part.source)
    digest.update(f"\0{part.page}\0{part.detail}".encode())
    return digest.digest()


def _size(features: Features) -> int:
    return int(features.values.numel() * features.values.element_size())
