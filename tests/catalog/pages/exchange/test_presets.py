"""The pages of presets: who may enter and who may write, a template that is uploaded, what is refused in words."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange.presets.keeping import preset_named
from catalog.models import Collection, ExportPreset
from catalog.pages.exchange.preset_form import form_of
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db
LIST, NEW, ONE, CHECK = (
    "/exchange/presets/",
    "/exchange/presets/new/",
    "/exchange/presets/dublin-core/",
    "/exchange/presets/dublin-core/check/",
)
TEMPLATES = Path(__file__).parents[3] / "fixtures" / "templates"


@pytest.fixture
def collection() -> Collection:
    found: Collection = CollectionFactory()
    return found


def upload(name: str = "vendor.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (TEMPLATES / name).read_bytes())


def entries(key: str, **changed: str) -> dict[str, str]:
    """Return the form of a preset as a browser sends it, with some entries changed."""
    kept = preset_named(key)
    form = form_of(kept.preset, kept.revision)
    sent = {**form.head, "seen": str(form.seen), "action": "save"}
    for row in form.rows:
        sent |= {f"{row.name}-{name}": text for name, text in row.said.items() if text or name not in _TICKS}
        if row.is_new:
            sent[f"{row.name}-new"] = "1"
    return {name: text for name, text in {**sent, **changed}.items() if text != "-"}


_TICKS = ("carries_label", "delete")


class TestWhoMayEnter:
    def test_members_look_and_reviewers_write(self, collection: Collection) -> None:
        people = [
            None,
            stranger(),
            auditor(collection),
            administrator_only(),
            cataloguer(collection),
            reviewer(collection),
        ]
        for address in (LIST, ONE, CHECK):
            assert [browser(one).get(address).status_code for one in people] == [302, 403, 403, 200, 200, 200], address
        assert [browser(one).get(NEW).status_code for one in people] == [302, 403, 403, 403, 403, 200]
        posted = [browser(one).post(ONE, entries("dublin-core")).status_code for one in people]
        assert posted == [302, 403, 403, 403, 403, 302]
        assert ExportPreset.objects.get().changed_by == people[-1]

    def test_what_there_is_not_is_not_found(self, collection: Collection) -> None:
        for address in ("/exchange/presets/nonsense/", "/exchange/presets/nonsense/check/"):
            assert browser(cataloguer(collection)).get(address).status_code == 404


class TestTemplates:
    @pytest.mark.parametrize("name", ["vendor.xlsx", "vendor.xls"])
    def test_a_template_becomes_a_preset_to_be_looked_at(self, collection: Collection, name: str) -> None:
        client = browser(reviewer(collection))
        done = client.post(NEW, {"template": upload(name), "name": "某系统"}, follow=True)
        page = done.content.decode()
        assert done.redirect_chain == [(f"/exchange/presets/{name.replace('.', '-')}/", 302)]
        assert "读到 10 栏，认出 10 栏" in page
        assert "表头下面还有 1 行" in page
        assert ("另存为 XLS" in page) == (name == "vendor.xls")
        assert "*题名（50字以内）" in page

    @pytest.mark.parametrize(
        ("file", "name", "said"),
        [
            (None, "某系统", "请选择导入模板文件"),
            (b"", "某系统", "空文件"),
            (b"\x89PNG\x00\x00", "某系统", "不是 XLSX、XLS 或 CSV"),
            ("档号,题名".encode(), "", "请给这个预设起一个名称"),
        ],
    )
    def test_what_is_no_template_is_refused_in_words(
        self, collection: Collection, file: bytes | None, name: str, said: str
    ) -> None:
        data = {"name": name} | ({} if file is None else {"template": SimpleUploadedFile("x.xlsx", file)})
        response = browser(reviewer(collection)).post(NEW, data)
        assert response.status_code == 400
        assert said in response.content.decode()
        assert not ExportPreset.objects.exists()


class TestWriting:
    def test_what_is_written_is_kept_and_can_be_given_back(self, collection: Collection) -> None:
        client = browser(reviewer(collection))
        changed = {
            "c1-heading": "title",
            "c1-longest": "50",
            "c2-delete": "on",
            "c9-terms": "JPEG=jpg\nTIFF＝tif",
            "c15-position": "1",
            "c16-heading": "柜号",
            "c16-constant": "A-1",
            "c16-position": "99",
        }
        client.post(ONE, entries("dublin-core", **changed))
        columns = preset_named("dublin-core").preset.columns
        assert len(columns) == 15
        assert [one.heading for one in columns[:2]] == ["title", "dc:rights"]
        assert (columns[0].longest, columns[-1].heading, columns[-1].constant) == (50, "柜号", "A-1")
        assert next(one for one in columns if one.heading == "dc:format").terms == {"JPEG": "jpg", "TIFF": "tif"}
        assert "恢复为随附的样子" in client.get(ONE).content.decode()
        client.post(ONE, {"action": "delete"})
        assert preset_named("dublin-core").revision == 0

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"c1-heading": " "}, "第 1 栏没有栏目名"),
            ({"c1-source": "nonsense"}, "来源“nonsense”不认识"),
            ({"c1-longest": "许多"}, "要写数字"),
            ({"c1-position": "-1"}, "要写数字"),
            ({"c1-terms": "永久"}, "没有等号"),
            ({"composition": "{天气}"}, "不是著录项"),
            ({"name": ""}, "要有名称"),
            ({"name": "长" * 130}, "要有名称"),
            ({"seen": "7"}, "刚刚被别人改过"),
            ({"unit": "box"}, "不在可选的范围内"),
            ({"c16-constant": "没有栏目名"}, "没有栏目名"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_and_stays_in_the_form(
        self, collection: Collection, changed: dict[str, str], said: str
    ) -> None:
        changed = {"c3-constant": "我刚写的", **changed}
        response = browser(reviewer(collection)).post(ONE, entries("dublin-core", **changed))
        page = response.content.decode()
        assert response.status_code == 400
        assert said in page
        assert 'value="我刚写的"' in page
        assert not ExportPreset.objects.exists()

    def test_a_form_without_any_column_is_refused(self, collection: Collection) -> None:
        response = browser(reviewer(collection)).post(ONE, {"action": "save", "name": "x\x00", "seen": "0"})
        assert response.status_code == 400
        assert "至少要有一栏" in response.content.decode()

    def test_the_longest_preset_can_be_sent(self, collection: Collection) -> None:
        sent = {"action": "save", "name": "全", "seen": "0", "unit": "photograph"}
        for number in range(1, 201):
            sent |= {
                f"c{number}-{name}": "" for name in ("source", "constant", "terms", "date", "longest", "uncertain")
            }
            sent |= {
                f"c{number}-heading": f"栏{number}",
                f"c{number}-obligation": "",
                f"c{number}-position": str(number),
            }
        assert browser(reviewer(collection)).post(ONE, sent).status_code == 302
        assert len(preset_named("dublin-core").preset.columns) == 200


class TestCheck:
    def test_it_says_what_lacks_before_anything_is_made(self, collection: Collection) -> None:
        described(ImageFactory(collection=collection), title="石桥")
        ImageFactory(collection=collection)
        ImageFactory(identifier="elsewhere")
        page = browser(cataloguer(collection)).get(f"{CHECK}?collection={collection.slug}").content.decode()
        assert "必著项“dc:title”有 1 行没有内容" in page
        assert "2 行" in page

    def test_records_that_the_user_does_not_see_are_not_counted(self, collection: Collection) -> None:
        ImageFactory(collection=collection, restricted=True)
        page = browser(cataloguer(collection)).get(f"{CHECK}?collection={collection.slug}").content.decode()
        assert "0 行" in page
        other = browser(cataloguer(CollectionFactory())).get(f"{CHECK}?collection={collection.slug}").content.decode()
        assert "行没有内容" not in other
        assert browser(cataloguer(collection)).get(f"{CHECK}?collection=%00").status_code == 200

    def test_a_preset_that_would_drop_the_label_says_so(self, collection: Collection) -> None:
        user = reviewer(collection)
        browser(user).post(ONE, entries("dublin-core", **{"c4-carries_label": "-"}))
        assert "看不出来" in browser(user).get(ONE).content.decode()
        assert "不带 AI 标识" in browser(user).get(LIST).content.decode()
        assert "看不出来" in browser(user).get(f"{CHECK}?collection={collection.slug}").content.decode()


def test_questions_do_not_grow_with_presets_or_records(collection: Collection) -> None:
    client = browser(reviewer(collection))

    def queries() -> list[int]:
        counts = []
        for address in (LIST, ONE, f"{CHECK}?collection={collection.slug}"):
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        return counts

    ImageFactory(collection=collection)
    client.post(ONE, entries("dublin-core"))
    before = queries()
    ImageFactory.create_batch(3, collection=collection)
    for key in ("dat18", "dat50"):
        client.post(f"/exchange/presets/{key}/", entries(key))
    assert queries() == before
