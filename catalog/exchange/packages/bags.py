"""BagIt (RFC 8493): masters, XLSX, JSON and an XML record for each photograph, with lists of digests of all of it.

    bagit.txt, bag-info.txt, manifest-*.txt, tagmanifest-*.txt
    data/目录.xlsx, data/records.json, data/说明.txt
    data/scans/0012/1956/3/0012-ZP-0007.tif
    data/records/0012/1956/3/0012-ZP-0007.xml

The `bagit` library looks at what was made before it gets its place. It does not make it: it would read every master a
second time, move everything about, and change the folder that all threads of the process stand in.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import bagit
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exceptions import PackageBroken
from catalog.exchange.packages import digests, listing, records
from catalog.exchange.packages.entries import Written, WrittenRecord
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.workplace import Workplace, writing
from catalog.models import Image
from catalog.querysets import ImageQuerySet
from inference.engine.durable_files import sync_file

PAYLOAD, SCANS, RECORDS = "data", "scans/", "records/"
JSON = "records.json"
_CHUNK = 200


def finish(order: Order, workplace: Workplace, allowed: ImageQuerySet) -> Iterator[None]:
    """Write what makes a bag of the scans and their records.

    Args:
        order: what was asked for.
        workplace: where all scans and records are.
        allowed: the records that may be in the tables.

    Yields:
        After each part.

    Raises:
        PackageBroken: the disk does not take it, or it is no bag.
    """
    payload = workplace.package / PAYLOAD
    written = []
    for table in listing.write_table(order, workplace, allowed, payload):
        written += [table] if table is not None else []
        yield
    for document in _write_json(order, workplace, payload, allowed):
        written += [document] if document is not None else []
        yield
    written.append(listing.write_about(order, workplace, payload))
    files = [*(file for record in workplace.written() for file in record.files), *written]
    tags = [
        listing.put(workplace.package, "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
        listing.put(workplace.package, "bag-info.txt", listing.as_tags(_info(order, files))),
        *listing.write_manifests(workplace.package, files, prefix=f"{PAYLOAD}/"),
    ]
    listing.write_manifests(workplace.package, tags, tag="tag")
    yield
    _look_at(workplace.package)


def record_json(image: Image, files: Sequence[Written], package: str) -> dict[str, Any]:
    """Return a record as JSON: what is accepted, who wrote and approved it, what a model has begun, and its files.

    Args:
        image: as `records.loaded` has it.
        files: its files in the package.
        package: what the package is called.
    """
    labels = records.ai_labels(image, held=True)
    values = {
        row.field: {
            "heading": str(row.get_field_display()),
            "value": row.value,
            "source": row.source,
            **({"ai_label": labels[row.field]} if row.field in labels else {}),
        }
        for row in records.accepted(image)
    }
    about = records.aigc_of(image, package)
    told: dict[str, Any] = {
        "key": image.pk,
        "revision": image.revision,
        "collection": image.collection.slug,
        "fonds_number": image.collection.fonds_number,
        "class_code": image.collection.class_code,
        "retention_period": str(image.collection.get_retention_period_display()),
        "identifier": image.identifier,
        "negative_number": image.negative_number,
        "see_also": image.see_also,
        "volume": image.volume,
        "sheet": image.sheet,
        "rights": image.rights,
        "disclosure": str(image.get_disclosure_display()),
        "classification": str(image.get_classification_display()) if image.classification else "",
        "date_start": image.date_start.isoformat() if image.date_start else "",
        "date_end": image.date_end.isoformat() if image.date_end else "",
        "values": values,
        "catalogued_by": records.writers_of(image),
        "checked_by": records.checkers_of(image),
        "files": [
            {"path": file.path, "role": file.role, "size": file.size, **file.digests} for file in files if file.file
        ],
    }
    # About the text: the scans are none of a model's work.
    return {**told, "aigc_of_text": {"AIGC": about}} if about else told


def _write_json(order: Order, workplace: Workplace, payload: Path, allowed: ImageQuerySet) -> Iterator[Written | None]:
    path = payload / JSON
    head = {"name": order.name, "selection": order.selection, "made_at": timezone.now().isoformat(timespec="seconds")}
    with writing(), path.open("wb") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "records": [\n')
        between = b""
        for some in listing.chunks((record for record in workplace.written() if not record.is_out), _CHUNK):
            for image, record in _together(some, allowed):
                told = json.dumps(
                    record_json(image, record.files, order.name), ensure_ascii=False, separators=(",", ":")
                )
                file.write(between + told.encode())
                between = b",\n"
            yield None
        file.write(b"\n]}\n")
        sync_file(file)
    yield Written(0, "", JSON, path.stat().st_size, digests.digests_of(path))


def _together(some: Sequence[WrittenRecord], allowed: ImageQuerySet) -> Iterator[tuple[Image, WrittenRecord]]:
    written = {record.image: record for record in some}
    may = set(allowed.filter(pk__in=list(written)).order_by().values_list("pk", flat=True))
    for image in records.loaded([key for key in written if key in may]):
        yield image, written[image.pk]


def _info(order: Order, files: Sequence[Written]) -> list[tuple[str, Any]]:
    size = sum(file.size for file in files)
    return [
        ("External-Identifier", order.name),
        ("External-Description", order.selection),
        ("Bagging-Date", f"{timezone.localtime():%Y-%m-%d}"),
        ("Bag-Software-Agent", "GLMV"),
        ("Payload-Oxum", f"{size}.{len(files)}"),
    ]


def _look_at(folder: Path) -> None:
    """Have the library look whether everything is there and nothing else; digests were made while copying.

    Raises:
        PackageBroken: it is no bag.
    """
    try:
        bagit.Bag(str(folder)).validate(completeness_only=True)
    except (bagit.BagError, OSError, ValueError) as error:
        words = _("做好的移交包没有通过 BagIt 的检查：%(detail)s。请把这句话告诉管理员。")
        raise PackageBroken(words % {"detail": error}) from error
