"""Personal names are found where they stand, and common words are left alone."""

import pytest

from catalog.drafting.names import names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张三", ("张三",)),
        ("张三、李四、欧阳修文", ("张三", "李四", "欧阳修文")),
        ("左为张三，右为李四", ("张三", "李四")),
        ("前排左起：王大明、陈小红（女）", ("王大明", "陈小红")),
        ("周明同志", ("周明",)),
        ("赵刚和钱伟", ("赵刚", "钱伟")),
        ("张为民", ("张为民",)),
        ("李和平", ("李和平",)),
        ("诺尔曼·白求恩", ("诺尔曼·白求恩",)),
        ("Norman Bethune", ("Norman Bethune",)),
    ],
)
def test_names_in_a_list_of_people_are_found(text: str, names: tuple[str, ...]) -> None:
    assert names_in("people", text) == names


@pytest.mark.parametrize(
    "text",
    [
        "三人，姓名待考",
        "无人",
        "待考",
        "五名学生、两名教师",
        "白衣女子",
        "解放军战士",
        "高个男子、小孩",
        "方阵队员",
        "师生合影",
        "石桥、帆船",
        "不详",
        "",
    ],
)
def test_people_without_names_have_none(text: str) -> None:
    assert names_in("people", text) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("陈毅元帅与张茜同志在上海", ("陈毅", "张茜")),
        ("王教授在授课", ("王",)),
        ("周恩来总理参观工厂", ("周恩来",)),
        ("三人在石桥前合影", ()),
        ("水利工程师在工地", ()),
        ("老教授在讲台上", ()),
        ("国庆游行，马路两旁站满观众", ()),
    ],
)
def test_in_a_sentence_a_name_stands_before_a_form_of_address(text: str, names: tuple[str, ...]) -> None:
    assert names_in("description", text) == names


def test_who_took_the_picture_is_a_name() -> None:
    assert names_in("photographer", "吴印咸摄") == ("吴印咸",)
    assert names_in("photographer", "摄影：石少华") == ("石少华",)
    assert names_in("photographer", "佚名") == ()
