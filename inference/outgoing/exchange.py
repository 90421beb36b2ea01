"""One request's connection, which another thread may hang up."""

import logging
import socket
import threading
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger(__name__)


class Exchange:
    """One request's connection, to be hung up from any thread.

    Closing a socket does not wake the thread that reads from it, shutting it down does, and the other side sees it
    at once. So every request has a connection of its own.
    """

    def __init__(self) -> None:
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    @property
    def closed(self) -> bool:
        """Whether it has been hung up."""
        return self._closed.is_set()

    def close(self) -> None:
        """Hang up, or do not even begin."""
        with self._lock:
            self._closed.set()
            self._shut_down()

    def pause(self, seconds: float) -> bool:
        """Wait before another try.

        Args:
            seconds: how long.

        Returns:
            Whether the request is still wanted.
        """
        return not self._closed.wait(seconds)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the connection; httpx calls this whenever something happens on the way.

        Args:
            event: what.
            info: what belongs to it.
        """
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.closed:
                self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is None:
            return
        try:
            # Not the method of an encrypted socket: that one takes the encryption away from under the reader first.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            logger.debug("the connection is gone already")
