"""Where small writing may stand on a large scan. No model is needed."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.printed import empty_page, page
from benchmarks.stamped import captioned, photograph
from inference.reading.pixels import pixels_of, within
from inference.reading.regions import LARGEST_REGION, LONGEST_REGION, Region, regions_with_strokes

CAPTION = "一九五九年三月云溪石桥落成留念"


def regions(picture: Image.Image) -> list[Region]:
    pixels = within(pixels_of(picture, negative=False), 3200)
    return regions_with_strokes(pixels, [], picture.width / pixels.shape[1])


def holds(region: Region, left: float, top: float, right: float, bottom: float) -> bool:
    return region.left <= left and region.top <= top and region.right >= right and region.bottom >= bottom


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_caption_of_32_pixels_on_a_photograph_of_5000_is_one_of_few_places(seed: int) -> None:
    picture = photograph(5000, 3500, seed)
    ImageDraw.Draw(picture).rectangle((2000, 3330, 3000, 3460), fill=(90, 90, 90))
    places = regions(captioned(picture, CAPTION, (2200, 3380)))
    assert any(holds(place, 2200, 3385, 2200 + 32 * len(CAPTION), 3418) for place in places)
    assert len(places) <= 6


@pytest.mark.parametrize("degrees", [-4, 4])
def test_a_caption_that_leans_is_one_too(degrees: float) -> None:
    border = Image.new("RGB", (4000, 3000), (238, 234, 226))
    border.paste(photograph(3600, 2600, 4), (200, 150))
    font = ImageFont.truetype("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 32, index=2)
    ImageDraw.Draw(border).text((1500, 2850), CAPTION, fill=(30, 30, 30), font=font)
    leaning = border.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(238, 234, 226))
    assert regions(leaning)


def test_a_block_of_small_lines_is_one_too() -> None:
    picture = Image.new("RGB", (4800, 3600), (90, 90, 90))
    for row in range(4):
        picture = captioned(picture, CAPTION, (600, 680 + 45 * row))
    [place] = regions(picture)
    assert holds(place, 600, 690, 600 + 31 * len(CAPTION), 690 + 45 * 3 + 28)


def test_a_column_is_one_too() -> None:
    picture = Image.new("RGB", (4000, 3000), (60, 60, 60))
    for place, character in enumerate(CAPTION):
        picture = captioned(picture, character, (100, 900 + 36 * place))
    assert any(holds(place, 105, 910, 130, 890 + 36 * len(CAPTION)) for place in regions(picture))


def test_a_picture_without_writing_has_hardly_any() -> None:
    assert regions(empty_page()) == []
    chance = np.random.default_rng(3)
    grain = Image.fromarray(chance.integers(0, 255, (1500, 2000), dtype=np.uint8)).convert("RGB")
    assert regions(grain) == []
    assert sum(len(regions(photograph(3000, 2000, seed))) for seed in range(6)) <= 6


def test_nothing_is_looked_for_where_lines_were_found() -> None:
    printed = page("clean", 0).picture
    pixels = pixels_of(printed, negative=False)
    assert regions_with_strokes(pixels, [], 1.0)
    whole = (0.0, 0.0, 1240.0, 0.0, 1240.0, 1600.0, 0.0, 1600.0)
    assert regions_with_strokes(pixels, [whole], 1.0) == []


def test_places_are_bounded() -> None:
    picture = Image.new("RGB", (6000, 6000), (60, 60, 60))
    for row in range(12):
        for column in range(6):
            picture = captioned(picture, CAPTION, (200 + 950 * column, 200 + 480 * row))
    for place in regions(picture):
        width, height = place.size
        assert width * height <= LARGEST_REGION
        assert max(width, height) <= LONGEST_REGION


def test_a_picture_of_a_few_pixels_has_none() -> None:
    for size in ((1, 1), (3, 900), (900, 3)):
        assert regions(Image.new("RGB", size)) == []
