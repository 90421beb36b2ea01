"""Tables that leave and come back in one line, for tests."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import policies
from catalog.exchange.exports.planning import prepare
from catalog.exchange.exports.running import make_now
from catalog.exchange.imports import running
from catalog.exchange.imports.jobs import TableWork
from catalog.exchange.imports.planning import Planned
from catalog.models import Annotation, Collection, Export, Image, TableImport
from catalog.querysets import ImageQuerySet

NOT_ROWS = {"updated_at", "revision"}
"""Columns of an image that an import which was undone leaves other than they were."""
Edit = Callable[[list[dict[str, str]]], object]


def exported(user: User, path: Path, *, images: ImageQuerySet | None = None, fmt: str = "csv") -> Export:
    """Export what a user works on into a file."""
    chosen = policies.reviewable_images(user) if images is None else images
    export = prepare(user=user, images=chosen.order_by("pk"), fmt=fmt, background=False)
    return make_now(export, path=path)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by their headings."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def written(rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8-sig", **options: Any) -> bytes:
    """Return rows as a CSV file."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def edited(path: Path, edit: Edit) -> bytes:
    """Return a CSV file with its rows edited."""
    rows = rows_of(path)
    edit(rows)
    return written(rows)


def taken_in(
    user: User, content: bytes, *, collection: Collection | None = None, name: str = "改好的.csv"
) -> TableImport:
    """Take a table in; nobody has checked it."""
    upload = SimpleUploadedFile(name, content)
    return running.take_in(user=user, collection=collection, name=name, pieces=upload.chunks())


def checked(user: User, content: bytes, **options: Any) -> TableImport:
    """Take a table in and have it checked."""
    return after_work(taken_in(user, content, **options))


def applied(user: User, content: bytes, **options: Any) -> TableImport:
    """Take a table in and have it applied."""
    table = checked(user, content, **options)
    running.start(table=table, user=user)
    return after_work(table)


def undone(table: TableImport, user: User | None = None) -> TableImport:
    """Have a table taken back."""
    running.undo(table=table, user=user or table.user)
    return after_work(table)


def after_work(table: TableImport) -> TableImport:
    """Have a worker do whatever waits, and return the import as it is then."""
    job = TableWork()
    while job.claim():
        job.step()
    table.refresh_from_db()
    return table


def planned(table: TableImport) -> list[Planned]:
    """Return what a check has planned."""
    return [Planned.read(kept) for chunk in table.chunks.order_by("position") for kept in chunk.records]


def snapshot() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the records as they are: their columns, and what is accepted or waits."""
    images = [
        {name: value for name, value in row.items() if name not in NOT_ROWS}
        for row in Image.objects.order_by("pk").values()
    ]
    current = Annotation.objects.filter(state__in=["draft", "accepted"]).order_by("pk")
    return images, [dict(row) for row in current.values()]
