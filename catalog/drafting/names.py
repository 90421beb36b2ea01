"""Finds personal names in Chinese text, well enough to ask for their evidence.

There is no dictionary of names: a name is a surname with one or two characters after it where a name can stand, alone
between punctuation or before a form of address. What is found too much costs a reviewer a glance.
"""

import re

from catalog.vocabulary import Field

NOBODY = frozenset({"待考", "不详", "未知", "佚名", "无", "无名氏", "无人"})

_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|长孙|宇文|独孤|南宫|西门|呼延|申屠"
_SINGLE = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟平黄穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒"
    "屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫房裘缪干解应宗丁宣邓郁单杭洪包"
    "诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊甄曲家封储靳井段富巫乌焦巴弓牧车侯全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶司黎薄印白怀"
    "蒲从鄂索咸籍赖卓蔺屠蒙池乔胥苍双闻莘党翟谭贡劳姬申扶堵冉宰郦雍桑桂牛寿通边扈燕冀尚温庄晏柴瞿阎连习容向古易廖庾终步都耿满"
    "弘匡国文寇广东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶空曾沙丰巢关查红游竺权盖益桓公晋楚闫涂付肖覃岳丘代党尧展鞠綦仝"
)
# Surnames that begin common words too often where a description stands.
_RARELY_NAMES = "水云花平明计成强路江童高万支管干应单左石家井车全秋双通边都满国文广东利师空公代展白乐向古黄红方"
_TITLES = (
    "同志|元帅|先生|女士|小姐|夫人|教授|老师|校长|书记|主任|院士|将军|主席|总理|部长|省长|市长|县长|局长|处长|科长|院长|馆长|厂长|"
    "司令|政委|团长|连长|医生|大夫|博士|工程师|师傅|记者|烈士|英雄|书记员|委员长|委员|大使|总统|首相"
)
_COMMON_WORDS = re.compile(
    "[人员名位众们群男女孩童队兵]|学生|师生|儿童|战士|解放|青年|少年|老年|观众|代表|干部|家长|老师|教师|教授|医护|游客|行者|来宾|"
    "领导|同志|同学|家属|夫妇|夫妻|兄弟|姐妹|父子|母子|社员|农民|市民|居民|村民|工友|合影|照片|马车|车辆|石桥|楼房|帆船|宝塔|"
    "上衣|衣服|着装|帽子|姓名|身份|待考|不详|未知|前排|后排|左侧|右侧|中间|旁边|背景|画面"
)
_NAME = re.compile(rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff]{{1,2}}|[{_SINGLE}][\u4e00-\u9fff]{{1,2}})")
_BEFORE_TITLE = re.compile(
    rf"((?:{_COMPOUND})[\u4e00-\u9fff]{{0,2}}?|[{''.join(set(_SINGLE) - set(_RARELY_NAMES))}][\u4e00-\u9fff]{{0,2}}?)"
    rf"(?:{_TITLES})"
)
_FOREIGN = re.compile(r"[\u4e00-\u9fff]{1,6}(?:[·•][\u4e00-\u9fff]{1,8})+|[A-Z][a-z]+(?: [A-Z]\.?)*(?: [A-Z][a-z]+)+")
_ENDS = re.compile(r"[、,;:/()\[\]<>|\s\uff0c\uff1b\uff1a\uff08\uff09\u3002\u201c\u201d\u300a\u300b-]+")
_JOINTS = re.compile("[和与及同为是起]")
_AT_END = re.compile(f"(?:{_TITLES}|摄影|拍摄|摄|攝)$")


def names_in(field: str, text: str) -> tuple[str, ...]:
    """Return the personal names in the value of a descriptive field.

    Args:
        field: the field: who is in the picture and who took it is told by names; elsewhere they stand among words.
        text: the value.

    Returns:
        The names, without forms of address, each once.
    """
    found = [*_FOREIGN.findall(text)]
    if field in {Field.PEOPLE, Field.PHOTOGRAPHER}:
        for part in _ENDS.split(text):
            found.extend(_listed(part))
    # A surname alone (张教授) is a claim about a person as well.
    found.extend(name for name in _BEFORE_TITLE.findall(text) if not _COMMON_WORDS.search(name))
    return tuple(dict.fromkeys(found))


def _listed(part: str) -> list[str]:
    """Return the names in a piece of a list."""
    whole = _AT_END.sub("", part)
    if _is_name(whole):
        return [whole]
    pieces = [_AT_END.sub("", piece) for piece in _JOINTS.split(part)]
    return [piece for piece in pieces if _is_name(piece)] if len(pieces) > 1 else []


def _is_name(text: str) -> bool:
    return text not in NOBODY and _NAME.fullmatch(text) is not None and not _COMMON_WORDS.search(text)
