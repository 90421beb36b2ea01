"""What lies beside pictures and is none: XMP files that describe them, and what cameras, telephones and systems leave.

An XMP file belongs to the picture whose name it bears, `1.xmp` or `1.jpg.xmp`. Everything else is named for what it is:
called a damaged picture, it would send somebody to look for a scan that was never there.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.importing.documents import is_document
from catalog.importing.entries import Entry, RefusedEntry

_XMP = ".xmp"
_WITHOUT_PICTURE = _("这是图像的附属说明文件（XMP），来源里没有与它同名的图像，没有使用。")
_LEFT_BY_SYSTEMS = _("这是系统或看图软件自动生成的文件，不是图像，没有导入。")
_KINDS: dict[str, Promise] = {
    suffix: words
    for suffixes, words in (
        (
            ".mov .mp4 .m4v .avi .mts .m2ts .mpg .mpeg .3gp .wmv .mkv .flv .webm .lrv .insv",
            _("这是视频文件，不是图像，没有导入。苹果“实况照片”的动态部分也是这种文件，静态照片照常导入。"),
        ),
        (".aae", _("这是苹果设备记录修图步骤的附属文件（AAE），不是图像，没有导入。")),
        (".thm", _("这是相机给视频附带的小预览图（THM），不是照片本身，没有导入。")),
        (".ini .db .ds_store .lnk .url .tmp .exe .dll .bat .ctg .mdb .log", _LEFT_BY_SYSTEMS),
        (".wav .mp3 .m4a .wma .amr .aac .flac .ogg", _("这是录音文件，不是图像，没有导入。")),
        (
            ".txt .doc .docx .wps .rtf .md .ppt .pptx .ofd .htm .html",
            _("这是文字文件，不是图像，没有导入。要导入其中的图片，请先另存为图片或 PDF。"),
        ),
        (
            ".csv .xls .xlsx .et .ods",
            _("这是表格，不是图像，没有导入。要用作清单，请另存为 CSV，取名 manifest.csv，放在最上层文件夹。"),
        ),
        (".json .xml .pp3 .dop .cos .on1", _("这是程序的数据文件，不是图像，没有导入。")),
        (".zip .rar .7z .tar .gz", _("这是压缩包，没有导入。请先解压，再导入里面的图像。")),
    )
    for suffix in suffixes.split()
}


def not_a_picture(name: str) -> Promise | None:
    """Return what a file is that is no picture, in a sentence; None where it may be one.

    Args:
        name: its plain path inside the source.
    """
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix == _XMP:
        return _WITHOUT_PICTURE
    return _LEFT_BY_SYSTEMS if path.name.lower() == "ds_store" else _KINDS.get(suffix)


def sort_out(entries: list[Entry]) -> tuple[list[Entry], dict[str, Entry]]:
    """Find what describes pictures, and refuse what is no picture.

    Args:
        entries: all files of a source.

    Returns:
        The files, those that are no pictures to be refused with the reason; and the XMP files by the name of the
        picture that each describes. One beside a master and its copy of the same name describes both.
    """
    described = {entry.name.lower(): entry for entry in entries if _is_xmp(entry)}
    sidecars: dict[str, Entry] = {}
    for entry in entries:
        if isinstance(entry, RefusedEntry) or is_document(entry) or not_a_picture(entry.name) is not None:
            continue
        if (found := _describing(entry.name, described)) is not None:
            sidecars[entry.name] = found
    used = {entry.name for entry in sidecars.values()}
    return [_named(entry) for entry in entries if entry.name not in used], sidecars


def _is_xmp(entry: Entry) -> bool:
    return not isinstance(entry, RefusedEntry) and PurePosixPath(entry.name).suffix.lower() == _XMP


def _describing(name: str, described: Mapping[str, Entry]) -> Entry | None:
    """Return the XMP file that describes a picture: `1.jpg.xmp` before `1.xmp`, which may be its master's."""
    full = name.lower()
    stem = full.removesuffix(PurePosixPath(full).suffix)
    return described.get(full + _XMP) or described.get(stem + _XMP)


def _named(entry: Entry) -> Entry:
    reason = not_a_picture(entry.name)
    return entry if reason is None or isinstance(entry, RefusedEntry) else RefusedEntry(entry.name, reason)
