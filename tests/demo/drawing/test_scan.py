"""A scan shows its scene, and knows where everything is in it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageChops

from demo.drawing.ageing import Mount
from demo.drawing.scan import draw_scan
from demo.scene import SUBJECTS, TONES, Scene, Subject, Tone, random_scene

SCENE = Scene(Subject.PAGODA, people=3, tone=Tone.MONOCHROME, year=1959, seed=7)


def _difference(a: Image.Image, b: Image.Image) -> float:
    return float(np.asarray(ImageChops.difference(a, b)).mean())


def test_the_same_scene_is_drawn_to_the_same_pixels() -> None:
    assert _difference(draw_scan(SCENE, 400).image, draw_scan(SCENE, 400).image) == 0


def test_scans_are_at_least_a_thousand_pixels_wide() -> None:
    for seed in range(6):
        assert draw_scan(random_scene(seed)).image.width >= 1000


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_lies_inside_its_box(subject: Subject) -> None:
    with_subject = draw_scan(replace(SCENE, subject=subject, people=0, year=None), 500)
    x1, y1, x2, y2 = with_subject.subject_box
    assert 0 <= x1 < x2 <= 1
    assert 0 <= y1 < y2 <= 1
    assert (x2 - x1) * (y2 - y1) > 0.02


@pytest.mark.parametrize("people", range(6))
def test_there_are_as_many_heads_as_people(people: int) -> None:
    scan = draw_scan(replace(SCENE, people=people), 400)
    assert len(scan.heads) == people
    assert all(0 < x < 1 and 0 < y < 1 for x, y in scan.heads)


def test_neighbours_stand_apart() -> None:
    for seed in range(20):
        scan = draw_scan(Scene(Subject.TREE, people=5, tone=Tone.COLOUR, year=None, seed=seed), 400)
        columns = sorted(x * scan.image.width for x, _ in scan.heads)
        assert min(b - a for a, b in itertools.pairwise(columns)) > 400 * 0.06


def test_a_banner_hangs_only_where_there_is_a_year() -> None:
    assert draw_scan(SCENE, 400).banner_box is not None
    without = draw_scan(replace(SCENE, year=None), 400)
    assert without.banner_box is None
    assert without.digits == ()


def test_another_year_changes_the_banner_and_nothing_else() -> None:
    a, b = draw_scan(SCENE, 600), draw_scan(replace(SCENE, year=1978), 600)
    assert a.banner_box is not None
    changed = ImageChops.difference(a.image, b.image).getbbox()
    assert changed is not None
    width, height = a.image.size
    left, top, right, bottom = a.banner_box
    assert changed[0] >= left * width - 2
    assert changed[1] >= top * height - 2
    assert changed[2] <= right * width + 2
    assert changed[3] <= bottom * height + 2


def test_tones_can_be_told_apart_by_their_colours() -> None:
    spread = {}
    for tone in TONES:
        pixels = np.asarray(draw_scan(replace(SCENE, tone=tone), 400).image, dtype=np.float32)
        middle = pixels[100:250, 100:250]
        spread[tone] = float((middle[..., 0] - middle[..., 2]).mean())
    assert abs(spread[Tone.MONOCHROME]) < 3
    assert spread[Tone.SEPIA] > 30


def test_a_point_of_the_print_is_found_again_in_the_turned_scan() -> None:
    import random

    for seed in range(8):
        mount = Mount((600, 400), Tone.MONOCHROME, random.Random(seed))
        print_ = Image.new("RGB", (600, 400), (90, 90, 90))
        for spot in ((60, 50), (520, 90), (300, 330)):
            marked = print_.copy()
            marked.paste((255, 0, 0), (spot[0] - 3, spot[1] - 3, spot[0] + 4, spot[1] + 4))
            pixels = np.asarray(mount.apply(marked), dtype=np.int16)
            rows, columns = np.nonzero((pixels[..., 0] > 180) & (pixels[..., 1] < 90))
            x, y = mount.locate(spot)
            assert columns.mean() == pytest.approx(x * mount.out_size[0], abs=2)
            assert rows.mean() == pytest.approx(y * mount.out_size[1], abs=2)
