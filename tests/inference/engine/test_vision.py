"""Pictures reach the vision encoder shrunk as configured, and as one patch grid each."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inference.engine.errors import ImageAspectRatio, ImageTooLarge, ImageUndecodable, ImageUnreadable
from inference.engine.features import FeatureCache, Features, picture_key
from inference.engine.images import IMPORT_MAX_PIXELS, PUBLIC_MAX_PIXELS, ImageLimits
from inference.engine.types import Detail, ImagePart, Message, Request
from inference.engine.vision import Patches, Picture, prepare_pictures
from tests.inference.pictures import png_chunks

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def processor() -> Any:
    from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

    # Large pictures are scaled down here anyway; the cutting of millions of pixels is not what is tested.
    return Glm46VImageProcessorPil(size={"shortest_edge": 112 * 112, "longest_edge": 2 * 420 * 420})


@pytest.fixture
def read_size(processor: Any, caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Return the size at which the model reads a picture, from the line that the log gets."""

    def read(width: int, height: int, *, detail: Detail = "auto", kind: str = "JPEG", **limits: int) -> str:
        buffer = BytesIO()
        Image.new("RGB", (width, height), "teal").save(buffer, kind)
        caplog.clear()
        with caplog.at_level("INFO", logger="inference.engine"):
            cut(asked_about(buffer.getvalue(), detail=detail), processor, ImageLimits(**limits))
        [record] = [record for record in caplog.records if getattr(record, "tag", "") == "DEBUG-VISION"]
        return next(part for part in record.getMessage().split() if part.startswith("sent=")).removeprefix("sent=")

    return read


def cut(
    request: Request, processor: Any, limits: ImageLimits, features: FeatureCache | None = None
) -> tuple[Picture, ...]:
    return prepare_pictures(request, processor, limits, features or FeatureCache())


def encoded(width: int, height: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def asked_about(*pictures: bytes, detail: Detail = "auto") -> Request:
    return Request((Message("user", tuple(ImagePart(data, detail=detail) for data in pictures)),), id="r1")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_pictures_over_2000_pixels_are_shrunk_to_1024(read_size: Callable[..., str], kind: str) -> None:
    assert read_size(2001, 1500, kind=kind) == "1024x768"
    assert read_size(2000, 1500, kind=kind) == "2000x1500"
    assert read_size(3000, 5000, kind=kind) == "614x1024"


@pytest.mark.parametrize("over", [1500, 2047, 2048, 3000, 5000])
def test_reduced_decoding_never_leaves_a_picture_unshrunk(read_size: Callable[..., str], over: int) -> None:
    assert read_size(6000, 600, shrink_over=over, shrink_to=1024) == "1024x102"


def test_detail_high_keeps_a_picture_as_it_is(read_size: Callable[..., str]) -> None:
    assert read_size(2600, 1300, detail="high") == "2600x1300"


def test_detail_low_shrinks_more(read_size: Callable[..., str]) -> None:
    assert read_size(1200, 900, detail="low") == "512x384"


def test_shrinking_can_be_turned_off(read_size: Callable[..., str]) -> None:
    assert read_size(2600, 1300, shrink_over=0) == "2600x1300"


def test_each_picture_has_its_own_grid(processor: Any) -> None:
    wide, tall = cut(asked_about(encoded(560, 280), encoded(280, 560)), processor, ImageLimits())

    assert (wide.seen.grid, tall.seen.grid) == ((1, 20, 40), (1, 40, 20))
    assert isinstance(wide.seen, Patches)
    assert wide.seen.values.shape == (800, 3 * 2 * 14 * 14)
    assert wide.token_count(2) == 200


def test_strips_and_bombs_are_refused(processor: Any) -> None:
    buffer = BytesIO()
    Image.new("L", (2010, 10)).save(buffer, "PNG")
    with pytest.raises(ImageAspectRatio):
        cut(asked_about(buffer.getvalue()), processor, ImageLimits())
    with pytest.raises(ImageTooLarge):
        cut(asked_about(buffer.getvalue()), processor, ImageLimits(max_pixels=20_000))


@pytest.mark.parametrize(
    ("size", "kind", "detail"),
    [
        ((2100, 11), "PNG", "auto"),
        ((11, 2100), "PNG", "low"),
        ((2100, 11), "PNG", "high"),
        ((20_000, 101), "JPEG", "auto"),  # decoded at an eighth
        ((20_000, 101), "JPEG", "low"),
        ((100_400, 502), "PNG", "auto"),  # decoded a few rows at a time
        ((502, 100_400), "PNG", "low"),
    ],
)
def test_the_longest_strips_are_read_however_they_are_shrunk(
    processor: Any, size: tuple[int, int], kind: str, detail: Detail
) -> None:
    buffer = BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(buffer, kind)

    [strip] = cut(asked_about(buffer.getvalue(), detail=detail), processor, ImageLimits())

    assert strip.seen.grid[1 if size[0] > size[1] else 2] == 2


def test_a_strip_is_refused_at_the_size_that_was_sent(processor: Any) -> None:
    buffer = BytesIO()
    Image.new("L", (20_200, 100)).save(buffer, "JPEG")

    with pytest.raises(ImageAspectRatio) as caught:
        cut(asked_about(buffer.getvalue()), processor, ImageLimits())

    assert (caught.value.params["width"], caught.value.params["height"]) == (20_200, 100)


def test_what_the_image_processor_refuses_is_an_unusable_picture() -> None:
    def strict(**_pictures: Any) -> Any:
        raise ValueError("absolute aspect ratio must be smaller than 100, got 150.0")

    with pytest.raises(ImageAspectRatio):
        cut(asked_about(encoded(1500, 10)), strict, ImageLimits())


def test_a_refusal_says_which_of_the_pictures_it_is_about(processor: Any) -> None:
    whole, broken = encoded(280, 280), encoded(280, 280)[:100]

    with pytest.raises(ImageUndecodable) as caught:
        cut(asked_about(whole, whole, broken, whole), processor, ImageLimits())

    assert caught.value.picture == 2


def test_a_picture_has_the_public_limit_unless_the_request_says_more() -> None:
    # Refused from the header alone, so that no processor is needed.
    scan = png_chunks(width=25_000, height=17_000, depth=8, colour=0, rows=[])

    for part, limit in (
        (ImagePart(scan), PUBLIC_MAX_PIXELS),
        (ImagePart(scan, max_pixels=IMPORT_MAX_PIXELS), IMPORT_MAX_PIXELS),
    ):
        with pytest.raises(ImageTooLarge) as caught:
            cut(Request((Message("user", (part,)),)), None, ImageLimits())
        assert caught.value.params["limit"] == limit


def test_a_request_may_bring_a_picture_larger_than_public_ones(processor: Any) -> None:
    buffer = BytesIO()
    Image.new("L", (300, 200)).save(buffer, "PNG")
    limits = ImageLimits(max_pixels=50_000)

    with pytest.raises(ImageTooLarge):
        cut(asked_about(buffer.getvalue()), processor, limits)
    part = ImagePart(buffer.getvalue(), max_pixels=60_000)
    assert len(cut(Request((Message("user", (part,)),)), processor, limits)) == 1


def test_a_picture_seen_before_is_neither_decoded_nor_cut_again(processor: Any) -> None:
    torch = pytest.importorskip("torch")
    features, data = FeatureCache(), encoded(280, 280)
    [first] = cut(asked_about(data), processor, ImageLimits(), features)
    seen = Features(torch.zeros(100, 8), first.seen.grid)
    features.put(first.key, seen)

    [again] = cut(asked_about(data), None, ImageLimits(), features)

    assert again.seen is seen
    assert (features.hits, features.misses) == (1, 1)


@pytest.mark.parametrize("other", [{"detail": "low"}, {"page": 1}])
def test_a_picture_read_in_another_way_is_another_one(other: dict[str, Any]) -> None:
    assert picture_key(ImagePart(b"x")) != picture_key(ImagePart(b"x", **other))


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"the same")

    assert picture_key(ImagePart(tmp_path / "scan.png")) == picture_key(ImagePart(b"the same"))
    with pytest.raises(ImageUnreadable):
        picture_key(ImagePart(tmp_path / "gone.png"))


def test_features_are_kept_within_a_bound_and_the_latest_used_longest() -> None:
    torch = pytest.importorskip("torch")
    kept = FeatureCache(limit_bytes=2 * 400)
    for name in (b"a", b"b"):
        kept.put(name, Features(torch.zeros(100), (1, 1, 1)))
    kept.get(b"a")
    kept.put(b"c", Features(torch.zeros(100), (1, 1, 1)))
    kept.put(b"too large for itself", Features(torch.zeros(300), (1, 1, 1)))

    assert [kept.get(name) is not None for name in (b"a", b"b", b"c", b"too large for itself")] == [
        True, False, True, False,
    ]  # fmt: skip
