"""Finds lines in a picture and reads them. Lives in the reader's one thread; importing it loads OpenCV and rapidocr.

A picture is looked at small first; where the writing is small it is looked at again in a larger copy. Places that look
like writing and in which nothing was found are then looked at in full size (`regions`). Seals are read for themselves,
and their red is taken off what stands under them (`seals`).
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import rapidocr
from rapidocr import RapidOCR

from inference import reading_order
from inference.engine.sizes import shrink
from inference.reading import regions, seals
from inference.reading.pixels import Pixels, in_three_colours, line_pixels, pixels_of, quarter_turned, resized, within
from inference.reading.seal_reader import read_seal
from inference.reading.types import (
    LEAST_CONFIDENCE,
    MOST_UNDER_RED,
    READER_NAME,
    Line,
    Loss,
    Page,
    ReaderMissing,
    Unread,
    mean_confidence,
)
from inference.reading_order import Quad

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LARGEST = 3200
"""Longer side in pixels of the copy in which lines are found and read; small writing is in a larger one."""

_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
_FIRST_LOOK = 960  # longer side in pixels
_CLOSEST_LOOK = 2240
_SMALL_WRITING = 16  # pixels from the top to the foot of a line, as found
_GOOD_WRITING = 26
_LEAST_WRITING = 11
_DOUBTFUL = 0.8  # mean confidence under which a page may lie upside down
_SAMPLE = 6
_MOST_ENLARGED = 2.0


@dataclass(frozen=True, slots=True)
class _Found:
    """A line that was found: its text as read, its place, whether it runs from top to bottom, and how it was turned."""

    text: str
    confidence: float
    quad: Quad
    vertical: bool
    quarters: int
    under_red: bool = False

    @property
    def is_legible(self) -> bool:
        """Tell whether it was read with any certainty."""
        return bool(self.text) and self.confidence >= LEAST_CONFIDENCE


class LineReader:
    """Finds lines and reads them."""

    def __init__(self, threads: int) -> None:
        """Load the models.

        Args:
            threads: how many processors they may use.

        Raises:
            ReaderMissing: a model is not where the library's wheel puts it.
        """
        folder = Path(rapidocr.__file__).parent / "models"
        for name in _MODELS.values():
            # Left to itself the library would fetch what it does not find.
            if not (folder / name).is_file():
                raise ReaderMissing(name)
        cv2.setNumThreads(1)
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

    def read(self, picture: "Picture", *, negative: bool, version: str) -> Page:
        """Read a picture.

        Args:
            picture: upright, in full size, or what was decoded of it.
            negative: whether light and dark are exchanged.
            version: of the reader, for the page.

        Returns:
            What stands in it, and what was lost.
        """
        pixels = pixels_of(shrink(picture, LARGEST, LARGEST), negative=negative)
        height, width = pixels.shape[:2]
        small = within(pixels, _FIRST_LOOK)
        marks = seals.red_marks(small)
        said, unread, stamped = self._read_seals(pixels, small, marks) if marks is not None else ([], [], [])
        clean = seals.without_red(pixels, stamped) if stamped else pixels
        quads, blurred = self._find(clean, within(clean, _FIRST_LOOK) if stamped else small)
        found, turned = self._read_quads(clean, quads)
        if marks is not None:
            found = [self._through_red(pixels, marks, line) for line in found]
        firm = [line for line in found if line.is_legible and line.quad not in blurred]
        nearby, skipped = self._look_closer(picture, clean, firm, negative=negative)
        found = [line for line in found if line in firm or not _overlaps(line.quad, [small.quad for small in nearby])]
        found += nearby
        lines, illegible = _in_order(found, upside_down=turned)
        return Page(
            tuple(replace(line, quad=_scaled(line.quad, width, height)) for line in [*lines, *said]),
            width,
            height,
            180 if turned else 0,
            READER_NAME,
            version,
            tuple(replace(place, quad=_scaled(place.quad, width, height)) for place in [*illegible, *unread, *skipped]),
        )

    def find(self, pixels: Pixels, side: int) -> list[Quad]:
        """Return where text stands in a picture.

        Args:
            pixels: the picture.
            side: longer side in pixels of the copy in which it is looked for.
        """
        return self._find_in(within(pixels, side), pixels)

    def _find_in(self, small: Pixels, pixels: Pixels) -> list[Quad]:
        """Return where text stands in a smaller copy, in pixels of the picture."""
        # What the call returns depends on what is asked for; finding alone gives boxes.
        boxes: Any = getattr(self._ocr(small, use_det=True, use_cls=False, use_rec=False), "boxes", None)
        if boxes is None:
            return []
        across, down = pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]
        return [reading_order.quad_of([(float(x) * across, float(y) * down) for x, y in box]) for box in boxes]

    def recognise(self, crops: list[Pixels]) -> list[tuple[str, float]]:
        """Return what rows of upright characters say, each with its confidence.

        Args:
            crops: the rows.
        """
        if not crops:
            return []
        read = self._ocr.recognize_txt(crops)
        return [(str(text), float(score)) for text, score in zip(read.txts or (), read.scores, strict=True)]

    def _find(self, pixels: Pixels, small: Pixels) -> tuple[list[Quad], set[Quad]]:
        """Return where text stands, and what of it is so low there that several lines may have been taken for one.

        It is looked for in a small copy, and where it is small in a larger one.
        """
        found = self._find_in(small, pixels)
        longer = max(pixels.shape[:2])
        if not found or longer <= _FIRST_LOOK:
            return found, set()
        heights = {quad: reading_order.thickness(quad) * _FIRST_LOOK / longer for quad in found}
        typical = sorted(heights.values())[len(heights) // 2]
        if typical >= _SMALL_WRITING:
            return found, {quad for quad in found if heights[quad] < _LEAST_WRITING}
        closer = min(longer, _CLOSEST_LOOK, int(_FIRST_LOOK * _GOOD_WRITING / max(typical, 1.0)))
        larger = self.find(pixels, closer)
        # Large letters fall apart in the larger copy, and are found in the small one only.
        others = [quad for quad in found if not _overlaps(quad, larger)]
        return larger + others, {quad for quad in others if heights[quad] < _SMALL_WRITING}

    def _look_closer(
        self, picture: "Picture", pixels: Pixels, known: list[_Found], *, negative: bool
    ) -> tuple[list[_Found], list[Unread]]:
        """Read small writing where none is known; return it, and the places that are beyond what is looked at."""
        if max(picture.size) <= _FIRST_LOOK:
            return [], []
        scale = picture.width / pixels.shape[1]
        places = regions.regions_with_strokes(pixels, [line.quad for line in known], scale)
        found: list[_Found] = []
        taken = [line.quad for line in known]
        for place in places[: regions.MOST_REGIONS]:
            for line in self._read_region(picture, place, negative=negative):
                small = replace(line, quad=reading_order.flat([value / scale for value in line.quad]))
                # Places overlap each other, and what stands beside them.
                if not _overlaps(small.quad, taken):
                    found.append(small)
                    taken.append(small.quad)
        beyond = places[regions.MOST_REGIONS :]
        return found, [Unread(Loss.NOT_LOOKED_AT, place.scaled(1 / scale).quad) for place in beyond]

    def _read_region(self, picture: "Picture", place: regions.Region, *, negative: bool) -> list[_Found]:
        left, top = max(0, int(place.left)), max(0, int(place.top))
        box = (left, top, min(picture.width, int(place.right) + 1), min(picture.height, int(place.bottom) + 1))
        pixels = pixels_of(picture.crop(box), negative=negative)
        enlarged = min(_MOST_ENLARGED, max(1.0, _GOOD_WRITING / place.thickness))
        area = pixels.shape[0] * pixels.shape[1]
        if enlarged > 1.0 and area * enlarged**2 <= regions.LARGEST_REGION:
            quads = self.find(resized(pixels, enlarged), regions.LONGEST_REGION)
            quads = [reading_order.flat([value / enlarged for value in quad]) for quad in quads]
        else:
            bounded = max(pixels.shape) * min(1.0, math.sqrt(regions.LARGEST_REGION / area))
            quads = self.find(pixels, min(regions.LONGEST_REGION, round(bounded)))
        found, _ = self._read_quads(pixels, quads)
        shift = (float(left), float(top)) * 4
        return [
            replace(line, quad=reading_order.flat([a + b for a, b in zip(line.quad, shift, strict=True)]))
            for line in found
            if line.is_legible
        ]

    def _read_quads(self, pixels: Pixels, quads: list[Quad]) -> tuple[list[_Found], bool]:
        """Read lines in any order; return them, and whether they stand upside down."""
        groups: dict[bool, list[Quad]] = {False: [], True: []}
        for quad in quads:
            groups[reading_order.is_vertical(quad)].append(quad)
        # What most of the page is comes first.
        found: list[_Found] = []
        turned = False
        for vertical in sorted(groups, key=lambda kind: -sum(map(reading_order.area, groups[kind]))):
            if groups[vertical]:
                lines, upside_down = self._read_group(pixels, groups[vertical], vertical=vertical)
                turned = turned or (upside_down and not found)
                found += lines
        return found, turned

    def _read_group(self, pixels: Pixels, quads: list[Quad], *, vertical: bool) -> tuple[list[_Found], bool]:
        """Read lines that all run the same way; return them, and whether they stand upside down."""
        # The recogniser knows columns lying on their left side; a page that lies sideways is upright then.
        quarters = 1 if vertical else 0
        crops = [quarter_turned(line_pixels(pixels, quad), quarters) for quad in quads]
        read = self.recognise(crops)
        upside_down = False
        if mean_confidence(read) < _DOUBTFUL:
            longest = sorted(range(len(crops)), key=lambda place: -crops[place].shape[1])[:_SAMPLE]
            sample = self.recognise([quarter_turned(crops[place], 2) for place in longest])
            upside_down = mean_confidence(sample) > mean_confidence([read[place] for place in longest]) + 0.1
            if upside_down:
                read = self.recognise([quarter_turned(crop, 2) for crop in crops])
                quarters += 2
        lines = [
            _Found(_cleaned(text, vertical), confidence, quad, vertical, quarters)
            for quad, (text, confidence) in zip(quads, read, strict=True)
        ]
        return lines, upside_down

    def _through_red(self, pixels: Pixels, marks: Pixels, line: _Found) -> _Found:
        """Read a line under red ink from the red channel, where that ink does not show; leave any other as it is."""
        if not seals.is_under_red(pixels, marks, line.quad):
            return line
        crop = in_three_colours(seals.red_channel(line_pixels(pixels, line.quad)))
        [(text, confidence)] = self.recognise([quarter_turned(crop, line.quarters)])
        text = _cleaned(text, line.vertical)
        if not text or confidence < LEAST_CONFIDENCE:
            return replace(line, under_red=True)
        return replace(line, text=text, confidence=confidence, under_red=True)

    def _read_seals(self, pixels: Pixels, small: Pixels, marks: Pixels) -> tuple[list[Line], list[Unread], list[Quad]]:
        """Read the seals of a picture; return what they say, those that could not be read, and where they all are."""
        lines: list[Line] = []
        unread: list[Unread] = []
        places: list[Quad] = []
        for seal in seals.find_seals(pixels, small, marks):
            said = read_seal(self, pixels, seal)
            if said or seal.is_certain:
                places.append(seal.quad)
            if said:
                lines += said
            elif seal.is_certain:
                unread.append(Unread(Loss.SEAL, seal.quad))
        return lines, unread, places


def _in_order(found: list[_Found], *, upside_down: bool) -> tuple[list[Line], list[Unread]]:
    """Return the lines of a page in the order of reading, and the places that look like lines and cannot be read."""
    quads = [line.quad for line in found]
    order = reading_order.in_order(quads, vertical=reading_order.are_columns(quads), upside_down=upside_down)
    lines: list[Line] = []
    illegible: list[Unread] = []
    for line in (found[place] for place in order):
        if line.is_legible:
            confidence = min(line.confidence, MOST_UNDER_RED) if line.under_red else line.confidence
            lines.append(Line(line.text, line.quad, round(confidence, 3), line.vertical, under_red=line.under_red))
        elif line.text:
            illegible.append(Unread(Loss.ILLEGIBLE, line.quad))
    return lines, illegible


def _overlaps(quad: Quad, others: list[Quad]) -> bool:
    """Tell whether the middle of a line lies in one of others, or the other way about."""
    return any(_holds(other, quad) or _holds(quad, other) for other in others)


def _holds(quad: Quad, other: Quad) -> bool:
    """Tell whether the middle of a line lies within the bounds of another one."""
    x, y = sum(other[0::2]) / 4, sum(other[1::2]) / 4
    return min(quad[0::2]) <= x <= max(quad[0::2]) and min(quad[1::2]) <= y <= max(quad[1::2])


def _cleaned(text: str, vertical: bool) -> str:
    """Return a line as it is meant: a comma beside a column looks like a quotation mark when it lies on its side."""
    text = text.strip()
    return text.translate({ord(mark): "\uff0c" for mark in "\u2018\u2019'`"}) if vertical else text


def _scaled(quad: Quad, width: int, height: int) -> Quad:
    """Return corners in thousandths of the picture's width and height."""
    return reading_order.flat(
        [max(0, min(1000, round(1000 * value / (height if place % 2 else width)))) for place, value in enumerate(quad)]
    )
