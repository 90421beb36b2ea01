"""What is kept of pictures seen before, and what makes room when it is full."""

import torch

from inference.engine.features import FeatureCache, Features

ROOM = 16


def features(number: int = 0) -> Features:
    """Return features of one float: four bytes."""
    return Features(torch.tensor([[float(number)]]), (1, 2, 2))


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def full_of_people(limit_bytes: int = ROOM * 4) -> FeatureCache:
    cache = FeatureCache(limit_bytes)
    for number in range(ROOM):
        cache.put(key(number), features(number))
    return cache


def held(cache: FeatureCache, numbers: range, *, lasting: bool = True) -> list[int]:
    return [number for number in numbers if cache.get(key(number), lasting=lasting) is not None]


def test_the_picture_not_looked_at_for_longest_makes_room() -> None:
    cache = full_of_people()
    cache.get(key(0))

    cache.put(key(ROOM), features())

    assert held(cache, range(ROOM + 1)) == [0, *range(2, ROOM + 1)]


def test_a_batch_takes_a_small_share_from_peoples_pictures_however_long_it_is() -> None:
    cache = full_of_people()

    for number in range(1000, 3000):
        cache.put(key(number), features(), lasting=False)

    assert held(cache, range(ROOM)) == list(range(2, ROOM))
    assert held(cache, range(1000, 3000), lasting=False) == [2998, 2999]


def test_a_batch_has_all_the_room_that_nobody_else_uses_and_gives_it_back() -> None:
    cache = FeatureCache(ROOM * 4)
    for number in range(ROOM):
        cache.put(key(1000 + number), features(), lasting=False)
    assert held(cache, range(1000, 1000 + ROOM), lasting=False) == list(range(1000, 1000 + ROOM))

    for number in range(ROOM - 2):
        cache.put(key(number), features())

    assert held(cache, range(ROOM - 2)) == list(range(ROOM - 2))
    assert held(cache, range(1000, 1000 + ROOM), lasting=False) == [1000 + ROOM - 2, 1000 + ROOM - 1]


def test_a_picture_of_a_batch_that_a_person_asks_about_stays() -> None:
    cache = FeatureCache(ROOM * 4)
    cache.put(key(1), features(), lasting=False)
    assert cache.get(key(1)) is not None

    for number in range(1000, 1000 + 2 * ROOM):
        cache.put(key(number), features(), lasting=False)

    assert cache.get(key(1)) is not None


def test_what_is_larger_than_all_room_is_not_kept_and_drives_nothing_out() -> None:
    cache = full_of_people()

    cache.put(key(99), Features(torch.zeros(ROOM + 1, 1), (1, 2, 2)))

    assert held(cache, range(100)) == list(range(ROOM))


def test_hits_and_misses_are_counted_once_a_request() -> None:
    cache = full_of_people()

    cache.get(key(0))
    cache.get(key(99))
    cache.get(key(98), count=False)

    assert (cache.hits, cache.misses) == (1, 1)


def test_letting_go_frees_all_room() -> None:
    cache = full_of_people()

    cache.clear()
    assert not held(cache, range(ROOM))
    for number in range(ROOM):
        cache.put(key(number), features(number))
    assert held(cache, range(ROOM)) == list(range(ROOM))
