"""What a table says about where its values are from."""

import pytest

from catalog.importing.manifest import read_manifest


def origins(heading: str, cell: str) -> tuple[set[str], set[str]]:
    (row,) = read_manifest(f'文件名,题名,描述,{heading}\n1.jpg,石桥,桥头有人,"{cell}"\n'.encode()).rows
    return set(row.origins.ai), set(row.origins.unreviewed)


@pytest.mark.parametrize(
    ("heading", "cell", "ai", "unreviewed"),
    [
        ("AI 标识", "题名、描述：AI 生成 · 人工审核", {"title", "description"}, set()),
        ("AI 标识", "描述：AI 生成 · 人工审核；事由：AI 生成", {"description", "event"}, {"event"}),
        ("AI label", "Title、Description: AI-generated · human-reviewed", {"title", "description"}, set()),
        ("ａｉ 标识", "描述:AI 生成", {"description"}, {"description"}),
        ("模型", "描述：glm-4.6v@1", {"description"}, set()),
        ("提示词", "描述：一句话描述 第1版", {"description"}, set()),
        ("草稿 AI 标识", "描述：AI 生成", {"description"}, set()),
        ("草稿：描述", "帆船", {"description"}, set()),
        ("草稿：文字说明", "帆船", {"description"}, set()),
        ("AI 标识", "文字说明、附注：AI 生成 · 人工审核", {"description", "notes"}, set()),
        ("Draft: Description", "帆船", {"description"}, set()),
        ("AI 标识", "不知所云", set(), set()),
        ("草稿：颜色", "红", set(), set()),
        ("审核者", "描述：李审", set(), set()),
    ],
)
def test_columns_of_an_export_tell_which_values_began_as_a_models_text(
    heading: str, cell: str, ai: set[str], unreviewed: set[str]
) -> None:
    assert origins(heading, cell) == (ai, unreviewed)


def test_an_empty_cell_says_nothing() -> None:
    assert origins("草稿：描述", " ") == (set(), set())


def test_the_columns_of_an_export_are_no_unknown_headings() -> None:
    table = "文件名,AI 标识,草稿：题名,草稿模型,颜色\n1.jpg,,,,红\n"
    assert read_manifest(table.encode()).unknown_headings == ("颜色",)
