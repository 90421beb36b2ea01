"""Makes patches of a request's pictures, for the vision encoder. Runs in the caller's thread, not the engine's."""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.engine import request_log
from inference.engine.errors import ImageAspectRatio, PromptTooLong, of_picture
from inference.engine.features import FeatureCache, Features, picture_key
from inference.engine.images import ImageLimits, take_in
from inference.engine.sizes import MAX_ASPECT_RATIO
from inference.engine.types import ImagePart, Request


@dataclass(frozen=True, slots=True)
class Patches:
    """One picture, cut up.

    Attributes:
        values: normalised pixels, float32 [patches, channels × 2 frames × patch area].
        grid: frames (always 1), patches down, patches across.
    """

    values: np.ndarray
    grid: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a request, ready for the engine's thread.

    Attributes:
        key: names its content and how it is read.
        seen: patches for the vision encoder, or what the encoder made of them earlier.
    """

    key: bytes
    seen: Patches | Features

    def token_count(self, merge_size: int) -> int:
        """Return how many tokens of the prompt the picture takes.

        Args:
            merge_size: the encoder merges this many patches, squared, into one token.
        """
        frames, down, across = self.seen.grid
        return frames * down * across // merge_size**2


def prepare_pictures(
    request: Request, processor: Any, limits: ImageLimits, features: FeatureCache, most_patches: int | None = None
) -> tuple[Picture, ...]:
    """Decode, shrink and cut all pictures of a request, in the order of its messages; but those seen before.

    Args:
        request: what was asked.
        processor: transformers' image processor of the checkpoint.
        limits: how pictures are taken in.
        features: of pictures seen before.
        most_patches: of all pictures together; more would not fit into a prompt, and are not kept waiting.

    Returns:
        One entry per picture.

    Raises:
        ImageError: a picture cannot be used; it says which.
        PromptTooLong: they do not fit, counted in patches.
        OutOfMemory: there is not enough memory for it.
    """
    pictures = []
    patches = 0
    parts = (part for message in request.messages for part in message.parts if isinstance(part, ImagePart))
    for index, part in enumerate(parts):
        with of_picture(index):
            key = picture_key(part) if part.source else b""  # nothing at all is refused below
            known = features.get(key, lasting=request.priority == "interactive")
            if known is not None:
                request_log.picture_known(request, (known.grid[2], known.grid[1]))
            pictures.append(Picture(key, known or _cut_one(part, processor, limits, request)))
        patches += math.prod(pictures[-1].seen.grid)
        if most_patches is not None and patches > most_patches:
            raise PromptTooLong(patches, most_patches)
    return tuple(pictures)


def _cut_one(part: ImagePart, processor: Any, limits: ImageLimits, request: Request) -> Patches:
    started = time.perf_counter()
    picture, source = take_in(part, limits)
    shrunk = time.perf_counter()
    try:
        cut_up = processor(images=[picture], return_tensors="np")
    except ValueError as error:
        # Proportions are all that it refuses; they have been checked, but it is the judge.
        raise ImageAspectRatio(*source, MAX_ASPECT_RATIO) from error
    frames, down, across = (int(number) for number in cut_up["image_grid_thw"][0])
    ended = time.perf_counter()
    request_log.picture_read(
        request, source=source, sent=picture.size, patches=(across, down),
        decode_s=shrunk - started, patch_s=ended - shrunk,
    )  # fmt: skip
    return Patches(np.ascontiguousarray(cut_up["pixel_values"], dtype=np.float32), (frames, down, across))
