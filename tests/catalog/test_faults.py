"""What a disk objects to is said in Chinese; who has time waits for a lock."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from catalog.exceptions import ImportSourceError
from catalog.faults import disk_reason, patiently
from catalog.importing.folders import manifest_source
from catalog.models import Collection
from tests.factories import CollectionFactory
from tests.outages import locked_until_called


@pytest.mark.parametrize(
    "number",
    [errno.ENOSPC, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO, errno.EROFS, errno.ENAMETOOLONG, errno.EDQUOT],
)
def test_common_reasons_have_words_of_ours(number: int) -> None:
    said = disk_reason(OSError(number, os.strerror(number)))

    assert said
    assert not said.isascii()


def test_rare_reasons_keep_the_systems_words() -> None:
    assert disk_reason(OSError(errno.ELOOP, "Too many levels")) == "Too many levels"
    assert disk_reason(OSError("something odd")) == "something odd"


def test_a_manifest_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ImportSourceError, match="文件或文件夹不存在。"):
        manifest_source(tmp_path / "missing.csv")


class Unlucky:
    """Writes into a database that is locked until it has been tried so often."""

    def __init__(self, until: int) -> None:
        self.tried = 0
        self._until = until

    def write(self, unlock: Callable[[], object]) -> str:
        self.tried += 1
        if self.tried == self._until:
            unlock()
        if connection.vendor != "sqlite" and self.tried < self._until:
            raise OperationalError("database is locked")
        return str(CollectionFactory(slug="box").slug)


@pytest.mark.django_db(transaction=True)
def test_who_has_time_writes_when_the_lock_is_gone() -> None:
    unlucky = Unlucky(until=3)
    with locked_until_called() as unlock:
        assert patiently(lambda: unlucky.write(unlock), tries=6) == "box"

    assert unlucky.tried == 3
    assert Collection.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_ever() -> None:
    unlucky = Unlucky(until=9)
    with locked_until_called() as unlock, pytest.raises(OperationalError):
        patiently(lambda: unlucky.write(unlock), tries=2)

    assert unlucky.tried == 2


def test_what_is_no_lock_is_not_waited_for() -> None:
    tried: list[int] = []

    def fail() -> None:
        tried.append(1)
        raise OperationalError("database or disk is full")

    with pytest.raises(OperationalError):
        patiently(fail, tries=6)
    assert tried == [1]
