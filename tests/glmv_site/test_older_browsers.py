"""Scripts, style sheets and templates know nothing that the oldest browsers do not know (Chromium 90, Firefox ESR 115).

A short list of what is newer, as of the compatibility tables of MDN; what is not in it is not found. It grows whenever
something newer is met. `make test-browsers` tries the pages in such browsers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

CHROMIUM, FIREFOX = 90, 115
STATIC = settings.BASE_DIR / "static"
NEVER = 999


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that browsers have learnt.

    Attributes:
        name: as people call it.
        pattern: how it is written.
        chromium: the first version of Chromium that knows it.
        firefox: the first version of Firefox that does.
        harmless: why it may be used all the same: what is seen without it.
    """

    name: str
    pattern: str
    chromium: int
    firefox: int
    harmless: str = ""


SCRIPTS = [
    Feature("Array.prototype.at", r"\.at\(-?\d", 92, 90),
    Feature("Object.hasOwn", r"\bObject\.hasOwn\b", 93, 92),
    Feature("structuredClone", r"\bstructuredClone\b", 98, 94),
    Feature("findLast", r"\.findLast(Index)?\(", 97, 104),
    Feature("changed copies of arrays", r"\.(toSorted|toReversed|toSpliced)\(", 110, 115),
    Feature("Object.groupBy", r"\b(Object|Map)\.groupBy\b", 117, 119),
    Feature("Array.fromAsync", r"\bArray\.fromAsync\b", 121, 115),
    Feature("Promise.withResolvers, try", r"\bPromise\.(withResolvers|try)\b", 119, 121),
    Feature("AbortSignal.timeout", r"\bAbortSignal\.timeout\b", 103, 100),
    Feature("AbortSignal.any", r"\bAbortSignal\.any\b", 116, 124),
    Feature("crypto.randomUUID", r"\brandomUUID\b", 92, 95),
    Feature("Intl.Segmenter", r"\bIntl\.Segmenter\b", 87, 125),
    Feature("static blocks of classes", r"\bstatic\s*\{", 94, 93),
    Feature("cause of an error", r"\{\s*cause\b", 91, 91),
    Feature("#name in object", r"#\w+ in \w", 91, 90),
    Feature("well-formed strings", r"\.(isWellFormed|toWellFormed)\(", 111, 119),
    Feature(
        "helpers of iterators", r"\.(keys|values|entries)\(\)\.(map|filter|some|every|find|reduce|toArray)\(", 122, 131
    ),
    Feature("sets as sets", r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(", 122, 127),
    Feature("regular expressions with v", r"/[gimsuy]*v[gimsuy]*\.(exec|test)\(", 112, 116),
    Feature("regular expressions with modifiers", r"\(\?[ims]+:", 125, 132),
    Feature("URL.canParse", r"\bURL\.(canParse|parse)\b", 120, 115),
    Feature("checkVisibility", r"\.checkVisibility\(", 105, 106),
    Feature("showPicker", r"\.showPicker\(", 99, 101),
    Feature("showPopover", r"\.(show|hide|toggle)Popover\(", 114, 125),
    Feature("inert", r"\.inert\b", 102, 112),
    Feature("FormData of a button", r"new FormData\([^()]*,", 112, 111),
    Feature("view transitions", r"\bstartViewTransition\b", 111, 144),
    Feature("scrollend", r"scrollend", 114, 109),
    Feature("moveBefore", r"\.moveBefore\(", 133, NEVER),
    Feature("setHTML", r"\.setHTML\(", NEVER, NEVER),
    Feature("modules that are JSON", r"\bwith\s*\{\s*type:", 123, 138),
    Feature("import.meta.resolve", r"\bimport\.meta\.resolve\b", 105, 106),
    Feature("streams that are iterated over", r"for await \([^)]* of [\w.]*\.body\b", 124, 110),
]
STYLES = [
    Feature(":has()", r":has\(", 105, 121, "rules that add to others; what takes an outline away asks first"),
    Feature("accent-color", r"\baccent-color:", 93, 92, "boxes have the browser's colour"),
    Feature("field-sizing", r"\bfield-sizing:", 123, NEVER, "fields scroll"),
    Feature("text-wrap", r"\btext-wrap:", 114, 121, "lines break as they come"),
    Feature("text-autospace", r"\btext-autospace:", 140, 145, "no room between two scripts"),
    Feature("line-clamp", r"(?<!-)\bline-clamp:", NEVER, NEVER, "stands beside its older name"),
    Feature("text-size-adjust", r"(?<!-)\btext-size-adjust:", 54, NEVER, "Firefox on a desk changes no sizes"),
    Feature("units of a changing window", r"\d(d|s|l)v(h|w|i|b|min|max)\b", 108, 101),
    Feature("color-mix", r"\bcolor-mix\(", 111, 113),
    Feature("light-dark", r"\blight-dark\(", 123, 120),
    Feature("oklch and its like", r"\b(oklch|oklab|lch|lab)\(", 111, 113),
    Feature("color()", r"(?<![-\w])color\(", 111, 113),
    Feature("container queries", r"@container\b|\bcontainer(-type|-name)?:", 105, 110),
    Feature("layers", r"@layer\b", 99, 97),
    Feature("scopes", r"@scope\b", 118, 128),
    Feature("registered properties", r"@property\b", 85, 128),
    Feature("starting styles", r"@starting-style\b", 117, 129),
    Feature("nesting", r"(?m)^\s*&", 120, 117),
    Feature("ranges of media queries", r"@media[^{]*[<>]", 104, 63),
    Feature("subgrid", r"\bsubgrid\b", 117, 71),
    Feature("transforms of their own", r"(?m)^\s*(translate|rotate|scale):", 104, 72),
    Feature("mask", r"(?<!-)\bmask(-[a-z]+)?:", 120, 53),
    Feature("print-color-adjust", r"(?<!-)\bprint-color-adjust:", 136, 97),
    Feature("content-visibility", r"\bcontent-visibility:", 85, 125),
    Feature("scrollbars", r"\bscrollbar-(color|width):", 121, 64),
    Feature("scrollbar-gutter", r"\bscrollbar-gutter:", 94, 97),
    Feature(":modal, :popover-open", r":(modal|popover-open)\b", 105, 103),
    Feature(":user-invalid", r":user-(in)?valid\b", 119, 88),
    Feature(":autofill", r"(?<!-):autofill\b", 110, 86),
    Feature(":dir()", r":dir\(", 120, 49),
    Feature(":nth-child(of)", r":nth-(last-)?child\([^)]* of ", 111, 113),
    Feature("::details-content", r"::details-content\b", 131, 143),
    Feature("functions of angles and steps", r"[\s(:](sin|cos|tan|round|mod|rem)\(", 125, 118),
    Feature("units of lines", r"\d(lh|rlh|ic|cap)\b", 109, 120),
    Feature("animation-timeline", r"\banimation-timeline:", 115, NEVER),
    Feature("anchors", r"\b(anchor-name|position-anchor|position-area):", 125, 147),
    Feature("text-box", r"\btext-box(-trim|-edge)?:", 133, NEVER),
    Feature("sizes that are interpolated", r"\binterpolate-size:|\bcalc-size\(", 129, NEVER),
]
TEMPLATES = [
    Feature("inert", r"<[^>]*\sinert[\s>]", 102, 112),
    Feature("popover", r"\bpopover(target)?(=|>|\s)", 114, 125),
    Feature("search", r"<search\b", 118, 118),
    Feature("details of one name", r"<details[^>]*\sname=", 120, 130, "several may be open at once"),
    Feature("hidden until found", r"until-found", 102, 139),
    Feature("closedby, command", r"\s(closedby|commandfor)=", 134, 141),
]
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"(?m)(^|\s)//[^\n]*")
_ASKED = re.compile(r"@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}")
_RULE = re.compile(r"[^{}]*\{([^{}]*)\}")


def _sources(folder: Path, ending: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob(f"*.{ending}")):
        written = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        yield path, _LINE_COMMENT.sub(r"\1", written) if ending == "js" else written


def _is_newer(feature: Feature) -> bool:
    return feature.chromium > CHROMIUM or feature.firefox > FIREFOX


@pytest.mark.parametrize("feature", [*SCRIPTS, *STYLES, *TEMPLATES], ids=lambda feature: feature.name)
def test_what_is_listed_is_newer(feature: Feature) -> None:
    assert _is_newer(feature)
    re.compile(feature.pattern)


@pytest.mark.parametrize("feature", SCRIPTS, ids=lambda feature: feature.name)
def test_no_script_needs_it(feature: Feature) -> None:
    found = [str(path) for path, written in _sources(STATIC / "js", "js") if re.search(feature.pattern, written)]
    assert not found


@pytest.mark.parametrize("feature", [one for one in STYLES if not one.harmless], ids=lambda feature: feature.name)
def test_no_style_sheet_needs_it(feature: Feature) -> None:
    """It stands after a declaration that every browser knows, where it is asked for, or nowhere."""
    found = []
    for path, written in _sources(STATIC / "css", "css"):
        rest = _RULE.sub(lambda rule: _without_seconds(rule.group(0)), _ASKED.sub("", written))
        if re.search(feature.pattern, rest):
            found.append(str(path))
    assert not found


@pytest.mark.parametrize("feature", [one for one in TEMPLATES if not one.harmless], ids=lambda feature: feature.name)
def test_no_template_needs_it(feature: Feature) -> None:
    folder = settings.BASE_DIR / "templates"
    found = [str(path) for path, written in _sources(folder, "html") if re.search(feature.pattern, written)]
    assert not found


def test_rules_with_has_stand_alone() -> None:
    """Of a list of selectors, one that is not known takes the others with it."""
    for path, written in _sources(STATIC / "css", "css"):
        for selectors in re.findall(r"([^{};]*:has\([^{};]*)\{", written):
            assert all(":has(" in one for one in selectors.split(",") if one.strip()) or "@supports" in selectors, path


def test_no_outline_is_taken_away_for_one_that_has_gives() -> None:
    """Where a rule with :has() draws the outline, the one that takes it from the link asks whether it is known."""
    for path, written in _sources(STATIC / "css", "css"):
        if re.search(r":has\([^{};]*:focus-visible\)\s*\{", written):
            taken = re.findall(r"([^{};]*):focus-visible\s*\{[^{}]*outline:\s*none", _ASKED.sub("", written))
            assert not taken, path


def _without_seconds(rule: str) -> str:
    """Leave out declarations whose property was declared before in the same rule.

    One with var() is not: browsers look too late whether they know the rest of it, and then have neither.
    """
    head, _brace, body = rule.rpartition("{")
    seen: set[str] = set()
    kept = []
    for declaration in body.rstrip("}").split(";"):
        name = declaration.partition(":")[0].strip()
        if name and name in seen and "var(" not in declaration:
            continue
        seen.add(name)
        kept.append(declaration)
    return f"{head}{{{';'.join(kept)}}}"
