"""Which server is asked, and what is known of its model."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """An OpenAI-compatible server, as configured.

    Attributes:
        url: its address, with or without ``/v1`` at the end.
        key: what it wants to see of its callers; empty where it wants nothing.
        model: which of its models is asked; empty takes the first one.
        beside: it runs on this machine, and no proxy is to see what it is asked.
    """

    url: str
    key: str = field(default="", repr=False)
    model: str = ""
    beside: bool = False

    def address(self, path: str) -> str:
        """Return where something is.

        Args:
            path: below ``/v1/``.
        """
        return f"{self.url.rstrip('/').removesuffix('/v1')}/v1/{path}"


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
