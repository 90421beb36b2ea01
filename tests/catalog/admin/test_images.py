"""The list of images, their administrative columns, and what is done to a selection."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from catalog.models import Action, Export, Image
from catalog.records import entries
from catalog.review import decisions
from catalog.vocabulary import Access, Verb
from tests.catalog.exported import sheets, texts
from tests.catalog.people import administrator, browser, cataloguer, reviewer, sent
from tests.factories import (
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    MembershipFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/image/"


def shown(user: User | None, **query: str) -> str:
    return browser(user).get(LIST, query).content.decode()


def test_the_page_shows_pages_and_leads_to_the_document() -> None:
    page = ImageFileFactory(role="page")
    document = DocumentFactory(image=page.image, original_name="纪念册.pdf")
    member = cataloguer(page.image.collection)

    page_of_image = browser(member).get(f"{LIST}{page.image.pk}/change/").content.decode()
    scans = browser(member).get("/admin/catalog/imagefile/").content.decode()

    assert f'id="scan-{page.pk}"' in page_of_image
    assert f'id="scan-{document.pk}"' not in page_of_image
    assert f'<a href="/media/{document.pk}/master/">纪念册.pdf</a>' in page_of_image
    assert "0 × 0" not in page_of_image + scans
    assert "纪念册.pdf" in scans


class TestTheList:
    def test_it_shows_thumbnails_words_and_drafts_with_their_label(self) -> None:
        file = ImageFileFactory()
        described(file.image, title="石桥")
        drafted(file.image, description="草稿里的话")
        page = shown(cataloguer(file.image.collection))
        assert f"/media/{file.pk}/thumbnail/" in page
        assert "石桥" in page
        assert "草稿里的话" in page
        assert '<span class="ai-label">AI 生成</span>' in page

    def test_an_accepted_heading_of_the_machine_keeps_its_label(self) -> None:
        image = drafted(description="机器写的")
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())
        assert '<span class="ai-label">AI 生成 · 人工审核</span> 机器写的' in shown(cataloguer(image.collection))

    def test_it_is_searched_as_the_public_pages_are(self) -> None:
        collection = CollectionFactory()
        described(ImageFactory(collection=collection, identifier="A-1"), title="石桥", place="云溪镇")
        described(ImageFactory(collection=collection, identifier="A-2"), title="石桥")
        page = shown(cataloguer(collection), q="桥 云溪")
        assert "A-1" in page
        assert "A-2" not in page

    def test_it_is_filtered_by_status_collection_source_and_draft(self) -> None:
        collection = CollectionFactory(slug="mine")
        accepted = drafted(ImageFactory(collection=collection, identifier="NR-MODEL"), description="桥")
        decisions.accept(annotation=accepted.annotations.get(), user=UserFactory())
        drafted(ImageFactory(collection=collection, identifier="NR-DRAFT"), place="镇")
        described(ImageFactory(collection=collection, identifier="NR-PERSON"), title="题名")
        described(ImageFactory(identifier="NR-ELSEWHERE"), title="题名")
        names = ["NR-MODEL", "NR-DRAFT", "NR-PERSON", "NR-ELSEWHERE"]

        def found(**query: str) -> list[str]:
            page = shown(administrator(), **query)
            return [name for name in names if name in page]

        assert found(collection="mine") == ["NR-MODEL", "NR-DRAFT", "NR-PERSON"]
        assert found(status__exact="to_review") == ["NR-DRAFT"]
        assert found(source="model") == ["NR-MODEL"]
        assert found(source="person") == ["NR-PERSON", "NR-ELSEWHERE"]
        assert found(source="draft") == ["NR-DRAFT"]
        assert found(draft="place") == ["NR-DRAFT"]
        assert found(draft="title") == []
        assert found(access__exact="restricted") == []

    def test_what_is_left_open_has_a_list_of_its_own(self) -> None:
        collection = CollectionFactory()
        described(ImageFactory(collection=collection, identifier="NR-OPEN"), title="待考", description="桥")
        described(ImageFactory(collection=collection, identifier="NR-DONE"), title="石桥")
        page = shown(cataloguer(collection), status__exact="to_research")
        assert "NR-OPEN" in page
        assert "NR-DONE" not in page
        assert '<span class="state state-open">待考</span>' in page
        assert '<span class="list-heading">桥</span>' in page

    def test_filters_name_only_the_collections_a_member_works_on(self) -> None:
        mine, theirs = CollectionFactory(title="我的馆藏"), CollectionFactory(title="别人的馆藏")
        ImageFactory(collection=theirs)
        page = shown(cataloguer(mine))
        assert "我的馆藏" in page
        assert "别人的馆藏" not in page

    def test_more_images_cost_no_more_queries(self, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        collection = CollectionFactory()
        client = browser(cataloguer(collection))
        for _more in range(3):
            for image in ImageFactory.create_batch(3, collection=collection):
                ImageFileFactory(image=image)
                drafted(image, description="草稿")
                described(image, title="石桥")
            # Session, user, are they a member, do they publish, collections to filter by, how many and of which they
            # see, the rows' keys, the rows, their files, their annotations; Django's own permissions twice, for the
            # lists of API tokens.
            with django_assert_max_num_queries(13):
                client.get(LIST)


class TestTheRecord:
    def form(self, image: Image, **changes: Any) -> dict[str, Any]:
        names = ("identifier", "negative_number", "see_also", "volume", "sheet", "access", "classification", "rights")
        names += ("responsibility",)
        inline = {"files-TOTAL_FORMS": "0", "files-INITIAL_FORMS": "0"}
        shown = {name: getattr(image, name) for name in names}
        return shown | {f"initial-{name}": value for name, value in shown.items()} | inline | changes

    def save(self, user: User | None, image: Image, **changes: Any) -> Any:
        return browser(user).post(f"{LIST}{image.pk}/change/", self.form(image, **changes))

    def test_a_cataloguer_changes_numbers(self) -> None:
        image = ImageFactory()
        user = cataloguer(image.collection)
        assert self.save(user, image, negative_number="D-7").status_code == 302
        image.refresh_from_db()
        assert image.negative_number == "D-7"
        assert Action.objects.get(verb=Verb.IMAGE_CHANGED).user == user

    def test_who_is_responsible_is_written_down(self) -> None:
        image = ImageFactory()
        assert self.save(cataloguer(image.collection), image, responsibility="县文化馆").status_code == 302
        image.refresh_from_db()
        assert image.responsibility == "县文化馆"

    def test_a_form_that_was_open_for_long_puts_back_no_accepted_value(self) -> None:
        image = ImageFactory()
        opened = self.form(image, rights="公有领域")
        described(image, title="刚写的题名")
        browser(administrator()).post(f"{LIST}{image.pk}/change/", opened)
        image.refresh_from_db()
        assert (image.title, image.rights) == ("刚写的题名", "公有领域")

    def test_a_form_that_was_open_for_long_reopens_no_image(self) -> None:
        image = ImageFactory()
        opened = self.form(image, rights="公有领域")
        entries.change_image(image=image, user=UserFactory(), changes={"access": Access.RESTRICTED})
        browser(administrator()).post(f"{LIST}{image.pk}/change/", opened)
        image.refresh_from_db()
        assert (image.access, image.rights) == (Access.RESTRICTED, "公有领域")

    def test_what_a_colleague_changed_meanwhile_is_not_replaced_unseen(self) -> None:
        image = ImageFactory(rights="旧的说明")
        opened = self.form(image, rights="我的说明")
        entries.change_image(image=image, user=UserFactory(), changes={"rights": "同事的说明"})
        response = browser(administrator()).post(f"{LIST}{image.pk}/change/", opened)
        image.refresh_from_db()
        assert image.rights == "同事的说明"
        assert "这一项刚刚被别人改过" in response.content.decode()

    def test_the_page_carries_the_values_it_shows(self) -> None:
        image = ImageFactory(rights="公有领域")
        page = browser(administrator()).get(f"{LIST}{image.pk}/change/").content.decode()
        assert '<input type="hidden" name="initial-rights" value="公有领域"' in page

    def test_access_is_changed_by_reviewers_only(self) -> None:
        image = ImageFactory()
        found = []
        for person in (cataloguer(image.collection), reviewer(image.collection)):
            self.save(person, image, access="restricted")
            image.refresh_from_db()
            found.append(image.access)
        assert found == [Access.INTERNAL, Access.RESTRICTED]

    def test_a_number_in_use_is_explained(self) -> None:
        first, second = ImageFactory.create_batch(2, collection=CollectionFactory())
        response = self.save(administrator(), second, identifier=first.identifier)
        assert response.status_code == 200
        assert "同一馆藏里已有这个照片号" in response.content.decode()

    def test_an_image_is_kept_and_no_link_promises_otherwise(self) -> None:
        image = drafted(ImageFileFactory().image, description="草稿")
        path = f"{LIST}{image.pk}/delete/"
        for person in (cataloguer(image.collection), reviewer(image.collection), administrator()):
            assert browser(person).post(path, {"post": "yes"}).status_code == 403
            assert path not in browser(person).get(f"{LIST}{image.pk}/change/").content.decode()
        assert Image.objects.filter(pk=image.pk).exists()


class TestASelection:
    def act(self, user: User | None, action: str, *images: Image) -> Any:
        data = {"action": action, "_selected_action": [image.pk for image in images]}
        return browser(user).post(LIST, data, follow=True)

    def test_access_is_set_where_the_user_publishes_and_nowhere_else(self) -> None:
        mine, theirs = ImageFactory(), ImageFactory()
        user = reviewer(mine.collection)
        MembershipFactory(user=user, collection=theirs.collection)
        response = self.act(user, "restrict_access", mine, theirs)
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.access, theirs.access) == (Access.RESTRICTED, Access.INTERNAL)
        assert "另有 1 幅未改" in response.content.decode()

    def test_a_cataloguer_is_not_offered_to_set_access(self) -> None:
        image = ImageFactory()
        user = cataloguer(image.collection)
        assert "restrict_access" not in shown(user)
        self.act(user, "restrict_access", image)
        image.refresh_from_db()
        assert image.access == Access.INTERNAL

    def test_it_is_exported_as_csv_for_excel_and_logged(self) -> None:
        collection = CollectionFactory()
        chosen = described(ImageFactory(collection=collection, identifier="A-1"), title="=石桥")
        drafted(chosen, description="草稿里的话")
        ImageFactory(collection=collection, identifier="A-2")
        user = cataloguer(collection)
        response = self.act(user, "export_csv", chosen)
        content = sent(response).decode()
        assert response["Content-Disposition"].startswith("attachment")
        assert content.startswith("\ufeff")
        heading, *rows = csv.reader(io.StringIO(content.removeprefix("\ufeff")))
        assert len(rows) == 1
        row = dict(zip(heading, rows[0], strict=True))
        assert (row["照片号"], row["题名"]) == ("A-1", "'=石桥")
        assert "草稿里的话" in rows[0]
        entry = Action.objects.get(verb=Verb.CATALOGUE_EXPORTED)
        assert (entry.user, entry.collection, entry.details["images"]) == (user, collection, 1)

    def test_it_is_exported_as_a_workbook(self) -> None:
        chosen = described(ImageFactory(identifier="0012"), title="=石桥")
        response = self.act(cataloguer(chosen.collection), "export_xlsx", chosen)
        heading, row = texts(sheets(sent(response))["目录"])
        assert (heading[0], row[0], row[4]) == ("照片号", "0012", "=石桥")

    def test_many_are_left_to_the_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("catalog.exchange.exports.planning.AT_ONCE", 0)
        image = ImageFactory()
        response = self.act(cataloguer(image.collection), "export_csv", image)
        assert "在后台制作" in response.content.decode()
        assert Export.objects.get().state == Export.State.PENDING

    def test_an_export_holds_nothing_of_other_collections(self) -> None:
        mine, theirs = ImageFactory(identifier="MINE"), ImageFactory(identifier="THEIRS")
        response = self.act(cataloguer(mine.collection), "export_csv", mine, theirs)
        content = sent(response).decode()
        assert "MINE" in content
        assert "THEIRS" not in content

    def test_an_export_in_english_has_english_headings_to_the_end(self) -> None:
        image = ImageFactory(identifier="A-1")
        client = browser(cataloguer(image.collection))
        client.cookies["django_language"] = "en"
        response = client.post(LIST, {"action": "export_csv", "_selected_action": [image.pk]}, follow=True)
        client.get("/search/")
        content = sent(response)
        assert b"A-1" in content
        assert "照片号".encode() not in content
