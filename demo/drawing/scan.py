"""From a scene to the scan of its photograph, with where everything is in it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from demo.drawing import ageing
from demo.drawing.banner import Banner, draw_banner
from demo.drawing.canvas import Box, Canvas, Colour, Point, mix, shade
from demo.drawing.people import draw_people
from demo.drawing.subjects import draw_subject
from demo.scene import Scene

SKY: tuple[Colour, ...] = ((150, 186, 214), (176, 200, 214), (196, 206, 210))
HILL: Colour = (128, 146, 140)
GROUND: tuple[Colour, ...] = ((150, 142, 104), (128, 138, 92), (164, 150, 124))
SHAPES: tuple[tuple[float, float], ...] = ((1000, 750), (1000, 750), (1000, 667), (750, 1000))


@dataclass(frozen=True, slots=True)
class Scan:
    """A drawn scan.

    Args:
        image: RGB.
        scene: the truth.
        subject_box: of the subject, as shares (0 to 1) of the scan's width and height.
        heads: of the people, likewise.
        banner_box: likewise; None where no banner hangs.
        digits: the middle of each digit on the banner, likewise.
    """

    image: Image.Image
    scene: Scene
    subject_box: Box
    heads: tuple[Point, ...]
    banner_box: Box | None
    digits: tuple[Point, ...]


def draw_scan(scene: Scene, long_side: int = 1340) -> Scan:
    """Draw the scan of ``scene``.

    Args:
        scene: what to show.
        long_side: the longer side of the print in pixels; the scan is some per cent larger (border and bed). The
            default makes an upright scan, too, at least 1000 pixels wide.
    """
    rng = random.Random(f"drawing-{scene.seed}")
    width, height = rng.choice(SHAPES)
    canvas = Canvas(width, height, long_side / max(width, height))
    box, heads, banner = _draw_print(canvas, scene, rng)
    image = ageing.soften(canvas.image, rng.uniform(0.0, 0.9) * canvas.scale)
    image = ageing.apply_tone(image, scene.tone, rng)
    image = ageing.vignette(image, rng.uniform(0.0, 0.35))
    ageing.add_scratches(image, rng)
    image = ageing.add_grain(image, rng.uniform(2.0, 11.0), scene.seed)
    mount = ageing.Mount(image.size, scene.tone, rng)

    def share(point: Point) -> Point:
        return mount.locate((point[0] * canvas.scale, point[1] * canvas.scale))

    return Scan(
        image=mount.apply(image),
        scene=scene,
        subject_box=_turned(box, share),
        heads=tuple(share(head) for head in heads),
        banner_box=_turned(banner.box, share) if banner else None,
        digits=tuple(share(digit) for digit in banner.digits) if banner else (),
    )


def _draw_print(canvas: Canvas, scene: Scene, rng: random.Random) -> tuple[Box, list[Point], Banner | None]:
    horizon = canvas.height * rng.uniform(0.56, 0.64)
    sky, ground = rng.choice(SKY), rng.choice(GROUND)
    canvas.vertical_gradient(0, horizon + 2, sky, mix(sky, (240, 238, 230), 0.6))
    _draw_hills(canvas, horizon, rng)
    canvas.vertical_gradient(horizon, canvas.height, shade(ground, 1.1), shade(ground, 0.8))
    for _ in range(rng.randint(10, 30)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(horizon + 30, canvas.height)
        canvas.line([(x, y), (x + rng.uniform(8, 26), y - rng.uniform(0, 8))], shade(ground, rng.uniform(0.6, 1.3)), 3)
    size = rng.uniform(0.82, 1.05) * min(1.0, canvas.width / 900)
    foot = (canvas.width * rng.uniform(0.36, 0.64), horizon + rng.uniform(24, 60))
    box = draw_subject(canvas, scene.subject, foot, size, rng)
    heads = draw_people(canvas, scene.people, (canvas.height * 0.9, canvas.height * 0.97), rng)
    banner = draw_banner(canvas, scene.year, rng) if scene.year else None
    return box, heads, banner


def _draw_hills(canvas: Canvas, horizon: float, rng: random.Random) -> None:
    for layer in range(rng.randint(0, 2)):
        colour = mix(HILL, (220, 222, 220), 0.5 - 0.25 * layer)
        peaks = [(x * canvas.width / 8, horizon - rng.uniform(10, 90 - 30 * layer)) for x in range(9)]
        canvas.polygon([(0, horizon + 2), *peaks, (canvas.width, horizon + 2)], colour)


def _turned(box: Box, share: Callable[[Point], Point]) -> Box:
    x1, y1, x2, y2 = box
    corners = [share(point) for point in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))]
    xs, ys = [min(1.0, max(0.0, x)) for x, _ in corners], [min(1.0, max(0.0, y)) for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
