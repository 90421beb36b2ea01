"""Holds an export of the sample collection against the generator's truth: ``python -m demo.check demo.csv``."""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from demo.reading import sentence_hits
from demo.samples import SAMPLES

FILE_COLUMN, DRAFT_COLUMN = "文件名", "草稿：文字说明"
ATTRIBUTES = {"subject": "主体", "people": "人数", "tone": "色调", "year": "年份"}
PROMISED = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the drafts that still wait for review agree with the truth.

    Args:
        scans: how many scans of the sample collection the export has.
        drafts: how many of them have a draft.
        right: how many attributes the drafts have right.
        wrong: one sentence for each scan whose draft is wrong.
    """

    scans: int
    drafts: int
    right: int
    wrong: tuple[str, ...]

    @property
    def asked(self) -> int:
        """How many attributes the drafts have."""
        return self.drafts * len(ATTRIBUTES)

    @property
    def kept(self) -> bool:
        """Whether all scans are there, and the drafts agree as far as is promised."""
        return self.scans == len(SAMPLES) and self.right >= PROMISED * self.asked


def compare(path: Path) -> Agreement:
    """Compare the drafts in an export with what the scans show; what a person has decided on is left out.

    Args:
        path: a CSV file written by ``export_catalogue`` for the sample collection, in Chinese.

    Raises:
        OSError: the file cannot be read.
        KeyError: it has no column of file names.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        # Without any draft the export has no column of drafts.
        drafts = {row[FILE_COLUMN]: row.get(DRAFT_COLUMN, "") for row in csv.DictReader(file)}
    right, wrong, compared = 0, [], 0
    for sample in SAMPLES:
        draft = drafts.get(sample.file_name)
        if not draft:
            continue
        hits = sentence_hits(draft, sample.scene)
        missed = [name for attribute, name in ATTRIBUTES.items() if not hits[attribute]]
        compared += 1
        right += len(ATTRIBUTES) - len(missed)
        if missed:
            wrong.append(f"{sample.file_name}：{'、'.join(missed)}不符（草稿：{draft}）")
    scans = sum(sample.file_name in drafts for sample in SAMPLES)
    return Agreement(scans, compared, right, tuple(wrong))


def main() -> None:
    """Read the command line, compare, print; fail where less agrees than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path)
    try:
        agreement = compare(parser.parse_args().export)
    except (OSError, KeyError) as error:
        sys.exit(f"无法核对导出文件：{error}")
    if agreement.drafts:
        share = agreement.right / agreement.asked
        print(f"{agreement.drafts} 条 AI 草稿与画面真值相符 {agreement.right}/{agreement.asked}（{share:.1%}）。")
    else:
        print("没有待审核的 AI 草稿可以核对。")
    for line in agreement.wrong:
        print(line)
    if not agreement.kept:
        sys.exit(1)


if __name__ == "__main__":
    main()
