"""Refusals of a model, as models really write them, beside descriptions that have the same words."""

import pytest

from catalog.drafting.refusals import LONGEST, is_refusal

REFUSALS = (
    "演示模型只认识示例老照片。",
    "看不清",
    "看不清。",
    "无法识别",
    "无法辨认",
    "（无法辨认）",
    "**无法识别图片内容。**",
    "抱歉，我无法识别这张图片中的人物。",
    "很抱歉，这张图片太模糊，我无法看清内容。请您重新上传更清晰的图片。",
    "对不起，我看不清这张照片。",
    "抱歉，我不能提供真实人物的身份信息。",
    "我无法对图片中的人物身份进行识别。",
    "由于图片模糊不清，无法判断拍摄时间和地点。",
    "图片过于模糊，无法描述。",
    "作为一个人工智能语言模型，我无法查看图片。",
    "作为AI助手，我无法识别照片中的人物身份，请见谅。",
    "照片看不清",
    "字迹模糊，无法辨认",
    "抱歉",
    "抱歉，我無法識別這張圖片。",
    "没有看到图片",
    "看不出来",
    "我没有收到图片，请上传图片。",
    "抱歉，我无法满足您的请求。",
    "抱歉，我无法协助完成这个请求",
    "画面内容无法识别",
    "系统无法识别该图片",
    "不认识",
    "I'm sorry, but I can't identify people in images.",
    "I’m sorry, I cannot help with that.",
    "Sorry, I can't assist with that request.",
    "I am unable to see the image. Please upload it again.",
    "As an AI language model, I cannot view images.",
    "I cannot determine the date from this photo.",
    "Unfortunately, the image is too blurry. I can't make out any details.",
    "I don't see any image attached.",
    "Unable to read the text",
    "Illegible",
    "人物无法识别",
    "无法确定具体时间",
    "时间无法确定",
)
"""Nothing is said of a picture but that nothing can, or will, be said."""
DESCRIPTIONS = (
    "看不清面容的人群",
    "人群，面容看不清",
    "三人，面容看不清",
    "桥头有三个人，其中一人面容无法辨认",
    "一张模糊的照片",
    "画面模糊",
    "抱歉的表情",
    "小学生向老师说对不起",
    "抱歉，我无法识别人物身份，但可以看到三人站在石桥前。",
    "无法通行的道路",
    "无法识别的文字写在墙上",
    "看不清字迹的石碑",
    "战士们看不清前方的道路",
    "群众看不到头的队伍",
    "我无法描述我的心情，见到你们真高兴",
    "抱歉，今日停业",
    "I'm sorry letter on a table",
    'A sign reading "Sorry, we are closed"',
    "Three people whose faces cannot be seen",
    "People cannot see the river",
    "待考",
    "不详",
    "无文字",
    "",
    "石桥",
    "不知名的小河",
    "不知道名字的花",
    "不清楚的远山",
    "模糊不清的背影",
    "请勿拍照",
    "请提供证件",
    "对不起，此处不能停车",
    "石桥，无法辨认",
    "1959年",
    "图片展览",
    "照片中的人物",
    "我",
    "AI",
    "无名氏",
    "不会游泳的人",
    "看图识字",
    "看不见的战线",
    "看到了",
    "无法",
)
"""Something is said, whatever else is."""


@pytest.mark.parametrize("text", REFUSALS)
def test_an_answer_that_says_nothing_else_is_a_refusal(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_description_with_such_words_in_it_is_none(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_one_clause_of_description_makes_a_description(refusal: str) -> None:
    assert not is_refusal(f"{refusal}。桥头站着三个人。")


def test_a_long_text_has_something_to_say() -> None:
    assert not is_refusal("看不清。" * LONGEST)
