"""Writing catalogues out: accepted values, drafts and where each comes from, as CSV, streamed.

The command and the admin use the same rows. Columns stand in three groups, so that whoever wants the
catalogue can stop reading after the first: the record (accepted values), where the record comes from (one cell each
for label, model, prompt and reviewer, naming the fields they hold for), and the drafts that wait, likewise.
Draft columns appear only for fields that have drafts in the export.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from catalog.labels import label_for_staff, label_of
from catalog.models import Annotation, Image, ImageFile
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field, State
from inference.engine.durable_files import sync_file
from inference.spreadsheets import csv_lines

CHUNK = 500
"""Images read from the database at a time; the number of queries grows with the number of chunks only."""


def catalogue_rows(images: ImageQuerySet) -> Iterator[list[str]]:
    """Yield the heading and one row for each image.

    Args:
        images: what to export, in the order wanted.

    Yields:
        Cells, not yet defused.
    """
    drafted = _drafted_fields(images)
    yield _heading(drafted)
    for image in _with_everything(images).iterator(chunk_size=CHUNK):
        yield _row(image, drafted)


def stream_csv(images: ImageQuerySet) -> Iterator[str]:
    """Yield a catalogue as CSV for Excel and WPS, piece by piece, the byte order mark first.

    Args:
        images: what to export, in the order wanted.
    """
    yield from csv_lines(catalogue_rows(images))


def write_csv(images: ImageQuerySet, path: Path) -> int:
    """Write a catalogue to a CSV file. The file appears, or replaces the old one, only when it is complete.

    Args:
        images: what to export.
        path: where to; its folder is created where needed.

    Returns:
        How many images were written.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    pieces = -2  # the mark and the heading are no images
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            for piece in stream_csv(images):
                file.write(piece)
                pieces += 1
            sync_file(file)  # the old table gives way: a power cut must not leave an empty one in its place
        _give_usual_mode(Path(part))
        Path(part).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(part).unlink()
    return pieces


def _with_everything(images: ImageQuerySet) -> ImageQuerySet:
    """Return the images with all that their rows need, in a constant number of queries for each chunk."""
    wanted = (State.DRAFT, State.ACCEPTED)
    annotations = Annotation.objects.filter(state__in=wanted).with_provenance().order_by("pk")
    return images.prefetch_related(
        Prefetch("files", queryset=ImageFile.objects.defer("exif")),
        Prefetch("annotations", queryset=annotations, to_attr="current_annotations"),
    )


def _drafted_fields(images: ImageQuerySet) -> list[Field]:
    drafts = Annotation.objects.drafts().filter(image__in=images.order_by().values("pk"))
    found = set(drafts.order_by().values_list("field", flat=True).distinct())
    return [field for field in Field if field.value in found]


def _heading(drafted: list[Field]) -> list[str]:
    record = [_("照片号"), _("文件名"), "sha256", _("状态"), *(str(field.label) for field in Field)]
    sources = [_("AI 标识"), _("模型"), _("提示词"), _("依据"), _("审核者")]
    if not drafted:
        return record + sources
    drafts = [_("草稿：%(field)s") % {"field": field.label} for field in drafted]
    draft_sources = [_("草稿 AI 标识"), _("草稿状态"), _("草稿模型"), _("草稿提示词"), _("草稿依据")]
    return record + sources + drafts + draft_sources


def _row(image: Image, drafted: list[Field]) -> list[str]:
    front = image.front
    found: list[Annotation] = image.current_annotations  # type: ignore[attr-defined]  # prefetched by the caller
    accepted = {item.field: item for item in found if item.state == State.ACCEPTED}
    cells = [
        image.identifier,
        front.original_name if front else "",
        front.sha256 if front else "",
        str(image.get_status_display()),
        *(_value(image, field, accepted.get(field)) for field in Field),
        _summary(accepted, label_for_staff),
        _summary(accepted, _model),
        _summary(accepted, _prompt),
        _summary(accepted, _evidence),
        _summary(accepted, _reviewer),
    ]
    if not drafted:
        return cells
    drafts = {item.field: item for item in found if item.state == State.DRAFT}
    values = [drafts[field].value if field in drafts else "" for field in drafted]
    sources = [_summary(drafts, read) for read in (label_of, _state, _model, _prompt, _evidence)]
    return cells + values + sources


def _value(image: Image, field: Field, accepted: Annotation | None) -> str:
    """Return what is accepted for a field; what an audit accepted is in no column of the image until it is public."""
    return accepted.value if accepted is not None and accepted.held else image.accepted_value(field)


def _summary(annotations: dict[str, Annotation], read: Callable[[Annotation], str]) -> str:
    """Return what is known of several fields in one cell: "题名、描述:glm-4.6v;事由:…", or empty."""
    if not annotations:
        return ""
    fields_by_text: dict[str, list[str]] = {}
    for field in Field:
        text = read(annotations[field]) if field in annotations else ""
        if text:
            fields_by_text.setdefault(text, []).append(str(field.label))
    parts = [
        _("%(fields)s：%(text)s") % {"fields": "、".join(names), "text": text} for text, names in fields_by_text.items()
    ]
    return _("；").join(parts)


def _model(annotation: Annotation) -> str:
    return (annotation.run.model_version or annotation.run.model_name) if annotation.run else ""


def _prompt(annotation: Annotation) -> str:
    return str(annotation.run.prompt_version or "") if annotation.run else ""


def _evidence(annotation: Annotation) -> str:
    return str(annotation.get_evidence_display()) if annotation.evidence else ""


def _reviewer(annotation: Annotation) -> str:
    return annotation.decided_by.get_username() if annotation.decided_by else ""


def _state(annotation: Annotation) -> str:
    flag = str(annotation.get_flag_display()) if annotation.flag else ""
    state = str(annotation.get_state_display())
    return _("%(state)s，%(flag)s") % {"state": state, "flag": flag} if flag else state


def _give_usual_mode(path: Path) -> None:
    """Give a file the permissions a newly written one would have; temporary files are the owner's alone."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
