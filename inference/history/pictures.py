"""The pictures that people ask about: their rows, and what is made of their files.

A row is written when its files are there and deleted before they are: what a killed process leaves behind is a folder
without a row, which :mod:`inference.history.removing` takes away. Names come from the row alone; what a client calls
its file is only for people to read.
"""

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inference.engine.durable_files import sync_files
from inference.engine.errors import ImageError
from inference.engine.images import PUBLIC_MAX_PIXELS, read_info
from inference.engine.sizes import check_aspect_ratio, check_size
from inference.engine.types import ImageInfo
from inference.history import copies
from inference.history.files import existing, folder_of, name_of, remove_files, remove_folder
from inference.history.quotas import require_within_quota
from inference.models import Exchange, Owner, Picture

Kind = Literal["preview", "thumbnail"]

CONVERTIBLE = {"TIFF": "TIFF", "HEIF": "HEIC", "JPEG2000": "JPEG 2000"}
"""Formats that browsers do not show and a page of which can be chosen, with the names that people know."""

_SUFFIXES = {
    "JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WEBP": ".webp", "BMP": ".bmp", "GIF": ".gif", "HEIF": ".heic",
    "AVIF": ".avif", "JPEG2000": ".jp2",
}  # fmt: skip
_LONGEST_NAME = 255


class PictureInUse(Exception):
    """A picture belongs to a question already."""


def is_better_converted(picture: Picture) -> bool:
    """Tell whether a conversion is to be recommended: the picture is asked about as it came.

    Args:
        picture: any.
    """
    return picture.format in CONVERTIBLE and not picture.converted


def needs_conversion(picture: Picture) -> bool:
    """Tell whether a picture cannot be asked about as it came: its first page is of no use, another one may be.

    Args:
        picture: any.
    """
    return is_better_converted(picture) and not picture.shown


def take(owner: Owner, file: Path, name: str) -> Picture:
    """Take an uploaded file in: look at its header, make what browsers show, write its row.

    Args:
        owner: who uploaded it.
        file: below ``incoming_folder()``; it is moved from there where it is kept.
        name: what the client calls it.

    Returns:
        The picture, without an exchange.

    Raises:
        EngineError: it cannot be used (ImageError), or too much is being converted now (Busy).
        TooManyWaiting: the owner has to ask first.
        VisitorsFull: others have to ask first, or somebody has to sign in.
    """
    info = read_info(file, max_pixels=PUBLIC_MAX_PIXELS)
    if info.pages == 1:  # of several, the first one may be of no use and another chosen
        _check_shape(info)
    picture = Picture(
        user_id=owner.user_id, visitor=owner.visitor, name=shown_name(name), format=info.format,
        width=info.width, height=info.height, pages=info.pages, size=file.stat().st_size,
    )  # fmt: skip
    with _own_folder(picture) as folder:
        original = folder / f"original{_SUFFIXES.get(info.format, '')}"
        file.replace(original)
        picture.original = name_of(original)
        made = _first_page(original, folder, info)
        if made is not None:
            picture.shown, picture.thumbnail = name_of(made.shown), name_of(made.thumbnail)
        sync_files(folder)
        with transaction.atomic():
            # Counted again beside the row: several uploads may come at once.
            require_within_quota(owner, picture.size)
            picture.save(force_insert=True)
    return picture


def _first_page(original: Path, folder: Path, info: ImageInfo) -> copies.Copies | None:
    """Make what browsers show of a new picture; None where its first page is of no use and another can be chosen.

    Raises:
        EngineError: it cannot be decoded, or too much is being converted now.
    """
    may_be_chosen = info.pages > 1 and info.format in CONVERTIBLE
    try:
        if may_be_chosen:
            _check_shape(info)
        return copies.make(original, folder, _stamp())
    except ImageError:
        if may_be_chosen:
            return None
        raise


def _check_shape(info: ImageInfo) -> None:
    check_size(info.width, info.height, settings.GLMV_MIN_IMAGE_SIZE)
    check_aspect_ratio(info.width, info.height)


@contextmanager
def _own_folder(picture: Picture) -> Iterator[Path]:
    """Make a picture's folder; where its row is not written after all, nobody knows the files and they go."""
    folder = folder_of(picture.pk)
    try:
        folder.mkdir(parents=True)
        yield folder
    except BaseException:
        remove_folder(folder)
        raise


def hand_over(visitor: Owner, user_id: int) -> None:
    """Give the pictures that wait for their questions to whoever has signed in where they were uploaded.

    Args:
        visitor: the browser.
        user_id: who has signed in.
    """
    Picture.objects.of(visitor).filter(exchange=None).update(user_id=user_id, visitor="")


def convert(picture: Picture, page: int) -> Picture:
    """Make a JPEG of one page, upright and in sRGB, and what browsers show of it.

    Args:
        picture: not asked about yet.
        page: counted from 0.

    Returns:
        The same picture; size and files are those of the page.

    Raises:
        EngineError: the page is not there or cannot be used (ImageError), or too much is being converted now (Busy).
        PictureInUse: it has been asked about, or removed, meanwhile.
    """
    folder = folder_of(picture.pk)
    before = [picture.converted, picture.shown, picture.thumbnail]
    made = copies.convert(Path(settings.MEDIA_ROOT, picture.original), folder, _stamp(), page)
    values: dict[str, Any] = {
        "page": page, "width": made.width, "height": made.height, "converted": name_of(made.converted),
        "shown": name_of(made.shown), "thumbnail": name_of(made.thumbnail),
    }  # fmt: skip
    if not Picture.objects.filter(pk=picture.pk, exchange=None).update(**values):
        remove_files([values["converted"], values["shown"], values["thumbnail"]])
        raise PictureInUse
    for field, value in values.items():
        setattr(picture, field, value)
    remove_files(before)
    return picture


def source_of(picture: Picture) -> Path | None:
    """Return the file that the model is shown.

    Args:
        picture: any.

    Returns:
        Its path; None where another page has to be chosen first, it is not kept, or it is not there.
    """
    if needs_conversion(picture):
        return None
    return existing(picture.converted or picture.original)


def file_of(picture: Picture, kind: Kind) -> Path | None:
    """Return a file that browsers are shown.

    Args:
        picture: any.
        kind: ``preview`` or ``thumbnail``.

    Returns:
        Its path; None where it has not been made, or is not there.
    """
    return existing(picture.shown if kind == "preview" else picture.thumbnail)


def attach(exchange: Exchange, chosen: Iterable[Picture]) -> list[Picture]:
    """Make pictures those of a question. One that was asked about before stays with that question; this gets a copy.

    Args:
        exchange: saved.
        chosen: pictures of its owner, in order.

    Returns:
        The pictures of the question.
    """
    attached = []
    for position, picture in enumerate(chosen):
        mine = Picture.objects.filter(pk=picture.pk, exchange=None).update(exchange=exchange, position=position)
        attached.append(picture if mine else _again(picture, exchange, position))
        if mine:
            picture.exchange, picture.position = exchange, position
    return attached


def drop_originals(attached: Iterable[Picture]) -> None:
    """Let go of uploads whose converted page is all that anybody needs from now on.

    Args:
        attached: pictures of a question.
    """
    for picture in attached:
        if picture.converted and picture.original:
            Picture.objects.filter(pk=picture.pk).update(original="")
            remove_files([picture.original])
            picture.original = ""


def keep_thumbnail(exchange: Exchange, position: int, source: bytes | Path) -> Picture:
    """Keep a thumbnail of a picture that a program asked about, and nothing else of it.

    Args:
        exchange: saved.
        position: which of its pictures.
        source: the encoded file, or its path.

    Returns:
        The picture.

    Raises:
        EngineError: it cannot be read, or too much is being converted now.
    """
    info = read_info(source, max_pixels=PUBLIC_MAX_PIXELS)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    picture = Picture(
        exchange=exchange, position=position, user_id=exchange.user_id, visitor=exchange.visitor, format=info.format,
        width=info.width, height=info.height, pages=info.pages, size=size,
    )  # fmt: skip
    with _own_folder(picture) as folder:
        picture.thumbnail = name_of(copies.make_thumbnail(source, folder, _stamp()))
        picture.save(force_insert=True)
    return picture


def shown_name(name: str) -> str:
    """Return what may be shown of a client's file name.

    Args:
        name: whatever the client sent.

    Returns:
        Its last part, without characters that nobody sees.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME].strip()


def _again(picture: Picture, exchange: Exchange, position: int) -> Picture:
    """Write a picture a second time; its files are the same ones under other names."""
    source = picture.pk
    copy = Picture.objects.get(pk=source)
    copy.pk = uuid.uuid4()
    copy.exchange, copy.position, copy.created_at = exchange, position, timezone.now()
    folder = folder_of(copy.pk)
    folder.mkdir(parents=True)
    for field in ("original", "converted", "shown", "thumbnail"):
        file = existing(getattr(copy, field))
        target = folder / file.name if file else None
        if file and target:
            _link(file, target)
        setattr(copy, field, name_of(target) if target else "")
    copy.save(force_insert=True)
    return copy


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)


def _stamp() -> str:
    """Return what makes a file's name new: nobody is to see another page under an address that is cached."""
    return uuid.uuid4().hex[:8]
