"""A reader of pictures for tests: says what it is told stands in a file, without looking."""

from collections.abc import Mapping
from pathlib import Path

from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.reader import Line, Page


def page_of(text: str, confidence: float = 0.98) -> Page:
    """Return a page with these lines, one under the other."""
    lines = [
        Line(line, (100, 100 + 50 * row, 900, 100 + 50 * row, 900, 140 + 50 * row, 100, 140 + 50 * row), confidence)
        for row, line in enumerate(filter(None, text.split("\n")))
    ]
    return Page(tuple(lines), 1000, 700)


class FakeReader:
    """Finds the same text on every picture, or what `texts` says of a file by the end of its name.

    Args:
        text: what stands on every picture.
        texts: end of a file's path, with the page after a hash sign where it is not the first → text, or an error.
        version: its version.
        confidence: of every line.
        pages: end of a file's path → what is read on its first page, in place of a text.
    """

    name = "fake reader"

    def __init__(
        self,
        text: str = "云溪石桥落成留念\n一九五九年三月",
        *,
        texts: Mapping[str, str | BaseException] | None = None,
        version: str = "1",
        confidence: float = 0.98,
        pages: Mapping[str, Page] | None = None,
    ) -> None:
        self.text = text
        self.texts = texts or {}
        self.pages = pages or {}
        self.version = version
        self.confidence = confidence
        self.history: list[tuple[Path, int, bool]] = []
        self.closed = False

    def read(self, source: Path, *, page: int = 0, max_pixels: int = IMPORT_MAX_PIXELS, negative: bool = False) -> Page:
        """Say what stands there."""
        self.history.append((source, page, negative))
        key = f"{source}#{page}" if page else str(source)
        for end, known in self.pages.items():
            if key.endswith(end):
                return known
        said = next((text for end, text in self.texts.items() if key.endswith(end)), self.text)
        if isinstance(said, BaseException):
            raise said
        return page_of(said, self.confidence)

    def close(self) -> None:
        """Remember that nothing more is asked."""
        self.closed = True


def broken() -> EngineError:
    """Return what a reader says of a damaged file."""
    from inference.engine.errors import ImageUndecodable

    return ImageUndecodable("broken")
