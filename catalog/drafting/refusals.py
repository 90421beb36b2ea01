"""Tells a model's refusal (看不清, 无法识别图片内容, I'm sorry, I can't …) from a description with such words in it.

Decided by the form of the whole text: it is cut into clauses, and each of them has to say that nothing was seen or
will be said, to apologise, to give the reason or to ask for another picture. One clause that says anything else, be it
三人 in 三人，面容看不清, makes it a description for a reviewer to read. Whoever meets a new way of refusing adds its
words to the lists below, and a case to the test's table.
"""

import re

from catalog.texts import simplified, visible

LONGEST = 400
"""Characters: a longer text has something to say."""
_LONGEST_CLAUSE = 160


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


def _among(words: str) -> str:
    """Return what matches one of some words; they stand apart by spaces."""
    return _any(*words.split())


_CLAUSES = re.compile(r"[。！？!?；;，,、：:\n]+|\.(?=\s|$)|…+")
_AROUND = " \t*_`#>-~()[]{}（）【】“”‘’「」『』《》\"'．."

_PICTURE = _among("图片 照片 图像 画面 影像 相片 截图 扫描件 原图 图")
_THIS = _among("这 该 此 您?提供的 您?上传的 您?给出的 上述 当前 本 所提供的 其中 其")
_SHOWN = _among(
    "内容 信息 细节 主体 主题 场景 画面 文字 字迹 笔迹 字 人物 人 面部 面容 脸 身份 姓名 对象 物体 时间 日期 "
    "年代 地点 位置 事由 事件 背景 摄影者 拍摄者 作者 来源 拍摄时间 拍摄地点 任何东西 什么 东西"
)
_OF_WHAT = _among("具体的? 任何 有效的? 确切的? 准确的? 详细的? 更多的? 相关的? 真实的? 主要的?")
_WHERE = _among("中 里 上 内 里面 当中 之中")
_OBJECT = (
    f"(?:对|把|将|从|就|为|给)?{_THIS}*(?:一?[张幅份个])?{_PICTURE}?{_WHERE}?的?"
    f"(?:有|是)?(?:{_OF_WHAT})*(?:{_SHOWN}(?:[和与及或的]?{_SHOWN})*)?"
)
_CANNOT = _among("无法 不能 没法 没有办法 没办法 难以 未能 不便 不会 不可以 没有能力 无能力 不支持 不太能 无从")
_DO = _among(
    "识别 辨认 辨识 辨别 分辨 看清楚? 看到 看见 查看 看出 认出 确定 确认 判断 描述 回答 提供 分析 处理 理解 读取 "
    "读出 打开 访问 说明 协助 帮助 满足 得知 获取 获知 给出 完成 解析 识读 加载 显示 解读 著录 转录 抄录 知道 "
    "知晓 了解 生成 推断 作出 做出 进行 评改 评价"
)
_BLIND = _among(
    "看不太?清楚? 看不出来? 看不到 看不见 认不出来? 辨认不出来? 识别不出来? 识别不了 辨认不了 辨认不清 分辨不清 "
    "分辨不出来? 判断不出来? 不认识 不认得 不清楚 不知道 不知 读不出来? 识别失败 不确定 没(?:有)?看到 未看到 "
    "没有?收到 未收到"
)
_RESULT = _among(
    "识别 辨认 描述 回答 答案 结果 说明 判断 帮助 信息 具体描述 准确描述 准确信息 图片描述 分析 解读 您的请求 "
    "您的要求 该请求 这个请求 这个问题 该问题 此问题 请求 要求 出来 您 你"
)
_SPEAKER = _among(
    "我 本模型 模型 本助手 助手 本系统 系统 AI "
    "作为一?[个名款]?(?:AI|人工智能|语言|多模态|视觉|大)*(?:语言)?(?:模型|助手)"
)
_ADVERB = _among(
    "目前 暂时 暂 现在 也 都 还 实在 完全 确实 并 所以 因此 因而 故 导致 使得? 以至于? 直接 准确 清晰 清楚 "
    "进一步 可能 恐怕 仍 仍然 根本 有些 有点 很 是 地 来"
)
_BADLY = _among("模糊(?:不清)? 不清晰 不清楚? 太暗 过暗 空白 损坏 太小 分辨率(?:太|过|较)?低 质量(?:太|较)?差 缺失")

_SORRY = _among("抱歉 对不起 不好意思 遗憾 歉意 请?谅解 请?见谅")

_CHINESE = {
    # 抱歉
    "courtesy": rf"(?:我)?(?:很|非常|十分|实在|真的?|深表)?(?:感到|是)?{_SORRY}",
    # 我无法识别这张图片中的人物 · 无法辨认 · 这张照片我看不清
    "cannot": (
        rf"{_any('由于', '因为', '因')}?(?:{_OBJECT})(?:{_ADVERB})*(?:{_SPEAKER})?(?:{_ADVERB})*"
        rf"(?:{_CANNOT}(?:{_ADVERB})*(?:{_OBJECT})(?:{_ADVERB})*(?:{_DO}[出到清并和或及]?)+|{_BLIND})"
        rf"(?:{_OBJECT})(?:的)?(?:进行)?{_RESULT}?(?:了|的|呢)?"
    ),
    # 演示模型只认识示例老照片
    "only": rf"(?:{_SPEAKER}|演示模型)(?:{_ADVERB})*只(?:能)?(?:认识|识别|认得|处理).{{1,12}}",
    # 图片太模糊了
    "reason": (
        rf"{_any('由于', '因为', '因')}?(?:{_OBJECT})(?:{_ADVERB})*(?:太|过于|过|较|比较|不够|十分|非常)?"
        rf"(?:{_BADLY}|清晰|清楚)(?:了|的)?"
    ),
    # 请重新上传清晰的图片
    "another": rf"(?:请|麻烦|建议)(?:您|你)?.{{0,6}}{_any('提供', '上传', '发送', '换', '给我')}.{{0,20}}",
    "offer": (
        rf"{_SPEAKER}|以便.{{1,20}}|(?:如果|如)(?:您|你).{{1,20}}"
        rf"|我(?:会|将|可以|很乐意).{{0,12}}(?:帮助|描述|协助).{{0,8}}"
    ),
}
_REFUSING = frozenset({"courtesy", "cannot", "only"})
"""One clause of these has to be there; the others stand beside it."""

_VERBS = _any(
    "see", "view", "identify", "recogni[sz]e", "describe", "determine", "help", "assist", "provide", "process", "read",
    "make out", "tell", "comply", "analy[sz]e", "answer", "access", "open", "discern", "fulfil+", "interpret", "know",
    "transcribe", "do that", "respond", "say",
)  # fmt: skip
_NOT_ABLE = _any(
    "can(?:'| ?no)?t", "could(?:n't| not)", "am (?:unable|not able) to", "'m (?:unable|not able) to", "do(?:n't| not)",
    "won't", "will not", "(?:am|'m) not allowed to", "unable to",
)  # fmt: skip
_ENGLISH = {
    "courtesy": r"(?:i(?:'m| am)(?: very| so)? )?sorry|(?:my |i )?apologi(?:es|[sz]e)(?: for .{1,30})?|unfortunately",
    "cannot": (
        rf"(?:(?:(?:i(?:'m| am) )?(?:very )?sorry|unfortunately) )?(?:but )?(?:i ?)?(?:currently )?{_NOT_ABLE} "
        rf"(?:(?:clearly|directly|really|reliably|actually|to) )*{_VERBS}(?: .{{0,120}})?"
        r"|(?:illegible|unreadable|unrecogni[sz]able|cannot be (?:identified|recogni[sz]ed|determined|read|made out))"
    ),
    "only": r"as an? (?:ai|artificial intelligence|large language|language)(?: language)?(?: model| assistant)?.{0,80}",
    "reason": (
        r"(?:because |since |as )?(?:the|this|your) (?:image|picture|photo|photograph|scan)(?: provided)? "
        r"(?:is|appears|seems|looks)(?: to be)?(?: too| very| so)? "
        r"(?:blurry|blurred|unclear|dark|small|low.resolution|blank|corrupted)"
    ),
    "another": r"(?:please|could you|can you) (?:please )?(?:provide|upload|send|try|share) .{0,60}",
}
_PATTERNS = [
    (kind, re.compile(pattern, re.IGNORECASE)) for forms in (_CHINESE, _ENGLISH) for kind, pattern in forms.items()
]


def is_refusal(text: str) -> bool:
    """Tell whether a text says nothing of a picture but that nothing can, or will, be said of it.

    Args:
        text: an answer, or the value of one field.

    Returns:
        Whether it is a refusal as a whole. An empty text is none.
    """
    plain = simplified(visible(text.replace("\u2019", "'").replace("\n", "。"))).strip()
    if not plain or len(plain) > LONGEST:
        return False
    clauses = [clause for part in _CLAUSES.split(plain) if (clause := part.strip(_AROUND))]
    told = [_kinds(clause) for clause in clauses]
    # What is merely dim or blank may be what the picture shows; who apologises and says no more has refused.
    return bool(told) and all(told) and any(not kinds.isdisjoint(_REFUSING) for kinds in told)


def _kinds(clause: str) -> set[str]:
    """Return what a clause does; nothing where it says anything about a picture."""
    if len(clause) > _LONGEST_CLAUSE:
        return set()
    return {kind for kind, pattern in _PATTERNS if pattern.fullmatch(clause)}
