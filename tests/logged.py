"""Everything that is logged, down to the lowest level, written as an installation writes it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from glmv_site.logs import JsonLines, NoQueries, NoRefusals, RequestIds, TaggedFormatter


@contextmanager
def everything_logged(*secrets: str) -> Iterator[StringIO]:
    """Write down whatever is logged meanwhile, as text and as JSON.

    Args:
        secrets: the installation's keys.

    Yields:
        Where it stands.
    """
    written = StringIO()
    root = logging.getLogger()
    level = root.level
    handlers = [_handler(written, formatter) for formatter in (TaggedFormatter(secrets), JsonLines(secrets))]
    root.setLevel("DEBUG")
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield written
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)


def _handler(written: StringIO, formatter: logging.Formatter) -> logging.Handler:
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    for each in (RequestIds(), NoQueries(), NoRefusals()):
        handler.addFilter(each)
    return handler
