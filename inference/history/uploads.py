"""Writes an upload to the disk while it comes in, where it is going to stay: never in memory, never twice."""

import uuid
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from inference.history.files import incoming_folder

FIELD = "file"


class PictureUploadHandler(FileUploadHandler):
    """Keeps the first file of the field ``file``, and reads past all others.

    Attributes:
        path: where it is; None while nothing has come.
        name: what the client calls it.
        too_large: whether it was longer than allowed; the rest was not read.
        complete: whether all of it is there.
    """

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        """Prepare for an upload.

        Args:
            request: that brings it.
            most_bytes: how long the file may be.
        """
        super().__init__(request)
        self.path: Path | None = None
        self.name = ""
        self.too_large = self.complete = False
        self._most_bytes = most_bytes
        self._written = 0
        self._stream: BinaryIO | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file.

        Args:
            field_name: of the form.
            file_name: what the client calls it.
            *args: what else is known of it.
            **kwargs: likewise.

        Raises:
            SkipFile: it is not wanted.
        """
        super().new_file(field_name, file_name, *args, **kwargs)
        if field_name != FIELD or self.path is not None:
            raise SkipFile
        self.name = file_name
        self.path = incoming_folder() / f"{uuid.uuid4()}.part"
        self._stream = self.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece.

        Args:
            raw_data: the piece.
            start: where it belongs; pieces come in order.

        Raises:
            StopUpload: the file is longer than allowed.
        """
        self._written += len(raw_data)
        if self._written > self._most_bytes:
            self.too_large = True
            raise StopUpload(connection_reset=True)
        if self._stream is not None:
            self._stream.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        """End a file.

        Args:
            file_size: of it.

        Returns:
            Nothing: the file is no part of ``request.FILES``, which would close and keep it as its own.
        """
        self._close()
        self.complete = True
        return None

    def upload_interrupted(self) -> None:
        """Let go of a file whose end never came."""
        self._close()

    def discard(self) -> None:
        """Remove what was written, unless it has been moved to where it stays."""
        self._close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
