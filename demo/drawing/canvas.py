"""A drawing surface measured in units, so that one scene can be drawn at any size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Canvas:
    """A Pillow image addressed in units; its longer side is 1000 units.

    Args:
        width, height: size in units.
        scale: pixels per unit.
    """

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.image = Image.new("RGB", (round(width * scale), round(height * scale)))
        self._draw = ImageDraw.Draw(self.image)

    def _px(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._px(points), fill=fill)

    def rect(self, box: Box, fill: Colour) -> None:
        """Fill an axis-parallel rectangle (left, top, right, bottom)."""
        x1, y1, x2, y2 = box
        self._draw.rectangle(self._px([(x1, y1), (x2, y2)]), fill=fill)

    def ellipse(self, centre: Point, rx: float, ry: float, fill: Colour) -> None:
        """Fill an ellipse with half axes ``rx`` and ``ry``."""
        x, y = centre
        self._draw.ellipse(self._px([(x - rx, y - ry), (x + rx, y + ry)]), fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float = 2) -> None:
        """Draw a line of ``width`` units, never thinner than a pixel."""
        self._draw.line(self._px(points), fill=fill, width=max(1, round(width * self.scale)), joint="curve")

    def vertical_gradient(self, top: float, bottom: float, first: Colour, last: Colour) -> None:
        """Fill the full width between ``top`` and ``bottom`` with a gradient."""
        y1, y2 = round(top * self.scale), round(bottom * self.scale)
        if y2 <= y1:
            return
        strip = Image.new("RGB", (1, 2))
        strip.putpixel((0, 0), first)
        strip.putpixel((0, 1), last)
        self.image.paste(
            strip.resize((self.image.width, y2 - y1), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5)), (0, y1)
        )

    def text(self, centre: Point, text: str, height: float, fill: Colour) -> None:
        """Write ``text`` (Latin letters and digits) with capitals ``height`` units high, centred on a point."""
        # Capitals of the font that Pillow carries are 0.71 of its nominal size.
        font = ImageFont.load_default(size=max(4.0, height * self.scale / 0.71))
        x, y = self._px([centre])[0]
        left, top, right, bottom = font.getbbox(text)
        self._draw.text((x - (left + right) / 2, y - (top + bottom) / 2), text, font=font, fill=fill)


def shade(colour: Colour, factor: float) -> Colour:
    """Return ``colour`` with each channel multiplied by ``factor`` and clipped to 0–255."""
    r, g, b = (max(0, min(255, round(channel * factor))) for channel in colour)
    return r, g, b


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from ``a`` to ``b``."""
    r, g, bl = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl
