"""An institution's own evaluation of a model: pictures, questions, and the facts that an answer must hold.

The file is YAML, with Chinese or English keys. A fact is a word, or a list of words any of which will do; years and
numbers count in whatever figures, names in simplified and traditional characters. Where a wording
names a year and more, all of it has to be there.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from catalog.drafting.describer import Describer
from catalog.evidence.agreement import is_supported
from catalog.evidence.claims import number_of
from catalog.exceptions import EvaluationRefused
from catalog.faults import disk_reason
from catalog.texts import storable, unbroken
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.errors import sentence
from inference.types import Answer, ImagePart, Message, Request, TextPart

MOST_BYTES = 2_000_000
MOST_TOKENS = 512

_CHINESE_FIGURES = "〇零○一二三四五六七八九十百千万廿卅"
_FIGURE = f"[0-9{_CHINESE_FIGURES}]"
_NUMBER = re.compile(f"[0-9]+(?:[.,][0-9]+)*|[{_CHINESE_FIGURES}]+")
_YEAR = re.compile(rf"{_FIGURE}+年|(?<![0-9])(?:1[0-9]{{3}}|20[0-9]{{2}})(?![0-9])")
_KEYS = {
    "name": ("名称", "name"),
    "folder": ("图片文件夹", "folder"),
    "questions": ("题目", "questions"),
    "image": ("图片", "image"),
    "question": ("问题", "question"),
    "all_of": ("全部包含", "all_of"),
    "any_of": ("任一包含", "any_of"),
    "none_of": ("不得包含", "none_of"),
    "thinking": ("思考", "thinking"),
}
_TOP = ("name", "folder", "questions")
_EACH = ("image", "question", "all_of", "any_of", "none_of", "thinking")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something an answer must hold, in any of several wordings; or must not, where it is forbidden."""

    wordings: tuple[str, ...]
    forbidden: bool = False

    def is_kept_by(self, text: str) -> bool:
        """Tell whether an answer is as it should be."""
        return any(_holds(wording, text) for wording in self.wordings) is not self.forbidden

    def __str__(self) -> str:
        words = "/".join(self.wordings)
        return _("不得有“%(words)s”") % {"words": words} if self.forbidden else words


@dataclass(frozen=True, slots=True)
class Item:
    """One question about one or several pictures."""

    images: tuple[Path, ...]
    question: str
    facts: tuple[Fact, ...]
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All questions of a file."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What was answered to one question.

    Attributes:
        item: the question.
        text: the answer.
        missed: the facts that it does not keep.
        answer: with tokens and times; None where there was none.
        error: why there was none, in a sentence.
    """

    item: Item
    text: str = ""
    missed: tuple[Fact, ...] = ()
    answer: Answer | None = None
    error: str = ""

    @property
    def hits(self) -> int:
        """Return how many facts the answer keeps."""
        return len(self.item.facts) - len(self.missed)

    @property
    def seconds(self) -> float:
        """Return how long it took, waiting for its turn not counted."""
        return round(self.answer.timings.total_s - self.answer.timings.queue_s, 2) if self.answer else 0.0


@dataclass(slots=True)
class Score:
    """How a model did."""

    results: list[Result] = field(default_factory=list)

    @property
    def facts(self) -> int:
        """Return how many facts were asked for."""
        return sum(len(result.item.facts) for result in self.results)

    @property
    def hits(self) -> int:
        """Return how many of them were there."""
        return sum(result.hits for result in self.results)

    @property
    def complete(self) -> int:
        """Return how many questions were answered without a miss."""
        return sum(not result.missed for result in self.results)

    @property
    def share(self) -> float:
        """Return the share of facts that were there, 0 to 1."""
        return self.hits / self.facts if self.facts else 0.0


def read_evaluation(path: Path) -> Evaluation:
    """Read an examination.

    Args:
        path: the YAML file; pictures are looked for beside it, or in the folder it names.

    Returns:
        The examination.

    Raises:
        EvaluationRefused: the file cannot be used; the sentence says where and why.
    """
    top = _mapping(_loaded(path), _TOP, _("文件"))
    questions = top.get("questions")
    if not isinstance(questions, list) or not questions:
        raise EvaluationRefused(_("文件里要有“题目”，下面用“-”逐条列出，至少一条。"))
    folder = path.parent / _text(top.get("folder", "."), _("“图片文件夹”"))
    items = tuple(_item(given, number, folder) for number, given in enumerate(questions, 1))
    return Evaluation(_text(top.get("name", path.stem), _("“名称”")), items)


def evaluate(evaluation: Evaluation, describer: Describer) -> Iterator[Result]:
    """Have a model answer all questions, one after the other.

    Args:
        evaluation: the evaluation.
        describer: who answers.

    Yields:
        What was answered; a question that cannot be answered misses all of its facts.
    """
    for item in evaluation.items:
        parts = [ImagePart(path, max_pixels=IMPORT_MAX_PIXELS) for path in item.images]
        request = Request(
            messages=(Message("user", (*parts, TextPart(item.question))),),
            max_new_tokens=MOST_TOKENS,
            thinking=item.thinking,
        )
        try:
            answer = describer.describe(request)
        except EngineError as error:
            yield Result(item, missed=item.facts, error=sentence(error))
            continue
        text = storable(answer.text).strip()
        missed = tuple(fact for fact in item.facts if not fact.is_kept_by(text))
        yield Result(item, text, missed, answer)


def _loaded(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EvaluationRefused(_("%(path)s 太大，不像是题目文件。"), path=path)
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise EvaluationRefused(_("打不开 %(path)s：%(detail)s。"), path=path, detail=disk_reason(error)) from error
    except UnicodeDecodeError as error:
        raise EvaluationRefused(_("%(path)s 不是 UTF-8 编码，请用 UTF-8 另存后再试。"), path=path) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise EvaluationRefused(
            _("第 %(line)s 行附近不是正确的 YAML。请检查：英文冒号后面要有空格，缩进用空格、不用 Tab，引号要成对。"),
            line=line,
        ) from error


def _mapping(given: Any, known: Iterable[str], where: str) -> dict[str, Any]:
    """Return what a mapping says, by our names for its keys.

    Raises:
        EvaluationRefused: it is no mapping, or has keys that mean nothing here.
    """
    names = {alias: name for name in known for alias in _KEYS[name]}
    if not isinstance(given, dict):
        raise EvaluationRefused(
            _("%(where)s应当是“名称: 内容”的形式，可用的名称：%(names)s。"), where=where, names=_listed(known)
        )
    unknown = [str(key) for key in given if key not in names]
    if unknown:
        raise EvaluationRefused(
            _("%(where)s里有不认识的名称“%(key)s”，可用的名称：%(names)s。"),
            where=where,
            key=unknown[0],
            names=_listed(known),
        )
    return {names[key]: value for key, value in given.items()}


def _item(given: Any, number: int, folder: Path) -> Item:
    where = _("第 %(number)s 题") % {"number": number}
    told = _mapping(given, _EACH, where)
    question = _text(told.get("question", ""), _("%(where)s的“问题”") % {"where": where})
    if not question:
        raise EvaluationRefused(_("%(where)s没有写“问题”。"), where=where)
    images = _strings(told.get("image"), _("%(where)s的“图片”") % {"where": where})
    if not images:
        raise EvaluationRefused(_("%(where)s没有写“图片”。"), where=where)
    facts = (
        *(Fact(wordings) for wordings in _alternatives(told.get("all_of"), where, "全部包含")),
        *([Fact(any_of)] if (any_of := _strings(told.get("any_of"), f"{where}：任一包含")) else []),
        *(Fact(wordings, True) for wordings in _alternatives(told.get("none_of"), where, "不得包含")),
    )
    if not facts:
        raise EvaluationRefused(_("%(where)s没有写答案应有的内容：请写“全部包含”或“任一包含”。"), where=where)
    return Item(_existing(images, folder, where), question, facts, told.get("thinking") is True)


def _existing(names: Iterable[str], folder: Path, where: str) -> tuple[Path, ...]:
    paths = tuple(folder / name for name in names)
    for path in paths:
        if not path.is_file():
            raise EvaluationRefused(_("%(where)s的图片不存在：%(path)s。"), where=where, path=path)
    return paths


def _alternatives(given: Any, where: str, key: str) -> Iterator[tuple[str, ...]]:
    """Yield the facts of a list, each a word or a list of words that will do as well."""
    if given is None:
        return
    for entry in given if isinstance(given, list) else [given]:
        if words := _strings(entry, f"{where}：{key}"):
            yield words


def _strings(given: Any, where: str) -> tuple[str, ...]:
    """Return one text or several as a tuple without empty ones."""
    if given is None:
        return ()
    texts = (_text(entry, where) for entry in (given if isinstance(given, list) else [given]))
    return tuple(text for text in texts if text)


def _text(given: Any, where: str) -> str:
    """Return a text; YAML takes a bare year for a number.

    Raises:
        EvaluationRefused: it is something else.
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise EvaluationRefused(_("%(where)s应当是文字；若含有冒号、井号等符号，请用引号括起来。"), where=where)
    return storable(str(given)).strip()


def _listed(names: Iterable[str]) -> str:
    return "、".join(_KEYS[name][0] for name in names)


def _holds(wording: str, text: str) -> bool:
    if _is_there(_folded(wording), _folded(text)):
        return True
    # A year is one however it is written; every other number has to be there by its value: 1959年10月 is not 1959年.
    return _numbers(_YEAR.sub(" ", wording)) <= _numbers(text) and is_supported("", wording, text)


def _is_there(wording: str, text: str) -> bool:
    """Tell whether a wording stands in a text: a number at its beginning or end not inside a longer one (3 in 2013)."""
    if not wording:
        return False
    before = rf"(?<!{_FIGURE})(?<![0-9][.,])" if re.match(_FIGURE, wording) else ""
    after = rf"(?!{_FIGURE}|[.,][0-9])" if re.match(_FIGURE, wording[-1]) else ""
    return re.search(before + re.escape(wording) + after, text) is not None


def _folded(text: str) -> str:
    return unbroken(unicodedata.normalize("NFKC", text)).casefold()


def _numbers(text: str) -> set[str]:
    """Return the numbers in a text: 3.5 has no 3 in it, the date 1959.3.12 has."""
    found: set[str] = set()
    for figures in _NUMBER.findall(text):
        if figures[0] in _CHINESE_FIGURES:
            found.add(str(number_of(figures)))
        elif _YEAR.match(figures):
            found |= {str(int(part)) for part in re.split("[.,]", figures)}
        else:
            found.add(figures.lstrip("0"))
    return found
