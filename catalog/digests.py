"""Digests of files: how a scan is recognised, and how its master is checked later."""

import hashlib
from pathlib import Path


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
