"""What is sent and what is served: pictures, requests, checkpoints."""

import base64
import io
import json
from pathlib import Path

from PIL import Image

from benchmarks.serving.checkpoints import endless
from benchmarks.serving.pictures import SIZE, Album, body, photograph, scan
from benchmarks.serving.yardstick import with_processor
from inference.conf import DEMO_FOLDER


def test_pictures_are_jpegs_of_one_size_and_all_different() -> None:
    pictures = [photograph(0), photograph(1), scan(0), scan(1)]

    opened = [Image.open(io.BytesIO(picture)) for picture in pictures]

    assert {(image.format, image.size, image.mode) for image in opened} == {("JPEG", SIZE, "RGB")}
    assert len(set(pictures)) == 4


def test_the_same_seed_is_the_same_picture() -> None:
    assert photograph(3) == photograph(3)


def test_an_album_hands_out_each_picture_once_and_draws_it_once(tmp_path: Path) -> None:
    drawn = []

    def draw(seed: int) -> bytes:
        drawn.append(seed)
        return bytes([seed])

    album = Album(tmp_path, draw)
    first, second = album.take(2), album.take(1)
    again = Album(tmp_path, draw).take(3)

    assert first + second == again
    assert [path.read_bytes() for path in again] == [b"\0", b"\1", b"\2"]
    assert drawn == [0, 1, 2]


def test_a_request_carries_the_picture_and_says_whether_it_may_wait() -> None:
    plain = json.loads(body(b"JPEG", "question", "model", 64))
    batch = json.loads(body(b"JPEG", "question", "model", 64, batch=True))

    picture, text = plain["messages"][0]["content"]
    assert base64.b64decode(picture["image_url"]["url"].partition(",")[2]) == b"JPEG"
    assert text["text"] == "question"
    assert "priority" not in plain
    assert batch["priority"] == "batch"


def test_an_endless_checkpoint_differs_in_its_end_only(tmp_path: Path) -> None:
    folder = endless(DEMO_FOLDER, tmp_path / "endless")

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    generation = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    assert config["text_config"]["eos_token_id"] == generation["eos_token_id"] == [config["video_end_token_id"]]
    assert (folder / "model.safetensors").read_bytes() == (DEMO_FOLDER / "model.safetensors").read_bytes()


def test_the_yardsticks_checkpoint_reads_pictures_as_the_products_does(tmp_path: Path) -> None:
    folder = with_processor(DEMO_FOLDER, tmp_path / "model")

    processor = json.loads((folder / "processor_config.json").read_text(encoding="utf-8"))
    image = json.loads((DEMO_FOLDER / "preprocessor_config.json").read_text(encoding="utf-8"))
    assert processor["image_processor"] == image
    assert not (DEMO_FOLDER / "processor_config.json").exists()
