"""Text as the catalogue keeps it: what a database takes, with one kind of line break."""


def storable(text: str) -> str:
    """Return a text without what databases refuse (NUL, halves of surrogate pairs), its lines ended by a line feed.

    Browsers, manifests and models end lines in three ways; a text that came in one way and comes back in another
    must not count as changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", errors="ignore").decode("utf-8")


def unbroken(text: str) -> str:
    """Return a text without white space, as written Chinese is searched and compared: words run over line ends."""
    return "".join(text.split())
