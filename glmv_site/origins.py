"""Origins of pages (scheme, host, port) as browsers write them: what ``CORS_ORIGINS`` holds."""

import re
from urllib.parse import urlsplit

ANY = "*"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")


def browser_origin(text: str) -> str | None:
    """Write an origin as browsers do, so that it can be compared with what they send.

    Args:
        text: an address, with or without a path.

    Returns:
        Its origin: small letters, a Chinese host as it is sent, no default port, no path. None where the text is no
        address of a page.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")


def usable(origins: list[str]) -> list[str]:
    """Keep what can be compared with an origin.

    Args:
        origins: as they were configured.

    Returns:
        Those that are written as browsers write them. :mod:`glmv_site.checks` complains about the others.
    """
    return [origin for origin in origins if browser_origin(origin) == origin]
