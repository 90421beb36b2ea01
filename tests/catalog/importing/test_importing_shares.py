"""Importing from a NAS: names of old servers, masters left where they lie, and a share that is away or goes away."""

import os
from pathlib import Path

import pytest
from PIL import Image as PillowImage
from pytest_django import Settings

from catalog import shares
from catalog.exceptions import FileRejected, ImportSourceError, ShareAway
from catalog.importing.import_reports import ImportReport
from catalog.importing.sources import open_source
from catalog.importing.storage import place_in
from catalog.models import ImageFile
from catalog.records.fixity import verify_files
from catalog.vocabulary import Fixity
from tests.catalog.imports import SIZE, bring_in, write_pdf
from tests.factories import CollectionFactory, picture
from tests.shares import dead_server, unplugged
from tests.waiting import eventually

pytestmark = pytest.mark.django_db

OVER_50_MEGAPIXELS = (9000, 6000)


@pytest.fixture
def root(settings: Settings, folder: Path, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.GLMV_SCANS = [folder]
    return folder


def in_gbk(folder: Path, *names: str) -> Path:
    """Return a path whose names are GBK, as an old server has them."""
    return Path(os.fsdecode(b"/".join([os.fsencode(folder), *(name.encode("gbk") for name in names)])))


class TestNamesInGbk:
    """What an old server's files are called is no reason not to take them in."""

    @pytest.fixture
    def scan(self, root: Path) -> Path:
        place = in_gbk(root, "一九五九年", "石桥落成.jpg")
        place.parent.mkdir()
        place.write_bytes(picture((5, 5, 5), SIZE))
        return place

    def test_a_scan_left_in_place_is_recorded_and_found_again(self, root: Path, scan: Path) -> None:
        assert bring_in(root, CollectionFactory(), in_place=True).rejected == []

        file = ImageFile.objects.get(original_name="一九五九年/石桥落成.jpg")
        assert file.master_path == scan
        assert verify_files().intact == 4

    def test_a_second_import_knows_it(self, root: Path, scan: Path) -> None:
        collection = CollectionFactory()
        bring_in(root, collection, in_place=True)

        report = bring_in(root, collection, in_place=True)

        assert (report.added, report.present, report.rejected) == (0, 4, [])

    def test_it_is_found_again_where_it_was_moved(self, root: Path, scan: Path) -> None:
        collection = CollectionFactory()
        bring_in(root, collection, in_place=True)
        moved = in_gbk(root, "一九五九年", "石桥.jpg")
        scan.rename(moved)

        assert bring_in(root, collection, in_place=True).found_again == 1
        assert ImageFile.objects.get(original_name__endswith="落成.jpg").master_path == moved

    def test_documents_and_scans_of_any_size_are_read(self, root: Path, tmp_path: Path) -> None:
        large = tmp_path / "large.png"
        PillowImage.new("L", OVER_50_MEGAPIXELS, 90).save(large)
        large.rename(in_gbk(root, "大幅.png"))
        document = tmp_path / "document.pdf"
        write_pdf(document, pages=1)
        document.rename(in_gbk(root, "名册.pdf"))

        report = bring_in(root, CollectionFactory(), in_place=True)

        assert report.rejected == []
        assert report.documents == 1
        assert {file.original_name for file in ImageFile.objects.all()} >= {"大幅.png", "名册.pdf"}

    def test_a_path_too_long_to_be_recorded_is_refused_with_what_to_do(self, root: Path) -> None:
        deep = root
        for _level in range(5):
            deep = in_gbk(deep, "册" * 100)
            deep.mkdir()
        with pytest.raises(FileRejected, match="--in-place"):
            place_in(deep / "1.jpg")


class TestAShareThatIsAway:
    """It is named, and is neither an empty collection nor files that cannot be read."""

    def test_its_empty_mount_point_is_no_empty_folder(self, root: Path, tmp_path: Path) -> None:
        with unplugged(root), pytest.raises(ShareAway, match="是空的"), open_source(root, tmp_path / "staging"):
            pass

    def test_a_folder_on_it_is_not_said_to_be_misspelt(self, root: Path, tmp_path: Path) -> None:
        with unplugged(root), pytest.raises(ShareAway), open_source(root / "甲", tmp_path / "staging"):
            pass

    def test_a_link_that_leads_to_it_is_not_said_to_be_misspelt_either(self, root: Path, tmp_path: Path) -> None:
        links = tmp_path / "links"
        links.mkdir()
        for number, target in enumerate((str(root / "甲"), os.path.relpath(root / "甲", links))):
            link = links / str(number)
            link.symlink_to(target)
            with unplugged(root), pytest.raises(ShareAway), open_source(link, tmp_path / "staging"):
                pass

    def test_it_is_known_behind_linked_parents_and_links_to_links(self, root: Path, tmp_path: Path) -> None:
        (root / "甲").mkdir(exist_ok=True)
        links = tmp_path / "links"
        (links / "inner").mkdir(parents=True)
        (links / "parent").symlink_to(root)
        (links / "again").symlink_to("parent")
        ways = [
            links / "parent" / "甲",
            links / "again",
            links / "again" / "甲",
            links / "inner" / ".." / "again" / "甲",
        ]
        for way in ways:
            with unplugged(root), pytest.raises(ShareAway), open_source(way, tmp_path / "staging"):
                pass

    def test_dots_behind_a_link_lead_where_the_disk_has_them(self, root: Path, tmp_path: Path) -> None:
        """Not beside the link, where nothing is."""
        (root / "甲").mkdir(exist_ok=True)
        link = tmp_path / "links" / "甲"
        link.parent.mkdir()
        link.symlink_to(root / "甲")
        with unplugged(root), pytest.raises(ShareAway), open_source(link / ".." / "乙", tmp_path / "staging"):
            pass

    def test_links_in_a_circle_lead_nowhere(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(ImportSourceError, match="找不到"), open_source(tmp_path / "a", tmp_path / "staging"):
            pass

    def test_a_dead_server_behind_a_linked_parent_keeps_nobody_waiting(
        self, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shares, "LOOK_S", 0.2)
        settings.DATA_DIR = tmp_path
        (tmp_path / "links").mkdir()
        (tmp_path / "links" / "parent").symlink_to(tmp_path / "nas")
        with dead_server(tmp_path / "nas"):
            way = tmp_path / "links" / "parent" / "甲"
            with pytest.raises(ShareAway, match="没有应答"), open_source(way, tmp_path / "staging"):
                pass

    def test_one_that_goes_away_ends_the_import_with_what_came_in_kept(self, root: Path, tmp_path: Path) -> None:
        for number in range(20):
            (root / f"{number:02}.png").write_bytes(picture((number, 9, 9), SIZE, kind="PNG"))
        elsewhere = tmp_path / "elsewhere"
        collection, report = CollectionFactory(), ImportReport()

        def pull_the_plug(so_far: ImportReport, _name: str) -> None:
            if so_far.added == 3:
                root.rename(elsewhere)
                root.mkdir()

        with pytest.raises(ShareAway, match=root.name):
            bring_in(root, collection, in_place=True, report=report, progress=pull_the_plug)
        assert report.rejected == []
        kept = ImageFile.objects.count()
        assert 3 <= kept < 23
        root.rmdir()
        elsewhere.rename(root)

        again = bring_in(root, collection, in_place=True)
        assert again.added == 23 - kept

    def test_a_copy_of_a_scan_on_it_does_not_take_its_place(self, root: Path, tmp_path: Path) -> None:
        collection = CollectionFactory()
        bring_in(root, collection, in_place=True)
        copy = tmp_path / "copy"
        copy.mkdir()
        (copy / "1.jpg").write_bytes((root / "1.jpg").read_bytes())

        with unplugged(root):
            assert bring_in(copy, collection, in_place=True).found_again == 0

        assert ImageFile.objects.get(original_name="1.jpg").master_path == root / "1.jpg"


class TestFixity:
    """A check says nothing of what it cannot get at."""

    def test_not_one_file_of_a_share_that_is_away_counts_as_lost(self, root: Path) -> None:
        bring_in(root, CollectionFactory(), in_place=True)
        before = list(ImageFile.objects.order_by("pk").values_list("fixity_checked_at", flat=True))
        left_out: list[str] = []

        with unplugged(root):
            check = verify_files(out_of_reach=lambda file, absence: left_out.append(str(absence)))

        assert (check.checked, check.faulty) == (0, 0)
        assert len(left_out) == 3
        assert str(root) in left_out[0]
        assert list(ImageFile.objects.order_by("pk").values_list("fixity_checked_at", flat=True)) == before
        # What was seen of a share is believed for a moment.
        eventually(lambda: verify_files().intact == 3)

    def test_one_that_goes_away_in_the_middle_leaves_what_was_read(self, root: Path, tmp_path: Path) -> None:
        bring_in(root, CollectionFactory(), in_place=True)
        elsewhere = tmp_path / "elsewhere"

        def pull_the_plug(_file: ImageFile, _found: Fixity) -> None:
            root.rename(elsewhere)
            root.mkdir()

        check = verify_files(progress=pull_the_plug)

        assert (check.checked, check.intact, check.faulty) == (1, 1, 0)
        assert not ImageFile.objects.filter(fixity__in=[Fixity.MISSING, Fixity.UNREADABLE]).exists()

    def test_copies_are_read_in_place_of_what_is_out_of_reach(self, root: Path) -> None:
        bring_in(root, CollectionFactory(), in_place=True)
        bring_in(root, CollectionFactory())

        with unplugged(root):
            check = verify_files()

        assert (check.checked, check.intact) == (3, 3)

    def test_one_file_that_is_gone_is_still_reported(self, root: Path) -> None:
        bring_in(root, CollectionFactory(), in_place=True)
        (root / "1.jpg").unlink()

        assert verify_files().missing == 1
