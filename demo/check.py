"""Holds an export of the sample collection against the generator's truth: ``python -m demo.check demo.csv``."""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from demo.reading import sentence_hits
from demo.samples import SAMPLES

FILE_COLUMN, DRAFT_COLUMN = "文件名", "草稿：描述"
ATTRIBUTES = {"subject": "主体", "people": "人数", "tone": "色调", "year": "年份"}
PROMISED = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an export agrees with the truth.

    Args:
        rows: how many scans the export has.
        right: how many attributes its drafts have right.
        asked: how many attributes there are.
        wrong: one sentence for each scan whose draft is wrong or missing.
    """

    rows: int
    right: int
    asked: int
    wrong: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of right attributes, 0 to 1."""
        return self.right / self.asked


def compare(path: Path) -> Agreement:
    """Compare the drafts in an export with what the scans show.

    Args:
        path: a CSV file written by ``export_catalogue`` for the sample collection, in Chinese.

    Raises:
        OSError: the file cannot be read.
        KeyError: it has no column of file names or of drafted descriptions.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        drafts = {row[FILE_COLUMN]: row[DRAFT_COLUMN] for row in csv.DictReader(file)}
    right, wrong = 0, []
    for sample in SAMPLES:
        draft = drafts.get(sample.file_name, "")
        hits = sentence_hits(draft, sample.scene)
        missed = [name for attribute, name in ATTRIBUTES.items() if not hits[attribute]]
        right += len(ATTRIBUTES) - len(missed)
        if missed:
            wrong.append(f"{sample.file_name}：{'、'.join(missed)}不符（草稿：{draft or '无'}）")
    return Agreement(len(drafts), right, len(SAMPLES) * len(ATTRIBUTES), tuple(wrong))


def main() -> None:
    """Read the command line, compare, print; fail where less agrees than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path)
    try:
        agreement = compare(parser.parse_args().export)
    except (OSError, KeyError) as error:
        sys.exit(f"无法核对导出文件：{error}")
    print(
        f"AI 草稿与画面真值相符 {agreement.right}/{agreement.asked}（{agreement.share:.1%}），共 {agreement.rows} 条。"
    )
    for line in agreement.wrong:
        print(line)
    if agreement.rows != len(SAMPLES) or agreement.share < PROMISED:
        sys.exit(1)


if __name__ == "__main__":
    main()
