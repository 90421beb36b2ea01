"""The reader, with its real models, on pages of which the text is known."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from benchmarks.printed import character_errors, empty_page, page, without_spaces
from inference.engine.errors import Cancelled, ImageError, ImagePageMissing
from inference.errors import sentence
from inference.reader import Reader, ReaderMissing, ReadingFailed
from tests.inference.pictures import encoded
from tests.waiting import eventually

MOST_ERRORS = 0.02


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with_models = Reader()
    yield with_models
    with_models.close()


def error_rate(reader: Reader, pages: list[tuple[str, Image.Image]]) -> float:
    errors = sum(
        character_errors(without_spaces(text), without_spaces(reader.read(picture).text)) for text, picture in pages
    )
    return errors / sum(len(without_spaces(text)) for text, _ in pages)


@pytest.mark.parametrize("kind", ["clean", "tilted", "noisy", "faded", "traditional"])
def test_of_printed_pages_less_than_two_characters_in_a_hundred_are_wrong(reader: Reader, kind: str) -> None:
    pages = [page(kind, seed) for seed in (0, 1)]
    assert error_rate(reader, [(one.text, one.picture) for one in pages]) < MOST_ERRORS


def test_columns_are_read_from_the_right(reader: Reader) -> None:
    wanted = page("vertical", 0)
    found = reader.read(wanted.picture)
    letters = ["".join(filter(str.isalnum, text)) for text in (wanted.text, found.text)]
    assert character_errors(*letters) / len(letters[0]) < MOST_ERRORS
    assert all(line.vertical for line in found.lines)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_its_head_is_read(reader: Reader, degrees: int) -> None:
    lying = page("clean", 2)
    assert error_rate(reader, [(lying.text, lying.picture.rotate(degrees, expand=True))]) < MOST_ERRORS


def test_a_negative_is_read_as_a_positive(reader: Reader) -> None:
    wanted = page("faded", 2)
    found = reader.read(ImageOps.invert(wanted.picture), negative=True)
    assert character_errors(without_spaces(wanted.text), without_spaces(found.text)) / len(wanted.text) < MOST_ERRORS


def test_lines_come_with_their_place_and_a_confidence(reader: Reader) -> None:
    found = reader.read(page("clean", 0).picture)
    first, second = found.lines[:2]
    left, top, right, _, _, bottom = first.quad[:6]
    assert 0 <= left < right <= 1000
    assert 0 <= top < bottom <= second.quad[5] <= 1000
    assert 0.9 < first.confidence <= 1
    assert 0.9 < found.confidence <= 1
    assert found.reader.startswith("RapidOCR")
    assert found.version == reader.version


def test_where_nothing_is_written_nothing_is_read(reader: Reader) -> None:
    found = reader.read(empty_page())
    assert found.lines == ()
    assert found.text == ""
    assert found.confidence == 0


def test_small_writing_in_a_large_scan_is_found(reader: Reader) -> None:
    small = page("clean", 1).picture.crop((90, 90, 1180, 260)).resize((545, 85), Image.Resampling.LANCZOS)
    scan = Image.new("RGB", (2400, 1800), (240, 240, 240))
    scan.paste(small, (900, 1600))
    assert "滕子京" in reader.read(scan).text


def test_files_bytes_and_pages_of_a_tiff_are_read(reader: Reader, tmp_path: Path) -> None:
    first, second = page("clean", 0).picture, page("clean", 2).picture
    path = tmp_path / "two.tif"
    first.save(path, save_all=True, append_images=[second])
    assert "云溪县" in reader.read(path, page=1).text
    assert "武陵人" in reader.read(encoded(first, "PNG")).text
    with pytest.raises(ImagePageMissing):
        reader.read(path, page=2)


def test_a_picture_of_a_few_pixels_is_no_error(reader: Reader) -> None:
    for size in ((1, 1), (3, 900), (900, 3)):
        assert reader.read(Image.new("RGB", size)).lines == ()


def test_what_is_no_picture_is_refused_and_the_reader_goes_on(reader: Reader, tmp_path: Path) -> None:
    for source in (b"", b"text", tmp_path / "gone.jpg"):
        with pytest.raises(ImageError):
            reader.read(source)
    assert reader.read(page("clean", 0).picture).lines


def test_what_is_missing_or_fails_is_said_in_a_sentence() -> None:
    assert "pip install -r requirements.txt" in sentence(ReaderMissing("onnxruntime"))
    assert "broken" in sentence(ReadingFailed("broken"))


def test_no_library_is_loaded_before_the_first_picture() -> None:
    program = (
        "import sys; from inference.reader import Reader; Reader().version;"
        "sys.exit([n for n in ('onnxruntime', 'cv2', 'rapidocr', 'numpy', 'torch') if n in sys.modules] or 0)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_reading_loads_no_torch() -> None:
    program = (
        "import sys; from PIL import Image; from inference.reader import Reader;"
        "Reader().read(Image.new('RGB', (64, 64))); sys.exit('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_pictures_that_wait_when_it_is_closed_are_given_up_and_later_ones_are_not_taken() -> None:
    closed = Reader()
    wanted = page("clean", 0).picture
    with ThreadPoolExecutor(3) as readers:
        asked = [readers.submit(closed.read, wanted) for _ in range(3)]
        eventually(lambda: any(each.running() for each in asked))
        closed.close()
        told = [each.exception() for each in asked]

    assert [type(error) for error in told if error] == [Cancelled] * sum(error is not None for error in told)
    assert sum(error is None for error in told) <= 1
    with pytest.raises(Cancelled):
        closed.read(wanted)


def test_a_process_that_ends_while_it_is_asked_for_more_says_nothing() -> None:
    script = """
import threading
from benchmarks.printed import page
from inference.engine.errors import Cancelled
from inference.reader import Reader

reader, begun, picture = Reader(), threading.Event(), page("clean", 0).picture

def ask():
    try:
        while True:
            begun.set()
            reader.read(picture)
    except Cancelled:
        print("given up", flush=True)

threading.Thread(target=ask, daemon=True).start()
begun.wait()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)

    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
