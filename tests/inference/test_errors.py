"""Every error has a sentence that says what to do, in the reader's language."""

import errno
import inspect
import os
import pickle
import re
import sqlite3
from pathlib import Path

import psycopg
import pytest
from django import db
from django.utils import translation

from inference.engine import errors
from inference.errors import FAILING, FULL, LOCKED, READ_ONLY, UNREACHABLE, Outage, outage_of, sentence

EXAMPLES = [
    errors.ImageUndecodable("OSError: truncated"),
    errors.ImageTruncated("image file is truncated"),
    errors.ImageKindUnsupported("TIFF", "camera_raw"),
    errors.ImageKindUnsupported("TIFF", "compression", "34712"),
    errors.ImageKindUnsupported("TIFF", "colours", "32844"),
    errors.ImageKindUnsupported("TIFF", "samples", "photometric 2, 3 × 12 bit uint, compression 1"),
    errors.ImageUnreadable("/scans/1.tif"),
    errors.ImageEmpty(),
    errors.ImagePageMissing(2, 2),
    errors.DocumentLocked(),
    errors.DocumentDamaged("no pages"),
    errors.DocumentTooLong(900, 500),
    errors.ImageTooSmall(100, 80, 640, 480),
    errors.ImageTooLarge(900_000_000, 178_000_000),
    errors.ImageAspectRatio(4000, 10, 200),
    errors.InvalidRequest("top_p", "must be over 0"),
    errors.SchemaUnusable("response_format", "no such type"),
    errors.PromptTooLong(40_000, 32_768),
    errors.Busy(7),
    errors.NotReady("loading"),
    errors.NotReady("stopped", "找不到模型"),
    errors.DeadlineExceeded(2.5),
    errors.Cancelled(),
    errors.OutOfMemory(),
    errors.GenerationFailed("RuntimeError"),
    errors.ConnectionCut("reset by peer"),
    errors.DeviceFailed("CUDA error"),
    errors.EngineCrashed("RuntimeError"),
    errors.CheckpointError("device_unavailable", device="cuda"),
    errors.CheckpointError("checkpoint_missing", path="/models"),
    errors.CheckpointError("checkpoint_too_large", path="/models", detail="?"),
    errors.CheckpointError("load_failed", detail="?"),
    errors.CheckpointError("memory_too_small", needed_gb=8.5, available_gb=4.0, memory="main"),
    errors.CheckpointError("remote_unreachable", url="http://there:8000", detail="?"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=str)
def test_every_error_has_a_sentence_in_chinese(error: errors.EngineError) -> None:
    with translation.override("zh-hans"):
        words = sentence(error)

    assert re.search("[\u4e00-\u9fff]", words)
    assert "%" not in words


def test_no_error_class_was_forgotten_above() -> None:
    classes = {cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.EngineError)}

    assert classes - {type(example) for example in EXAMPLES} == {errors.EngineError, errors.ImageError}


def test_the_articles_own_words_are_used_for_small_pictures() -> None:
    article = "图片尺寸太小,请上传分辨率不低于640x480的JPEG文件"

    with translation.override("zh-hans"):
        assert sentence(errors.ImageTooSmall(100, 80, 640, 480)) == article


def test_pages_are_counted_from_one_for_people() -> None:
    with translation.override("zh-hans"):
        assert sentence(errors.ImagePageMissing(2, 2)) == "没有第 3 页，这个文件共 2 页。"


def test_the_reason_of_a_stopped_service_is_told() -> None:
    with translation.override("zh-hans"):
        assert sentence(errors.NotReady("stopped", "显卡不见了")).endswith("原因：显卡不见了")


def test_an_error_of_a_later_engine_is_named_by_its_code() -> None:
    with translation.override("zh-hans"):
        assert "something_new" in sentence(errors.EngineError("something_new"))


def test_every_code_that_the_checkpoint_loader_raises_has_a_sentence() -> None:
    engine = Path(inspect.getfile(errors)).parent
    codes = {
        code for file in engine.glob("*.py") for code in re.findall(r'CheckpointError\(\s*"(\w+)"', file.read_text())
    }

    assert len(codes) > 8
    with translation.override("zh-hans"):
        unworded = {code for code in codes - {"load_failed"} if code in sentence(_with_params(code))}
    assert unworded == set()


@pytest.mark.parametrize("error", EXAMPLES, ids=str)
def test_errors_survive_a_process_boundary(error: errors.EngineError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (type(copy), copy.code, copy.params, str(copy)) == (type(error), error.code, error.params, str(error))


def _with_params(code: str) -> errors.CheckpointError:
    names = ("path", "model", "package", "model_type", "device", "detail")
    numbers = {"needed_gb": 20.6, "available_gb": 11.6, "memory": "device", "suggestion": "int4", "suggestion_gb": 9.0}
    return errors.CheckpointError(code, **dict.fromkeys(names, "值"), **numbers)


def test_why_the_service_is_not_ready_is_said_in_words() -> None:
    with translation.override("zh-hans"):
        words = sentence(errors.NotReady("loading", cause=errors.EngineCrashed("boom")))

    assert words == "模型正在加载，请稍后重试。原因：模型服务刚才意外中断，正在自动恢复，请稍后重试。"


def caused(error: Exception, cause: Exception) -> Exception:
    """Return an error as Django raises it: in the place of the driver's."""
    error.__cause__ = cause
    return error


def of_sqlite(code: int, kind: type[db.Error] = db.OperationalError) -> Exception:
    cause = sqlite3.OperationalError()
    cause.sqlite_errorcode = code
    return caused(kind("whatever SQLite says"), cause)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (of_sqlite(sqlite3.SQLITE_BUSY), LOCKED),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), LOCKED),
        (of_sqlite(sqlite3.SQLITE_FULL), FULL),
        (of_sqlite(sqlite3.SQLITE_READONLY), READ_ONLY),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), READ_ONLY),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), FAILING),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), UNREACHABLE),
        (of_sqlite(sqlite3.SQLITE_CORRUPT, db.DatabaseError), FAILING),
        (caused(db.OperationalError(), psycopg.errors.DiskFull()), FULL),
        (caused(db.InternalError(), psycopg.errors.ReadOnlySqlTransaction()), READ_ONLY),
        (caused(db.OperationalError(), psycopg.errors.LockNotAvailable()), LOCKED),
        (caused(db.OperationalError(), psycopg.errors.DeadlockDetected()), LOCKED),
        (caused(db.OperationalError(), psycopg.errors.AdminShutdown()), UNREACHABLE),
        (caused(db.OperationalError(), psycopg.errors.TooManyConnections()), UNREACHABLE),
        (caused(db.OperationalError(), psycopg.errors.IoError()), FAILING),
        (caused(db.OperationalError("the connection is closed"), psycopg.OperationalError()), UNREACHABLE),
        (db.InterfaceError("connection already closed"), UNREACHABLE),
        (db.OperationalError("database is locked"), LOCKED),
        (db.OperationalError("database or disk is full"), FULL),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), FULL),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), FULL),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), READ_ONLY),
        (OSError(errno.EIO, os.strerror(errno.EIO)), FAILING),
    ],
)
def test_an_outage_is_known_by_the_code_of_the_driver_or_the_system(error: Exception, outage: Outage) -> None:
    assert outage_of(error) is outage


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite(sqlite3.SQLITE_ERROR),  # no such table
        of_sqlite(sqlite3.SQLITE_CONSTRAINT, db.IntegrityError),
        caused(db.ProgrammingError(), psycopg.errors.UndefinedTable()),
        caused(db.IntegrityError(), psycopg.errors.UniqueViolation()),
        db.DataError("out of range"),
        FileNotFoundError(errno.ENOENT, "gone"),
        PermissionError(errno.EACCES, "denied"),
        ConnectionResetError(errno.ECONNRESET, "reset"),
        TimeoutError(),
        ValueError(),
    ],
)
def test_mistakes_of_ours_and_other_peoples_are_no_outages(error: Exception) -> None:
    assert outage_of(error) is None


def test_outages_have_sentences_in_both_languages() -> None:
    for outage in (LOCKED, UNREACHABLE, FULL, READ_ONLY, FAILING):
        assert str(outage).endswith("。")
        with translation.override("en"):
            assert str(outage).isascii()
