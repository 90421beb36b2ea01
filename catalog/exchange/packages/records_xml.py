"""A record as XML: the photograph's description in the element names of the archives' photo metadata.

The names are those of a provincial XML package specification of 2015, known second-hand, which follows the family of
DA/T 54; how exactly is uncertain, and so is what some elements hold. Each file says so, and marks such elements. What
has no name there stands in elements of this system's own namespace.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as ET

from django.utils.translation import override

from catalog.exchange.packages import records
from catalog.exchange.packages.embedding import terms_in
from catalog.exchange.packages.entries import Written
from catalog.models import Image, ImageFile
from catalog.vocabulary import Field

NAMESPACE = "urn:glmv:photo-record:1"
ROOT = "照片元数据"
UNCERTAIN = f"{{{NAMESPACE}}}存疑"
BASIS = (
    "元素名称取自一份2015年的省级照片档案XML封装规范（第二手资料），属于DA/T 54一系；与现行标准是否逐字一致，未经核实。"
    "带“存疑”属性的元素，其取值也未经核实。glmv名称空间里的元素是本系统自己的。"
)
_NAME_ONLY = "元素应取什么值未经核实"
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

ET.register_namespace("glmv", NAMESPACE)


def record_xml(image: Image, files: Sequence[Written], package: str) -> bytes:
    """Return a record as XML, in UTF-8.

    Args:
        image: as `records.loaded` has it.
        files: its files in the package.
        package: what the package is called.
    """
    root = ET.Element(ROOT)
    # Whoever has it made, the words of the standards are Chinese.
    with override("zh-hans"):
        _fill(root, image, files, package)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {BASIS} -->\n{text}\n'.encode()


def _fill(root: ET.Element, image: Image, files: Sequence[Written], package: str) -> None:
    _identified(root, image)
    _described(root, image)
    _captured(root, image)
    _own(root, image)
    _labelled(root, image, package)
    _files(root, image, files)


def _identified(root: ET.Element, image: Image) -> None:
    holder = image.collection
    _add(root, "文件标识符", f"{holder.slug}/{image.pk}", doubt="用本系统的馆藏代号和记录编号")
    _add(root, "档案门类代码", holder.class_code)
    _add(root, "聚合层次", "件", doubt=_NAME_ONLY)
    _add(root, "档号", image.identifier)


def _described(root: ET.Element, image: Image) -> None:
    values = {row.field: row.value for row in records.accepted(image)}
    front = image.front
    _add(root, "题名", values.get(Field.TITLE, ""))
    _add(root, "摄影者", values.get(Field.PHOTOGRAPHER, ""))
    _add(root, "著录者", "、".join(records.writers_of(image)))
    _add(root, "审核者", "、".join(records.checkers_of(image)))
    taken = _add(root, "摄影时间", values.get(Field.DATE, ""))
    if taken is not None:
        for name, day in (("起", image.date_start), ("止", image.date_end)):
            if day is not None:
                taken.set(f"{{{NAMESPACE}}}{name}", day.isoformat())
    if front is not None:
        scanned = records.exif_of(front, "DateTimeDigitized", "DateTimeOriginal", "DateTime")
        _add(root, "数字化时间", scanned, doubt="取自扫描件的EXIF，原生数字照片则为拍摄时间")
    _add(root, "处理时间", image.updated_at.isoformat(timespec="seconds"), doubt="取记录最近一次修改的时间")
    for keyword in terms_in(values.get(Field.KEYWORDS, "")):
        _add(root, "主题", keyword)
    _add(root, "地点", values.get(Field.PLACE, ""))
    _add(root, "人物", values.get(Field.PEOPLE, ""))
    _add(root, "背景", values.get(Field.BACKGROUND, ""))
    if front is not None:
        _place(root, front)
    _add(root, "文字说明", records.caption_of(values))
    _add(root, "保管期限", str(image.collection.get_retention_period_display()))
    notes = [values.get(Field.NOTES, ""), records.ai_sentence(image, held=True)]
    _add(root, "附注", "\n".join(filter(None, notes)))


def _place(root: ET.Element, front: ImageFile) -> None:
    found = [(name, _degrees(front, tag)) for name, tag in (("纬度", "GPSLatitude"), ("经度", "GPSLongitude"))]
    if not all(value for _name, value in found):
        return
    place = ET.SubElement(root, "拍摄位置")
    for name, value in found:
        _add(place, name, value)


def _degrees(front: ImageFile, tag: str) -> str:
    """Return a latitude or longitude of EXIF in degrees; empty where there is none, or none that can be."""
    parts = (front.exif or {}).get(tag)
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(part, int | float) for part in parts):
        return ""
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not 0 <= degrees <= 180:
        return ""
    sign = -1 if str((front.exif or {}).get(f"{tag}Ref", "")).upper() in ("S", "W") else 1
    return f"{sign * degrees:.6f}"


def _captured(root: ET.Element, image: Image) -> None:
    front = image.front
    if front is None:
        return
    device = {
        "制造商": records.exif_of(front, "Make"),
        "型号": records.exif_of(front, "Model"),
        "序列号": records.exif_of(front, "BodySerialNumber"),
    }
    if any(device.values()):
        element = ET.SubElement(root, "捕获设备")
        for name, value in device.items():
            _add(element, name, value)
    _add(root, "软件", records.exif_of(front, "Software"))


def _own(root: ET.Element, image: Image) -> None:
    values = {row.field: row.value for row in records.accepted(image)}
    holder, group = image.collection, image.photo_group
    own: Mapping[str, str] = {
        "馆藏": holder.title,
        "全宗号": holder.fonds_number,
        "册号": image.volume,
        "张号": image.sheet,
        "底片号": image.negative_number,
        "参见号": image.see_also,
        "照片组": str(group) if group is not None and group.is_confirmed else "",
        "事由": values.get(Field.EVENT, ""),
        "色调": values.get(Field.TONE, ""),
        "文字转录": values.get(Field.TRANSCRIPTION, ""),
        "权利说明": image.rights,
        "密级": str(image.get_classification_display()) if image.classification else "",
        "开放标识": str(image.get_disclosure_display()),
    }
    for name, value in own.items():
        _add(root, f"{{{NAMESPACE}}}{name}", value)


def _labelled(root: ET.Element, image: Image, package: str) -> None:
    for field, label in records.ai_labels(image, held=True).items():
        element = _add(root, f"{{{NAMESPACE}}}AI标识", label)
        if element is not None:
            element.set(f"{{{NAMESPACE}}}项", str(Field(field).label))
    if about := records.aigc_of(image, package):
        text = _add(root, f"{{{NAMESPACE}}}AIGC", json.dumps(about, ensure_ascii=False))
        if text is not None:
            text.set(f"{{{NAMESPACE}}}对象", "文字；扫描件不是生成内容")


def _files(root: ET.Element, image: Image, files: Iterable[Written]) -> None:
    known = {file.pk: file for file in image.files.all()}
    for written in files:
        file = known.get(written.file)
        element = ET.SubElement(root, f"{{{NAMESPACE}}}文件")
        told: dict[str, str] = {"路径": written.path, "字节数": str(written.size)}
        if file is not None:
            told |= {"部位": str(file.get_role_display()), "格式": file.format, "原文件名": file.original_name}
            if file.width:
                told |= {"宽": str(file.width), "高": str(file.height)}
        for name, value in {**told, **_named(written.digests)}.items():
            _add(element, f"{{{NAMESPACE}}}{name}", value)


def _named(digests: Mapping[str, str]) -> dict[str, str]:
    return {algorithm.upper(): digest for algorithm, digest in digests.items()}


def _add(parent: ET.Element, name: str, value: str, *, doubt: str = "") -> ET.Element | None:
    """Add an element, where there is something to be said."""
    text = _UNWRITABLE.sub("", value)
    if not text:
        return None
    element = ET.SubElement(parent, name)
    element.text = text
    if doubt:
        element.set(UNCERTAIN, doubt)
    return element
