"""Log lines that an administrator reads with the naked eye: time, ``[TAG]``, who, what."""

import logging


class TaggedFormatter(logging.Formatter):
    """``2026-05-01 08:00:00 [INFO] catalog.services.importing: …``.

    The tag is the level; a record may bring its own (``extra={"tag": "DEBUG-VISION"}``).
    """

    default_time_format = "%Y-%m-%d %H:%M:%S"
    default_msec_format = ""

    def __init__(self) -> None:
        """Set the layout of a line."""
        super().__init__("%(asctime)s [%(tag)s] %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write one record.

        Args:
            record: what was logged; gets a ``tag`` where it has none.

        Returns:
            The line, with the traceback below it if there is one.
        """
        if not hasattr(record, "tag"):
            record.tag = record.levelname
        return super().format(record)


class NoRefusals(logging.Filter):
    """Drops what Django logs as an error although it is an answer given on purpose: 503 while the model is loading.

    A probe asks every few seconds; the access log has the line already.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is kept.

        Args:
            record: what was logged.

        Returns:
            False for Django's line about a 503.
        """
        return not (record.name == "django.request" and getattr(record, "status_code", None) == 503)
