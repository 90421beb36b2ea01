"""Files are read ahead of the one in hand, in order, a few at a time, and let go of whatever happens."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from catalog.exceptions import FileRejected
from catalog.importing.ahead import THREADS, read_ahead
from catalog.importing.entries import Entry, RefusedEntry
from inference.engine.errors import EngineError


@dataclass
class Shelf:
    """Counts how many of its files somebody holds."""

    folder: Path
    held: int = 0
    most_held: int = 0
    entries: list[Entry] = field(default_factory=list)

    def put(self, name: str, grey: int) -> None:
        path = self.folder / name
        Image.linear_gradient("L").point(lambda value: value * grey // 255).resize((80, 60)).save(path)
        self.entries.append(Held(name, path, self))


@dataclass(frozen=True)
class Held:
    """A file of a shelf."""

    name: str
    path: Path
    shelf: Shelf

    @contextmanager
    def local(self) -> Iterator[Path]:
        self.shelf.held += 1
        self.shelf.most_held = max(self.shelf.held, self.shelf.most_held)
        try:
            yield self.path
        finally:
            self.shelf.held -= 1


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    for number in range(8):
        made.put(f"{number}.png", 60 + 20 * number)
    return made


def _never_negative(entry: Entry) -> bool:
    return False


def _always(sha256: str) -> bool:
    return True


def test_files_come_in_their_order_each_with_its_own_content(shelf: Shelf) -> None:
    names, hashes, pictures = [], set(), set()

    for incoming in read_ahead(shelf.entries, is_negative=_never_negative, wanted=_always):
        names.append(incoming.entry.name)
        hashes.add(incoming.content()[1])
        pictures.add(incoming.decoded().rendition.screen)

    assert names == [entry.name for entry in shelf.entries]
    assert len(hashes) == len(pictures) == len(names)


def test_while_one_is_in_hand_the_next_ones_are_read_but_never_many(shelf: Shelf) -> None:
    with closing(read_ahead(shelf.entries, is_negative=_never_negative, wanted=_always)) as files:
        first = next(files)
        first.decoded()
        second = next(files)
        second.decoded()

    assert 1 < shelf.most_held <= THREADS + 2


def test_every_file_is_let_go_of(shelf: Shelf) -> None:
    for incoming in read_ahead(shelf.entries, is_negative=_never_negative, wanted=_always):
        incoming.decoded()

    assert shelf.held == 0


def test_an_import_that_ends_early_lets_go_of_what_was_read_ahead(shelf: Shelf) -> None:
    with closing(read_ahead(shelf.entries, is_negative=_never_negative, wanted=_always)) as files:
        next(files)

    assert shelf.held == 0


def test_what_is_known_already_is_hashed_and_asked_about_once_and_can_still_be_decoded(shelf: Shelf) -> None:
    asked: list[str] = []

    def known(sha256: str) -> bool:
        asked.append(sha256)
        return False

    hashes = []
    for incoming in read_ahead(shelf.entries, is_negative=_never_negative, wanted=known):
        hashes.append(incoming.content()[1])
        assert incoming.decoded().info.width == 80

    assert asked == hashes


def test_a_file_that_cannot_be_had_says_so_when_it_is_its_turn(shelf: Shelf) -> None:
    shelf.entries.insert(2, RefusedEntry("link.jpg", "拒绝"))
    (shelf.folder / "text.jpg").write_text("no picture", encoding="utf-8")
    shelf.entries.insert(4, Held("text.jpg", shelf.folder / "text.jpg", shelf))
    refused: dict[str, type[Exception]] = {}

    for incoming in read_ahead(shelf.entries, is_negative=_never_negative, wanted=_always):
        try:
            incoming.content()
            incoming.decoded()
        except (FileRejected, EngineError) as error:
            refused[incoming.entry.name] = type(error)

    assert list(refused) == ["link.jpg", "text.jpg"]
    assert refused["link.jpg"] is FileRejected
    assert shelf.held == 0


def test_a_negative_is_read_as_a_positive(shelf: Shelf) -> None:
    def files(*, negative: bool) -> bytes:
        with closing(read_ahead(shelf.entries[:1], is_negative=lambda entry: negative, wanted=_always)) as found:
            return next(found).decoded().rendition.screen

    assert files(negative=True) != files(negative=False)
