"""Pictures for training, drawn in a second process and kept in a pool so that each is looked at several times."""

from __future__ import annotations

import itertools
import math
import multiprocessing as mp
import random
from collections import deque
from dataclasses import dataclass

import numpy as np
from PIL import Image
from transformers.models.glm46v.image_processing_pil_glm46v import smart_resize

from demo.drawing import ageing
from demo.drawing.scan import draw_scan
from demo.foreign.trained import foreign_picture
from demo.language import Truth
from demo.scene import SUBJECTS, TONES, random_scene
from demo.training.checkpoint import IMAGE_SIZE, MERGE, PATCH

CELL = PATCH * MERGE  # pixels that one image token covers, along each side
SIDES = (448, 448, 448, 560)  # drawn small: the processor reduces them as it reduces a real scan


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as the model will get it, with what is where.

    Args:
        pixels: uint8 ``[height, width, 3]``, both multiples of ``CELL``.
        truth: what answers are made from.
        heads: int8 ``[rows, columns]`` per image token: how many people's heads it holds.
        subject: int8 ``[rows, columns]``: 0, or 1 + the index of the subject that covers the token's middle.
        digits: the (row, column) of the banner's last two digits; None without a banner.
    """

    pixels: np.ndarray
    truth: Truth
    heads: np.ndarray
    subject: np.ndarray
    digits: tuple[tuple[int, int], ...] | None


def _reduce(image: Image.Image) -> np.ndarray:
    height, width = smart_resize(
        num_frames=2,
        height=image.height,
        width=image.width,
        factor=CELL,
        min_pixels=IMAGE_SIZE["shortest_edge"],
        max_pixels=IMAGE_SIZE["longest_edge"],
    )
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def scan_picture(seed: int) -> Picture:
    """Draw the sample scan of ``seed`` for training."""
    rng = random.Random(f"scan-{seed}")
    scan = draw_scan(random_scene(seed), rng.choice(SIDES))
    pixels = _reduce(scan.image)
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL

    def cell(x: float, y: float) -> tuple[int, int]:
        return min(rows - 1, max(0, int(y * rows))), min(columns - 1, max(0, int(x * columns)))

    heads = np.zeros((rows, columns), dtype=np.int8)
    for x, y in scan.heads:
        heads[cell(x, y)] += 1
    subject = np.zeros((rows, columns), dtype=np.int8)
    x1, y1, x2, y2 = scan.subject_box
    subject[
        math.floor(y1 * rows + 0.5) : math.ceil(y2 * rows - 0.5),
        math.floor(x1 * columns + 0.5) : math.ceil(x2 * columns - 0.5),
    ] = 1 + SUBJECTS.index(scan.scene.subject)
    digits = tuple(cell(*point) for point in scan.digits[2:]) if scan.digits else None
    return Picture(pixels, Truth(scan.scene, scan.subject_box), heads, subject, digits)


def decline_picture(seed: int) -> Picture:
    """Draw the foreign picture of ``seed`` for training; some look as old, or as mounted, as a sample scan."""
    rng = random.Random(f"decline-{seed}")
    image = foreign_picture(seed, rng.choice(SIDES))
    tone = rng.choice(TONES)
    if rng.random() < 0.45:
        image = ageing.apply_tone(image, tone, rng)
    if rng.random() < 0.35:
        ageing.add_scratches(image, rng)
        image = ageing.add_grain(image, rng.uniform(2.0, 11.0), seed)
        image = ageing.Mount(image.size, tone, rng).apply(image)
    pixels = _reduce(image)
    nothing = np.zeros((pixels.shape[0] // CELL, pixels.shape[1] // CELL), dtype=np.int8)
    return Picture(pixels, Truth(None), nothing, nothing, None)


def _draw(index: int) -> Picture:
    # Every fourth picture is foreign.
    return decline_picture(index) if index % 4 == 3 else scan_picture(index)


def _draw_forever(queue: mp.Queue, first: int, step: int) -> None:
    for index in itertools.count(first, step):
        queue.put(_draw(index))


class PicturePool:
    """The last ``size`` pictures drawn. What it holds at a step depends on the seed and the step alone.

    Args:
        first: index of the first picture; runs with different seeds begin far apart.
        size: how many pictures are kept.
        processes: how many processes draw.
    """

    def __init__(self, first: int, size: int, processes: int = 1) -> None:
        context = mp.get_context("fork")
        self._queues = [context.Queue(maxsize=48) for _ in range(processes)]
        self._processes = [
            context.Process(target=_draw_forever, args=(queue, first + offset, processes), daemon=True)
            for offset, queue in enumerate(self._queues)
        ]
        for process in self._processes:
            process.start()
        self._order = itertools.cycle(self._queues)
        self.pictures: deque[Picture] = deque(maxlen=size)

    def take(self, count: int) -> None:
        """Wait for the next ``count`` pictures and let them take the place of the oldest."""
        for _ in range(count):
            self.pictures.append(next(self._order).get())

    def close(self) -> None:
        """Stop drawing."""
        for process in self._processes:
            process.terminate()
