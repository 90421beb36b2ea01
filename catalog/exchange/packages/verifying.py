"""Reading a package again: whether everything is there, nothing else, and each file has the digests it should have.

Both kinds carry lists of digests (`manifest-*.txt`). Of a bag, the `bagit` library looks at the form and at what is
listed; files are digested here, once for all algorithms, SM3 among them, which the library does not check. It reads,
and changes nothing. A package may come from anywhere: paths that lead out of it, and links, are refused.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bagit
from django.utils.translation import gettext as _

from catalog.exceptions import PackageRefused
from catalog.exchange.packages.digests import digests_of, name_of
from catalog.faults import disk_reason

_MANIFEST = re.compile(r"(?P<tag>tag)?manifest-(?P<algorithm>[a-z0-9]{2,12})\.txt")
_LINE = re.compile(r"(?P<digest>[0-9a-fA-F]{32,128})[ \t]+\*?(?P<path>\S.*?)\s*")
_ENCODED = re.compile(r"%(0[aA]|0[dD]|25)")

Step = Callable[[str], None]


@dataclass(slots=True)
class Verified:
    """What was found.

    Attributes:
        is_bag: whether it is a bag; otherwise a 挂接包 or copies.
        files: how many files were read.
        bytes: how many bytes.
        algorithms: by which their digests were checked.
        unknown: algorithms of lists that this machine cannot check.
        problems: what is wrong, a sentence each.
    """

    is_bag: bool
    files: int = 0
    bytes: int = 0
    algorithms: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def count(folder: Path) -> int:
    """Return how many files a package lists.

    Args:
        folder: the package.

    Raises:
        PackageRefused: it is none.
    """
    return len(_Lists(folder).expected)


def verify(folder: Path, *, step: Step | None = None) -> Verified:
    """Verify a package.

    Args:
        folder: the package.
        step: called with the path of each file that was read.

    Returns:
        What was found.

    Raises:
        PackageRefused: it is none, or its lists cannot be read.
    """
    lists = _Lists(folder)
    verified = Verified((folder / "bagit.txt").is_file(), unknown=sorted(lists.unknown))
    verified.algorithms = sorted(lists.algorithms)
    verified.problems += lists.problems
    if verified.is_bag:
        verified.problems += _as_bag(folder)
    verified.problems += _unlisted(folder, lists, is_bag=verified.is_bag)
    for path, expected in lists.expected.items():
        problem = _file(folder, path, expected, verified)
        if problem:
            verified.problems.append(problem)
        if step is not None:
            step(path)
    return verified


class _Lists:
    """The lists of digests of a package."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise PackageRefused(_("没有这个文件夹：%(path)s。"), path=folder)
        self.expected: dict[str, dict[str, str]] = {}
        self.algorithms: set[str] = set()
        self.unknown: set[str] = set()
        self.problems: list[str] = []
        named: dict[tuple[str, str], set[str]] = {}
        for path in sorted(folder.iterdir()):
            match = _MANIFEST.fullmatch(path.name)
            if match is None or not path.is_file():
                continue
            named[match["tag"] or "", match["algorithm"]] = self._read(path, match["algorithm"])
        if not any(not tag for tag, _algorithm in named):
            raise PackageRefused(_("%(path)s 不是移交包：里面没有 manifest-sha256.txt 这样的摘要清单。"), path=folder)
        self._compare(named)

    def _read(self, path: Path, algorithm: str) -> set[str]:
        known = _can_digest(algorithm)
        (self.algorithms if known else self.unknown).add(algorithm)
        found: set[str] = set()
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeError) as error:
            raise PackageRefused(_("%(path)s 读不出来。"), path=path) from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            match = _LINE.fullmatch(line)
            if match is None:
                self.problems.append(_("%(list)s 第 %(line)d 行看不懂。") % {"list": path.name, "line": number})
                continue
            name = _ENCODED.sub(lambda code: chr(int(code[1], 16)), match["path"]).removeprefix("./")
            if _leads_out(name):
                self.problems.append(
                    _("%(list)s 第 %(line)d 行的路径指向包外面。") % {"list": path.name, "line": number}
                )
                continue
            found.add(name)
            if known:
                self.expected.setdefault(name, {})[algorithm] = match["digest"].lower()
        return found

    def _compare(self, named: dict[tuple[str, str], set[str]]) -> None:
        """Tell of files that one list has and another of the same kind has not."""
        for tag in ("", "tag"):
            of_kind = {algorithm: names for (kind, algorithm), names in named.items() if kind == tag}
            everything = set().union(*of_kind.values())
            for algorithm, names in of_kind.items():
                for name in sorted(everything - names):
                    told = {"list": f"{tag}manifest-{algorithm}.txt", "path": name}
                    self.problems.append(_("%(list)s 里没有 %(path)s。") % told)


def _can_digest(algorithm: str) -> bool:
    try:
        hashlib.new(algorithm, usedforsecurity=False).hexdigest()
    except (ValueError, TypeError):  # unknown here; or of a length that the caller says
        return False
    return True


def _leads_out(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return path.startswith(("/", "\\", "~")) or ".." in parts or ":" in parts[0]


def _unlisted(folder: Path, lists: _Lists, *, is_bag: bool) -> Iterator[str]:
    """Tell of files that are in no list; beside a bag's payload, lists of tag files may leave some out."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield _("%(path)s 是链接，移交包里不应有链接。") % {"path": name}
            continue
        if path.is_dir() or name in lists.expected or _MANIFEST.fullmatch(name):
            continue
        if not is_bag:
            yield _("多出文件 %(path)s，清单里没有。") % {"path": name}


def _file(folder: Path, name: str, expected: dict[str, str], verified: Verified) -> str:
    """Read a file; return what is wrong with it, empty where nothing is."""
    path = folder / name
    if _is_behind_a_link(folder, name):
        return _("%(path)s 在链接后面，没有读。") % {"path": name}
    try:
        found = digests_of(path, expected)
        verified.bytes += path.stat().st_size
    except FileNotFoundError:
        return _("缺少文件 %(path)s。") % {"path": name}
    except OSError as error:
        return _("文件 %(path)s 读不出来：%(reason)s。") % {"path": name, "reason": disk_reason(error)}
    verified.files += 1
    wrong = [name_of(algorithm) for algorithm, digest in expected.items() if found[algorithm] != digest]
    if wrong:
        return _("文件 %(path)s 的内容与清单不符（%(algorithms)s）。") % {"path": name, "algorithms": "、".join(wrong)}
    return ""


def _is_behind_a_link(folder: Path, name: str) -> bool:
    path = folder
    for part in name.split("/"):
        path /= part
        if path.is_symlink():
            return True
    return False


# --- Bags ------------------------------------------------------------------------------------------------------------


def _as_bag(folder: Path) -> Iterator[str]:
    """Have the library look at the form of a bag, and at what it lists."""
    try:
        with _quiet():
            bagit.Bag(str(folder)).validate(completeness_only=True)
    except bagit.BagValidationError as error:
        details = [_detail(one) for one in error.details if not isinstance(one, bagit.FileMissing)]
        yield from details
        if not error.details:
            yield _("不合 BagIt 的格式：%(detail)s") % {"detail": error.message}
    except (bagit.BagError, OSError, UnicodeError, ValueError) as error:
        yield _("不合 BagIt 的格式：%(detail)s") % {"detail": error}


def _detail(detail: bagit.ManifestErrorDetail) -> str:
    if isinstance(detail, bagit.UnexpectedFile):
        return _("多出文件 %(path)s，清单里没有。") % {"path": detail.path}
    return str(detail)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library from saying in its log what is told in sentences."""
    logger = logging.getLogger("bagit")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
