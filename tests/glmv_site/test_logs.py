"""Log lines carry a tag that an administrator can look for."""

import logging
import sys

from glmv_site.logs import NoRefusals, TaggedFormatter


def _record(**changes: object) -> logging.LogRecord:
    return logging.makeLogRecord({"levelname": "INFO", "name": "catalog", "msg": "导入 %d 张", "args": (3,), **changes})


def test_the_tag_is_the_level() -> None:
    assert TaggedFormatter().format(_record()).endswith(" [INFO] catalog: 导入 3 张")


def test_a_record_may_bring_a_tag_of_its_own() -> None:
    assert " [DEBUG-VISION] catalog: " in TaggedFormatter().format(_record(tag="DEBUG-VISION"))


def test_an_error_is_followed_by_its_traceback() -> None:
    try:
        raise ValueError("坏了")
    except ValueError:
        record = _record(exc_info=sys.exc_info())
    assert "ValueError: 坏了" in TaggedFormatter().format(record)


def test_an_answer_given_on_purpose_is_no_error() -> None:
    assert not NoRefusals().filter(_record(name="django.request", status_code=503))


def test_a_failure_is_logged() -> None:
    assert NoRefusals().filter(_record(name="django.request", status_code=500))
    assert NoRefusals().filter(_record(name="inference.service"))
