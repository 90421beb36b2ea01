"""Which server is asked, and what is known of its model."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Target:
    """An OpenAI-compatible server, as configured.

    Attributes:
        url: its address, with or without ``/v1`` at the end. A name and a password in it are taken out: addresses
            are shown and logged.
        key: what it wants to see of its callers; empty where it wants nothing.
        model: which of its models is asked; empty takes the first one.
        beside: it runs on this machine, and no proxy is to see what it is asked.
        authorization: the header of that name; empty where there is nothing to say.
    """

    url: str
    key: str = field(default="", repr=False)
    model: str = ""
    beside: bool = False
    authorization: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        """Part the address from what opens the door there."""
        plain, login = without_login(self.url)
        basic = f"Basic {b64encode(login.encode()).decode()}" if login else ""
        object.__setattr__(self, "url", plain)
        object.__setattr__(self, "authorization", f"Bearer {self.key}" if self.key else basic)

    def address(self, path: str) -> str:
        """Return where something is.

        Args:
            path: below ``/v1/``.
        """
        return f"{self.url.rstrip('/').removesuffix('/v1')}/v1/{path}"


def without_login(url: str) -> tuple[str, str]:
    """Part an address from the name and the password in it.

    Args:
        url: an address, with or without them.

    Returns:
        The address without, and both as ``name:password``; empty where there are none.
    """
    parts = urlsplit(url)
    login, _at, host = parts.netloc.rpartition("@")
    name, _colon, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=host)), f"{unquote(name)}:{unquote(password)}" if login else ""


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """What a server says of its model.

    Attributes:
        name: under which it is asked for.
        version: name and fingerprint where the server tells it, otherwise the name.
        is_ours: the server is another instance of this product and understands its extensions.
    """

    name: str
    version: str
    is_ours: bool = False
