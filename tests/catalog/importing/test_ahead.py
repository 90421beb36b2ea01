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
class CountingSource:
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
    """A file of the source."""

    name: str
    path: Path
    source: CountingSource

    @contextmanager
    def local(self) -> Iterator[Path]:
        self.source.held += 1
        self.source.most_held = max(self.source.held, self.source.most_held)
        try:
            yield self.path
        finally:
            self.source.held -= 1


@pytest.fixture
def source(tmp_path: Path) -> CountingSource:
    made = CountingSource(tmp_path)
    for number in range(8):
        made.put(f"{number}.png", 60 + 20 * number)
    return made


def _never_negative(entry: Entry) -> bool:
    return False


def _always(sha256: str) -> bool:
    return True


def test_files_come_in_their_order_each_with_its_own_content(source: CountingSource) -> None:
    names, hashes, pictures = [], set(), set()

    for incoming in read_ahead(source.entries, is_negative=_never_negative, wanted=_always):
        names.append(incoming.entry.name)
        hashes.add(incoming.content()[1])
        pictures.add(incoming.decoded().rendition.screen)

    assert names == [entry.name for entry in source.entries]
    assert len(hashes) == len(pictures) == len(names)


def test_while_one_is_in_hand_the_next_ones_are_read_but_never_many(source: CountingSource) -> None:
    with closing(read_ahead(source.entries, is_negative=_never_negative, wanted=_always)) as files:
        first = next(files)
        first.decoded()
        second = next(files)
        second.decoded()

    assert 1 < source.most_held <= THREADS + 2


def test_every_file_is_let_go_of(source: CountingSource) -> None:
    for incoming in read_ahead(source.entries, is_negative=_never_negative, wanted=_always):
        incoming.decoded()

    assert source.held == 0


def test_an_import_that_ends_early_lets_go_of_what_was_read_ahead(source: CountingSource) -> None:
    with closing(read_ahead(source.entries, is_negative=_never_negative, wanted=_always)) as files:
        next(files)

    assert source.held == 0


def test_what_is_known_already_is_hashed_and_asked_about_once_and_can_still_be_decoded(source: CountingSource) -> None:
    asked: list[str] = []

    def known(sha256: str) -> bool:
        asked.append(sha256)
        return False

    hashes = []
    for incoming in read_ahead(source.entries, is_negative=_never_negative, wanted=known):
        hashes.append(incoming.content()[1])
        assert incoming.decoded().info.width == 80

    assert asked == hashes


def test_a_file_that_cannot_be_had_says_so_when_it_is_its_turn(source: CountingSource) -> None:
    source.entries.insert(2, RefusedEntry("link.jpg", "拒绝"))
    (source.folder / "text.jpg").write_text("no picture", encoding="utf-8")
    source.entries.insert(4, Held("text.jpg", source.folder / "text.jpg", source))
    refused: dict[str, type[Exception]] = {}

    for incoming in read_ahead(source.entries, is_negative=_never_negative, wanted=_always):
        try:
            incoming.content()
            incoming.decoded()
        except (FileRejected, EngineError) as error:
            refused[incoming.entry.name] = type(error)

    assert list(refused) == ["link.jpg", "text.jpg"]
    assert refused["link.jpg"] is FileRejected
    assert source.held == 0


def test_a_negative_is_read_as_a_positive(source: CountingSource) -> None:
    def files(*, negative: bool) -> bytes:
        with closing(read_ahead(source.entries[:1], is_negative=lambda entry: negative, wanted=_always)) as found:
            return next(found).decoded().rendition.screen

    assert files(negative=True) != files(negative=False)
