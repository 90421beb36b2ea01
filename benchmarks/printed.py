"""Pages of printed Chinese with the text that stands on them: what a reader of pictures is measured against.

Drawn from a seed with the Noto fonts, so that everybody measures the same pages: clean, tilted, noisy, faded, set in
columns, in traditional characters; and a picture on which nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_FONTS = Path("/usr/share/fonts/opentype/noto")
_SIMPLIFIED, _TRADITIONAL = 2, 3  # faces of Noto's collections
_MARGIN = 110

_PROSE = (
    (
        "晋太元中，武陵人捕鱼为业。缘溪行，忘路之远近。忽逢桃花林，夹岸数百步，中无杂树，芳草鲜美，落英缤纷。渔人甚异之，"
        "复前行，欲穷其林。林尽水源，便得一山，山有小口，仿佛若有光。便舍船，从口入。初极狭，才通人。复行数十步，豁然开朗。"
    ),
    (
        "庆历四年春，滕子京谪守巴陵郡。越明年，政通人和，百废具兴，乃重修岳阳楼，增其旧制，刻唐贤今人诗赋于其上，属予作文以记之。"
        "予观夫巴陵胜状，在洞庭一湖。衔远山，吞长江，浩浩汤汤，横无际涯；朝晖夕阴，气象万千。此则岳阳楼之大观也，前人之述备矣。"
    ),
    (
        "一九五九年三月十二日，云溪县水利工程指挥部在石桥公社召开誓师大会，到会民工三千二百余人。会后全体合影留念。"
        "前排左起第四人为县委书记周长青，第六人为总工程师陆文远。照片由县文化馆王德明拍摄，底片号1959-0312-07，存县档案馆第28卷。"
    ),
    (
        "我与父亲不相见已二年余了，我最不能忘记的是他的背影。那年冬天，祖母死了，父亲的差使也交卸了，正是祸不单行的日子。"
        "我从北京到徐州，打算跟着父亲奔丧回家。到徐州见着父亲，看见满院狼藉的东西，又想起祖母，不禁簌簌地流下眼泪。"
    ),
)
_TRADITIONAL_PROSE = (
    (
        "晉太元中，武陵人捕魚為業。緣溪行，忘路之遠近。忽逢桃花林，夾岸數百步，中無雜樹，芳草鮮美，落英繽紛。漁人甚異之，"
        "復前行，欲窮其林。林盡水源，便得一山，山有小口，彷彿若有光。便捨船，從口入。初極狹，纔通人。復行數十步，豁然開朗。"
    ),
    (
        "中華民國三十八年四月，雲溪縣國民學校舉行第十二屆畢業典禮，師生來賓共二百餘人。禮成，攝影於學校禮堂之前，以資紀念。"
        "校長陳廣義先生、教務主任劉鳳儀先生均在座。是日天氣晴朗，各機關團體贈送匾額甚多，鄉人觀者如堵。"
    ),
)

KINDS = ("clean", "tilted", "noisy", "faded", "traditional", "vertical")
"""The kinds of pages with text on them."""


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page.

    Attributes:
        kind: how it is drawn.
        picture: the page.
        text: what is printed on it, without line breaks.
    """

    kind: str
    picture: Image.Image
    text: str


def page(kind: str, seed: int = 0) -> PrintedPage:
    """Draw a page.

    Args:
        kind: one of `KINDS`.
        seed: which page of that kind.

    Returns:
        The page.
    """
    chance = np.random.default_rng([KINDS.index(kind), seed])
    traditional = kind == "traditional" or (kind == "vertical" and seed % 2 == 1)
    prose = _TRADITIONAL_PROSE if traditional else _PROSE
    text = prose[seed % len(prose)] + prose[(seed + 1) % len(prose)]
    font = _font(("Serif", "Sans")[seed % 2], _TRADITIONAL if traditional else _SIMPLIFIED, 26 + 6 * (seed % 3))
    sheet = _columns(text, font) if kind == "vertical" else _rows(text, font)
    return PrintedPage(kind, _AGEING.get(kind, _as_printed)(sheet, chance), text)


def empty_page(seed: int = 0) -> Image.Image:
    """Draw a picture of the same size on which nothing is written: soft shapes with the grain of a photograph."""
    chance = np.random.default_rng([99, seed])
    small = Image.fromarray(chance.integers(60, 200, (9, 7), dtype=np.uint8))
    return _grained(small.resize((1240, 1600), Image.Resampling.BICUBIC), chance, 6.0).convert("RGB")


def without_spaces(text: str) -> str:
    """Return a text without white space, with the punctuation that a reader cannot tell apart made one."""
    return "".join(text.split()).translate(str.maketrans("，。；：！？（）", ",.;:!?()"))


def character_errors(expected: str, found: str) -> int:
    """Return how many characters must be inserted, removed or replaced to make `found` of `expected`."""
    before = list(range(len(found) + 1))
    for row, wanted in enumerate(expected, 1):
        current = [row]
        for column, had in enumerate(found, 1):
            current.append(min(before[column] + 1, current[-1] + 1, before[column - 1] + (wanted != had)))
        before = current
    return before[-1]


def _font(style: str, face: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"Noto{style}CJK-Regular.ttc", size, index=face)


def _rows(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """Set a text in rows from the left."""
    sheet = Image.new("L", (1240, 1600), 245)
    pen = ImageDraw.Draw(sheet)
    across = (sheet.width - 2 * _MARGIN) // int(font.size)
    for number, start in enumerate(range(0, len(text), across)):
        place = (_MARGIN, _MARGIN + number * int(font.size * 1.7))
        pen.text(place, text[start : start + across], fill=30, font=font)
    return sheet


def _columns(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """Set a text in columns from the right, as books were."""
    sheet = Image.new("L", (1240, 1600), 245)
    pen = ImageDraw.Draw(sheet)
    size = int(font.size)
    down = (sheet.height - 2 * _MARGIN) // int(size * 1.1)
    for number, start in enumerate(range(0, len(text), down)):
        left = sheet.width - _MARGIN - size - number * int(size * 1.8)
        for place, character in enumerate(text[start : start + down]):
            # Commas and full stops stand at the upper right of their square.
            shift = (0.55 * size, -0.5 * size) if character in "，。、；" else (0.0, 0.0)
            pen.text((left + shift[0], _MARGIN + place * int(size * 1.1) + shift[1]), character, fill=30, font=font)
    return sheet


def _as_printed(sheet: Image.Image, chance: np.random.Generator) -> Image.Image:
    return sheet.convert("RGB")


def _tilted(sheet: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Turn a sheet as it lies on a scanner when nobody looks: by three to five degrees."""
    angle = float(chance.uniform(3, 5) * chance.choice([-1, 1]))
    return sheet.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=235).convert("RGB")


def _noisy(sheet: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Add the grain and the dust of a bad copy."""
    speckled = np.asarray(sheet).copy()
    dust = chance.random(speckled.shape)
    speckled[dust < 0.004] = 20
    speckled[dust > 0.996] = 255
    return _grained(Image.fromarray(speckled), chance, 34.0).convert("RGB")


def _faded(sheet: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Bleach the ink, yellow the paper, and blur both."""
    values = np.asarray(sheet.filter(ImageFilter.GaussianBlur(0.9)), dtype=np.float32)
    shade = np.linspace(0.0, 25.0, values.shape[1], dtype=np.float32)[None, :]
    grey = np.clip(165 + (values - 30) / 215 * 60 - shade, 0, 255)
    tint = np.array([1.0, 0.95, 0.8], dtype=np.float32)
    return Image.fromarray(
        (grey[..., None] * tint + chance.normal(0, 4, (*grey.shape, 1))).clip(0, 255).astype(np.uint8)
    )


def _grained(sheet: Image.Image, chance: np.random.Generator, strength: float) -> Image.Image:
    values = np.asarray(sheet, dtype=np.float32) + chance.normal(0, strength, (sheet.height, sheet.width))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


_AGEING: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "tilted": _tilted,
    "noisy": _noisy,
    "faded": _faded,
}
