"""What is sent: JPEG pictures of 1024×768, every one different, and the requests around them, as files."""

import base64
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from demo.drawing.scan import draw_scan
from demo.scene import random_scene

SIZE = (1024, 768)
_QUALITY = 85
_FIRST_SCENE = 900_000_000
_SEEDS_EACH = 16
SENTENCE = "请用20字以内描述图中场景、人物和时间特征。"


def photograph(seed: int) -> bytes:
    """Make a picture that compresses as badly as a photograph: shapes of every size under grain.

    Args:
        seed: another one, another picture.

    Returns:
        A JPEG.
    """
    random = np.random.default_rng(seed)
    picture = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.float32)
    for cells, weight in ((4, 0.5), (16, 0.3), (64, 0.2)):
        coarse = random.integers(0, 256, (cells * 3 // 4, cells, 3), dtype=np.uint8)
        picture += weight * np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC))
    picture += 8 * random.standard_normal(picture.shape[:2], dtype=np.float32)[..., None]
    return _jpeg(Image.fromarray(picture.clip(0, 255).astype(np.uint8)))


def scan(seed: int) -> bytes:
    """Draw a scan as those that the demo model was trained on; it answers these with one short sentence.

    Args:
        seed: another one, another scan.

    Returns:
        A JPEG.
    """
    # Far from the seeds of the sample collection and of the training. Upright ones are passed over: all are one size.
    for attempt in range(_SEEDS_EACH):
        image = draw_scan(random_scene(_FIRST_SCENE + _SEEDS_EACH * seed + attempt), long_side=SIZE[0]).image
        if image.width > image.height:
            break
    return _jpeg(ImageOps.fit(image, SIZE))


def body(picture: bytes, question: str, model: str, max_tokens: int, *, batch: bool = False) -> bytes:
    """Write a request.

    Args:
        picture: a JPEG.
        question: about it.
        model: its name.
        max_tokens: of the answer.
        batch: whether it may wait for others.

    Returns:
        The JSON.
    """
    url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": question}]
    request: dict[str, object] = {
        "model": model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if batch:
        request["priority"] = "batch"
    return json.dumps(request).encode()


class Album:
    """Pictures on disk, drawn when they are first wanted, and handed out once each in one run of the benchmark.

    A seed's picture is always the same, so that the next run need not draw it again.
    """

    def __init__(self, folder: Path, draw: Callable[[int], bytes]) -> None:
        """Open an album.

        Args:
            folder: for the files; kept.
            draw: :func:`photograph` or :func:`scan`.
        """
        self._folder = folder
        self._draw = draw
        self._taken = 0
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, count: int) -> list[Path]:
        """Hand out pictures that nobody has seen in this run.

        Args:
            count: how many.

        Returns:
            Their files.
        """
        seeds = range(self._taken, self._taken + count)
        self._taken += count
        return [self._file(seed) for seed in seeds]

    def _file(self, seed: int) -> Path:
        path = self._folder / f"{self._draw.__name__}-{seed:05d}.jpg"
        if not path.is_file():
            partial = path.with_suffix(f".{os.getpid()}.partial")
            partial.write_bytes(self._draw(seed))
            partial.replace(path)
        return path


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
