"""Pictures for training, drawn in a second process and kept in a pool so that each is looked at several times."""

from __future__ import annotations

import contextlib
import itertools
import math
import multiprocessing
import os
import queue
import random
import threading
from collections import deque
from dataclasses import dataclass
from multiprocessing.queues import Queue

import numpy as np
import torch
from PIL import Image
from transformers.models.glm46v.image_processing_pil_glm46v import smart_resize

from demo.drawing import ageing
from demo.drawing.banner import hang_banner
from demo.drawing.canvas import Canvas, Point
from demo.drawing.scan import draw_scan
from demo.foreign.trained import any_colour, foreign_picture
from demo.language import Truth
from demo.scene import SUBJECTS, TONES, random_scene
from demo.training.checkpoint import IMAGE_SIZE, MERGE, PATCH

CELL = PATCH * MERGE  # pixels that one image token covers, along each side
Cell = tuple[int, int]
# Drawing takes what the training leaves: one of its threads kept waiting keeps the other waiting too.
NICENESS = 15
# Mostly drawn small, which is quick: the processor reduces them as it reduces a real scan.
SIDES = (448, 448, 560, 560, 1000)


@dataclass(slots=True)
class Picture:
    """One picture as the model will get it, with what is where.

    Args:
        pixels: uint8 ``[height, width, 3]``, both multiples of ``CELL``.
        truth: what answers are made from.
        heads: int8 ``[rows, columns]`` per image token: how many people's heads it holds.
        subject: int8 ``[rows, columns]``: 0, or 1 + the index of the subject that covers the token's middle.
        banners: of each banner its number, and the (row, column) of its last two digits.
        card: whether this is a card of banners, which is for learning to read only.
        seen: the image tokens that the vision side made of it, ``[tokens, width]``, where they are kept.
    """

    pixels: np.ndarray
    truth: Truth
    heads: np.ndarray
    subject: np.ndarray
    banners: tuple[tuple[int, Cell, Cell], ...] = ()
    card: bool = False
    seen: torch.Tensor | None = None


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


def _cell(point: Point, rows: int, columns: int) -> Cell:
    return min(rows - 1, max(0, int(point[1] * rows))), min(columns - 1, max(0, int(point[0] * columns)))


def scan_picture(seed: int) -> Picture:
    """Draw the sample scan of ``seed`` for training."""
    rng = random.Random(f"scan-{seed}")
    scan = draw_scan(random_scene(seed), rng.choice(SIDES))
    pixels = _reduce(scan.image)
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    heads = np.zeros((rows, columns), dtype=np.int8)
    for x, y in scan.heads:
        heads[_cell((x, y), rows, columns)] += 1
    subject = np.zeros((rows, columns), dtype=np.int8)
    x1, y1, x2, y2 = scan.subject_box
    subject[
        math.floor(y1 * rows + 0.5) : math.ceil(y2 * rows - 0.5),
        math.floor(x1 * columns + 0.5) : math.ceil(x2 * columns - 0.5),
    ] = 1 + SUBJECTS.index(scan.scene.subject)
    banners: tuple[tuple[int, Cell, Cell], ...] = ()
    if scan.scene.year:
        banners = ((scan.scene.year, _cell(scan.digits[2], rows, columns), _cell(scan.digits[3], rows, columns)),)
    return Picture(pixels, Truth(scan.scene, scan.subject_box), heads, subject, banners)


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
    return Picture(pixels, Truth(None), nothing, nothing)


def card_picture(seed: int) -> Picture:
    """Draw eight banners with any numbers: much to read in one picture."""
    rng = random.Random(f"card-{seed}")
    canvas = Canvas(1000, 750, rng.choice(SIDES) / 1000)
    canvas.vertical_gradient(0, 750, any_colour(rng), any_colour(rng))
    corners = [(x + rng.uniform(0, 8), y + rng.uniform(0, 18)) for x in (4, 502) for y in (4, 192, 379, 566)]
    numbers = [rng.randint(1000, 9999) for _ in corners]
    hung = [(number, hang_banner(canvas, number, corner, rng)) for number, corner in zip(numbers, corners, strict=True)]
    tone = rng.choice(TONES)
    image = ageing.soften(canvas.image, rng.uniform(0.0, 0.9) * canvas.scale)
    image = ageing.apply_tone(image, tone, rng)
    image = ageing.add_grain(image, rng.uniform(2.0, 11.0), seed)
    mount = ageing.Mount(image.size, tone, rng)
    pixels = _reduce(mount.apply(image))
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL

    def cell(point: Point) -> Cell:
        return _cell(mount.locate((point[0] * canvas.scale, point[1] * canvas.scale)), rows, columns)

    banners = tuple((number, cell(banner.digits[2]), cell(banner.digits[3])) for number, banner in hung)
    nothing = np.zeros((rows, columns), dtype=np.int8)
    return Picture(pixels, Truth(None), nothing, nothing, banners, card=True)


def _draw(index: int) -> Picture:
    # Of eight pictures five are scans, one is foreign, two are for learning to read.
    return (scan_picture, card_picture, scan_picture, decline_picture)[index % 4 if index % 8 != 7 else 0](index)


def _draw_forever(target: Queue[Picture], first: int, step: int) -> None:
    os.nice(NICENESS)
    for index in itertools.count(first, step):
        target.put(_draw(index))


class PicturePool:
    """The last ``size`` pictures drawn, and a quarter as many cards.

    What an unbroken run holds at a step depends on the seed and the step alone.

    Args:
        first: index of the first picture; runs with different seeds begin far apart.
        size: how many pictures are kept.
        processes: how many processes draw.
    """

    def __init__(self, first: int, size: int, processes: int = 1) -> None:
        context = multiprocessing.get_context("fork")
        self._queues = [context.Queue(maxsize=48) for _ in range(processes)]
        self._processes = [
            context.Process(target=_draw_forever, args=(target, first + offset, processes), daemon=True)
            for offset, target in enumerate(self._queues)
        ]
        for process in self._processes:
            process.start()
        self.pictures: deque[Picture] = deque(maxlen=size)
        self.cards: deque[Picture] = deque(maxlen=size // 4)
        # Fetched beside the training, in the order of their indices: waiting for a pipe is no work for it.
        self._fetched: queue.Queue[Picture] = queue.Queue(maxsize=96)
        threading.Thread(target=self._fetch_forever, daemon=True).start()

    def _fetch_forever(self) -> None:
        with contextlib.suppress(EOFError, OSError):  # the processes were stopped
            for source in itertools.cycle(self._queues):
                self._fetched.put(source.get())

    def take(self, count: int) -> None:
        """Wait for the next ``count`` pictures and let them take the place of the oldest."""
        for _ in range(count):
            picture = self._fetched.get()
            (self.cards if picture.card else self.pictures).append(picture)

    def close(self) -> None:
        """Stop drawing."""
        for process in self._processes:
            process.terminate()
