"""The pages for packages: ordering one, what is told of it, making, fetching, and who may."""

import io
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.exchange.packages import places, zipping
from catalog.exchange.packages.jobs import PackageMaking
from catalog.exchange.packages.verifying import verify
from catalog.models import Collection, Image, ImageFile, Membership, Package
from catalog.pages.exchange.packages import fetching, told
from tests.catalog.exchange.packages.conftest import fonds, package_dir, photograph
from tests.catalog.people import administrator_only, browser, cataloguer, reviewer, sent, stranger
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

__all__ = ["fonds", "package_dir"]

NEW = "/exchange/packages/new/"
ATTACH = {"kind": "attach", "grouping": "volume", "table": "xlsx"}


def work() -> None:
    """Do what waits, as the worker does."""
    job = PackageMaking()
    while job.claim():
        job.step()


def ordered(client: Client, **more: str) -> Package:
    response = client.post(NEW, ATTACH | more)
    assert response.status_code == 302, response.content.decode()
    package = Package.objects.latest("pk")
    assert response["Location"] == f"/exchange/packages/{package.pk}/"
    return package


def done(client: Client, **more: str) -> Package:
    package = ordered(client, **more)
    work()
    client.post(f"/exchange/packages/{package.pk}/", {"action": "begin", "wrong_names": "substitute"})
    work()
    package.refresh_from_db()
    assert package.state == Package.State.DONE, package.reason
    return package


@pytest.fixture
def user(fonds: Collection) -> User:
    return cataloguer(fonds)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_visitors_are_led_to_sign_in_and_others_told_that_it_is_not_for_them(fonds: Collection) -> None:
    for address in ("/exchange/packages/", NEW):
        assert browser().get(address).status_code == 302
        assert browser(UserFactory()).get(address).status_code == 403
        assert browser(stranger()).get(address).status_code == 403
        assert browser(cataloguer(fonds)).get(address).status_code == 200


def test_a_package_is_ordered_looked_over_begun_and_fetched(user: User) -> None:
    client = browser(user)
    package = ordered(client)
    page = f"/exchange/packages/{package.pk}/"
    assert "正在核对" in text(client, page)
    assert client.get(f"{page}progress/").json()["live"] is True
    work()
    looked = text(client, page)
    assert "将写入 <strong>3</strong> 条记录、<strong>4</strong> 个扫描件" in " ".join(looked.split())
    assert "所有文件都能照档号命名" in looked

    assert client.post(page, {"action": "begin"}).status_code == 302
    assert client.get(f"{page}progress/").json()["state"] == "等待"
    work()

    shown = text(client, page)
    assert str(places.place_of(package)) in shown
    assert f"verify_package {places.place_of(package)}" in shown
    response = client.get(f"{page}file/")
    assert response["Content-Disposition"].endswith(".zip") or "zip" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store, private" or "no-store" in response["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(sent(response))) as archive:
        assert archive.testzip() is None
        assert f"{package.name}/0012/1956/3/0012-ZP-0001_背.jpg" in archive.namelist()
        archive.extractall(places.all_packages() / "unpacked")
    assert verify(places.all_packages() / "unpacked" / package.name).problems == []


def test_a_filter_narrows_what_is_packed(user: User) -> None:
    client = browser(user)
    assert "选中 <strong>2</strong> 条记录" in " ".join(text(client, f"{NEW}?status=described").split())

    client.post(f"{NEW}?status=described", ATTACH)

    package = Package.objects.get()
    assert (package.records, package.selection) == (2, "状态：已著录")


def test_a_filter_that_makes_no_sense_orders_nothing(user: User) -> None:
    response = browser(user).post(f"{NEW}?status=nonsense", ATTACH)

    assert response.status_code == 400
    assert "筛选条件有误" in response.content.decode()
    assert not Package.objects.exists()


@pytest.mark.parametrize("wrong", [{"kind": "tar"}, {"grouping": ""}, {"table": "xls"}])
def test_a_kind_that_there_is_not_is_refused_and_what_was_chosen_stays(user: User, wrong: dict[str, str]) -> None:
    response = browser(user).post(NEW, ATTACH | {"kind": "bag"} | wrong)

    assert response.status_code == 400
    assert "请从列出的里选" in response.content.decode() or "请选择" in response.content.decode()
    assert not Package.objects.exists()


def test_nothing_chosen_is_told(user: User) -> None:
    response = browser(user).post(f"{NEW}?q=没有这样的记录", ATTACH)

    assert response.status_code == 400
    assert "没有符合条件的记录" in response.content.decode()


def test_what_will_be_wrong_is_shown_and_has_to_be_decided(user: User, fonds: Collection) -> None:
    photograph(fonds, "0012/ZP:9")
    Path(ImageFile.objects.get(image__identifier="0012-ZP-0002").master.path).unlink()
    client = browser(user)
    package = ordered(client)
    work()
    page = f"/exchange/packages/{package.pk}/"

    shown = " ".join(text(client, page).split())
    assert "含有 Windows 不允许的字符" in shown
    assert "0012/年度不详/未分册/0012／ZP：9.jpg" in shown
    assert "找不到扫描原图" in shown
    assert "怎么办" in shown
    table = sent(client.get(f"{page}problems.csv")).decode("utf-8-sig")
    assert "0012/ZP:9,0012/年度不详/未分册/0012／ZP：9.jpg,含有 Windows 不允许的字符" in table
    refused = client.post(page, {"action": "begin"}, follow=True).content.decode()
    assert "请先选" in refused
    client.post(page, {"action": "begin", "wrong_names": "skip"})
    work()

    assert "名称有问题，按要求跳过" in text(client, page)


def test_nonsense_actions_are_told(user: User) -> None:
    client = browser(user)
    package = ordered(client)

    response = client.post(f"/exchange/packages/{package.pk}/", {"action": "explode"}, follow=True)

    assert "没有这个操作" in response.content.decode()


def test_only_whoever_ordered_it_begins_it_and_administrators_may_stop_it(user: User, fonds: Collection) -> None:
    package = ordered(browser(user))
    work()
    page = f"/exchange/packages/{package.pk}/"

    assert browser(reviewer(fonds)).post(page, {"action": "begin"}).status_code == 403
    assert browser(reviewer(fonds)).post(page, {"action": "cancel"}).status_code == 403
    assert browser(cataloguer(fonds)).get(page).status_code == 404
    assert browser(administrator_only()).post(page, {"action": "cancel"}).status_code == 302

    package.refresh_from_db()
    assert package.state == Package.State.CANCELLED


def test_who_may_not_see_the_records_any_more_fetches_nothing_and_reads_no_names(user: User, fonds: Collection) -> None:
    photograph(fonds, "0012/ZP:9")
    client = browser(user)
    package = done(client)
    Membership.objects.filter(user=user).update(collection=Collection.objects.create(slug="other", title="别的"))
    page = f"/exchange/packages/{package.pk}/"

    assert client.get(f"{page}file/").status_code == 403
    assert client.get(f"{page}problems.csv").status_code == 403
    shown = text(client, page)
    assert "0012/ZP:9" not in shown
    assert str(places.place_of(package)) not in shown


def test_a_record_that_was_held_back_since_is_not_given_out(user: User) -> None:
    client = browser(user)
    package = done(client)
    Image.objects.filter(identifier="0012-ZP-0002").update(secrecy_hold=True)

    response = client.get(f"/exchange/packages/{package.pk}/file/", follow=True)

    assert "疑似涉密停用，不能下载" in response.content.decode()


def test_a_large_package_is_fetched_from_its_folder(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(user)
    package = done(client)
    for module in (fetching, told):
        monkeypatch.setattr(module, "MOST_BYTES", 10)
    page = f"/exchange/packages/{package.pk}/"

    assert "下载 ZIP" not in text(client, page)
    assert "请到服务器的文件夹里取" in client.get(f"{page}file/", follow=True).content.decode()
    assert zipping.MOST_BYTES > 10


def test_a_package_that_somebody_moved_away_is_told(user: User) -> None:
    client = browser(user)
    package = done(client)
    places.remove(package.pk)
    page = f"/exchange/packages/{package.pk}/"

    assert "已经不在磁盘上" in text(client, page)
    assert "已经不在磁盘上" in client.get(f"{page}file/", follow=True).content.decode()


def test_removing_takes_it_off_the_disk(user: User) -> None:
    client = browser(user)
    package = done(client)

    client.post(f"/exchange/packages/{package.pk}/", {"action": "remove"})

    assert not places.place_of(package).exists()
    assert "已到期删除" in text(client, "/exchange/packages/")


def test_a_machine_without_exiftool_says_what_to_install(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from catalog.exchange.packages import exiftool

    exiftool.version.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        assert "apt-get install libimage-exiftool-perl" in text(browser(user), NEW)
    finally:
        exiftool.version.cache_clear()


def test_the_list_asks_as_much_of_ten_packages_as_of_one(user: User, settings: Settings) -> None:
    client = browser(user)
    ordered(client)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(client, "/exchange/packages/")
        counts.append(len(queries))
        for _number in range(9):
            ordered(client)

    assert counts[0] == counts[1]


def test_pages_read_in_english(user: User) -> None:
    client = browser(user)
    client.cookies["django_language"] = "en"
    package = done(client)

    assert client.get(f"/exchange/packages/{package.pk}/").status_code == 200
    assert client.get(NEW).status_code == 200
