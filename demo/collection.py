"""Writes the sample collection: ``python -m demo.collection FOLDER``.

Twenty-six files (24 scans, a copy of one of them, a damaged file) and ``manifest.csv``. What is there already is left
alone, so that a second run costs nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from demo.drawing.scan import draw_scan
from demo.samples import DAMAGED_NAME, DUPLICATE_NAME, DUPLICATE_OF, SAMPLES, Format, Sample

MANIFEST = "manifest.csv"
MANIFEST_HEADER = ("文件名", "照片号", "题名", "事由", "时间", "地点", "人物", "摄影者")
DPI = (300, 300)
ORIENTATION, ROTATED_90_CW = 0x0112, 6


def _encode(image: Image.Image, format_: Format) -> bytes:
    buffer = io.BytesIO()
    if format_ == "jpeg":
        image.save(buffer, "JPEG", quality=90, dpi=DPI)
    elif format_ == "jpeg-rotated":
        exif = Image.Exif()
        exif[ORIENTATION] = ROTATED_90_CW
        image.transpose(Image.Transpose.ROTATE_90).save(buffer, "JPEG", quality=90, dpi=DPI, exif=exif)
    elif format_ == "tiff":
        image.save(buffer, "TIFF", compression="tiff_lzw", dpi=DPI)
    elif format_ == "png":
        image.save(buffer, "PNG", dpi=DPI)
    else:
        grey = np.asarray(image.convert("L"), dtype=np.uint16) * 257
        Image.fromarray(grey).save(buffer, "PNG", dpi=DPI)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _write_sample(sample: Sample, folder: Path) -> None:
    path = folder / sample.file_name
    if not path.exists():
        _write(path, _encode(draw_scan(sample.scene).image, sample.format))


def _write_damaged(path: Path) -> None:
    """Write a JPEG whose last three quarters are missing, as after a broken copy."""
    content = _encode(draw_scan(SAMPLES[0].scene, long_side=1000).image, "jpeg")
    _write(path, content[: len(content) // 4])


def _write_manifest(path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(MANIFEST_HEADER)
    for sample in SAMPLES:
        record = sample.record
        values = (
            (record.title, record.event, record.date, record.place, record.people, record.photographer)
            if record
            else ()
        )
        writer.writerow([sample.file_name, sample.identifier, *(values or ("",) * 6)])
    _write(path, text.getvalue().encode("utf-8-sig"))


def write_collection(folder: Path) -> None:
    """Write the sample collection to ``folder``, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        _write_sample(sample, folder)
    if not (folder / DUPLICATE_NAME).exists():
        shutil.copyfile(folder / DUPLICATE_OF.file_name, folder / DUPLICATE_NAME)
    if not (folder / DAMAGED_NAME).exists():
        _write_damaged(folder / DAMAGED_NAME)
    _write_manifest(folder / MANIFEST)


def main() -> None:
    """Read the command line and write the collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    write_collection(parser.parse_args().folder)


if __name__ == "__main__":
    main()
