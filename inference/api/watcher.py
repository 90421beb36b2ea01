"""Notices clients that hung up, in one thread for all of them, so that nobody generates words that nobody reads.

gunicorn hands its socket over as ``gunicorn.socket``; under another server clients are only noticed at a failing write.
"""

import logging
import select
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

THREAD_NAME = "glmv-watcher"
_TURN_MS = 200
# Linux reports the end of a connection apart from data that is waiting in it. Elsewhere a readable socket has to be
# looked into, and data that a client sent ahead hides the end behind them.
_ENDED = getattr(select, "POLLRDHUP", 0)
_LOOK_FOR = _ENDED or select.POLLIN
_BROKEN = select.POLLHUP | select.POLLERR | select.POLLNVAL | _ENDED

logger = logging.getLogger(__name__)


class Watch:
    """An eye on one client; close it before the connection is used for anything else.

    Attributes:
        gone: whether the client was seen to hang up.
    """

    def __init__(self, watcher: "Watcher", connection: socket.socket | None, give_up: Callable[[], None]) -> None:
        """Describe what to look at.

        Args:
            watcher: who looks.
            connection: the client's; None sees nothing.
            give_up: called once when the client hangs up, in the watcher's thread.
        """
        self.gone = False
        self.connection = connection
        self.give_up = give_up
        self._watcher = watcher

    def close(self) -> None:
        """Look no longer. May be called twice."""
        self._watcher.forget(self)

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Watcher:
    """Looks at many clients in one thread, which is started with the first of them."""

    def __init__(self) -> None:
        """Look at nobody yet."""
        self._changed = threading.Condition()
        self._watches: dict[int, Watch] = {}
        self._thread: threading.Thread | None = None

    def watch(self, environ: Mapping[str, Any], give_up: Callable[[], None]) -> Watch:
        """Look at a client from now on.

        Args:
            environ: of its request.
            give_up: called once when it hangs up, from another thread.

        Returns:
            What to close when the request is over.
        """
        connection = environ.get("gunicorn.socket")
        watch = Watch(self, connection, give_up)
        number = _number(connection)
        if number is None:
            return watch
        with self._changed:
            self._watches[number] = watch
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name=THREAD_NAME, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return watch

    def forget(self, watch: Watch) -> None:
        """Look at a client no longer.

        Args:
            watch: any; one that is forgotten already does no harm.
        """
        with self._changed:
            for number, known in list(self._watches.items()):
                if known is watch:
                    del self._watches[number]

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._watches:
                    self._changed.wait()
                watches = dict(self._watches)
            poll = select.poll()
            for number in watches:
                poll.register(number, _LOOK_FOR)
            # A client that comes meanwhile is looked at from the next turn on; none is overlooked, for the end of a
            # connection stays visible.
            for number, seen in poll.poll(_TURN_MS):
                self._judge(number, watches[number], seen)

    def _judge(self, number: int, watch: Watch, seen: int) -> None:
        # Under the lock: until the watch is closed nobody else may use this number for another connection.
        with self._changed:
            if self._watches.get(number) is not watch:
                return
            # Whoever hung up is not looked at again, nor is one who sent data ahead: poll would report it for ever.
            del self._watches[number]
            watch.gone = bool(seen & _BROKEN) or _at_end(watch.connection)
        if watch.gone:
            try:
                watch.give_up()
            except Exception:  # one client's failure must not end the watch over the others
                logger.exception("a request could not be given up")


def _number(connection: Any) -> int | None:
    """Return the descriptor to look at, None where there is none."""
    try:
        number = int(connection.fileno())
    except (AttributeError, OSError, ValueError):
        return None
    return number if number >= 0 else None


def _at_end(connection: socket.socket | None) -> bool:
    """Look into a readable socket without taking anything out of it."""
    try:
        return connection is not None and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except (BlockingIOError, InterruptedError, ValueError):  # ValueError: TLS cannot peek
        return False
    except OSError:
        return True


WATCHER = Watcher()
"""This process's."""
