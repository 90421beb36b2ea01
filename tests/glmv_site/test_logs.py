"""Log lines carry a tag and a request's name that an administrator can look for, and never a picture or a key."""

import base64
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from gunicorn.http import errors as gunicorn_errors

from glmv_site.logs import JsonLines, NoQueries, NoRefusals, RequestIds, TaggedFormatter, redacted
from inference import request_ids
from tests.logged import everything_logged

KEY = "a-key-of-this-installation"
NAMED_KEY = "glmv-" + "Zk3_" * 10
PICTURE = base64.b64encode(bytes(range(256)) * 8).decode()
FORMATTERS = [TaggedFormatter([KEY, "", "kurz"]), JsonLines([KEY, "", "kurz"])]


def _record(**changes: object) -> logging.LogRecord:
    return logging.makeLogRecord({"levelname": "INFO", "name": "catalog", "msg": "导入 %d 张", "args": (3,), **changes})


def _access(address: str = "/search/?q=石桥&key=sesame-open-now", **changes: object) -> logging.LogRecord:
    """Write what gunicorn writes, with what it knows of an answer."""
    atoms = {
        "h": "10.0.0.7", "r": f"GET {address} HTTP/1.1", "m": "GET", "U": "/search/", "q": "q=1", "s": "200",
        "b": "12", "B": 12, "L": "0.1", "f": "http://a/?key=sesame-open-now", "{x-request-id}o": "abc123", **changes,
    }  # fmt: skip
    words = '%(h)s "%(r)s" %(s)s %(b)s %(L)ss'
    record = logging.makeLogRecord({"levelname": "INFO", "name": "gunicorn.access", "msg": words, "args": atoms})
    for each in (RequestIds(), NoQueries(), NoRefusals()):
        each.filter(record)
    return record


def test_the_tag_is_the_level() -> None:
    assert TaggedFormatter().format(_record()).endswith(" [INFO] catalog: 导入 3 张")


def test_a_record_may_bring_a_tag_of_its_own() -> None:
    assert " [DEBUG-VISION] catalog: " in TaggedFormatter().format(_record(tag="DEBUG-VISION"))


def test_a_line_begins_with_the_name_of_its_request() -> None:
    assert TaggedFormatter().format(_record(request_id="abc123")).endswith(" catalog: request=abc123 导入 3 张")


def test_a_line_that_says_the_name_itself_says_it_once() -> None:
    record = _record(request_id="abc123", msg="request=%s failed", args=("abc123",))

    assert TaggedFormatter().format(record).count("abc123") == 1


def test_an_error_is_followed_by_its_traceback() -> None:
    try:
        raise ValueError("坏了")
    except ValueError:
        record = _record(exc_info=sys.exc_info())
    assert "ValueError: 坏了" in TaggedFormatter().format(record)
    assert "ValueError: 坏了" in json.loads(JsonLines().format(record))["exc_info"]


def test_json_has_the_fields_that_programs_look_for() -> None:
    line = JsonLines().format(_record(request_id="abc123", tag="DEBUG-LLM"))

    fields = json.loads(line)
    assert "\n" not in line
    assert list(fields) == ["time", "level", "tag", "logger", "request_id", "message"]
    assert (fields["tag"], fields["request_id"], fields["message"]) == ("DEBUG-LLM", "abc123", "导入 3 张")


def test_json_holds_nothing_else_that_a_record_carries() -> None:
    request = HttpRequest()
    request.META["QUERY_STRING"] = "key=sesame-open-now"

    assert "sesame" not in JsonLines().format(_record(request=request, somebody="sesame"))


def test_the_access_log_has_the_answers_name_and_no_query() -> None:
    line = TaggedFormatter().format(_access())

    assert line.endswith(' gunicorn.access: request=abc123 10.0.0.7 "GET /search/ HTTP/1.1" 200 12 0.1s')


def test_the_access_log_as_json_can_be_counted() -> None:
    fields = json.loads(JsonLines().format(_access()))

    assert fields["request_id"] == "abc123"
    assert {name: fields[name] for name in ("method", "path", "status", "bytes")} == {
        "method": "GET", "path": "/search/", "status": 200, "bytes": 12,
    }  # fmt: skip
    assert fields["seconds"] == 0.1
    assert "sesame" not in json.dumps(fields)


def test_what_is_no_number_stays_as_it_is_in_json() -> None:
    assert json.loads(JsonLines().format(_access(s="-")))["status"] == "-"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (gunicorn_errors.InvalidRequestLine("GET /search/?q=张三的秘密"), "Invalid HTTP request line"),
        (gunicorn_errors.InvalidHTTPVersion("张三的秘密 HTTP/1.1"), "Invalid HTTP Version"),
        (gunicorn_errors.InvalidHeaderName("张三的秘密"), "Invalid HTTP header name"),
        (gunicorn_errors.LimitRequestLine(5000, 4094), "Request Line is too large (5000 > 4094)"),
    ],
)
@pytest.mark.parametrize("client", ["10.0.0.7", "::1"])
def test_what_gunicorn_cannot_read_is_told_but_not_quoted(error: Exception, kept: str, client: str) -> None:
    record = _record(name="gunicorn.error", msg=f"Invalid request from ip={client}: {error}", args=())
    NoQueries().filter(record)

    assert TaggedFormatter().format(record).endswith(f" gunicorn.error: Invalid request from ip={client}: {kept}")


def test_a_request_that_fails_is_named_without_its_query() -> None:
    record = _record(name="gunicorn.error", msg="Error handling request %s %s", args=("GET", "/search/?q=张三"))
    NoQueries().filter(record)

    assert TaggedFormatter().format(record).endswith(" gunicorn.error: Error handling request GET /search/")


def test_what_gunicorn_does_not_know_stays_a_dash() -> None:
    record = _access(**{"{x-request-id}o": "-"})
    record.msg = "%(z)s %({X-Nothing}i)s"

    assert TaggedFormatter().format(record).endswith(" gunicorn.access: - -")


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        NAMED_KEY,
        PICTURE,
        f"data:image/jpeg;base64,{PICTURE}",
        f"data:;base64,{PICTURE[:40]}",
        repr(base64.b64decode(PICTURE)),
        "GET /metrics?key=sesame-open-now",
        "Authorization: Bearer sesame-open-now",
        "Cookie: sessionid=sesame-open-now; csrftoken=1",
        "https://a/?api_key=sesame-open-now&x=1",
        "http://bob:sesame-open-now@10.0.0.7:8000/v1",
        "postgres://glmv:sesame@open-now@127.0.0.1:5432/glmv",
        "redis://:sesame-open-now@127.0.0.1/0",
    ],
)
def test_neither_pictures_nor_keys_are_written_wherever_they_stand(formatter: logging.Formatter, secret: str) -> None:
    try:
        raise ValueError(f"cannot read {secret}")
    except ValueError:
        record = _record(msg="seen: %s", args=(secret,), exc_info=sys.exc_info())
    line = formatter.format(record)

    assert not [part for part in (KEY, NAMED_KEY, PICTURE[:40], "sesame", r"\x80") if part in line]


def test_figures_and_words_stay_as_they_are() -> None:
    line = "request=5f0c output_tokens=12 finish=stop token 石桥 /srv/glmv-data/scans/1956/0001.tif key is missing"
    line += " http://10.0.0.7:8000/v1 postgres://glmv@db:5432/glmv http://[::1]:80/a@b"

    assert redacted(line, ()) == line


def test_nobody_can_forge_a_line_or_paint_the_terminal() -> None:
    assert redacted("a\rb\x1b[31mc\u2028d") == r"a\rb\x1b[31mc\u2028d"


@pytest.mark.parametrize("status", [408, 499, 503, 504])
def test_an_answer_given_on_purpose_and_a_client_that_hung_up_are_no_errors(status: int) -> None:
    assert not NoRefusals().filter(_record(name="django.request", status_code=status))


def test_a_failure_is_logged() -> None:
    assert NoRefusals().filter(_record(name="django.request", status_code=500))
    assert NoRefusals().filter(_record(name="inference.service"))


def test_requests_to_a_remote_model_leave_no_line_without_a_name() -> None:
    config: dict[str, Any] = settings.LOGGING

    assert {config["loggers"][name]["level"] for name in ("httpx", "httpcore")} == {"WARNING"}


def test_the_site_writes_both_forms_with_all_filters() -> None:
    config: dict[str, Any] = settings.LOGGING

    assert config["handlers"]["console"]["filters"] == ["request_ids", "no_queries", "no_refusals"]
    assert settings.GLMV_INTERNAL_KEY in config["formatters"]["json"]["secrets"]
    assert config["handlers"]["console"]["formatter"] == "text"


def test_lines_of_other_threads_have_the_name_they_bring() -> None:
    with everything_logged() as written:
        logging.getLogger("inference.engine").info("done", extra={"request_id": "abc123", "tag": "DEBUG-LLM"})
        with request_ids.working_on("mine"):
            logging.getLogger("inference.service").info("here")

    text = written.getvalue()
    assert "[DEBUG-LLM] inference.engine: request=abc123 done" in text
    assert "[INFO] inference.service: request=mine here" in text


def test_what_libraries_notice_about_a_file_is_no_line_on_the_screen(tmp_path: Path) -> None:
    """Of a JPEG with half an EXIF block and of a large TIFF with a hole in it, both of which are read or refused."""
    script = f"""
import io
from pathlib import Path
import django
django.setup()
from PIL import Image
from inference.engine.errors import ImageError
from inference.engine.images import open_image, read_info

folder = Path({str(tmp_path)!r})
exif = b"Exif\\0\\0II*\\0\\x08\\0\\0\\0\\x05\\0\\x0f\\x01\\x02\\0\\xff\\xff\\0\\0\\xff\\xff\\xff\\x7f"
Image.new("RGB", (800, 600)).save(folder / "a.jpg", exif=exif)
Image.new("L", (10000, 5200)).save(folder / "b.tif", compression="tiff_lzw")
whole = bytearray((folder / "b.tif").read_bytes())
whole[len(whole) // 2 : len(whole) // 2 + 4000] = b"\\xff" * 4000
(folder / "b.tif").write_bytes(whole)
read_info(folder / "a.jpg").exif
for name in ("a.jpg", "b.tif"):
    try:
        open_image(folder / name, reduce_to=1000)
    except ImageError:
        print("refused", name)
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "refused b.tif\n"
