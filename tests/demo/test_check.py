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
    assert (agreement.scans, agreement.right, agreement.asked, agreement.wrong) == (24, 96, 96, ())
    assert agreement.kept


def test_a_wrong_draft_is_named_with_what_is_wrong_in_it(tmp_path: Path, drafts: dict[str, str]) -> None:
    drafts["scan-001.jpg"] = "1959年，两人在石桥前，黑白照片"
    agreement = compare(_export(tmp_path / "demo.csv", drafts))
    assert agreement.right == agreement.asked - 1
    assert agreement.wrong == ("scan-001.jpg：人数不符（草稿：1959年，两人在石桥前，黑白照片）",)


def test_many_wrong_drafts_break_the_promise(tmp_path: Path, drafts: dict[str, str]) -> None:
    for name in list(drafts)[:6]:
        drafts[name] = "看不清"
    assert not compare(_export(tmp_path / "demo.csv", drafts)).kept


def test_what_a_person_has_decided_on_is_not_compared(tmp_path: Path, drafts: dict[str, str]) -> None:
    drafts["scan-001.jpg"] = ""
    agreement = compare(_export(tmp_path / "demo.csv", drafts))
    assert (agreement.drafts, agreement.asked) == (23, 92)
    assert agreement.kept


def test_a_missing_scan_breaks_the_promise(tmp_path: Path, drafts: dict[str, str]) -> None:
    del drafts["scan-001.jpg"]
    assert not compare(_export(tmp_path / "demo.csv", drafts)).kept


def test_further_images_in_the_collection_do_no_harm(tmp_path: Path, drafts: dict[str, str]) -> None:
    drafts["own.jpg"] = "别的照片"
    assert compare(_export(tmp_path / "demo.csv", drafts)).kept


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.csv"
    path.write_text("name\nscan-001.jpg\n", encoding="utf-8")
    with pytest.raises(KeyError):
        compare(path)
