"""An export of the sample collection is held against the truth."""

import csv
from pathlib import Path

import pytest

from demo.check import DRAFT_COLUMN, FILE_COLUMN, compare
from demo.language import Intent, Truth, answer
from demo.samples import SAMPLES


def _export(path: Path, drafts: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([FILE_COLUMN, DRAFT_COLUMN])
        writer.writerows(drafts.items())
    return path


@pytest.fixture
def drafts() -> dict[str, str]:
    return {sample.file_name: answer(Intent.SENTENCE, Truth(sample.scene)) for sample in SAMPLES}


def test_true_drafts_agree_completely(tmp_path: Path, drafts: dict[str, str]) -> None:
    agreement = compare(_export(tmp_path / "demo.csv", drafts))
    assert (agreement.rows, agreement.share, agreement.wrong) == (24, 1.0, ())


def test_a_wrong_draft_is_named_with_what_is_wrong_in_it(tmp_path: Path, drafts: dict[str, str]) -> None:
    drafts["scan-001.jpg"] = "1959年，两人在石桥前，黑白照片"
    agreement = compare(_export(tmp_path / "demo.csv", drafts))
    assert agreement.right == agreement.asked - 1
    assert agreement.wrong == ("scan-001.jpg：人数不符（草稿：1959年，两人在石桥前，黑白照片）",)


def test_a_missing_draft_counts_as_wrong(tmp_path: Path, drafts: dict[str, str]) -> None:
    del drafts["scan-001.jpg"]
    agreement = compare(_export(tmp_path / "demo.csv", drafts))
    assert agreement.rows == 23
    assert agreement.share < 1


def test_a_file_without_drafts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.csv"
    path.write_text("文件名\nscan-001.jpg\n", encoding="utf-8")
    with pytest.raises(KeyError):
        compare(path)
