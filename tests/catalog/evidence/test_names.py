"""Personal names are found where they stand, and common words are left alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.evidence.names import names_in


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
        ("张建群、李兵", ("张建群", "李兵")),
        ("王亚男", ("王亚男",)),
        ("赵一兵", ("赵一兵",)),
        ("刘童", ("刘童",)),
        ("陈名", ("陈名",)),
        ("李位民", ("李位民",)),
        ("孙立人", ("孙立人",)),
        ("铁人王进喜", ("王进喜",)),
        ("左一王进喜", ("王进喜",)),
        ("左一李位民", ("李位民",)),
        ("工人王进喜", ("王进喜",)),
        ("王进喜等五人", ("王进喜",)),
        ("扎西多吉", ("扎西多吉",)),
        ("张 三", ("张三",)),
        ("张三 李四", ("张三", "李四")),
        ("張建國", ("张建国",)),
        ("田汉、夏衍", ("田汉", "夏衍")),
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
        "白衣人、白衣男",
        "红军、红卫兵",
        "水兵们",
        "全班人",
        "孙女、岳母",
        "童工",
        "马车夫",
        "班主任",
        "华侨代表",
        "万余人",
        "前排左起第三人",
        "戴眼镜者",
        "公安人员",
        "高中生",
        "牧羊人",
        "周围群众",
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
        ("王教授在授课", ("王教授",)),
        ("周恩来总理参观工厂", ("周恩来",)),
        ("三人在石桥前合影", ()),
        ("水利工程师在工地", ()),
        ("老教授在讲台上", ()),
        ("国庆游行，马路两旁站满观众", ()),
        ("班主任与学生合影", ()),
        ("温州市长出席开幕式", ()),
        ("曾任校长的老人", ()),
        ("主席台上悬挂毛主席画像", ()),
    ],
)
def test_in_a_sentence_a_name_stands_before_a_form_of_address(text: str, names: tuple[str, ...]) -> None:
    assert names_in("description", text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("毛泽东与周恩来在天安门合影", ("毛泽东", "周恩来")),
        ("邓小平视察工厂", ("邓小平",)),
        ("王进喜在钻井平台", ("王进喜",)),
        ("王进喜跳入泥浆池", ("王进喜",)),
        ("左一王进喜", ("王进喜",)),
        ("朱德与彭德怀合影", ("朱德", "彭德怀")),
        ("林巧稚与婴儿", ("林巧稚",)),
        ("王建国和李卫东在厂房前", ("王建国", "李卫东")),
        ("李明同学的图纸线型正确", ("李明",)),
        ("张伟站在石桥前", ("张伟",)),
        ("赵四画错了左视图", ("赵四",)),
        ("冼星海指挥合唱", ("冼星海",)),
        ("司马光砸缸", ("司马光",)),
        ("齐白石与老舍合影", ("齐白石", "老舍")),
        ("张伟班长和战士", ("张伟",)),
    ],
)
def test_in_a_sentence_a_name_is_found_among_words(text: str, names: tuple[str, ...]) -> None:
    assert names_in("description", text) == names


ORDINARY_SENTENCES = """
石桥前有三个人；石桥前合影；石桥，无人，黑白照片；1959年，四人在宝塔前，泛黄照片；帆船前两人，彩色照片；城门前五人，黑白照片
黑白照片里一座宝塔；泛黄的工厂照片；演示模型只认识示例老照片；石狮子立于大门两侧；红旗飘扬的广场；花园里的凉亭；关公庙前的香客
常青树下的孩子；柏树成行；梅花盛开；梁柱结构的大殿；钟楼与鼓楼；胡同里的四合院；全家福；唐三彩马；元青花；康乃馨和水杯
石家庄火车站；张家口堡；周庄古镇；马家沟煤矿；李家村村口；尹家小院；倪家桥头；红卫兵在天安门广场；白塔寺；牛街清真寺
孟姜女庙；诸葛亮祠；黄鹤楼；赵州桥全景；卢沟桥石狮；钱塘江大桥；曹雪芹纪念馆正门；古琴演奏；温馨的家庭；人们祝贺；宣传画
戴帽子的男孩；戴眼镜的老人；戴红领巾的学生；柯达胶卷；林荫道上骑自行车的青年；雷达站外景；韩式建筑；宋式家具；朱红色的大门
周围有树；张灯结彩的街道；陈列柜里的瓷器；许多群众聚集在码头；何等壮观的场面；于是大家鼓掌；任意摆放的农具；彭水县城
左视图缺中心线；主视图投影正确，图面整洁；应补全俯视图中的虚线；标题栏填写完整，字体工整；尺寸线与图形相交；构图完整，比例准确
元件包括电阻、电容、二极管；三极管的集电极接电源；青花碗，敞口，圈足；釉色青白，口沿外撇；碗底书“大清康熙年制”；明代青花瓷瓶
苏联专家来厂指导炼钢；解放军战士在操练；知识青年下乡；人民公社社员收割水稻；全国劳动模范代表会议；庆祝建国十周年大会
贺年卡片与信封；邹城孟庙古柏；何尊铭文拓片；毛公鼎内壁；燕尾服与礼帽；雨后的田埂上有三头水牛；丁坝与护岸工程；康熙款青花山水瓶
墙上写着毛泽东思想万岁；学雷锋活动；雷锋班的战士；白求恩精神
墙上写有毛主席语录；毛主席像下的集会；团支部书记宣读决议；县委书记慰问群众；副厂长介绍生产情况；全校师生在操场集合
"""


@pytest.mark.parametrize("text", [line for line in ORDINARY_SENTENCES.replace("\n", "；").split("；") if line])
def test_ordinary_sentences_have_no_names(text: str) -> None:
    assert names_in("description", text) == ()


def test_a_place_may_be_called_after_a_person() -> None:
    assert names_in("place", "鲁迅故居") == ()
    assert names_in("place", "王进喜纪念馆") == ()


def test_nothing_is_kept_in_the_temporary_folder(tmp_path: Path) -> None:
    """Whoever can write there could otherwise hand over a dictionary of their own."""
    program = "from catalog.evidence.words import words_of; print(words_of('王进喜')[0].kind)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr, list(tmp_path.iterdir())) == ("nr\n", "", [])


def test_who_took_the_picture_is_a_name() -> None:
    assert names_in("photographer", "吴印咸摄") == ("吴印咸",)
    assert names_in("photographer", "摄影：石少华") == ("石少华",)
    assert names_in("photographer", "佚名") == ()
