"""Files under MEDIA_ROOT: masters copied in, derivatives made once.

Names come from the content, and a file gets its name only when it is whole. So whatever an interrupted import left
behind is either a whole file, which the next one reuses, or a `.part` that nobody looks at.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import FileRejected
from inference.engine.copies import positive
from inference.engine.images import shrink

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
    "JPEG2000": ".jp2",
}
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Derivatives:
    """What is made of a master: names of pictures under MEDIA_ROOT, and the hash of what they show."""

    thumbnail: str
    screen: str
    perceptual_hash: str


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def perceptual_hash(picture: "Picture") -> str:
    """Return a picture's difference hash: 64 bits, 16 hexadecimal digits, alike for pictures that look alike."""
    grey = shrink(picture, THUMBNAIL_SIZE, THUMBNAIL_SIZE).convert("L").resize((9, 8))
    values = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = values[row * 9 + column], values[row * 9 + column + 1]
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def keep_master(path: Path, *, collection_id: int, sha256: str, kind: str) -> str:
    """Copy a file in as a master, unless it is there already.

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
    if not target.exists():
        _write_whole(target, lambda file: _copy(path, file, sha256))
        # Nobody has any business writing to a master, the application included.
        target.chmod(0o444)
    return name


def keep_derivatives(picture: "Picture", *, collection_id: int, sha256: str, negative: bool = False) -> Derivatives:
    """Make the thumbnail and the screen picture, unless they are there already.

    Args:
        picture: the decoded master, upright, RGB.
        collection_id: its collection.
        sha256: the master's hash.
        negative: whether it is a negative, which is shown as a positive.

    Returns:
        Their names under MEDIA_ROOT, and the perceptual hash of what they show.
    """
    screen = shrink(picture, SCREEN_SIZE, SCREEN_SIZE)
    if negative:
        screen = positive(screen)
    thumbnail = shrink(screen, THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    folder = f"derivatives/{collection_id}/{sha256[:2]}"
    name = f"{folder}/{sha256}{'-positive' if negative else ''}"
    return Derivatives(
        thumbnail=_keep_jpeg(thumbnail, f"{name}-thumbnail.jpg", quality=80),
        screen=_keep_jpeg(screen, f"{name}-screen.jpg", quality=88),
        perceptual_hash=perceptual_hash(thumbnail),
    )


def _keep_jpeg(picture: "Picture", name: str, quality: int) -> str:
    target = Path(settings.MEDIA_ROOT, name)
    # Pillow writes the master's comment and metadata into the copy, and derivatives are public.
    bare = picture.copy()
    bare.info.clear()
    if not target.exists():
        _write_whole(target, lambda file: bare.save(file, "JPEG", quality=quality, optimize=True, progressive=True))
    return name


def _copy(path: Path, file: BinaryIO, sha256: str) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != sha256:
        raise FileRejected(_("文件在导入过程中被改动，请稍后再导入。"))


def _write_whole(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that it appears under its name only when it is complete and on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
