"""Looking at other processes, as Linux shows them."""

import os
from pathlib import Path


def lives(pid: int) -> bool:
    """Tell whether a process is there, and not only the trace of one that nobody has asked about yet.

    Args:
        pid: its id.

    Returns:
        Whether it lives.
    """
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def children(pid: int) -> list[int]:
    """Return the processes that one has started.

    Args:
        pid: its id.

    Returns:
        Their ids, the oldest first.
    """
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
