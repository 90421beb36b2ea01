"""Two pictures laid over each other and compared: what a scanner does makes no difference, what is written does."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from demo.alike.again import burst, rescan, shown_negative, without_margins
from demo.alike.sheets import (
    blank_sheet,
    filled_form,
    line_drawing,
    one_entry,
    photograph,
    sparse_form,
    table,
    typed_page,
)
from inference.engine.comparison import COARSE_SIDE, copy_of, may_show_the_same, shows_the_same
from inference.engine.errors import ImageError
from inference.engine.registration import Keypoints, Registration, keypoints, register
from inference.engine.sizes import shrink

Draw = Callable[[int, int], Image.Image]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Image.Image], tuple[Path, Keypoints]]:
    """Return what saves the copies of a picture that an import keeps, and looks at the smaller one."""

    def save(picture: Image.Image) -> tuple[Path, Keypoints]:
        number = len(list(tmp_path.iterdir()))
        screen, thumbnail = (tmp_path / f"{number}-{longer}.jpg" for longer in (1600, 320))
        shrink(picture, 1600, 1600).save(screen, quality=88)
        shrink(picture, 320, 320).save(thumbnail, quality=80)
        return screen, keypoints(thumbnail)

    return save


@pytest.fixture
def same(saved: Callable[[Image.Image], tuple[Path, Keypoints]]) -> Callable[[Image.Image, Image.Image], bool]:
    """Return what lays two pictures over each other and compares them."""

    def compare(first: Image.Image, second: Image.Image) -> bool:
        (one, here), (other, there) = saved(first), saved(second)
        registration = register(here, there)
        return registration is not None and shows_the_same(copy_of(one), copy_of(other), registration)

    return compare


def _speck() -> Image.Image:
    """Return the smallest picture that may come."""
    return Image.new("RGB", (2, 1), "black")


@pytest.mark.parametrize("draw", [filled_form, sparse_form, table, typed_page, line_drawing, photograph])
def test_the_same_thing_from_another_scanner_is_the_same(
    same: Callable[[Image.Image, Image.Image], bool], draw: Draw
) -> None:
    picture = draw(3, 1)

    assert same(picture, rescan(picture, random.Random(1)))
    assert same(without_margins(picture, random.Random(2)), picture)


@pytest.mark.parametrize("again", [burst, shown_negative])
def test_a_photograph_taken_a_moment_later_and_its_negative_are_the_same(
    same: Callable[[Image.Image, Image.Image], bool],
    again: Callable[[Image.Image, random.Random], Image.Image],
) -> None:
    picture = photograph(1, 3)

    assert same(picture, again(picture, random.Random(3)))


@pytest.mark.parametrize("draw", [filled_form, sparse_form, one_entry, table, typed_page, line_drawing, photograph])
def test_another_of_its_kind_is_not_the_same(same: Callable[[Image.Image, Image.Image], bool], draw: Draw) -> None:
    assert not same(draw(3, 1), draw(3, 2))
    assert not same(draw(3, 1), rescan(draw(3, 2), random.Random(4)))


def test_white_writing_on_a_dark_sheet_is_held_to_it_as_strictly(
    same: Callable[[Image.Image, Image.Image], bool],
) -> None:
    first, second = (ImageOps.invert(one_entry(3, member)) for member in (1, 2))

    assert same(first, rescan(first, random.Random(5)))
    assert not same(first, second)


def test_a_sheet_that_was_written_on_since_is_not_the_same(same: Callable[[Image.Image, Image.Image], bool]) -> None:
    before = typed_page(2, 1)
    after = before.copy()
    pen = ImageDraw.Draw(after)
    for line in range(3):
        start = (500, 1200 + 30 * line)
        pen.line([start, (620, 1215 + 30 * line), (700, 1190 + 30 * line), (820, 1220 + 30 * line)], (20, 20, 90), 4)

    assert not same(before, after)


@pytest.mark.parametrize(
    "blank", [lambda sheet: blank_sheet(1, sheet), lambda _: Image.new("RGB", (900, 700), "white"), lambda _: _speck()]
)
def test_where_nothing_is_to_be_seen_nothing_is_the_same(
    same: Callable[[Image.Image, Image.Image], bool], blank: Callable[[int], Image.Image]
) -> None:
    assert not same(blank(1), blank(2))


def test_copies_of_other_sizes_and_proportions_are_compared_all_the_same(
    same: Callable[[Image.Image, Image.Image], bool],
) -> None:
    picture = sparse_form(4, 1)

    assert same(picture, picture.resize((500, round(500 * picture.height / picture.width))))
    assert same(picture, picture.resize((picture.width, round(0.97 * picture.height))))


@pytest.mark.parametrize(
    ("again", "worth_it"),
    [(lambda card: rescan(card, random.Random(7)), True), (lambda _: sparse_form(3, 2), False)],
    ids=["a re-scan", "another card of the form"],
)
def test_a_coarse_look_spares_the_fine_one_where_much_differs(
    tmp_path: Path, again: Callable[[Image.Image], Image.Image], worth_it: bool
) -> None:
    card = sparse_form(3, 1)
    paths = [tmp_path / "one.jpg", tmp_path / "other.jpg"]
    for path, picture in zip(paths, (card, again(card)), strict=True):
        shrink(picture, COARSE_SIDE, COARSE_SIDE).save(path, quality=80)
    registration = register(*map(keypoints, paths))
    first, second = (copy_of(path, COARSE_SIDE) for path in paths)

    assert registration is not None
    assert may_show_the_same(first, second, registration) == worth_it


def test_the_points_in_common_say_how_much_there_is(
    saved: Callable[[Image.Image], tuple[Path, Keypoints]],
) -> None:
    picture = sparse_form(3, 1)
    first, again, other = (saved(image)[1] for image in (picture, rescan(picture, random.Random(6)), sparse_form(3, 2)))

    itself, scanned, of_its_form = (register(first, points) for points in (first, again, other))

    assert itself is not None
    assert itself.matrix == pytest.approx(Registration(itself.matrix.round(), 0).matrix, abs=1e-3)
    assert scanned is not None
    assert of_its_form is None or of_its_form.in_common < scanned.in_common < itself.in_common


def test_a_copy_that_is_no_picture_is_an_error_that_names_its_kind(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")

    with pytest.raises(ImageError):
        keypoints(damaged)
    with pytest.raises(ImageError):
        copy_of(damaged)
    with pytest.raises(ImageError):
        keypoints(tmp_path / "missing.jpg")
