"""What archives live by, read with the real models: leaning columns, seals, small captions."""

from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.printed import character_errors, without_spaces
from benchmarks.stamped import captioned, photograph, round_seal, sheet, square_seal, stamped
from inference.reader import LEAST_CONFIDENCE, Line, Loss, Page, Reader, Unread
from inference.reading.types import MOST_UNDER_RED

HEADING = "县档案馆借阅规则抄本"
COLUMNS = (
    "学校老师带领学生参观工厂和人民公社的生产情况并且记录在册以备后来查考城市农村历史文化教育科学技术经济政",
    "社会发展计划工作组织领导群众会议决定方针任务目标成绩问题经验总结报告材料整理完毕送交档案室保存以后凡有",
    "借阅者须经主管批准登记姓名日期用途并按期归还不得涂改抽换污损遗失违者照章处理特此说明请各位同志遵照执行",
)
TYPED = (
    "一九五九年三月十二日，云溪县水利工程指挥部在石桥公社召开誓师大会，到会民工三千二百余人。会后全体合影留念。"
    "前排左起第四人为县委书记周长青，第六人为总工程师陆文远。照片由县文化馆王德明拍摄，存县档案馆。"
)
CAPTION = "一九五九年三月云溪石桥落成留念"
SERIF = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with_models = Reader()
    yield with_models
    with_models.close()


def regulations(degrees: float) -> Image.Image:
    """Draw a heading in a row over three long columns, and turn the sheet."""
    drawn = Image.new("L", (576, 1920), 250)
    pen = ImageDraw.Draw(drawn)
    pen.text((100, 70), HEADING, fill=20, font=ImageFont.truetype(SERIF, 44, index=2))
    font = ImageFont.truetype(SERIF, 27, index=2)
    for number, column in enumerate(COLUMNS):
        for place, character in enumerate(column):
            pen.text((400 - 56 * number, 200 + 32 * place), character, fill=20, font=font)
    return drawn.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=250).convert("RGB")


def seals_of(page: Page) -> list[Line]:
    return [line for line in page.lines if line.is_seal]


@pytest.mark.parametrize("degrees", [-2, 2, 6])
def test_long_columns_that_lean_are_read_after_their_heading_from_the_right(reader: Reader, degrees: float) -> None:
    page = reader.read(regulations(degrees))
    assert [line.vertical for line in page.lines] == [False, True, True, True]
    for line, wanted in zip(page.lines, (HEADING, *COLUMNS), strict=True):
        assert character_errors(wanted, line.text) <= 1
    assert page.unread == ()


def test_a_caption_of_32_pixels_on_a_photograph_of_5000_is_read(reader: Reader) -> None:
    picture = photograph(5000, 3500, 1)
    ImageDraw.Draw(picture).rectangle((2000, 3330, 3000, 3460), fill=(90, 90, 90))
    page = reader.read(captioned(picture, CAPTION, (2200, 3380)))
    [line] = [line for line in page.lines if len(line.text) > 3]
    assert line.text == CAPTION
    assert line.quad[0:2] == pytest.approx((1000 * 2200 / 5000, 1000 * 3380 / 3500), abs=8)


def test_a_small_caption_is_read_beside_a_large_banner_too(reader: Reader) -> None:
    picture = Image.new("RGB", (4800, 3600), (90, 90, 90))
    picture = captioned(picture, "云溪石桥", (600, 500), size=400)
    page = reader.read(captioned(picture, CAPTION, (3000, 3400)))
    assert [line.text for line in page.lines] == ["云溪石桥", CAPTION]


def test_a_round_seal_is_read_and_what_stands_under_it_is_not_trusted(reader: Reader) -> None:
    paper = stamped(sheet(TYPED), round_seal("云溪县水利工程指挥部", middle="专用章", turned=10), (600, 190))
    page = reader.read(paper)
    assert [line.text for line in seals_of(page)] == ["云溪县水利工程指挥部", "专用章"]
    typed = "".join(line.text for line in page.lines if not line.is_seal)
    assert character_errors(without_spaces(TYPED), without_spaces(typed)) == 0
    under = [line for line in page.lines if line.under_red]
    assert under
    assert all(LEAST_CONFIDENCE <= line.confidence <= MOST_UNDER_RED for line in under)
    assert "〔印章〕云溪县水利工程指挥部" in page.text


@pytest.mark.parametrize("turned", [0, 35, 180])
def test_a_round_seal_may_be_set_askew_or_on_its_head(reader: Reader, turned: float) -> None:
    page = reader.read(stamped(sheet(), round_seal("中国共产党云溪县石桥公社委员会", turned=turned), (500, 600)))
    assert [line.text for line in page.lines] == ["中国共产党云溪县石桥公社委员会"]


@pytest.mark.parametrize(
    ("columns", "size", "solid", "turned"),
    [
        (["王家", "卫印"], 60, False, 0),
        (["王家", "卫印"], 60, True, 0),
        (["王家", "卫印"], 60, False, 6),
        (["周长", "青印"], 22, False, 0),
        (["陆", "文远"], 50, False, 0),
        (["云溪县", "档案馆", "之印章"], 40, False, 0),
        (["乾隆御", "览之宝"], 60, True, 0),
        (["石渠宝笈"], 50, False, 0),
    ],
)
def test_a_square_seal_is_read_by_columns_from_the_right(
    reader: Reader, columns: list[str], size: int, solid: bool, turned: float
) -> None:
    seal = square_seal(columns, size=size, solid=solid, turned=turned)
    page = reader.read(stamped(sheet(), seal, (500, 600)))
    assert [(line.text, line.is_seal) for line in page.lines] == [("".join(columns), True)]


def test_a_square_seal_comes_with_its_reading_by_rows(reader: Reader) -> None:
    page = reader.read(stamped(sheet(), square_seal(["王家", "卫印"]), (500, 600)))
    assert [line.other for line in page.lines] == ["卫王印家"]


def test_a_seal_that_cannot_be_read_is_told(reader: Reader) -> None:
    seal = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    pen = ImageDraw.Draw(seal)
    pen.rectangle((0, 0, 199, 199), outline=(205, 40, 45, 255), width=9)
    for number in range(6):
        pen.arc((30 + 9 * number, 25, 150 + 6 * number, 170), 40 * number, 40 * number + 210, (205, 40, 45, 255), 5)
    page = reader.read(stamped(sheet(TYPED), seal, (800, 1000)))
    [place] = [place for place in page.unread if place.loss is Loss.SEAL]
    assert isinstance(place, Unread)
    assert place.quad[0:2] == pytest.approx((1000 * 800 / 1200, 1000 * 1000 / 1600), abs=10)
    assert not seals_of(page)


def test_red_writing_is_read_as_it_is(reader: Reader) -> None:
    paper = sheet()
    font = ImageFont.truetype(SERIF, 80, index=2)
    ImageDraw.Draw(paper).text((200, 60), "云溪县人民委员会文件", fill=(205, 40, 45), font=font)
    [line] = reader.read(paper).lines
    assert (line.text, line.is_seal, line.under_red) == ("云溪县人民委员会文件", False, False)


def test_what_stands_under_a_seal_on_a_page_upside_down_is_read_too(reader: Reader) -> None:
    paper = stamped(sheet(TYPED), round_seal("云溪县水利工程指挥部"), (600, 190)).rotate(180)
    page = reader.read(paper)
    typed = "".join(line.text for line in page.lines if not line.is_seal)
    assert page.turned == 180
    assert any(line.under_red for line in page.lines)
    assert character_errors(without_spaces(TYPED), without_spaces(typed)) <= 1


def test_no_line_is_read_twice_where_small_writing_stands_beside_large(reader: Reader) -> None:
    picture = captioned(Image.new("RGB", (4800, 3600), (90, 90, 90)), "云溪石桥", (600, 500), size=150)
    for row in range(4):
        picture = captioned(picture, CAPTION, (600, 760 + 45 * row))
    found = [line.text for line in reader.read(picture).lines]
    assert found == ["云溪石桥", *[CAPTION] * 4]


def test_of_more_small_captions_than_are_looked_at_each_is_read_or_told(reader: Reader) -> None:
    picture = captioned(Image.new("RGB", (6000, 6000), (60, 60, 60)), "云溪石桥", (2400, 300), size=300)
    for place in range(8):
        at = (200 + 4800 * (place % 2), 900 + 1400 * (place // 2))
        picture = captioned(picture, CAPTION, at, size=22)
    page = reader.read(picture)
    read, told = [line.text for line in page.lines].count(CAPTION), len(page.unread)
    assert read >= 6
    assert read + told == 8
    assert {place.loss for place in page.unread} <= {Loss.NOT_LOOKED_AT}
