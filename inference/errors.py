"""Words for people what went wrong, and what to do about it: the engine's errors, and outages of database and disk."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.engine.errors import EngineError

# Anybody may read these, on /ready and in answers: the addresses and folders of an installation are in the log, and
# told by `manage.py doctor`.
_SENTENCES: Mapping[str, str | Promise] = {
    "image_undecodable": gettext_lazy(
        "无法解码这张图片：文件已损坏，或不是可用的格式（JPEG、PNG、TIFF、WebP、BMP、GIF、HEIC、AVIF、JPEG 2000）。"
    ),
    "image_unreadable": gettext_lazy("打不开图片文件 %(path)s：文件已移走，或没有读取权限。"),
    "image_empty": gettext_lazy("图片内容为空，请重新选择文件。"),
    "image_page_missing": gettext_lazy("没有第 %(number)s 页，这个文件共 %(pages)s 页。"),
    # The wording is quoted in the system's public description, down to its comma.
    "image_too_small": gettext_lazy("图片尺寸太小,请上传分辨率不低于%(min_width)sx%(min_height)s的JPEG文件"),
    "image_too_large": gettext_lazy(
        "图片有 %(megapixels)s 百万像素，超过 %(limit_megapixels)s 百万像素的上限，请缩小后再试。"
    ),
    "document_locked": gettext_lazy("这个 PDF 加了密码，请去掉密码再导入。"),
    "document_damaged": gettext_lazy("这个 PDF 已损坏，或不是 PDF，请重新扫描或重新导出。"),
    "document_too_long": gettext_lazy("这个 PDF 有 %(pages)s 页，超过 %(limit)s 页的上限，请拆开后再导入。"),
    "image_aspect_ratio": gettext_lazy(
        "图片过于狭长（%(width)s×%(height)s），长边不能超过短边的 %(limit)s 倍，请裁开后再试。"
    ),
    "invalid_request": gettext_lazy("请求的字段 %(field)s 不合要求，请检查后重试。"),
    "schema_unusable": gettext_lazy("字段 %(field)s 里的 JSON Schema 无法使用，请修改后重试。原因：%(detail)s"),
    "prompt_too_long": gettext_lazy(
        "问题与图片合计 %(tokens)s 个词元，超过模型的上限 %(limit)s，请缩短问题或减少图片。"
    ),
    "busy": gettext_lazy("排队人数已满，请在 %(retry_after_s)s 秒后重试。"),
    "deadline_exceeded": gettext_lazy("等待超过 %(deadline_s)s 秒，没有得到完整的回答，请稍后重试。"),
    "cancelled": gettext_lazy("请求已取消。"),
    "out_of_memory": gettext_lazy("内存或显存不足，这个请求没有完成；请缩小图片或缩短问题后重试。"),
    "generation_failed": gettext_lazy("模型处理这个请求时出错，请重试；若反复出现，请把服务日志交给管理员。"),
    "device_failed": gettext_lazy("显卡不再响应，服务正在重新启动，请稍后重试；若反复出现，请检查驱动和散热。"),
    "engine_crashed": gettext_lazy("模型服务刚才意外中断，正在自动恢复，请稍后重试。"),
    "load_failed": gettext_lazy("加载模型时出错，请把服务日志交给管理员。"),
    "checkpoint_missing": gettext_lazy("找不到模型：请检查 GLMV_MODEL 是否为正确的目录或模型名称。"),
    "download_failed": gettext_lazy(
        "下载模型 %(model)s 失败：请检查网络；在国内可设置 HF_ENDPOINT 使用镜像，"
        "或把 GLMV_MODEL 写成 modelscope:ZhipuAI/GLM-4.6V-Flash。"
    ),
    "package_missing": gettext_lazy("缺少软件包 %(package)s，请先安装：pip install %(package)s"),
    "checkpoint_unreadable": gettext_lazy("读取模型文件失败：文件可能不完整，请重新下载。"),
    "checkpoint_too_large": gettext_lazy(
        "加载模型时内存或显存不足：请设置 GLMV_QUANTIZE=int8 或 int4 后重新启动，或换一台显存更大的机器。"
    ),
    "memory_insufficient": gettext_lazy(
        "需要约 %(needed_gb)s GB %(memory)s，可用 %(available_gb)s GB；"
        "请使用 --quantize %(suggestion)s（约 %(suggestion_gb)s GB）。"
    ),
    "memory_too_small": gettext_lazy(
        "需要约 %(needed_gb)s GB %(memory)s，可用 %(available_gb)s GB，量化后也放不下："
        "请换一台%(memory)s更大的机器，或用 GLMV_BACKEND=remote 连接别处的模型服务。"
    ),
    "model_type_unsupported": gettext_lazy("不支持 %(model_type)s 类型的模型，请使用 GLM-4.6V 或 GLM-4.1V 系列。"),
    "weights_incomplete": gettext_lazy("模型权重不完整，请重新下载。"),
    "chat_template_missing": gettext_lazy("模型缺少对话模板，请重新下载完整的模型文件。"),
    "tokenizer_unsupported": gettext_lazy("模型的分词器不受支持，请使用官方发布的模型文件。"),
    "end_token_missing": gettext_lazy("模型没有标明回答的结束符，请使用官方发布的模型文件。"),
    "device_unavailable": gettext_lazy(
        "这台机器上没有可用的 %(device)s 设备，请检查驱动，或把 GLMV_DEVICE 设为 auto。"
    ),
    "remote_unreachable": gettext_lazy(
        "连接不上远程模型服务：请检查 GLMV_REMOTE_URL 和网络，并确认那边的服务已经启动。"
    ),
    "remote_key_refused": gettext_lazy("远程模型服务拒绝了访问：请检查 GLMV_REMOTE_KEY。"),
    "remote_model_missing": gettext_lazy(
        "远程模型服务没有模型 %(model)s：请检查 GLMV_REMOTE_MODEL 和 GLMV_REMOTE_URL。"
    ),
    "remote_unexpected": gettext_lazy(
        "远程模型服务的回答不符合 OpenAI 接口：请检查 GLMV_REMOTE_URL 是否为正确的地址。"
    ),
    "remote_request_too_large": gettext_lazy("图片超过远程模型服务的大小上限，请缩小图片，或调高那边的上限。"),
    "reader_missing": gettext_lazy(
        "识读文字的软件不完整（缺少 %(package)s），请重新安装：pip install -r requirements.txt"
    ),
    "reading_failed": gettext_lazy("识读这张图片上的文字时出错，请重试；若反复出现，请把原因交给管理员：%(detail)s"),
    "quantisation_failed": gettext_lazy("量化没有按预期完成，请把 GLMV_QUANTIZE 设为 none，或更新 bitsandbytes。"),
}
# The file is whole, and that has to be said: nobody is to scan it again for nothing.
_UNSUPPORTED: Mapping[str, Promise] = {
    "camera_raw": gettext_lazy(
        "这是相机的原始数据（RAW），文件没有损坏，但系统不处理原始数据。请先用相机厂商的软件转成 TIFF 或 JPEG。"
    ),
    "compression": gettext_lazy(
        "文件没有损坏，但系统读不了这种压缩方式的 %(kind)s（压缩编号 %(detail)s）。"
        "请用看图软件另存为不压缩或 LZW 压缩的 TIFF。"
    ),
    "colours": gettext_lazy(
        "文件没有损坏，但系统读不了这种颜色的 %(kind)s（颜色编号 %(detail)s）。"
        "请用看图软件转成 RGB 或灰度，再另存为 TIFF。"
    ),
    "samples": gettext_lazy(
        "文件没有损坏，但系统读不了这种样点的 %(kind)s（%(detail)s）。"
        "请用看图软件转成 8 位或 16 位的 RGB 或灰度，再另存为 TIFF。"
    ),
}
_NOT_READY: Mapping[str, str | Promise] = {
    "loading": gettext_lazy("模型正在加载，请稍后重试。"),
    "draining": gettext_lazy("服务正在停止，不再接受新的请求，请稍后重试。"),
    "stopped": gettext_lazy("模型服务没有运行，请联系管理员。"),
}
_MEMORY: Mapping[str, Promise] = {"main": gettext_lazy("内存"), "device": gettext_lazy("显存")}
_OTHER = gettext_lazy("模型服务出错：%(code)s。请把服务日志交给管理员。")


@dataclass(frozen=True, slots=True)
class Outage:
    """What keeps the database or the disk from doing its work.

    Attributes:
        code: its name, for programs.
        message: what is wrong and what to do; nothing in it is secret.
        retry_after_s: seconds after which another try makes sense.
    """

    code: str
    message: str | Promise
    retry_after_s: int

    def __str__(self) -> str:
        return str(self.message)


LOCKED = Outage("database_unavailable", gettext_lazy("数据库正忙，等了一会儿仍没有轮到，请稍后重试。"), 5)
UNREACHABLE = Outage(
    "database_unavailable", gettext_lazy("数据库暂时不可用，请稍后重试；若反复出现，请联系管理员。"), 5
)
FULL = Outage("no_space", gettext_lazy("服务器的磁盘已满，无法保存。请联系管理员腾出空间后重试。"), 60)
READ_ONLY = Outage(
    "read_only", gettext_lazy("服务器的磁盘或数据库目前只能读取，无法保存。请联系管理员处理后重试。"), 60
)
FAILING = Outage("storage_failed", gettext_lazy("服务器的磁盘读写出错。请联系管理员检查磁盘后重试。"), 60)

_OF_DISK: Mapping[int, Outage] = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EIO: FAILING,
    errno.ESTALE: FAILING,
    errno.ENXIO: FAILING,
}
# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_OF_SQLITE: Mapping[int, Outage] = {
    5: LOCKED,  # SQLITE_BUSY
    6: LOCKED,  # SQLITE_LOCKED
    8: READ_ONLY,  # SQLITE_READONLY
    10: FAILING,  # SQLITE_IOERR
    11: FAILING,  # SQLITE_CORRUPT
    13: FULL,  # SQLITE_FULL
    14: UNREACHABLE,  # SQLITE_CANTOPEN
    15: LOCKED,  # SQLITE_PROTOCOL: too many at the write-ahead log at once
    26: FAILING,  # SQLITE_NOTADB
}
# PostgreSQL's SQLSTATEs, or the beginnings of them; the longest that fits counts.
_OF_POSTGRESQL: Mapping[str, Outage] = {
    "08": UNREACHABLE,
    "25006": READ_ONLY,
    "40001": LOCKED,
    "40P01": LOCKED,
    "53": UNREACHABLE,
    "53100": FULL,
    "55P03": LOCKED,
    "57": UNREACHABLE,
    "57014": LOCKED,
    "58": FAILING,
    "XX001": FAILING,
    "XX002": FAILING,
}
# What drivers say where they give no code.
_OF_WORDS: Mapping[str, Outage] = {
    "disk is full": FULL,
    "no space left": FULL,
    "could not extend file": FULL,
    "readonly database": READ_ONLY,
    "database is locked": LOCKED,
}


def outage_of(error: BaseException) -> Outage | None:
    """Tell an outage of the database or the disk from mistakes of ours.

    Args:
        error: the database's or the operating system's, or any other.

    Returns:
        The outage; None where the error is none: a statement that the database does not understand, a missing file.
    """
    if isinstance(error, OSError):
        return _OF_DISK.get(error.errno or 0)
    if not isinstance(error, Error):
        return None
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    if code is not None:
        return _OF_SQLITE.get(code & 0xFF)
    state = getattr(error.__cause__, "sqlstate", None)
    if state:
        return _OF_POSTGRESQL.get(state) or _OF_POSTGRESQL.get(state[:2])
    said = str(error).lower()
    known = (outage for words, outage in _OF_WORDS.items() if words in said)
    # A server that is gone, or hangs up, leaves no code.
    return next(known, UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None)


def sentence(error: EngineError) -> str:
    """Say in a sentence what went wrong.

    Args:
        error: any of the engine's.

    Returns:
        Words in the active language.
    """
    if error.code == "not_ready":
        return _not_ready(error.params)
    if "upstream" in error.params:
        return _("远程模型服务拒绝了这个请求：%(reason)s") % {"reason": error.params["upstream"]}
    if error.code == "invalid_request" and not error.params["field"]:
        return _("远程模型服务拒绝了这个请求：%(reason)s") % {"reason": error.params["detail"]}
    template = _SENTENCES.get(error.code, _OTHER)
    if error.code == "image_kind_unsupported":
        template = _UNSUPPORTED[error.params["what"]]
    return str(template) % _readable(error)


def _not_ready(params: Mapping[str, Any]) -> str:
    words = str(_NOT_READY.get(params["state"], _NOT_READY["stopped"]))
    reason = params["reason"] or (sentence(params["cause"]) if params["cause"] else "")
    return _("%(sentence)s原因：%(reason)s") % {"sentence": words, "reason": reason} if reason else words


def _readable(error: EngineError) -> dict[str, Any]:
    """Return the values of a sentence: pages counted from one, pixels in millions, no needless decimals."""
    values = {"code": error.code, **error.params}
    if error.code == "image_page_missing":
        values["number"] = values["page"] + 1
    elif error.code == "image_too_large":
        values["megapixels"] = -(-values["pixels"] // 1_000_000)
        values["limit_megapixels"] = values["limit"] // 1_000_000
    elif error.code == "deadline_exceeded":
        values["deadline_s"] = f"{values['deadline_s']:g}"
    elif "needed_gb" in values:
        values["memory"] = _MEMORY[values["memory"]]
        values |= {name: f"{round(value, 1):g}" for name, value in values.items() if name.endswith("_gb")}
    return values
