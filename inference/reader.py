"""Reads the text in pictures (OCR): lines with their place and confidence, on any CPU, without the large model.

rapidocr on onnxruntime; its models lie in its wheel and know printed Chinese, simplified and traditional. Both are
imported when the first picture is read, in the one thread that reads: a process that never reads pays nothing, and
this thread gives way to the others, so that the model beside it is not kept waiting.

A picture is looked at small first. Where nothing is found that was all; where the writing is small it is looked at
again in a larger copy; and only what was found is read.
"""

import contextlib
import os
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference import reading_order
from inference.engine.errors import Cancelled, EngineError, OutOfMemory
from inference.engine.images import IMPORT_MAX_PIXELS, open_image, shrink
from inference.reading_order import Quad

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Picture

READER_NAME = "RapidOCR PP-OCRv6"
LEAST_CONFIDENCE = 0.5
"""What is read with less certainty is no text: leaves, windows and creases look like strokes."""

_WAY_OF_READING = 1
"""Counted up when this module reads the same picture differently, so that it can be read again."""
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
_FIRST_LOOK = 960  # longer side in pixels
_CLOSEST_LOOK = 2240
_LARGEST = 3200
_SMALL_WRITING = 16  # pixels from the top to the foot of a line, as found
_GOOD_WRITING = 26
_DOUBTFUL = 0.8  # mean confidence under which a page may lie upside down
_SAMPLE = 6
_NICENESS = 10


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
        confidence: how certain the reader is, from 0 to 1.
        vertical: whether it runs from top to bottom.
    """

    text: str
    quad: Quad
    confidence: float
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in one picture.

    Attributes:
        lines: in the order of reading.
        width: of the picture in pixels, as it was looked at.
        height: the same.
        turned: by how many degrees the writing is turned: 0, or 180 where the page lies upside down.
        reader: who read.
        version: its version.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    turned: int = 0
    reader: str = READER_NAME
    version: str = ""

    @property
    def text(self) -> str:
        """Return all lines, one under the other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Return how certain the reader is on average, long lines counting more; 0 for an empty page."""
        return _mean([(line.text, line.confidence) for line in self.lines])


def reader_version() -> str:
    """Return the version of the reader, without loading it.

    Raises:
        ReaderMissing: it is not installed.
    """
    try:
        return f"{version('rapidocr')}-{_WAY_OF_READING}"
    except PackageNotFoundError:
        raise ReaderMissing("rapidocr") from None


class Reader:
    """Reads pictures one after the other in a thread of its own. Any thread may ask."""

    def __init__(self, *, threads: int | None = None) -> None:
        """Prepare a reader; nothing is loaded yet.

        Args:
            threads: how many processors it may use; by default half of them, four at most.
        """
        self._threads = threads or max(1, min(4, (os.cpu_count() or 1) // 2))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="glmv-reader", initializer=_give_way)
        self._lines: _LineReader | None = None

    @property
    def name(self) -> str:
        """Return the reader's name."""
        return READER_NAME

    @property
    def version(self) -> str:
        """Return the reader's version.

        Raises:
            ReaderMissing: it is not installed.
        """
        return reader_version()

    def read(
        self,
        source: "bytes | Path | Picture",
        *,
        page: int = 0,
        max_pixels: int = IMPORT_MAX_PIXELS,
        negative: bool = False,
    ) -> Page:
        """Read a picture.

        Args:
            source: the encoded file's bytes, its path, or a picture opened by `inference.engine.images`.
            page: page of a TIFF, counted from 0.
            max_pixels: most pixels the header may claim.
            negative: whether light and dark are exchanged.

        Returns:
            What stands in it; no lines where nothing does.

        Raises:
            ImageError: it is no usable picture.
            OutOfMemory: there is not enough memory for it.
            ReaderMissing: the packages or models are not installed.
            ReadingFailed: the reader broke down.
            Cancelled: the reader was closed, or the process is at its end, before it was this picture's turn.
        """
        try:
            asked = self._thread.submit(self._read, source, page, max_pixels, negative)
        except RuntimeError as error:  # no more is taken, here or in the whole interpreter
            raise Cancelled from error
        try:
            return asked.result()
        except CancelledError as error:
            raise Cancelled from error

    def close(self) -> None:
        """Let the thread go, and the models with it: the picture it is at is read to its end, no other is begun."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._lines = None

    def _read(self, source: "bytes | Path | Picture", page: int, max_pixels: int, negative: bool) -> Page:
        if isinstance(source, bytes | Path):
            source = open_image(source, page=page, max_pixels=max_pixels, reduce_to=_LARGEST)
        picture = shrink(source, _LARGEST, _LARGEST)
        if self._lines is None:
            self._lines = _LineReader(self._threads)
        try:
            return self._lines.read(picture, negative=negative)
        except MemoryError as error:
            raise OutOfMemory("image") from error
        except EngineError:
            raise
        except Exception as error:  # two native libraries, which raise what they like
            raise ReadingFailed(f"{type(error).__name__}: {error}"[:200]) from error


@cache
def get_reader() -> Reader:
    """Return this process's reader."""
    return Reader()


class _LineReader:
    """Finds lines and reads them. Lives in the reader's thread."""

    def __init__(self, threads: int) -> None:
        try:
            import cv2
            import rapidocr
            from rapidocr import RapidOCR
        except ImportError as error:
            raise ReaderMissing(error.name or "rapidocr") from error
        folder = Path(rapidocr.__file__).parent / "models"
        for name in _MODELS.values():
            # Left to itself the library would fetch what it does not find.
            if not (folder / name).is_file():
                raise ReaderMissing(name)
        cv2.setNumThreads(1)
        self._cv2 = cv2
        self._ocr = RapidOCR(
            params={
                **{f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()},
                "Global.use_cls": False,
                "Global.use_rec": False,
                # Sizes and margins are chosen here.
                "Global.use_preprocess_img": False,
                "Global.use_vertical_padding": False,
                "Global.log_level": "error",
                "Det.limit_type": "max",
                "Det.limit_side_len": _CLOSEST_LOOK,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            }
        )

    def read(self, picture: "Picture", *, negative: bool) -> Page:
        """Read a picture that is upright and not too large."""
        import numpy as np

        pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]
        if negative:
            pixels = 255 - pixels
        pixels = np.ascontiguousarray(pixels)
        height, width = pixels.shape[:2]
        groups: dict[bool, list[Quad]] = {False: [], True: []}
        for quad in self._find(pixels):
            groups[reading_order.is_vertical(quad)].append(quad)
        # What most of the page is comes first.
        lines: list[Line] = []
        turned = False
        for vertical in sorted(groups, key=lambda kind: -sum(map(reading_order.area, groups[kind]))):
            if groups[vertical]:
                found, upside_down = self._read_lines(pixels, groups[vertical], vertical=vertical)
                turned = turned or (upside_down and not lines)
                lines += found
        scaled = [_scaled(line, width, height) for line in lines]
        return Page(tuple(scaled), width, height, 180 if turned else 0, READER_NAME, reader_version())

    def _find(self, pixels: "np.ndarray[Any, Any]") -> list[Quad]:
        """Return where text stands, in pixels: looked for in a small copy, and where it is small in a larger one."""
        found = self._look(pixels, _FIRST_LOOK)
        longer = max(pixels.shape[:2])
        if not found or longer <= _FIRST_LOOK:
            return found
        scale = _FIRST_LOOK / longer
        heights = sorted(reading_order.thickness(quad) * scale for quad in found)
        typical = heights[len(heights) // 2]
        if typical >= _SMALL_WRITING:
            return found
        closer = min(longer, _CLOSEST_LOOK, int(_FIRST_LOOK * _GOOD_WRITING / max(typical, 1.0)))
        return self._look(pixels, closer) or found

    def _look(self, pixels: "np.ndarray[Any, Any]", side: int) -> list[Quad]:
        height, width = pixels.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = (max(32, round(width * scale)), max(32, round(height * scale)))
        small = pixels if scale == 1.0 else self._cv2.resize(pixels, size, interpolation=self._cv2.INTER_AREA)
        # What the call returns depends on what is asked for; finding alone gives boxes.
        boxes: Any = getattr(self._ocr(small, use_det=True, use_cls=False, use_rec=False), "boxes", None)
        if boxes is None:
            return []
        across, down = width / small.shape[1], height / small.shape[0]
        return [reading_order.quad_of([(float(x) * across, float(y) * down) for x, y in box]) for box in boxes]

    def _read_lines(
        self, pixels: "np.ndarray[Any, Any]", quads: list[Quad], *, vertical: bool
    ) -> tuple[list[Line], bool]:
        """Read lines that all run the same way; return them in order, and whether they stand upside down."""
        import numpy as np

        crops = [self._crop(pixels, quad) for quad in quads]
        if vertical:
            # The recogniser knows columns lying on their left side; a page that lies sideways is upright then.
            crops = [np.ascontiguousarray(np.rot90(crop)) for crop in crops]
        read = self._recognise(crops)
        upside_down = False
        if _mean(read) < _DOUBTFUL:
            longest = sorted(range(len(crops)), key=lambda place: -crops[place].shape[1])[:_SAMPLE]
            sample = self._recognise([np.ascontiguousarray(np.rot90(crops[place], 2)) for place in longest])
            upside_down = _mean(sample) > _mean([read[place] for place in longest]) + 0.1
            if upside_down:
                read = self._recognise([np.ascontiguousarray(np.rot90(crop, 2)) for crop in crops])
        order = reading_order.in_order(quads, vertical=vertical, upside_down=upside_down)
        lines = [Line(_cleaned(read[place][0], vertical), quads[place], read[place][1], vertical) for place in order]
        return [line for line in lines if line.text and line.confidence >= LEAST_CONFIDENCE], upside_down

    def _recognise(self, crops: "list[np.ndarray[Any, Any]]") -> list[tuple[str, float]]:
        read = self._ocr.recognize_txt(crops)
        return [(str(text), float(score)) for text, score in zip(read.txts or (), read.scores, strict=True)]

    def _crop(self, pixels: "np.ndarray[Any, Any]", quad: Quad) -> "np.ndarray[Any, Any]":
        """Cut a line out of the picture and set it straight."""
        import numpy as np

        width, height = (max(4, round(side)) for side in reading_order.sides(quad))
        corners = np.array([quad[0:2], quad[2:4], quad[4:6], quad[6:8]], dtype=np.float32)
        target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
        matrix = self._cv2.getPerspectiveTransform(corners, target)
        return np.asarray(
            self._cv2.warpPerspective(
                pixels, matrix, (width, height), borderMode=self._cv2.BORDER_REPLICATE, flags=self._cv2.INTER_CUBIC
            )
        )


def _give_way() -> None:
    """Let this thread, and those that onnxruntime starts from it, stand back behind the rest of the machine."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _cleaned(text: str, vertical: bool) -> str:
    """Return a line as it is meant: a comma beside a column looks like a quotation mark when it lies on its side."""
    text = text.strip()
    return text.translate({ord(mark): "\uff0c" for mark in "\u2018\u2019'`"}) if vertical else text


def _scaled(line: Line, width: int, height: int) -> Line:
    quad = [
        max(0, min(1000, round(1000 * value / (height if place % 2 else width))))
        for place, value in enumerate(line.quad)
    ]
    return Line(line.text, reading_order.flat(quad), round(line.confidence, 3), line.vertical)


def _mean(read: list[tuple[str, float]]) -> float:
    letters = sum(len(text) for text, _ in read)
    return sum(len(text) * confidence for text, confidence in read) / letters if letters else 0.0
