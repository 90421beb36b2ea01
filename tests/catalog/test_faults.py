"""What a disk objects to is said in Chinese."""

import errno
import os
from pathlib import Path

import pytest

from catalog.exceptions import ImportSourceError
from catalog.faults import disk_reason
from catalog.importing.folders import manifest_source


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
