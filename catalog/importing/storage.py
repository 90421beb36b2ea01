"""Files under MEDIA_ROOT: masters copied in, derivatives made once.

Names come from the content, and a file gets its name only when it is whole. So whatever an interrupted import left
behind is either a whole file, which the next one reuses once it has read it, or a `.part`, which it removes. Both file
and name are on the disk when a function returns: the row that names them is written next, and outlives a power cut.
"""

import hashlib
import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.digests import content_hash
from catalog.exceptions import FileRejected
from catalog.importing import leftovers
from catalog.paths import LONGEST, recorded
from inference.engine.copies import positive
from inference.engine.durable_files import make_folder, sync_file, sync_folder
from inference.engine.sizes import shrink

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

THUMBNAIL_SIZE = 320
"""Longer side of a thumbnail in pixels."""
SCREEN_SIZE = 1600
"""Longer side of the picture shown on a page in pixels."""

_SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "GIF": ".gif",
    "HEIF": ".heic",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
    "PDF": ".pdf",
}
_CHUNK = 1024 * 1024
_CELLS = (9, 8)
_CUTS = (0.0, 0.02, -0.02, 0.04, -0.04)
_SLOPES = (0, 2, -2, 4, -4)
_ENOUGH = 80  # pixels on the longer side, for variants


@dataclass(frozen=True, slots=True)
class Rendition:
    """What is made of a master, in memory.

    Attributes:
        thumbnail: a JPEG of at most `THUMBNAIL_SIZE` pixels.
        screen: a JPEG of at most `SCREEN_SIZE` pixels.
        perceptual_hash: of what they show.
        variants: the hashes that another scan of it may have.
        positive: whether they show a negative as a positive.
    """

    thumbnail: bytes
    screen: bytes
    perceptual_hash: str
    variants: tuple[str, ...]
    positive: bool


@dataclass(frozen=True, slots=True)
class Derivatives:
    """The pictures of a rendition on the disk: their names under MEDIA_ROOT."""

    thumbnail: str
    screen: str


def place_in(path: Path) -> str:
    """Return what is recorded of a file that is left where it lies.

    Raises:
        FileRejected: its path is too long to be recorded.
    """
    place = recorded(path.resolve())
    if len(place) > LONGEST:
        raise FileRejected(_("文件的路径太长，记不下来，不能原地引用。请缩短文件夹的名称，或不加 --in-place。"))
    return place


def perceptual_hash(picture: "Picture") -> str:
    """Return a picture's difference hash: 64 bits, 16 hexadecimal digits, alike for pictures that look alike."""
    return _hash(_grey(picture).resize(_CELLS).tobytes())


def hash_variants(picture: "Picture") -> tuple[str, ...]:
    """Return the hashes that another scan of the same thing may have.

    A hash feels most what scans differ in most: how much of the margins is cut, which moves all that is to be seen, and
    the light, which rises to one side or the other over bare paper and decides all of its bits at once.

    Args:
        picture: the scan.

    Returns:
        The hashes of the picture cut by a little less and a little more, each lit evenly and from either side.
    """
    grey = _grey(picture)
    small = grey.reduce(max(1, max(grey.size) // _ENOUGH))
    cells = [_cut(small, share).resize(_CELLS).tobytes() for share in _CUTS]
    return tuple(dict.fromkeys(_hash(values, slope) for values in cells for slope in _SLOPES))


def _grey(picture: "Picture") -> "Picture":
    return shrink(picture, THUMBNAIL_SIZE, THUMBNAIL_SIZE).convert("L")


def _cut(picture: "Picture", share: float) -> "Picture":
    """Cut a share of each side, or with a negative one add as much of what is in the corner."""
    across, down = (round(share * side) for side in picture.size)
    box = (across, down, picture.width - across, picture.height - down)
    if share >= 0:
        return picture.crop(box)
    larger = picture.resize((box[2] - box[0], box[3] - box[1]), box=(0, 0, 1, 1))
    larger.paste(picture, (-across, -down))
    return larger


def _hash(values: bytes, slope: int = 0) -> str:
    """Return the hash of cells, as they would be if they were that much brighter from each to the next."""
    width, height = _CELLS
    bits = 0
    for row in range(height):
        for left, right in pairwise(values[row * width : (row + 1) * width]):
            bits = bits << 1 | (left > right + slope)
    return f"{bits:016x}"


def keep_master(path: Path, *, collection_id: int, sha256: str, kind: str) -> str:
    """Copy a file in as a master, unless it is there already, whole.

    It is asked for where no record has this content, so what lies there was left by an import that died, and may have
    suffered with the disk.

    Args:
        path: the file.
        collection_id: the collection it goes into.
        sha256: its hash as read before.
        kind: its format, as `ImageInfo.format`.

    Returns:
        The master's name under MEDIA_ROOT.

    Raises:
        FileRejected: the file changed since its hash was taken.
    """
    name = f"masters/{collection_id}/{sha256[:2]}/{sha256}{_SUFFIXES.get(kind, '')}"
    target = Path(settings.MEDIA_ROOT, name)
    if target.exists() and content_hash(target) == sha256:
        # Whoever left it may have died before it was on the disk; reading it has shown only what is in memory.
        with target.open("rb") as file:
            sync_file(file)
        sync_folder(target.parent)
    else:
        # Nobody has any business writing to a master, the application included.
        write_whole(target, partial(_copy, path, sha256), mode=0o444)
    return name


def render(picture: "Picture", *, negative: bool = False) -> Rendition:
    """Make the thumbnail and the screen picture of a master.

    Args:
        picture: the decoded master, upright, RGB.
        negative: whether it is a negative, which is shown as a positive.
    """
    screen = shrink(picture, SCREEN_SIZE, SCREEN_SIZE)
    if negative:
        screen = positive(screen)
    thumbnail = shrink(screen, THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    return Rendition(
        thumbnail=_jpeg(thumbnail, quality=80),
        screen=_jpeg(screen, quality=88),
        perceptual_hash=perceptual_hash(thumbnail),
        variants=hash_variants(thumbnail),
        positive=negative,
    )


def keep_derivatives(rendition: Rendition, *, collection_id: int, sha256: str) -> Derivatives:
    """Write the pictures of a rendition, over whatever an import that died has left there.

    Args:
        rendition: made of the master.
        collection_id: its collection.
        sha256: the master's hash.
    """
    name = f"derivatives/{collection_id}/{sha256[:2]}/{sha256}{'-positive' if rendition.positive else ''}"
    derivatives = Derivatives(thumbnail=f"{name}-thumbnail.jpg", screen=f"{name}-screen.jpg")
    for file_name, content in ((derivatives.thumbnail, rendition.thumbnail), (derivatives.screen, rendition.screen)):
        write_whole(Path(settings.MEDIA_ROOT, file_name), partial(_put, content))
    return derivatives


def mend_derivatives(contents: Mapping[Path, bytes]) -> None:
    """Write pictures where they were, as the disk has lost or damaged them.

    Args:
        contents: what belongs in each file.

    Raises:
        OSError: the disk says no.
    """
    for path, content in contents.items():
        write_whole(path, partial(_put, content))


def _jpeg(picture: "Picture", quality: int) -> bytes:
    # Pillow writes the master's comment and metadata into the copy, and derivatives are public.
    bare = picture.copy()
    bare.info.clear()
    content = io.BytesIO()
    bare.save(content, "JPEG", quality=quality, optimize=True, progressive=True)
    return content.getvalue()


def _put(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def _copy(path: Path, sha256: str, file: BinaryIO) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != sha256:
        raise FileRejected(_("文件在导入过程中被改动，请稍后再导入。"))


def write_whole(target: Path, write: Callable[[BinaryIO], object], mode: int | None = None) -> None:
    """Write a file so that it appears under its name only when it is complete and on the disk.

    Args:
        target: its path; folders above it are made.
        write: writes the content, into the file that it is given or under that one's name.
        mode: permissions of the file; None for what files get here.

    Raises:
        OSError: the disk says no.
    """
    make_folder(target.parent)
    while True:
        # Its own for each writer: two threads may be sent the same file at once.
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}{leftovers.PART}")
        try:
            with part.open("xb") as file:
                if not leftovers.hold(file.fileno()):
                    continue
                write(file)
                if mode is not None:
                    part.chmod(mode)
                sync_file(file)
                part.replace(target)
            sync_folder(target.parent)
            return
        finally:
            part.unlink(missing_ok=True)
