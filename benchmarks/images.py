"""How fast pictures are opened: the price of every import and of every question."""

import functools
import io

import numpy as np
from PIL import Image

from benchmarks.figures import median_seconds, report
from inference.engine.images import open_image
from inference.engine.sizes import shrink

_SIZE = (4000, 3000)
_TIMES = 5


def run() -> None:
    """Measure opening and shrinking 12-megapixel scans."""
    for name, content in _scans().items():
        seconds = median_seconds(functools.partial(open_image, content), times=_TIMES)
        report(f"images.open.{name}", 1000 * seconds, "ms")
    picture = open_image(_scans()["jpeg"])
    report("images.shrink", 1000 * median_seconds(lambda: shrink(picture, 2000, 1024), times=_TIMES), "ms")


def _scans() -> dict[str, bytes]:
    """Return noisy scans, which compress as badly as old photographs do."""
    noise = np.random.default_rng(0).integers(0, 256, (_SIZE[1] // 4, _SIZE[0] // 4), dtype=np.uint8)
    grey = Image.fromarray(noise).resize(_SIZE, Image.Resampling.BICUBIC)
    deep = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    return {
        "jpeg": _encoded(grey.convert("RGB"), "JPEG"),
        "png16": _encoded(deep, "PNG"),
        "tiff": _encoded(grey.convert("RGB"), "TIFF"),
    }


def _encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()
