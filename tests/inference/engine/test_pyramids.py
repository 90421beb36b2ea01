"""A pyramid shows what the picture shows, in every size, whichever way it was decoded; its file is read by offset."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageSequence

from inference.engine import errors, pyramids
from inference.engine.copies import positive, positive_tones
from inference.engine.images import open_image
from inference.engine.pyramids import TILE_SIZE, write_pyramid
from inference.engine.tiles import PyramidDamaged, TileMissing, is_whole, read_levels, read_tile
from tests.inference.pictures import halves

SIZE = (1300, 700)


def picture() -> Image.Image:
    """Return a picture of which no two parts are alike, nor its sides."""
    across, down = Image.linear_gradient("L").rotate(90).resize(SIZE), Image.linear_gradient("L").resize(SIZE)
    return Image.merge("RGB", (across, down, ImageChops.invert(across)))


def saved(folder: Path, image: Image.Image, kind: str, **options: object) -> Path:
    path = folder / f"scan.{kind.lower()}"
    image.save(path, kind, **options)
    return path


def pyramid_of(source: Path, tones: Image.Image | None = None) -> Path:
    target = source.with_name("pyramid")
    write_pyramid(source, target, tones=tones)
    return target


def shown(path: Path, level: int = 0) -> Image.Image:
    """Return a level as a viewer puts it together."""
    size = read_levels(path)[level]
    whole = Image.new("RGB", (size.columns * size.tile_size, size.rows * size.tile_size))
    for column in range(size.columns):
        for row in range(size.rows):
            with Image.open(io.BytesIO(read_tile(path, level, column, row))) as tile:
                assert tile.format == "JPEG"
                assert tile.size == (TILE_SIZE, TILE_SIZE)
                whole.paste(tile, (column * size.tile_size, row * size.tile_size))
    return whole.crop((0, 0, size.width, size.height))


def alike(first: Image.Image, second: Image.Image) -> bool:
    assert first.size == second.size
    # In small parts: JPEG changes single pixels.
    parts = [image.resize((64, 64), Image.Resampling.BOX) for image in (first, second)]
    return max(ImageChops.difference(*parts).tobytes()) <= 6


def test_every_level_is_half_as_large_as_the_one_before_and_shows_the_same(tmp_path: Path) -> None:
    pyramid = pyramid_of(saved(tmp_path, picture(), "PNG"))

    levels = read_levels(pyramid)

    assert [(level.width, level.height) for level in levels] == [(1300, 700), (650, 350), (325, 175)]
    assert [(level.columns, level.rows) for level in levels] == [(3, 2), (2, 1), (1, 1)]
    for number, level in enumerate(levels):
        assert alike(shown(pyramid, number), picture().resize((level.width, level.height), Image.Resampling.BOX))


def in_lab() -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(picture(), srgb, lab, outputMode="LAB")
    assert converted
    return converted


SCANS = {
    "JPEG": (picture().convert("RGB"), "JPEG"),
    "grey JPEG": (picture().convert("L"), "JPEG"),
    "inks in JPEG": (picture().convert("CMYK"), "JPEG"),
    "TIFF": (picture(), "TIFF"),
    "inks in TIFF": (picture().convert("CMYK"), "TIFF"),
    "Lab": (in_lab(), "TIFF"),
    "bilevel": (halves((255, 255, 255), (0, 0, 0), size=SIZE).convert("1"), "TIFF"),
    "PNG": (picture(), "PNG"),
    "palette": (halves((200, 30, 30), (30, 30, 200), size=SIZE).convert("P"), "PNG"),
    "transparent": (picture().convert("RGBA"), "PNG"),
    "WebP": (picture(), "WEBP"),
    "BMP": (picture(), "BMP"),
}  # fmt: skip


@pytest.mark.parametrize("large", [False, True], ids=["decoded", "streamed"])
@pytest.mark.parametrize("name", SCANS)
def test_it_shows_what_other_derivatives_show(
    name: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(pyramids, "LARGE_PIXELS", 1000)
    image, kind = SCANS[name]
    scan = saved(tmp_path, image, kind)

    assert alike(shown(pyramid_of(scan)), open_image(scan))


@pytest.mark.parametrize("large", [False, True], ids=["decoded", "streamed"])
@pytest.mark.parametrize("mark", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_it_is_upright(kind: str, mark: int, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if large:
        monkeypatch.setattr(pyramids, "LARGE_PIXELS", 1000)
    exif = Image.Exif()
    exif[0x0112] = mark
    scan = saved(tmp_path, picture(), kind, exif=exif)

    assert alike(shown(pyramid_of(scan)), open_image(scan))


@pytest.mark.parametrize("size", [(1300, 700), (1024, 513), (4099, 33), (2047, 1)])
def test_the_edges_are_as_the_picture_is_and_other_programs_read_the_file(
    size: tuple[int, int], tmp_path: Path
) -> None:
    white = Image.new("RGB", size, "white")

    pyramid = pyramid_of(saved(tmp_path, white, "PNG"))

    for number, level in enumerate(read_levels(pyramid)):
        assert (level.width, level.height) == (-(-size[0] >> number), -(-size[1] >> number))
        assert min(shown(pyramid, number).tobytes()) >= 250
    with Image.open(pyramid) as read:
        assert len(ImageSequence.all_frames(read)) == len(read_levels(pyramid))
        assert read.size == size
        assert min(read.convert("RGB").tobytes()) >= 250


def test_a_negative_becomes_the_positive_that_other_derivatives_show(tmp_path: Path) -> None:
    negative = ImageChops.invert(picture()).point(lambda value: 40 + value // 2)
    scan = saved(tmp_path, negative, "PNG")

    assert alike(shown(pyramid_of(scan, tones=positive_tones(negative))), positive(negative))


@pytest.mark.parametrize("size", [(1300, 700), (90, 60)])
def test_the_table_of_a_negative_is_what_makes_it_a_positive(size: tuple[int, int]) -> None:
    negative = picture().resize(size).point(lambda value: 30 + value // 3)
    tones = positive_tones(negative)

    tables = [band.tobytes() for band in tones.split()]

    bands = [band.point(list(table)) for band, table in zip(negative.split(), tables, strict=True)]
    assert Image.merge("RGB", bands).tobytes() == positive(negative).tobytes()


def test_nothing_of_what_the_file_said_is_in_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    scan = saved(tmp_path, picture(), "JPEG", exif=exif, comment="SECRET PLACE")
    assert b"SECRET PLACE" not in pyramid_of(scan).read_bytes()


@pytest.mark.parametrize("large", [False, True], ids=["decoded", "streamed"])
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_a_picture_that_breaks_off_has_no_pyramid(
    kind: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(pyramids, "LARGE_PIXELS", 1000)
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    scan = saved(tmp_path, picture(), kind, **options)
    scan.write_bytes(scan.read_bytes()[: scan.stat().st_size // 2])

    with pytest.raises(errors.ImageError):
        pyramid_of(scan)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    scan = saved(tmp_path, picture(), "PNG")
    with pytest.raises(errors.ImageTooLarge):
        write_pyramid(scan, tmp_path / "pyramid", max_pixels=1000)


@pytest.mark.parametrize(
    ("level", "column", "row"), [(3, 0, 0), (0, 3, 0), (0, 0, 2), (2, 0, 1), (-1, 0, 0), (0, -1, 0)]
)
def test_a_tile_that_is_not_there_is_missing(level: int, column: int, row: int, tmp_path: Path) -> None:
    pyramid = pyramid_of(saved(tmp_path, picture(), "PNG"))
    with pytest.raises(TileMissing):
        read_tile(pyramid, level, column, row)


def test_a_pyramid_cut_off_anywhere_is_not_whole_and_never_gives_half_a_tile(tmp_path: Path) -> None:
    pyramid = pyramid_of(saved(tmp_path, picture(), "PNG"))
    content = pyramid.read_bytes()
    assert is_whole(pyramid)
    for size in [*range(40), *range(40, len(content), 997)]:
        pyramid.write_bytes(content[:size])
        assert not is_whole(pyramid)


@pytest.mark.parametrize(
    "content", [b"", b"II*\0", b"II+\0\x08\0\0\0" + b"\xff" * 400, b"II+\0\x08\0\0\0" + bytes(400)]
)
def test_what_is_no_pyramid_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pyramid"
    path.write_bytes(content)
    with pytest.raises(PyramidDamaged):
        read_levels(path)
    assert not is_whole(path)
    assert not is_whole(tmp_path / "nothing")


def test_zeros_that_the_disk_left_are_no_tile(tmp_path: Path) -> None:
    pyramid = pyramid_of(saved(tmp_path, picture(), "PNG"))
    content = pyramid.read_bytes()
    tile = read_tile(pyramid, 0, 0, 0)
    place = content.index(tile[-200:])
    pyramid.write_bytes(content[:place] + bytes(200) + content[place + 200 :])
    with pytest.raises(PyramidDamaged):
        read_tile(pyramid, 0, 0, 0)
