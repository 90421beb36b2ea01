"""What a heading of another system is likely to mean; reviewers look at each guess before a table is made by it."""

import re

from catalog.exchange.presets.definitions import DateForm

_NAMES: dict[str, tuple[str, ...]] = {
    "identifier": ("照片号", "档号", "照片档号", "照片编号", "编号", "档案号", "identifier", "dc:identifier"),
    "negative_number": ("底片号", "底片编号"),
    "see_also": ("参见号", "互见号", "参见"),
    "volume": ("册号", "相册号", "案卷号", "盒号"),
    "sheet": ("张号", "页号", "件号", "顺序号"),
    "title": ("题名", "照片题名", "名称", "标题", "正题名", "title", "dc:title"),
    "description_composed": (
        "文字说明",
        "说明",
        "照片说明",
        "内容说明",
        "内容描述",
        "范围和提要",
        "提要",
        "摘要",
        "description",
    ),
    "event": ("事由", "事件", "活动", "活动名称"),
    "date": ("时间", "日期", "拍摄时间", "拍摄日期", "摄影时间", "形成时间", "形成日期", "成文日期", "date"),
    "place": ("地点", "拍摄地点", "摄影地点"),
    "people": ("人物", "主要人物", "人名", "照片人物"),
    "background": ("背景",),
    "photographer": ("摄影者", "拍摄者", "摄影师", "拍摄人", "摄影"),
    "keywords": ("关键词", "主题词", "主题词或关键词", "主题"),
    "transcription": ("文字转录", "题字", "照片文字"),
    "tone": ("色调", "色别", "颜色"),
    "notes": ("附注", "备注", "注释", "其他"),
    "responsible": ("责任者", "作者", "形成者", "creator"),
    "cataloguers": ("著录者", "著录人", "录入人", "编目员"),
    "described_on": ("著录日期", "著录时间", "录入日期", "录入时间"),
    "checkers": ("审核者", "审核人", "校对人"),
    "retention": ("保管期限", "期限"),
    "disclosure": ("开放标识", "开放状态", "是否开放"),
    "classification": ("密级", "保密级别"),
    "fonds_number": ("全宗号",),
    "class_code": ("门类代码", "档案门类代码", "门类", "分类号"),
    "creator": ("立档单位", "全宗名称", "立档单位名称"),
    "collection_title": ("馆藏", "馆藏名称"),
    "group_number": ("组号", "照片组号"),
    "group_title": ("组题名", "照片组题名"),
    "group_year": ("年度", "归档年度"),
    "rights": ("权利说明", "版权", "版权说明"),
    "file_name": ("文件名", "电子文件名", "原文", "图片文件", "文件路径", "附件名"),
    "sha256": ("SHA256", "SHA-256", "数字摘要", "校验码", "哈希值"),
    "file_format": ("文件格式", "计算机文件格式", "格式"),
    "file_bytes": ("文件大小", "计算机文件大小", "字节数"),
    "file_pixels": ("像素", "分辨率", "图像尺寸"),
    "ai_label": ("AI标识", "人工智能生成标识", "生成合成标识", "AI生成标识"),
}
_SOURCES = {name.casefold(): source for source, names in _NAMES.items() for name in names}
_FORMS = (
    (re.compile(r"YYYY-MM-DD|yyyy-MM-dd|\d{4}-\d{2}-\d{2}", re.IGNORECASE), DateForm.ISO),
    (re.compile(r"YYYY/MM/DD|\d{4}/\d{2}/\d{2}", re.IGNORECASE), DateForm.SLASHED),
    (re.compile(r"YYYY\.MM\.DD|\d{4}\.\d{2}\.\d{2}", re.IGNORECASE), DateForm.DOTTED),
    (re.compile(r"YYYYMMDD|8位|八位", re.IGNORECASE), DateForm.COMPACT),
)
_DATES = ("date", "group_date", "described_on")


def guessed_source(name: str) -> str:
    """Return the source that a heading is likely to want; empty where none is.

    Args:
        name: the heading without what stands beside it.
    """
    return _SOURCES.get(name.casefold(), "")


def guessed_date(heading: str, source: str) -> DateForm:
    """Return the form of date that a heading asks for; as written where it asks for none.

    Args:
        heading: the whole heading, with what stands beside its name.
        source: what it is likely to be.
    """
    if source not in _DATES:
        return DateForm.AS_WRITTEN
    return next((form for pattern, form in _FORMS if pattern.search(heading)), DateForm.AS_WRITTEN)
