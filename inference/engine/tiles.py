"""The file of a pyramid: a BigTIFF of levels, each half as large as the one before, in tiles that are JPEGs.

`inference.engine.pyramids` writes it. Here a tile is found by offset and read: nothing is decoded, and what is read
beside the tile are the directories, a few hundred bytes for each level.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER = struct.Struct("<2sHHHQ")
_ENTRY = struct.Struct("<HHQ8s")
_BIG = (b"II", 43, 8, 0)
_FARTHEST = 1 << 62
_MOST_LEVELS = 32
_MOST_ENTRIES = 100
_LARGEST_TILE = 4 * 1024 * 1024
_LONGEST_TABLES = 64 * 1024

_WIDTH, _HEIGHT, _TILE_WIDTH, _OFFSETS, _COUNTS, _TABLES = 256, 257, 322, 324, 325, 347
_NEEDED = {_WIDTH, _HEIGHT, _TILE_WIDTH, _OFFSETS, _COUNTS, _TABLES}
_FORMATS = {3: "<H", 4: "<I", 7: "<B", 16: "<Q"}

_START, _END = b"\xff\xd8", b"\xff\xd9"


class PyramidDamaged(Exception):
    """A file is no pyramid, or not whole."""


class TileMissing(Exception):
    """A pyramid has no such level, or the level no such tile."""


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture.

    Attributes:
        width: pixels across.
        height: pixels down.
        tile_size: pixels of a tile's side; the last ones of a row and of a column are as large and filled up.
    """

    width: int
    height: int
    tile_size: int
    _entries: dict[int, tuple[int, int, bytes]]

    @property
    def columns(self) -> int:
        """Return how many tiles lie side by side."""
        return -(-self.width // self.tile_size)

    @property
    def rows(self) -> int:
        """Return how many tiles lie one above the other."""
        return -(-self.height // self.tile_size)

    def value(self, file: BinaryIO, tag: int, index: int) -> int:
        """Return one value of an entry of this level's directory.

        Args:
            file: of the pyramid.
            tag: the entry's.
            index: which of its values.

        Raises:
            PyramidDamaged: it is not there.
        """
        kind, count, inline = self._entries[tag]
        if index >= count or kind not in _FORMATS:
            raise PyramidDamaged(f"no value {index} of tag {tag}")
        form = struct.Struct(_FORMATS[kind])
        if count * form.size <= len(inline):
            return int(form.unpack_from(inline, index * form.size)[0])
        place = int.from_bytes(inline, "little") + index * form.size
        return int(form.unpack(_read(file, place, form.size))[0])

    def tables(self, file: BinaryIO) -> bytes:
        """Return the tables that all tiles of this level share, as a JPEG without a picture.

        Args:
            file: of the pyramid.

        Raises:
            PyramidDamaged: they are not there.
        """
        _kind, count, inline = self._entries[_TABLES]
        if not len(inline) < count <= _LONGEST_TABLES:
            raise PyramidDamaged(f"tables of {count} bytes")
        return _read(file, int.from_bytes(inline, "little"), count)


def read_levels(path: Path) -> list[Level]:
    """Read which sizes a pyramid holds.

    Args:
        path: the file.

    Returns:
        The levels, the full size first; at least one.

    Raises:
        PyramidDamaged: it is no pyramid, or not whole.
        OSError: it is not there, or cannot be read.
    """
    with path.open("rb") as file:
        return _levels(file)


def read_tile(path: Path, level: int, column: int, row: int) -> bytes:
    """Read one tile.

    Args:
        path: the pyramid's file.
        level: 0 for the full size, and so on.
        column: from the left, counted from 0.
        row: from the top, counted from 0.

    Returns:
        A JPEG of the level's tile size; what lies beyond the picture's edge is filled up.

    Raises:
        TileMissing: there is no such tile.
        PyramidDamaged: the file is no pyramid, or not whole.
        OSError: it is not there, or cannot be read.
    """
    with path.open("rb") as file:
        levels = _levels(file)
        if not 0 <= level < len(levels):
            raise TileMissing
        return _tile(file, levels[level], column, row)


def is_whole(path: Path) -> bool:
    """Tell whether a pyramid is there: its directories, and of each level the tile that was written last.

    Args:
        path: the file.
    """
    try:
        with path.open("rb") as file:
            for level in _levels(file):
                _tile(file, level, level.columns - 1, level.rows - 1)
    except (OSError, PyramidDamaged):
        return False
    return True


def set_size(path: Path, width: int, height: int) -> None:
    """Write into a pyramid how large the picture is: of what was filled up at its edges, no reader knows then.

    Args:
        path: the file; its picture is filled up by less than a tile.
        width: of the picture, in pixels.
        height: likewise.

    Raises:
        PyramidDamaged: the file is no pyramid.
        OSError: it cannot be written.
    """
    with path.open("r+b") as file:
        place, number = _first(file), 0
        while place and number < _MOST_LEVELS:
            entries, following = _entries(file, place)
            for index, (tag, kind, _count, _inline) in enumerate(entries):
                if tag in (_WIDTH, _HEIGHT):
                    size = -(-(width if tag == _WIDTH else height) >> number)
                    file.seek(place + 8 + (index + 1) * _ENTRY.size - 8)
                    file.write(struct.pack(_FORMATS[kind], size))
            place, number = following, number + 1


def _first(file: BinaryIO) -> int:
    """Return where the first directory is."""
    *kind, place = _HEADER.unpack(_read(file, 0, _HEADER.size))
    if tuple(kind) != _BIG:
        raise PyramidDamaged("no BigTIFF")
    return int(place)


def _levels(file: BinaryIO) -> list[Level]:
    place = _first(file)
    levels: list[Level] = []
    while place and len(levels) < _MOST_LEVELS:
        entries, place = _entries(file, place)
        levels.append(_level({tag: (kind, count, inline) for tag, kind, count, inline in entries if tag in _NEEDED}))
    if not levels:
        raise PyramidDamaged("no levels")
    return levels


def _entries(file: BinaryIO, place: int) -> tuple[list[tuple[int, int, int, bytes]], int]:
    """Read a directory: tag, kind, number and value of each entry; and where the next directory is."""
    number = int.from_bytes(_read(file, place, 8), "little")
    if not len(_NEEDED) <= number <= _MOST_ENTRIES:
        raise PyramidDamaged(f"{number} entries")
    content = _read(file, place + 8, number * _ENTRY.size + 8)
    return list(_ENTRY.iter_unpack(content[:-8])), int.from_bytes(content[-8:], "little")


def _level(found: dict[int, tuple[int, int, bytes]]) -> Level:
    if found.keys() != _NEEDED or any(found[tag][0] not in (3, 4) for tag in (_WIDTH, _HEIGHT, _TILE_WIDTH)):
        raise PyramidDamaged("entries are missing")
    width, height, size = (
        int(struct.unpack_from(_FORMATS[found[tag][0]], found[tag][2])[0]) for tag in (_WIDTH, _HEIGHT, _TILE_WIDTH)
    )
    if not (width and height and size):
        raise PyramidDamaged("a level without a size")
    return Level(width, height, size, found)


def _tile(file: BinaryIO, level: Level, column: int, row: int) -> bytes:
    if not (0 <= column < level.columns and 0 <= row < level.rows):
        raise TileMissing
    index = row * level.columns + column
    size = level.value(file, _COUNTS, index)
    if not 4 <= size <= _LARGEST_TILE:
        raise PyramidDamaged(f"a tile of {size} bytes")
    tile, tables = _read(file, level.value(file, _OFFSETS, index), size), level.tables(file)
    if not all(part.startswith(_START) and part.endswith(_END) for part in (tile, tables)):
        raise PyramidDamaged("a tile that is no JPEG")
    # The tables, then the picture: together a JPEG such as every browser reads.
    return tables[:-2] + tile[2:]


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    if place > _FARTHEST:
        raise PyramidDamaged("the file breaks off")
    file.seek(place)
    content = file.read(size)
    if len(content) != size:
        raise PyramidDamaged("the file breaks off")
    return content
