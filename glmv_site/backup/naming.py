"""Which files the database names: all that people brought in, and what was made of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connections, models

from catalog.models import ImageFile
from inference.models import Picture

# Not file fields: a picture that somebody asked about has its files in a folder of its own.
_OF_PICTURES = ("original", "converted", "shown", "thumbnail")


@dataclass(frozen=True, slots=True)
class Named:
    """A file that the database names.

    Attributes:
        name: below `MEDIA_ROOT`; of an original that is referenced in place, its whole path.
        sha256: as registered when it came in; empty where it was not.
        size: likewise; -1 where it was not.
        in_place: whether it is referenced where it lies, outside `MEDIA_ROOT`.
    """

    name: str
    sha256: str = ""
    size: int = -1
    in_place: bool = False


def named_files(using: str) -> list[Named]:
    """List the files that a state of the database names.

    The state may be older than the program, before an upgrade: what it has no columns for, it does not name.

    Args:
        using: Django's alias of the database.

    Returns:
        Each file once, those with a registered digest as such.
    """
    found = {file.name: file for file in _registered(using)}
    for model, field in _file_columns():
        for name in _values(using, model, field):
            found.setdefault(name, Named(name))
    return list(found.values())


def _registered(using: str) -> Iterator[Named]:
    if not _has(using, ImageFile, "master", "source_path", "sha256", "byte_size"):
        return
    files = ImageFile.objects.using(using).order_by().values_list("master", "source_path", "sha256", "byte_size")
    for master, source_path, sha256, size in files.iterator():
        yield Named(master or source_path, sha256, size, in_place=not master)


def _file_columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:  # noqa: SLF001 - Django's documented way to a model's fields
            if isinstance(field, models.FileField):
                yield model, field.name
    yield from ((Picture, name) for name in _OF_PICTURES)


def _values(using: str, model: type[models.Model], field: str) -> Iterator[str]:
    if not _has(using, model, field):
        return
    rows = model._base_manager.using(using).exclude(**{field: ""}).exclude(**{field: None})  # noqa: SLF001 - documented
    yield from rows.order_by().values_list(field, flat=True).iterator()


def _has(using: str, model: type[models.Model], *fields: str) -> bool:
    connection, meta = connections[using], model._meta  # noqa: SLF001 - documented
    with connection.cursor() as cursor:
        if meta.db_table not in connection.introspection.table_names(cursor):
            return False
        columns = {column.name for column in connection.introspection.get_table_description(cursor, meta.db_table)}
    known = {field.name: field.column for field in meta.local_concrete_fields}
    return all(known[name] in columns for name in fields)
