"""Where red seals are found, and what is left where their red is taken away. No model is needed."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.printed import KINDS, page
from benchmarks.stamped import photograph, round_seal, sheet, square_seal, stamped
from inference.reading.pixels import pixels_of, within
from inference.reading.seal_text import square_texts
from inference.reading.seals import Seal, find_seals, is_under_red, red_as_black, red_ink, red_marks, without_red
from inference.reading_order import Quad, quad_of

BOLD = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"
RED = (205, 40, 45)
PLACE = (700, 280)


def found(picture: Image.Image) -> list[Seal]:
    pixels = pixels_of(picture, negative=False)
    marks = red_marks(small := within(pixels, 960))
    return [] if marks is None else find_seals(pixels, small, marks)


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return quad_of([(left, top), (right, top), (right, bottom), (left, bottom)])


@pytest.mark.parametrize("radius", [60, 160])
@pytest.mark.parametrize("turned", [0, 25])
def test_a_round_seal_is_found_where_it_lies(radius: int, turned: float) -> None:
    [seal] = found(stamped(sheet(), round_seal("云溪县水利工程指挥部", radius=radius, turned=turned), PLACE))
    assert (seal.is_round, seal.is_solid, seal.is_certain) == (True, False, True)
    assert seal.quad[0:2] == pytest.approx((703, 283), abs=8)
    assert seal.quad[4:6] == pytest.approx((705 + 2 * radius, 285 + 2 * radius), abs=8)


@pytest.mark.parametrize("size", [22, 60])
@pytest.mark.parametrize("turned", [0, 6, -6])
@pytest.mark.parametrize("solid", [False, True])
def test_a_square_seal_is_found_and_whether_its_characters_are_red_or_left_out(
    size: int, turned: float, solid: bool
) -> None:
    [seal] = found(stamped(sheet(), square_seal(["王家", "卫印"], size=size, turned=turned, solid=solid), PLACE))
    assert (seal.is_round, seal.is_solid) == (False, solid)


def test_two_seals_on_one_sheet_are_two() -> None:
    paper = stamped(sheet(), round_seal("云溪县档案馆"), PLACE)
    assert len(found(stamped(paper, square_seal(["王家", "卫印"]), (200, 1000)))) == 2


def test_a_heading_in_red_and_a_red_rule_are_no_seals() -> None:
    paper = sheet()
    pen = ImageDraw.Draw(paper)
    pen.text((200, 60), "云溪县国营农场文件", fill=RED, font=ImageFont.truetype(BOLD, 80, index=2))
    pen.line((120, 180, 1080, 180), fill=RED, width=5)
    assert found(paper) == []


def test_the_rules_of_red_ruled_paper_are_no_seal_and_hide_none() -> None:
    paper = sheet()
    pen = ImageDraw.Draw(paper)
    for left in range(100, 1101, 100):
        pen.line((left, 100, left, 1500), fill=RED, width=2)
    pen.rectangle((100, 100, 1100, 1500), outline=RED, width=3)
    assert found(paper) == []
    assert len(found(stamped(paper, round_seal("云溪县档案馆", radius=90), (420, 700)))) == 1


def test_something_red_in_a_photograph_is_no_seal() -> None:
    picture = photograph(1400, 1000, 3)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((200, 200, 400, 430), fill=RED)
    pen.rectangle((700, 500, 900, 700), fill=RED)
    assert not any(seal.is_certain for seal in found(picture))


@pytest.mark.parametrize("kind", KINDS)
def test_pages_without_red_have_none(kind: str) -> None:
    assert red_marks(within(pixels_of(page(kind).picture, negative=False), 960)) is None


def test_brown_paper_is_not_red() -> None:
    for brown in ((200, 160, 120), (150, 110, 80), (222, 184, 135)):
        assert red_marks(pixels_of(Image.new("RGB", (400, 400), brown), negative=False)) is None


def test_black_text_stays_and_red_goes_where_a_seal_is_lifted() -> None:
    paper = stamped(sheet("一九五九年三月云溪石桥落成留念" * 6), round_seal("云溪县档案馆"), (500, 200))
    pixels = pixels_of(paper, negative=False)
    [seal] = found(paper)
    lifted = without_red(pixels, [seal.quad])
    part = (slice(210, 500), slice(520, 800))
    assert not red_ink(lifted).any()
    black = (pixels[part][:, :, 2] < 80).mean()
    assert (lifted[part][:, :, 2] < 80).mean() == pytest.approx(black, rel=0.15)
    assert np.array_equal(lifted[:190], pixels[:190])


def test_only_black_text_with_red_over_it_is_under_red() -> None:
    paper = stamped(sheet("一九五九年三月云溪石桥落成留念" * 6), round_seal("云溪县档案馆"), (500, 200))
    ImageDraw.Draw(paper).text((120, 900), "红头文件", fill=RED, font=ImageFont.truetype(BOLD, 80, index=2))
    pixels = pixels_of(paper, negative=False)
    marks = red_marks(within(pixels, 960))
    assert marks is not None
    assert is_under_red(pixels, marks, box(110, 262, 1010, 310))
    assert not is_under_red(pixels, marks, box(110, 900, 460, 1020))
    assert not is_under_red(pixels, marks, box(110, 195, 490, 250))


def test_the_rules_of_ruled_paper_lie_over_nothing() -> None:
    paper = sheet("一九五九年三月云溪石桥落成留念" * 6)
    pen = ImageDraw.Draw(paper)
    for left in range(100, 1101, 40):
        pen.line((left, 100, left, 1500), fill=RED, width=2)
    pixels = pixels_of(paper, negative=False)
    marks = red_marks(within(pixels, 960))
    assert marks is not None
    assert not is_under_red(pixels, marks, box(110, 262, 1010, 310))


def test_a_square_seal_is_cut_into_as_many_characters_as_it_has() -> None:
    for columns in (["王家", "卫印"], ["陆", "文远"], ["云溪县", "档案馆", "之印章"], ["藏书"]):
        paper = stamped(sheet(), square_seal(columns), PLACE)
        [seal] = found(paper)
        ways = square_texts(red_as_black(pixels_of(paper, negative=False), seal), is_solid=False)
        assert len("".join(columns)) in {way.count for way in ways}
