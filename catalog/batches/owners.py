"""Who holds a lease: names a process so that its death can be told at once on the machine where it ran.

A process is known by machine, process number and start time: numbers are used again, a number with the same start
time is not. A machine is known by its name, its boot and its process namespace, so two containers are two machines.
A machine that was started again has no processes of its earlier boot. Of processes elsewhere nothing can be told;
their leases have to run out.
"""

import os
import socket
from pathlib import Path

_SEPARATOR = "|"


def this_process() -> str:
    """Return the name of the running process."""
    pid = os.getpid()
    return _SEPARATOR.join([_machine(), str(pid), _start_time(pid) or ""])


def is_dead(owner: str) -> bool:
    """Tell whether a process is known to have ended; False where nothing can be told.

    Args:
        owner: the process, as named by `this_process`.
    """
    machine, _, process = owner.partition(_SEPARATOR)
    pid, _, started = process.partition(_SEPARATOR)
    if _is_of_earlier_boot(machine):
        return True
    if machine != _machine() or not pid.isdecimal() or not started:
        return False
    return _start_time(int(pid)) != started


def is_here(owner: str) -> bool:
    """Tell whether a process is one of this machine's, so that its death can be told.

    Args:
        owner: the process, as named by `this_process`.
    """
    return owner.partition(_SEPARATOR)[0] == _machine()


def _is_of_earlier_boot(machine: str) -> bool:
    """Tell whether a machine is this one before it was started again."""
    host, _, rest = machine.partition("/")
    boot = rest.partition("/")[0]
    this_host, this_boot, _namespace = _machine().split("/", 2)
    return host == this_host and bool(boot and this_boot) and boot != this_boot


def _machine() -> str:
    boot = _text("/proc/sys/kernel/random/boot_id")[:8]
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return "/".join([socket.gethostname(), boot, namespace])


def _start_time(pid: int) -> str | None:
    """Return when a process started, in ticks since boot; None where it is gone, or this is not Linux."""
    # The program's name comes second, in parentheses, and may hold anything, spaces and parentheses too.
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in "ZX":
        return None
    return fields[19]


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
