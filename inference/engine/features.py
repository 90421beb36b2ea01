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
        self._kept: OrderedDict[bytes, Features] = OrderedDict()
        self._bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: bytes, *, count: bool = True) -> Features | None:
        """Look a picture up.

        Args:
            key: from :func:`picture_key`.
            count: whether it is a hit or a miss for the figures.

        Returns:
            Its features, which stay valid whatever the cache does; or None.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += count
                return None
            self.hits += count
            self._kept.move_to_end(key)
            return found

    def put(self, key: bytes, features: Features) -> None:
        """Keep a picture's features, at the cost of those not used for longest.

        Args:
            key: from :func:`picture_key`.
            features: of it.
        """
        size = _size(features)
        with self._lock:
            if key in self._kept or size > self._limit:
                return
            self._kept[key] = features
            self._bytes += size
            while self._bytes > self._limit:
                _, old = self._kept.popitem(last=False)
                self._bytes -= _size(old)

    def clear(self) -> None:
        """Let go of everything: memory is short."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


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
