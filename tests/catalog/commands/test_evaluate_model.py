"""`manage.py evaluate_model`: a table of hits, files for the records, and an exit status for scripts."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.catalog.fakes import FakeDescriber

EXAM = "名称: 桥\n题目:\n- 图片: a.jpg\n  问题: 几个人？\n  全部包含: [三人, 石桥]\n"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    (tmp_path / "a.jpg").write_bytes(b"x")
    path = tmp_path / "exam.yaml"
    path.write_text(EXAM, encoding="utf-8")
    return path


def evaluate(path: Path, answer: str = "=三人在船上", **options: Any) -> str:
    out = io.StringIO()
    call_command("evaluate_model", path, describer=FakeDescriber([answer]), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_a_table_and_a_sentence_tell_how_the_model_did(exam: Path) -> None:
    told = evaluate(exam)

    assert "1/2" in told
    assert "石桥" in told
    assert "模型 fake@1：命中 1/2（50.0%），1 题中有 0 题全部命中。" in told


def test_answers_are_written_for_spreadsheets_and_programs(exam: Path, tmp_path: Path) -> None:
    table, report = tmp_path / "out" / "a.csv", tmp_path / "out" / "a.json"

    evaluate(exam, output=[table, report])

    (row,) = csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8-sig")))
    assert (row["回答"], row["命中"], row["没有命中"], row["AI 标识"]) == ("'=三人在船上", "1", "石桥", "AI 生成")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["model"], told["hits"], told["facts"]) == ("fake@1", 1, 2)
    assert (told["results"][0]["answer"], told["results"][0]["missed"]) == ("=三人在船上", ["石桥"])


def test_a_share_that_is_asked_for_is_held(exam: Path) -> None:
    evaluate(exam, at_least=50.0)
    with pytest.raises(CommandError, match="命中率低于要求的 60%"):
        evaluate(exam, at_least=60.0)


def test_a_mistake_in_the_file_or_the_options_is_told_in_a_sentence(exam: Path, tmp_path: Path) -> None:
    exam.write_text("题目: []", encoding="utf-8")
    with pytest.raises(CommandError, match="至少一条"):
        evaluate(exam)
    with pytest.raises(CommandError, match="csv"):
        call_command("evaluate_model", str(exam), "--output", "a.xlsx")
    with pytest.raises(CommandError, match="百分数"):
        call_command("evaluate_model", str(exam), "--at-least", "120")


def test_a_file_that_cannot_be_written_is_told(exam: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="无法写入"):
        evaluate(exam, output=[exam / "a.csv"])
