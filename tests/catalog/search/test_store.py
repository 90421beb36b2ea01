"""The index on the disk."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.search.asking import Answers
from catalog.search.language import read
from catalog.search.records import Asker, Record
from catalog.search.schema import build as build_schema
from catalog.search.store import Condition, Store, Writer

EVERYTHING = Asker(sees_all=True)


def record(key: int, title: str = "石桥", *, public: bool = True) -> Record:
    return Record(key, 1, is_public=public, texts={"title": title})


def keys(store: Store, text: str, asker: Asker = EVERYTHING) -> list[int]:
    searcher = store.searcher(public=asker.is_public)
    assert searcher is not None
    return sorted(Answers(searcher, build_schema(), asker, {}).find(read(text), limit=1000).keys)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "search")


def folders(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "search").iterdir() if path.is_dir())


class TestBuilding:
    def test_before_anything_is_built_there_is_nothing_to_ask(self, store: Store) -> None:
        assert store.condition() is Condition.MISSING
        assert store.searcher(public=True) is None
        assert store.applied() is None
        with store.writing() as writer:
            assert writer is None

    def test_what_is_built_can_be_asked(self, store: Store) -> None:
        assert store.build([record(1), record(2, public=False)], position=7) == 2
        assert store.condition() is Condition.READY
        assert keys(store, "石桥") == [1, 2]
        assert keys(store, "石桥", Asker()) == [1]
        applied = store.applied()
        assert applied is not None
        assert applied.position == 7

    def test_a_new_one_takes_the_place_of_the_old_one_for_those_who_ask_already(
        self, store: Store, tmp_path: Path
    ) -> None:
        store.build([record(1)], position=0)
        asking = Store(tmp_path / "search")
        assert keys(asking, "石桥") == [1]
        before = folders(tmp_path)
        store.build([record(2)], position=1)
        assert keys(asking, "石桥") == [2]
        assert len(folders(tmp_path)) == 1
        assert folders(tmp_path) != before

    def test_one_that_cannot_be_finished_leaves_the_old_one_in_use(self, store: Store, tmp_path: Path) -> None:
        store.build([record(1)], position=0)

        def broken() -> Iterator[Record]:
            yield record(2)
            raise OSError("no space left on device")

        with pytest.raises(OSError, match="no space"):
            store.build(broken(), position=1)
        assert keys(store, "石桥") == [1]
        assert len(folders(tmp_path)) == 1

    @pytest.mark.parametrize(
        ("file", "content", "condition"),
        [
            ("applied.json", '{"version": 0, "position": 1}', Condition.OTHER_VERSION),
            ("applied.json", "{", Condition.DAMAGED),
            ("staff/meta.json", "{", Condition.DAMAGED),
        ],
    )
    def test_one_of_another_version_or_damaged_is_not_asked(
        self, store: Store, tmp_path: Path, file: str, content: str, condition: Condition
    ) -> None:
        store.build([record(1)], position=0)
        (tmp_path / "search" / folders(tmp_path)[0] / file).write_text(content)
        again = Store(tmp_path / "search")
        assert again.condition() is condition
        assert again.searcher(public=False) is None
        again.build([record(1)], position=0)
        assert again.condition() is Condition.READY

    @pytest.mark.parametrize("name", ["", "../elsewhere", "gone"])
    def test_a_pointer_to_nowhere_is_no_index(self, store: Store, tmp_path: Path, name: str) -> None:
        store.build([record(1)], position=0)
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "search" / "current").write_text(name)
        assert store.condition() is Condition.MISSING


class TestChanging:
    def test_changes_are_found_once_they_are_committed(self, store: Store) -> None:
        store.build([record(1), record(2), record(3)], position=0)
        with store.writing() as writer:
            assert writer is not None
            writer.replace([1, 2, 3], [record(1, "木桥"), record(3, public=False)])
            assert keys(store, "石桥") == [1, 2, 3]
            writer.commit(5)
            assert keys(store, "石桥") == [3]
            assert keys(store, "木桥") == [1]
            assert keys(store, "桥", Asker()) == [1]
        applied = store.applied()
        assert applied is not None
        assert applied.position == 5

    def test_the_same_change_twice_doubles_nothing(self, store: Store) -> None:
        store.build([record(1)], position=0)
        with store.writing() as writer:
            assert writer is not None
            for _ in range(2):
                writer.replace([1], [record(1, "木桥")])
                writer.commit(1)
        searcher = store.searcher(public=False)
        assert searcher is not None
        assert searcher.num_docs == 1

    def test_a_second_writer_is_refused(self, store: Store, tmp_path: Path) -> None:
        store.build([record(1)], position=0)
        with store.writing() as writer:
            assert writer is not None
            with pytest.raises(ValueError, match=r"[Ll]ock"):
                Writer(tmp_path / "search" / folders(tmp_path)[0])

    def test_many_single_updates_leave_it_about_as_large_as_it_was(self, store: Store, tmp_path: Path) -> None:
        store.build([record(key, f"第{key}号石桥落成典礼") for key in range(1000)], position=0)
        before = _size(tmp_path)
        with store.writing() as writer:
            assert writer is not None
            for turn in range(150):
                writer.replace([turn], [record(turn, f"第{turn}号木桥落成典礼")])
                writer.commit(turn)
        assert _size(tmp_path) < 1.5 * before

    def test_killed_while_it_writes_it_opens_again_with_what_was_committed(self, store: Store, tmp_path: Path) -> None:
        store.build([record(key) for key in range(50)], position=0)
        for turn in range(3):
            child = subprocess.Popen(
                [sys.executable, "-c", _WRITING, str(tmp_path / "search"), str(turn)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[3],
            )
            assert child.stdout is not None
            assert child.stdout.readline() == "writing\n"
            for _ in range(5 + turn):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            child.wait()
            again = Store(tmp_path / "search")
            assert again.condition() is Condition.READY
            assert len(keys(again, "桥")) == 50
            with again.writing() as writer:
                assert writer is not None
                writer.commit(100 * turn)


_WRITING = """
import sys
from pathlib import Path
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
from catalog.search.records import Record
from catalog.search.store import Store

with Store(Path(sys.argv[1])).writing() as writer:
    print("writing", flush=True)
    for number in range(10_000):
        key = number % 50
        writer.replace([key], [Record(key, 1, is_public=True, texts={"title": f"木桥{number}"})])
        writer.commit(number)
        print(number, flush=True)
"""


def _size(tmp_path: Path) -> int:
    return sum(path.stat().st_size for path in (tmp_path / "search").rglob("*") if path.is_file())
