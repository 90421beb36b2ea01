"""Questions about sample scans in many wordings, and the answers that the truth of a scene gives to them.

The product's own prompts stand first among the wordings; evaluation uses wordings of ``UNSEEN_WORDINGS`` as well, which
training leaves out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from demo.drawing.canvas import Box
from demo.scene import Scene, Subject, Tone

DECLINE = "演示模型只认识示例老照片。"
OFF_TOPIC = "演示模型只会回答主体、人数、年份、色调和位置。"
NUMERALS = ("无", "一", "两", "三", "四", "五")
UNKNOWN = "待考"
ELEMENTS = ("事由", "时间", "地点", "人物", "背景", "摄影者")


class Intent(StrEnum):
    """What a question asks for."""

    SENTENCE = "sentence"
    SIX_ELEMENTS = "six_elements"
    KEYWORDS = "keywords"
    TRANSCRIPTION = "transcription"
    COUNT = "count"
    YEAR = "year"
    SUBJECT = "subject"
    TONE = "tone"
    WHERE = "where"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Truth:
    """What an answer can be made from: the scene (None for a foreign picture) and the subject's box (shares)."""

    scene: Scene | None
    subject_box: Box | None = None


WORDINGS: dict[Intent, tuple[str, ...]] = {
    Intent.SENTENCE: (
        "请用20字以内描述图中场景、人物和时间特征。",
        "请用20字以内描述图中场景、人物和时间特征",
        "用一句话描述这张照片。",
        "请描述这张图片。",
        "描述一下这幅照片，不超过20字。",
        "这张照片拍的是什么场景？",
        "图里是什么情景？请简短说明。",
        "请为这张老照片写一句说明。",
        "给这张照片写个说明",
        "看图说话。",
        "请概括画面内容。",
        "简单介绍一下这张照片",
        "照片里有什么？",
        "图中有什么？",
        "说说你看到了什么",
        "请用一句话概括图片",
    ),
    Intent.SIX_ELEMENTS: (
        (
            "请按照片档案著录六要素，以JSON回答，键为：事由、时间、地点、人物、背景、摄影者。"
            "只写画面中看得见的内容，看不出的写“待考”。"
        ),
        "请以JSON给出六要素：事由、时间、地点、人物、背景、摄影者。",
        "按六要素著录这张照片，用JSON。",
        "请写出照片的事由、时间、地点、人物、背景、摄影者，输出JSON。",
        "六要素著录，JSON格式。",
        "请用JSON格式著录六要素",
    ),
    Intent.KEYWORDS: (
        "请列出这张照片的关键词，用顿号分隔。",
        "给出关键词。",
        "这张照片的关键词有哪些？",
        "请提取几个关键词",
        "为图片打标签。",
        "列出主题词",
        "请给这张图加上标签，用顿号隔开",
    ),
    Intent.TRANSCRIPTION: (
        "请抄录图中的文字，没有文字就回答“无文字”。",
        "请转录图中文字。",
        "图上写着什么字？",
        "横幅上写的是什么？",
        "识别图中的文字",
        "照片上有什么文字？",
        "把横幅上的字抄下来",
        "上面写了什么？",
    ),
    Intent.COUNT: (
        "图中有几个人？",
        "照片里有多少人？",
        "一共有几个人？",
        "有几个人？",
        "画面中有多少个人物？",
        "数一数有几个人",
        "这里站着几个人？",
        "合影的有几位？",
        "人数是多少？",
        "请问有多少人在照片里？",
        "里面有没有人？有几个？",
        "几个人",
        "How many people are there?",
    ),
    Intent.YEAR: (
        "这是哪一年拍的？",
        "照片是哪年的？",
        "是什么年份？",
        "拍摄于哪一年？",
        "这张照片的年份是多少？",
        "什么时候拍的？",
        "拍摄时间是什么时候？",
        "横幅上是哪一年？",
        "能看出是哪年吗？",
        "年份呢？",
        "哪一年？",
        "请问这是什么时间拍摄的",
        "Which year is it?",
    ),
    Intent.SUBJECT: (
        "这是什么？",
        "图中的主体是什么？",
        "画面主体是什么？",
        "照片里的主要景物是什么？",
        "后面是什么建筑？",
        "人物身后是什么？",
        "这拍的是什么东西？",
        "主要拍了什么？",
        "背景里最显眼的是什么？",
        "主体呢？",
        "中间那个是什么？",
        "What is it?",
    ),
    Intent.TONE: (
        "这张照片是什么色调？",
        "是黑白照片还是彩色照片？",
        "照片是彩色的吗？",
        "照片的颜色怎么样？",
        "色调是什么？",
        "是什么颜色的照片？",
        "照片泛黄了吗？",
        "色调呢？",
        "黑白还是彩色？",
        "What is the tone?",
    ),
    Intent.WHERE: (
        "{subject}在哪里？",
        "{subject}在什么位置？",
        "请指出{subject}的位置。",
        "框出{subject}。",
        "主体在哪里？",
        "请框出画面主体",
        "标出{subject}的位置",
        "Where is the subject?",
    ),
    Intent.OTHER: (
        "今天天气怎么样？",
        "这是在哪个城市？",
        "他们叫什么名字？",
        "摄影者是谁？",
        "讲个笑话",
        "你是谁？",
        "这个碗是哪个朝代的？",
        "他们在干什么？",
        "这个建筑有多高？",
        "请解释它的工作原理。",
        "请写一首诗",
        "为什么？",
    ),
}

UNSEEN_WORDINGS: dict[Intent, tuple[str, ...]] = {
    Intent.COUNT: ("请问照片里一共有几个人？", "图里有多少个人？", "画面里有几个人物？"),
    Intent.YEAR: ("请问照片是哪一年拍的？", "这张照片拍摄于什么年份？", "图中是哪一年？"),
    Intent.SUBJECT: ("请问图中的主要景物是什么？", "照片的主体是什么？", "这张照片主要拍了什么？"),
    Intent.TONE: ("请问照片是什么色调的？", "这是黑白照片还是彩色的？", "照片的色调怎么样？"),
}

# More wordings of the plain questions: a place or a name for the picture, and what is asked of it.
PLACES = ("图中", "图里", "照片里", "照片中", "照片上", "画面中", "画面里", "这张照片里", "这张图里", "这幅照片中")
NAMES = ("照片", "这张照片", "这幅照片", "图片", "这张图", "画面", "它")
PATTERNS: dict[Intent, tuple[str, ...]] = {
    Intent.COUNT: (
        "{place}有几个人",
        "{place}有多少人",
        "{place}一共有多少人",
        "{place}有多少人物",
        "{place}有几位",
        "{place}共几人",
        "{place}站着几个人",
        "数数{place}的人",
        "{place}的人数",
    ),
    Intent.YEAR: (
        "{name}是哪一年的",
        "{name}是哪年拍摄的",
        "{name}摄于哪一年",
        "{name}拍于什么时候",
        "{name}的年份",
        "{name}的拍摄年份",
        "{place}写的是哪一年",
        "{place}的年份是多少",
    ),
    Intent.SUBJECT: (
        "{place}的主体是什么",
        "{place}主要是什么",
        "{name}的主体",
        "{name}拍的是什么",
        "{name}主要拍的是什么",
        "{place}的主要景物",
        "{place}最显眼的是什么",
        "{place}的建筑或景物是什么",
    ),
    Intent.TONE: (
        "{name}的色调",
        "{name}的色调如何",
        "{name}是什么色调",
        "{name}色调怎么样",
        "{name}是黑白的还是彩色的",
        "{name}是黑白照片吗",
        "{name}是什么颜色",
        "{place}是什么色调",
    ),
}

PREFIXES = ("", "", "", "", "请问", "你好，", "那么", "麻烦看一下，", "接着问，", "谢谢。", "请看图。")
# Many keyboards write half-width marks between Chinese characters.
HALF_WIDTH = str.maketrans("，。？：；！", ",.?:;!")
SUFFIXES = ("", "", "", "", "谢谢", "请简短回答。", "请用中文回答。", "呢")


def wording(intent: Intent, truth: Truth, rng: random.Random) -> str:
    """Return one of the trained wordings for ``intent``; the product's own prompt more often than the others."""
    choices = WORDINGS[intent]
    if intent in PRODUCT_INTENTS and rng.random() < 0.4:
        return choices[0]
    text = _patterned(intent, rng) if intent in PATTERNS and rng.random() < 0.5 else rng.choice(choices)
    subject = truth.scene.subject if truth.scene else rng.choice(tuple(Subject))
    text = text.format(subject=subject) if "{subject}" in text else text
    if rng.random() < 0.3:
        text = rng.choice(PREFIXES) + text + rng.choice(SUFFIXES)
    return text.translate(HALF_WIDTH) if rng.random() < 0.25 else text


def _patterned(intent: Intent, rng: random.Random) -> str:
    """Return a wording made from a pattern, never one that is kept back for evaluation."""
    while True:
        pattern = rng.choice(PATTERNS[intent])
        text = pattern.format(place=rng.choice(PLACES), name=rng.choice(NAMES))
        if all(text != kept.rstrip("？") for kept in UNSEEN_WORDINGS[intent]):
            return text + rng.choice(("？", "？", ""))


def answer(intent: Intent, truth: Truth) -> str:
    """Return the one right answer to a question of ``intent`` about a picture."""
    if truth.scene is None:
        return _decline_record() if intent is Intent.SIX_ELEMENTS else DECLINE
    if intent is Intent.WHERE:
        return _where(truth)
    return ANSWERS[intent](truth.scene)


def reasoning(truth: Truth) -> str:
    """Return what the model thinks before it answers, where thinking is on."""
    if truth.scene is None:
        return "这不是示例老照片。"
    scene = truth.scene
    year = f"横幅写着{scene.banner_text}" if scene.year else "没有横幅"
    return f"画面主体是{scene.subject}，{_people(scene)}，{scene.tone}照片，{year}。"


def _people(scene: Scene) -> str:
    return f"{NUMERALS[scene.people]}人"


def _sentence(scene: Scene) -> str:
    year = f"{scene.banner_text}，" if scene.year else ""
    who = f"{_people(scene)}在{scene.subject}前" if scene.people else f"{scene.subject}，无人"
    return f"{year}{who}，{scene.tone}照片"


def _six_elements(scene: Scene) -> str:
    values = {
        "事由": f"{scene.subject}前合影" if scene.people else f"{scene.subject}留影",
        "时间": scene.banner_text or UNKNOWN,
        "地点": UNKNOWN,
        "人物": f"{_people(scene)}，姓名{UNKNOWN}" if scene.people else "无人",
        "背景": str(scene.subject),
        "摄影者": UNKNOWN,
    }
    return json.dumps(values, ensure_ascii=False)


def _decline_record() -> str:
    return json.dumps(dict.fromkeys(ELEMENTS, UNKNOWN) | {"事由": DECLINE}, ensure_ascii=False)


def _keywords(scene: Scene) -> str:
    words = [str(scene.subject), _people(scene), str(scene.tone)]
    return "、".join([*words, scene.banner_text] if scene.year else words)


def _where(truth: Truth) -> str:
    if truth.subject_box is None:
        raise ValueError("a scan's truth says where its subject is")
    # Steps of 20 of 1000 are about four pixels of what the model sees.
    box = ",".join(str(min(1000, round(share * 50) * 20)) for share in truth.subject_box)
    return f"<|begin_of_box|>[[{box}]]<|end_of_box|>"


def _count(scene: Scene) -> str:
    return f"图中有{_people(scene)}。" if scene.people else "图中没有人。"


def _year(scene: Scene) -> str:
    return f"横幅上写着{scene.banner_text}。" if scene.year else "没有横幅，看不出年份。"


TONE_SENTENCES = {Tone.MONOCHROME: "这是黑白照片。", Tone.SEPIA: "这是泛黄照片。", Tone.COLOUR: "这是彩色照片。"}
ANSWERS: dict[Intent, Callable[[Scene], str]] = {
    Intent.SENTENCE: _sentence,
    Intent.SIX_ELEMENTS: _six_elements,
    Intent.KEYWORDS: _keywords,
    Intent.TRANSCRIPTION: lambda scene: scene.banner_text or "无文字",
    Intent.COUNT: _count,
    Intent.YEAR: _year,
    Intent.SUBJECT: lambda scene: f"画面主体是{scene.subject}。",
    Intent.TONE: lambda scene: TONE_SENTENCES[scene.tone],
    Intent.OTHER: lambda scene: OFF_TOPIC,
}
PRODUCT_INTENTS = (Intent.SENTENCE, Intent.SIX_ELEMENTS, Intent.KEYWORDS, Intent.TRANSCRIPTION)
