"""`manage.py evaluate_model`: have the model answer an institution's own evaluation, and print a table of hits."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from catalog.drafting.describer import Describer, chosen_describer
from catalog.drafting.evaluation import Evaluation, Result, Score, evaluate, read_evaluation
from catalog.exceptions import CatalogError
from catalog.faults import disk_reason
from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, progress_bar
from inference.labels import ai_label, demo_notice
from inference.spreadsheets import csv_lines

_WIDTH = 120
_FORMATS = (".csv", ".json")


class Command(BaseCommand):
    """Evaluates the model that is loaded."""

    help = _("用本单位自己的图片和问题考一考现用的模型：题目写在 YAML 文件里，列出每题答案应有的内容。")

    # Not an argument: tests hand in their own describer through call_command.
    stealth_options = ("describer",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "file", type=Path, metavar="FILE.yaml", help=_("题目文件，写法见 docs/evaluation.example.yaml")
        )
        parser.add_argument(
            "--output",
            action="append",
            type=_output,
            default=[],
            metavar="FILE",
            help=_("把每题的回答和命中写入 .csv 或 .json 文件；可以写两次"),
        )
        parser.add_argument(
            "--at-least", type=_share, default=None, metavar="PERCENT", help=_("命中率低于这个百分比时，以错误结束")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask all questions, print the table, write the files."""
        try:
            with interruptible(), faults_told(_("没有写出结果。处理好之后请再运行一次。")):
                evaluation = read_evaluation(options["file"])
                score, model = self._evaluate(evaluation, options.get("describer"))
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("已中断，没有写出结果。"), returncode=EXIT_INTERRUPTED) from None
        self._print(evaluation, score, model)
        for path in options["output"]:
            self._write(path, evaluation, score, model)
        least = options["at_least"]
        if least is not None and score.share * 100 < least:
            raise CommandError(_("命中率低于要求的 %(least)g%%。") % {"least": least})

    def _evaluate(self, evaluation: Evaluation, given: Describer | None) -> tuple[Score, str]:
        if given is None and (notice := demo_notice()) is not None:
            self.stderr.write(notice)
        door: AbstractContextManager[Describer] = (
            nullcontext(given) if given is not None else chosen_describer(self.stderr.write)
        )
        score = Score()
        with door as describer, progress_bar(self.stderr) as bar:
            task = bar.add_task(_("答题"), total=len(evaluation.items))
            for result in evaluate(evaluation, describer):
                score.results.append(result)
                bar.advance(task)
            return score, describer.model_version or describer.model_name

    def _print(self, evaluation: Evaluation, score: Score, model: str) -> None:
        table = Table(title=evaluation.name, title_justify="left")
        for heading in (_("题"), _("图片"), _("问题"), _("命中"), _("没有命中"), _("用时（秒）")):
            table.add_column(heading, overflow="fold")
        for number, result in enumerate(score.results, 1):
            table.add_row(
                str(number),
                _names(result),
                result.item.question,
                f"{result.hits}/{len(result.item.facts)}",
                result.error or "、".join(map(str, result.missed)),
                f"{result.seconds:.1f}",
            )
        with_width = Console(width=_WIDTH, no_color=True, markup=False, highlight=False)
        with with_width.capture() as captured:
            with_width.print(table)
        self.stdout.write(captured.get())
        values = {
            "hits": score.hits,
            "facts": score.facts,
            "share": score.share * 100,
            "complete": score.complete,
            "items": len(score.results),
            "model": model,
        }
        self.stdout.write(
            _("模型 %(model)s：命中 %(hits)s/%(facts)s（%(share).1f%%），%(items)s 题中有 %(complete)s 题全部命中。")
            % values
        )

    def _write(self, path: Path, evaluation: Evaluation, score: Score, model: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix.lower() == ".json":
                path.write_text(
                    json.dumps(_report(evaluation, score, model), ensure_ascii=False, indent=2), encoding="utf-8"
                )
            else:
                with path.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(csv_lines(_rows(score, model)))
        except OSError as error:
            message = _("无法写入 %(path)s：%(detail)s。") % {"path": path, "detail": disk_reason(error)}
            raise CommandError(message) from error
        self.stdout.write(_("已写入 %(path)s。") % {"path": path})


def _rows(score: Score, model: str) -> Iterator[list[object]]:
    yield [
        _("题"), _("图片"), _("问题"), _("回答"), _("AI 标识"), _("命中"), _("应有"), _("没有命中"), _("用时（秒）"),
        _("输入词元"), _("输出词元"), _("模型"), _("错误"),
    ]  # fmt: skip
    for number, result in enumerate(score.results, 1):
        answer = result.answer
        yield [
            number,
            _names(result),
            result.item.question,
            result.text,
            ai_label(source="model", reviewed=False) if answer else "",
            result.hits,
            len(result.item.facts),
            "、".join(map(str, result.missed)),
            result.seconds,
            answer.input_tokens if answer else 0,
            answer.output_tokens if answer else 0,
            model,
            result.error,
        ]


def _report(evaluation: Evaluation, score: Score, model: str) -> dict[str, Any]:
    return {
        "name": evaluation.name,
        "model": model,
        "hits": score.hits,
        "facts": score.facts,
        "share": round(score.share, 4),
        "results": [
            {
                "images": [path.name for path in result.item.images],
                "question": result.item.question,
                "answer": result.text,
                "ai_label": ai_label(source="model", reviewed=False) if result.answer else "",
                "hits": result.hits,
                "facts": [str(fact) for fact in result.item.facts],
                "missed": [str(fact) for fact in result.missed],
                "seconds": result.seconds,
                "input_tokens": result.answer.input_tokens if result.answer else 0,
                "output_tokens": result.answer.output_tokens if result.answer else 0,
                "error": result.error,
            }
            for result in score.results
        ],
    }


def _names(result: Result) -> str:
    return "、".join(path.name for path in result.item.images)


def _output(text: str) -> Path:
    """Return where results go, as argparse wants it."""
    path = Path(text)
    if path.suffix.lower() not in _FORMATS:
        raise ArgumentTypeError(_("“%(text)s”的扩展名应是 .csv 或 .json") % {"text": text})
    return path


def _share(text: str) -> float:
    """Return a percentage, as argparse wants it."""
    try:
        share = float(text.rstrip("%"))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise ArgumentTypeError(_("“%(text)s”不是 0 到 100 的百分数") % {"text": text})
    return share
