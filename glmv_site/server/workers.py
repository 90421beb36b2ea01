"""How requests come in: a client that sends slowly costs a socket, not a thread, and is cut off if it takes too long.

gunicorn's threads would wait for every byte of a request, however long its client takes. Here the main loop gathers the
head of a request, and a thread is taken once the head is complete. Bodies are read in threads, in a measured patience.

At the end gunicorn would let new clients wait at a door that nobody opens any more. Here they come in, and are told,
until the last answer is written; then the door is closed. Where gunicorn's master is gone, it is closed at once and the
answers are broken off: the successor needs the address, and the model's memory.
"""

import errno
import os
import select
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from glmv_site.server import stopping, unread

# How long the head of a request may take.
HEAD_S = 20.0
# How long a request may be waited for while its body comes, in all; what comes gives time back at this rate. So an
# upload goes on for ever at 16 kB/s, and through pauses of half a minute.
BODY_S = 30.0
BYTES_PER_S = 16_000
# Threads that may wait for bodies at the same time. One more: the client who has the least patience left is cut off.
RECEIVING = 64

_PIECE = 64 * 1024
_HEAD_ENDS = b"\r\n\r\n"
# What is longer, gunicorn refuses, or goes on reading as it reads a body.
_LONGEST_HEAD = 64 * 1024
# How long, and how much, is listened to a client that has its answer: hanging up at once might destroy it on its way.
_LEAVING_S = 2.0
_MOST_DISCARDED = 64 * 1024


class TooSlow(TimeoutError):
    """The client did not send its request in time."""

    def __init__(self) -> None:
        """Say so. To gunicorn, the connection is lost."""
        super().__init__(errno.ECONNRESET, "the request came too slowly")


class Receiving:
    """The threads that wait for bodies: no more than a certain number of them."""

    def __init__(self, most: int) -> None:
        """Nobody waits yet.

        Args:
            most: how many may.
        """
        self._most = most
        self._changing = threading.Lock()
        self._deadlines: dict[PatientUnreader, float] = {}

    @contextmanager
    def waiting(self, unreader: "PatientUnreader", deadline: float) -> Iterator[None]:
        """Let a request be waited for, at the expense of the slowest one if there are too many.

        Args:
            unreader: the request's.
            deadline: until when it is waited for, on the steady clock.

        Yields:
            Where it may wait.

        Raises:
            TooSlow: it is the slowest itself.
        """
        with self._changing:
            if len(self._deadlines) >= self._most:
                slowest = min(self._deadlines, key=self._deadlines.__getitem__)
                if self._deadlines[slowest] >= deadline:
                    raise TooSlow
                del self._deadlines[slowest]
                slowest.cut_off()
            self._deadlines[unreader] = deadline
        try:
            yield
        finally:
            with self._changing:
                self._deadlines.pop(unreader, None)


class PatientUnreader(SocketUnreader):
    """Reads requests from a socket: heads without waiting, everything else in a measured patience.

    A timeout that is set on the socket narrows the patience that is left.
    """

    def __init__(self, connection: socket.socket, receiving: Receiving) -> None:
        """Read from a connection.

        Args:
            connection: a client's.
            receiving: who else is waited for.
        """
        super().__init__(connection)
        self._receiving = receiving
        self._left_s = BODY_S
        self._cut_off = False
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)

    def renew(self) -> None:
        """Have full patience with the next request."""
        self._left_s = BODY_S

    def gather(self) -> bool:
        """Take in what is there of a request's head; the socket does not block.

        Returns:
            Whether a thread can go on: the head is complete, or will never be.
        """
        try:
            data = self.sock.recv(_PIECE)
        except BlockingIOError:
            data = None
        except OSError:  # whoever reads on meets it again
            return True
        if data == b"":
            return True
        self.buf.seek(0, os.SEEK_END)
        self.buf.write(data or b"")
        head = self.buf.getvalue()
        return _HEAD_ENDS in head or len(head) > _LONGEST_HEAD

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Read the next piece, in a thread.

        Args:
            size_hint: how much is wanted.

        Returns:
            What has come; nothing where the client has hung up.

        Raises:
            TooSlow: there is no more patience with it.
        """
        self._wait()
        data: bytes = super().chunk(size_hint)
        self._left_s = min(BODY_S, self._left_s + len(data) / BYTES_PER_S)
        return data

    def cut_off(self) -> None:
        """Wait for it no longer; called from another thread."""
        self._cut_off = True
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RD)  # whoever waits wakes up

    def _wait(self) -> None:
        if self._cut_off:
            raise TooSlow
        limit = self.sock.gettimeout()
        if limit is not None:
            self._left_s = min(self._left_s, limit)
        if self._comes_within(0):
            return
        started = time.monotonic()
        with self._receiving.waiting(self, started + self._left_s):
            comes = self._comes_within(self._left_s)
        if self._cut_off or not comes:
            raise TooSlow
        self._left_s = max(0.0, self._left_s - (time.monotonic() - started))

    def _comes_within(self, seconds: float) -> bool:
        return bool(self._poll.poll(seconds * 1000))


def _see_off(patience_s: float) -> threading.Thread:
    thread = threading.Thread(target=stopping.see_off, args=(patience_s,), name="glmv-stopping", daemon=True)
    thread.start()
    return thread


class PatientThreadWorker(ThreadWorker):
    """gunicorn's worker with threads, which are only given to requests whose heads have come.

    TLS and HTTP/2 are gunicorn's own, if anybody should switch them on here: their bytes are no heads.
    """

    alive: bool
    wsgi: unread.Application

    def __init__(self, *args: Any, **options: Any) -> None:
        """Prepare as gunicorn does.

        Args:
            *args: gunicorn's.
            **options: likewise.
        """
        super().__init__(*args, **options)
        self._receiving = Receiving(RECEIVING)
        self._plain = not self.cfg.is_ssl and self.cfg.http2_cleartext == "off"
        # With how many bytes each may still bother us; the first one leaves first.
        self._leaving: dict[TConn, int] = {}
        # Sees the last answers off, once the end has begun.
        self._ending: threading.Thread | None = None
        self._aborted = False

    def load_wsgi(self) -> None:
        """Load the site."""
        super().load_wsgi()
        self.wsgi = unread.closing_after_long_bodies(self.wsgi)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer a request, and read what is left of its body where the connection is closed next.

        Args:
            req: the request.
            conn: whose.

        Returns:
            Whether the connection can be kept.
        """
        keep = bool(super().handle_request(req, conn))
        if not keep:
            unread.read_out(conn.parser)
        return keep

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take new connections, or none for a while; gunicorn asks for none as well when the end begins.

        Args:
            enabled: whether to take them.
        """
        if enabled or (self.alive and not self._orphaned):
            super().set_accept_enabled(enabled)
        elif self._ending is None:
            self.alive = False  # it still is where gunicorn's master is gone
            # Here and not when the signal comes: whoever handles a signal must not wait for locks.
            self._ending = _see_off(stopping.ANSWERS_S)
            self._go_on_ending()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what is to be done; at the end, close the door after the last answer, or when gunicorn's master is gone.

        Args:
            timeout: how long to wait for something, in seconds.
        """
        super().wait_for_and_dispatch_events(timeout)
        self._go_on_ending()

    @property
    def _orphaned(self) -> bool:
        return bool(self.ppid != os.getppid())

    def _go_on_ending(self) -> None:
        if self._ending is None:
            return
        if self._orphaned and not self._aborted:
            self._aborted = True
            _see_off(stopping.ORPHANED_S)
        if self._aborted or self.nr_conns >= self.worker_connections or not self._ending.is_alive():
            self._close_door()

    def _close_door(self) -> None:
        super().set_accept_enabled(False)
        for listening in self.sockets:
            listening.close()

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection a thread, now or when a whole head has come.

        Args:
            conn: a new one, or one whose next request begins.
        """
        if not self._plain:
            super().enqueue_req(conn)
            return
        conn.init()
        unreader = conn.parser.unreader
        if not isinstance(unreader, PatientUnreader):
            unreader = conn.parser.unreader = PatientUnreader(conn.sock, self._receiving)
        unreader.renew()
        conn.sock.setblocking(False)
        if unreader.gather():
            conn.data_ready = True
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + HEAD_S
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Go on gathering a head.

        Args:
            conn: whose.
            client: its socket.
        """
        if not self._plain or conn.parser.unreader.gather():
            super().on_pending_socket_readable(conn, client)

    def murder_pending(self) -> None:
        """Hang up on those whose heads do not come, and listen no longer to those who have their answers."""
        now = time.monotonic()
        # Whoever has been sending the longest makes room for others.
        crowd = len(self.pending_conns) - self.worker_connections // 2
        for place, conn in enumerate(self.pending_conns):
            if place < crowd:
                conn.timeout = now
            elif self.alive:
                break
            else:  # nobody who has not asked yet holds up the end
                conn.timeout = min(conn.timeout, now + STOP_KEEPALIVE_LINGER)
        super().murder_pending()
        for conn in [conn for conn in self._leaving if conn.timeout <= now]:
            self._let_go(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Keep a connection for the next request, or take leave of it.

        gunicorn listens to those who leave in its main loop, up to two seconds each: everybody else would wait.

        Args:
            conn: whose request is over.
            fs: what came of it.
        """
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError):  # it is closed
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + _LEAVING_S
        self._leaving[conn] = _MOST_DISCARDED

    def _discard(self, conn: TConn, client: socket.socket) -> None:
        try:
            came = len(client.recv(_PIECE))
        except BlockingIOError:
            return
        except OSError:
            came = 0
        self._leaving[conn] -= came
        if not came or self._leaving[conn] <= 0:
            self._let_go(conn)

    def _let_go(self, conn: TConn) -> None:
        del self._leaving[conn]
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
