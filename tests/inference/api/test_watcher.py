"""Clients that hang up are noticed, the others left alone."""

import socket
import threading
from collections.abc import Iterator

import pytest

from inference.api.watcher import Watcher
from tests.waiting import eventually


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def test_a_client_that_hangs_up_is_noticed(watcher: Watcher, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    given_up = threading.Event()
    watch = watcher.watch({"gunicorn.socket": ours}, given_up.set)

    theirs.close()

    assert given_up.wait(30)
    assert watch.gone


def test_a_client_that_hung_up_before_is_noticed_too(
    watcher: Watcher, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.close()
    given_up = threading.Event()

    watcher.watch({"gunicorn.socket": ours}, given_up.set)

    assert given_up.wait(30)


def test_data_sent_ahead_hide_nothing_and_stay_where_they_are(
    watcher: Watcher, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    given_up = threading.Event()
    theirs.sendall(b"GET /next")
    watch = watcher.watch({"gunicorn.socket": ours}, given_up.set)
    assert not given_up.wait(0.5)
    assert not watch.gone

    theirs.close()

    assert given_up.wait(30)
    assert ours.recv(100) == b"GET /next"


def test_nobody_is_given_up_after_the_end(watcher: Watcher, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    other, far = socket.socketpair()
    given_up, noticed = threading.Event(), threading.Event()
    with watcher.watch({"gunicorn.socket": ours}, given_up.set) as watch:
        pass
    watch.close()
    theirs.close()
    watcher.watch({"gunicorn.socket": other}, noticed.set)
    with other:
        far.close()
        assert noticed.wait(30)

    assert not given_up.is_set()
    assert not watch.gone


def test_a_request_that_cannot_be_given_up_does_not_end_the_watch_on_others(
    watcher: Watcher, pair: tuple[socket.socket, socket.socket]
) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    ours, theirs = pair
    other, far = socket.socketpair()
    noticed = threading.Event()
    watcher.watch({"gunicorn.socket": ours}, fail)
    theirs.close()
    with other:
        watch = watcher.watch({"gunicorn.socket": other}, noticed.set)
        far.close()
        assert noticed.wait(30)

    assert watch.gone


def test_all_are_watched_by_one_thread(watcher: Watcher) -> None:
    before = threading.active_count()
    pairs = [socket.socketpair() for _ in range(5)]
    counted: list[int] = []
    for ours, _theirs in pairs:
        watcher.watch({"gunicorn.socket": ours}, lambda: counted.append(1))
    assert threading.active_count() == before + 1

    for _ours, theirs in pairs:
        theirs.close()

    eventually(lambda: len(counted) == 5)
    for ours, _theirs in pairs:
        ours.close()


@pytest.mark.parametrize("connection", [None, object(), socket.socket()])
def test_where_there_is_nothing_to_look_at_nothing_happens(watcher: Watcher, connection: object) -> None:
    if isinstance(connection, socket.socket):
        connection.close()

    watch = watcher.watch({"gunicorn.socket": connection}, lambda: None)
    watch.close()

    assert not watch.gone
