"""An institution's own examination: what the file may say, what it may not, and how answers are counted."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.drafting.evaluation import Fact, Score, evaluate, read_evaluation
from catalog.exceptions import EvaluationRefused
from inference.engine.errors import GenerationFailed
from inference.types import ImagePart, TextPart
from tests.catalog.fakes import FakeDescriber

EXAMPLE = Path(__file__).parents[3] / "docs" / "evaluation.example.yaml"


def exam_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a file of questions, with a picture beside it."""
    (folder / "a.jpg").write_bytes(b"x")
    path = folder / "evaluation.yaml"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_example_has_the_three_questions_about_heritage(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    for name in ("青花碗.jpg", "国庆游行.jpg", "电路图.png"):
        (tmp_path / name).write_bytes(b"x")

    evaluation = read_evaluation(path)

    assert (evaluation.name, len(evaluation.items)) == ("馆藏三问", 3)
    assert evaluation.items[0].question == "这个碗是哪个朝代的？"
    assert evaluation.items[0].facts == (
        Fact(("清代", "清朝", "清康熙", "康熙")),
        Fact(("青花",)),
        Fact(("明代",), True),
        Fact(("宋代",), True),
    )


def test_english_keys_bare_years_and_several_pictures_will_do(tmp_path: Path) -> None:
    text = "questions:\n- image: [a.jpg, a.jpg]\n  question: When?\n  any_of: [1959, 五十年代]\n  thinking: true\n"

    (item,) = read_evaluation(exam_file(tmp_path, text, "utf-8-sig")).items

    assert (len(item.images), item.facts, item.thinking) == (2, (Fact(("1959", "五十年代")),), True)


QUESTION = "题目:\n- 图片: a.jpg\n  问题: 几个人？\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "可用的名称：名称、图片文件夹、题目"),
        ("题目: []", "至少一条"),
        ("题目: 一道题", "至少一条"),
        ("题目:\n- 一道题", "第 1 题应当是“名称: 内容”的形式"),
        ("题目:\n\t- 图片: a.jpg", "第 2 行附近"),
        ('名称: "没有收尾', "引号要成对"),
        ("名称: [", "不是正确的 YAML"),
        ("考题: []", "不认识的名称“考题”"),
        (QUESTION, "第 1 题没有写答案应有的内容"),
        (QUESTION + "  答案: 三", "不认识的名称“答案”"),
        ("题目:\n- 图片: a.jpg\n  全部包含: 三", "第 1 题没有写“问题”"),
        ("题目:\n- 问题: 几个人？\n  全部包含: 三", "第 1 题没有写“图片”"),
        ("题目:\n- 图片: b.jpg\n  问题: 几个人？\n  全部包含: 三", "第 1 题的图片不存在"),
        (QUESTION + "  全部包含: [{三: 四}]", "应当是文字"),
        (QUESTION + "  任一包含: [true]", "应当是文字"),
        ("题目:\n- 图片: a.jpg\n  问题: {几个人: 三}\n  全部包含: 三", "应当是文字"),
        ("!!python/object/apply:os.system ['true']", "不是正确的 YAML"),
        ("[" * 3000, "不是正确的 YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(EvaluationRefused) as refused:
        read_evaluation(exam_file(tmp_path, text))

    assert told in str(refused.value)


def test_a_file_in_another_encoding_or_none_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationRefused, match="UTF-8"):
        read_evaluation(exam_file(tmp_path, QUESTION, "gb18030"))
    with pytest.raises(EvaluationRefused, match="打不开"):
        read_evaluation(tmp_path / "nothing.yaml")
    with pytest.raises(EvaluationRefused, match="打不开"):
        read_evaluation(tmp_path)


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_whatever_a_file_says_it_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(EvaluationRefused) as refused:
        read_evaluation(path)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [("摄于1959年", True), ("一九五九年国庆", True), ("１９５９年", True), ("1958年", False), ("", False)],
)
def test_a_year_counts_in_whatever_figures(answer: str, kept: bool) -> None:
    assert Fact(("1959年",)).is_kept_by(answer) is kept


@pytest.mark.parametrize(
    ("wording", "answer", "kept"),
    [
        ("3", "2013年", False),
        ("3", "3.5米", False),
        ("3", "共3人", True),
        ("3", "三人", True),
        ("5人", "15人", False),
        ("三人", "十三人", False),
        ("5人", "五人合影", True),
        ("1949年国庆", "1949年", False),
        ("1949年国庆", "国庆，摄于民国三十八年", True),
        ("1959年 天安门", "1959年在上海", False),
        ("1959年 天安门", "一九五九年，天安门前", True),
        ("1959年10月", "1959年", False),
        ("1959年10月", "一九五九年十月一日", True),
        ("1959年10月", "1959.10.1", True),
    ],
)
def test_a_number_is_no_part_of_a_longer_one_and_a_year_is_not_all_of_a_fact(
    wording: str, answer: str, kept: bool
) -> None:
    assert Fact((wording,)).is_kept_by(answer) is kept
    assert Fact((wording,), True).is_kept_by(answer) is not kept


def test_any_wording_will_do_and_a_forbidden_one_will_not() -> None:
    assert Fact(("清代", "清朝")).is_kept_by("应为清朝制品")
    assert not Fact(("明代",), True).is_kept_by("明代或清代")
    assert Fact(("明代",), True).is_kept_by("清代")


def test_answers_are_counted_fact_by_fact(tmp_path: Path) -> None:
    text = QUESTION + "  全部包含: [三人, 石桥]\n  不得包含: 船\n"
    evaluation = read_evaluation(exam_file(tmp_path, text))
    describer = FakeDescriber(["三人在船上"])

    score = Score(list(evaluate(evaluation, describer)))

    (result,) = score.results
    assert (result.hits, [str(fact) for fact in result.missed]) == (1, ["石桥", "不得有“船”"])
    assert (score.hits, score.facts, score.complete, round(score.share, 2)) == (1, 3, 0, 0.33)
    parts = describer.history[0].messages[0].parts
    assert isinstance(parts[0], ImagePart)
    assert parts[1] == TextPart("几个人？")


def test_a_question_that_cannot_be_answered_misses_all_and_the_next_is_asked(tmp_path: Path) -> None:
    text = QUESTION + "  全部包含: 三\n" + "- 图片: a.jpg\n  问题: 几个人？\n  全部包含: 三\n"
    describer = FakeDescriber([GenerationFailed("x"), "三人"])

    first, second = evaluate(read_evaluation(exam_file(tmp_path, text)), describer)

    assert (first.hits, bool(first.error)) == (0, True)
    assert (second.hits, second.error) == (1, "")
