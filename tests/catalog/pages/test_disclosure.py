"""The pages of 开放审核: who may enter, proposing what a filter leaves, and the second look."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.examination_words import ExaminationState, ExaminedState
from catalog.models import Examination, Image, SensitiveWord
from catalog.records import secrecy
from catalog.records.secrecy import Mark
from catalog.vocabulary import Disclosure, MarkPlace
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described

pytestmark = pytest.mark.django_db
OVERVIEW, NEW = "/review/disclosure/", "/review/disclosure/new/"
PROPOSED = {"disclosure": "open", "basis": "形成满二十五年", "with_hints": "on"}


@pytest.fixture
def image() -> Image:
    found: Image = ImageFileFactory(image=ImageFactory(public=True, internal=True)).image
    return described(found, title="石桥", notes="电话13812345678")


def proposed(image: Image, user: Any = None) -> Examination:
    """Propose what is in an image's collection over the page."""
    query = f"?collection={image.collection.slug}&disclosure=unexamined"
    response = browser(user or reviewer(image.collection)).post(NEW + query, PROPOSED)
    assert response.status_code == 302, response.content.decode()
    return Examination.objects.latest("pk")


def page_of(examination: Examination) -> str:
    return reverse("catalog:examination", args=[examination.pk])


class TestWhoMayEnter:
    def test_examiners_and_nobody_else(self, image: Image) -> None:
        examination = proposed(image)
        people = [None, stranger(), cataloguer(image.collection), reviewer(image.collection), administrator()]
        for address in (OVERVIEW, NEW, page_of(examination)):
            assert [browser(one).get(address).status_code for one in people] == [302, 403, 403, 200, 200], address
        elsewhere = browser(reviewer(CollectionFactory()))
        assert elsewhere.get(OVERVIEW).status_code == 200
        assert elsewhere.get(page_of(examination)).status_code == 404
        assert elsewhere.post(page_of(examination), {"action": "confirm", "seen": "1"}).status_code == 404

    def test_nobody_else_decides(self, image: Image) -> None:
        examination = proposed(image)
        for one, status in ((None, 302), (stranger(), 403), (cataloguer(image.collection), 403)):
            response = browser(one).post(page_of(examination), {"action": "confirm", "seen": "1"})
            assert response.status_code == status
            assert browser(one).post(NEW, PROPOSED).status_code == status
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED

    def test_a_filter_finds_no_record_of_another_collection(self, image: Image) -> None:
        page = browser(reviewer(CollectionFactory())).get(f"{NEW}?disclosure=unexamined").content.decode()
        assert "石桥" not in page


class TestTwoPeople:
    def test_one_proposes_and_another_confirms(self, image: Image) -> None:
        examination = proposed(image)
        second = browser(reviewer(image.collection))
        assert "形成满二十五年" in second.get(OVERVIEW).content.decode()
        page = second.get(page_of(examination)).content.decode()
        assert "138＊＊＊＊5678" in page
        assert "同意 1 幅" in page
        done = second.post(page_of(examination), {"action": "confirm", "seen": "1"}, follow=True)
        assert "已复审" in done.content.decode()
        image.refresh_from_db()
        assert image.is_public
        assert browser().get(image.get_absolute_url()).status_code == 200

    def test_who_proposed_is_not_offered_to_confirm_and_cannot(self, image: Image) -> None:
        user = reviewer(image.collection)
        examination = proposed(image, user)
        page = browser(user).get(page_of(examination)).content.decode()
        assert 'value="confirm"' not in page
        assert "须由另一位审核员复审" in page
        refused = browser(user).post(page_of(examination), {"action": "confirm", "seen": "1"}, follow=True)
        assert "初审和复审须是两个人" in refused.content.decode()
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED

    def test_what_changed_is_named_and_taken_as_it_is_now_by_whoever_says_so(self, image: Image) -> None:
        examination = proposed(image)
        described(image, title="改过的题名", notes="政审")
        second = browser(reviewer(image.collection))
        page = second.get(f"{page_of(examination)}?show=changed").content.decode()
        assert "初审之后著录内容变过" in page
        assert "有了新的提示" in page
        item = examination.items.get()
        seen = page.partition(f'name="seen-{item.pk}" value="')[2].partition('"')[0]
        data = {"action": "agree", "item": str(item.pk), f"seen-{item.pk}": seen}
        assert "列入 1 幅" in second.post(page_of(examination), data, follow=True).content.decode()
        second.post(page_of(examination), {"action": "confirm", "seen": "1"})
        image.refresh_from_db()
        assert image.disclosure == Disclosure.OPEN

    def test_what_changed_and_was_not_agreed_to_stays_closed_and_is_told(self, image: Image) -> None:
        examination = proposed(image)
        described(image, title="改过的题名")
        second = browser(reviewer(image.collection))
        second.post(page_of(examination), {"action": "confirm", "seen": "1"})
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED
        assert "须重新审核" in second.get(f"{page_of(examination)}?show=left_out").content.decode()

    def test_a_list_is_refused_taken_back_and_thinned_out(self, image: Image) -> None:
        second = browser(reviewer(image.collection))
        examination = proposed(image)
        item = str(examination.items.get().pk)
        assert (
            "剔除 1 幅"
            in second.post(page_of(examination), {"action": "leave_out", "item": item}, follow=True).content.decode()
        )
        assert (
            "没有提请复审"
            in second.post(page_of(examination), {"action": "confirm", "seen": "0"}, follow=True).content.decode()
        )
        second.post(page_of(examination), {"action": "take_back"})
        examination.refresh_from_db()
        assert examination.state == ExaminationState.TAKEN_BACK
        other = proposed(image)
        assert (
            "请写明退回的理由"
            in second.post(page_of(other), {"action": "refuse", "reason": ""}, follow=True).content.decode()
        )
        second.post(page_of(other), {"action": "refuse", "reason": "依据不足"})
        assert "依据不足" in second.get(page_of(other)).content.decode()


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"basis": ""}, "该字段是必填项。"),
            ({"disclosure": "unexamined"}, "选择一个有效的选项"),
            ({"disclosure": "deferred"}, "哪一天"),
            ({"disclosure": "deferred", "until": "2001-01-01"}, "还没有到"),
            ({"until": "x"}, "输入一个有效的日期"),
        ],
    )
    def test_a_proposal_comes_back_with_what_was_written_and_why(
        self, image: Image, changes: dict[str, str], told: str
    ) -> None:
        response = browser(reviewer(image.collection)).post(f"{NEW}?disclosure=unexamined", PROPOSED | changes)
        page = response.content.decode()
        assert response.status_code == 400
        assert told in page
        assert changes.get("basis", "形成满二十五年") in page
        assert not Examination.objects.exists()

    @pytest.mark.parametrize("query", ["", "?disclosure=nonsense", "?collection=nonsense", "?q=%00", "?date_from=x"])
    def test_a_filter_that_finds_nothing_proposes_nothing(self, image: Image, query: str) -> None:
        client = browser(reviewer(image.collection))
        assert client.get(NEW + query).status_code == 200
        if query != "?q=%00":
            response = client.post(NEW + query, PROPOSED)
            assert response.status_code == 400
            assert not Examination.objects.exists()

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"action": "open"},
            {"action": "confirm"},
            {"action": "confirm", "seen": "9" * 40},
            {"action": "confirm", "seen": "²"},
            {"action": "leave_out", "item": ["x", "9" * 30, "-1", "²"]},
            {"action": "agree", "item": "7"},
        ],
    )
    def test_nonsense_changes_nothing(self, image: Image, data: dict[str, Any]) -> None:
        examination = proposed(image)
        client = browser(reviewer(image.collection))
        assert client.post(page_of(examination), data).status_code == 302
        examination.refresh_from_db()
        assert examination.state == ExaminationState.PROPOSED
        assert examination.items.get().state == ExaminedState.PROPOSED

    @pytest.mark.parametrize("query", ["?show=nonsense", "?page=nonsense", "?page=999"])
    def test_a_page_that_is_not_there_is_the_nearest_one(self, image: Image, query: str) -> None:
        examination = proposed(image)
        assert browser(reviewer(image.collection)).get(page_of(examination) + query).status_code == 200

    def test_a_list_that_is_not_there(self, image: Image) -> None:
        assert browser(reviewer(image.collection)).get(f"{OVERVIEW}{2**40}/").status_code == 404


class TestWhatIsDue:
    def test_deferrals_that_are_over_and_records_that_are_held_are_counted(self, image: Image) -> None:
        Image.objects.filter(pk=image.pk).update(disclosure=Disclosure.DEFERRED, disclosure_until="2020-01-01")
        secrecy.hold(image=image, marks=[Mark(MarkPlace.READING, "秘密★")])
        client = browser(reviewer(image.collection))
        page = client.get(OVERVIEW).content.decode()
        assert page.count('class="is-urgent"') == 2
        assert "石桥" in client.get(f"{NEW}?due=1").content.decode()


def test_more_records_and_lists_cost_no_more_queries(image: Image) -> None:
    client, asked = browser(reviewer(image.collection)), []
    client.post(page_of(proposed(image)), {"action": "take_back"})
    for _more in range(2):
        examination = proposed(image)
        counts = []
        for address in (OVERVIEW, f"{NEW}?disclosure=unexamined", page_of(examination)):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        asked.append(counts)
        client.post(page_of(examination), {"action": "take_back"})
        for number in range(3):
            more = ImageFileFactory(image=ImageFactory(collection=image.collection, internal=True)).image
            described(more, title=f"桥{number}", notes="电话13912345678")
    assert asked[0] == asked[1]


class TestTheWorkbench:
    def act(self, user: Any, action: str, *images: Image, **more: str) -> Any:
        data = {"action": action, "_selected_action": [image.pk for image in images], **more}
        return browser(user).post("/admin/catalog/image/", data, follow=True)

    def test_a_selection_is_proposed_and_what_is_not_theirs_is_left_out(self, image: Image) -> None:
        theirs, user = ImageFactory(internal=True), reviewer(image.collection)
        from tests.factories import MembershipFactory

        MembershipFactory(user=user, collection=theirs.collection)
        asked = self.act(user, "examine_disclosure", image, theirs).content.decode()
        assert "另有 1 幅" in asked
        done = self.act(user, "examine_disclosure", image, theirs, begin="1", **PROPOSED)
        assert "第" in done.content.decode()
        assert [item.image_id for item in Examination.objects.get().items.all()] == [image.pk]
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED

    def test_what_is_open_is_withdrawn_for_a_reason(self) -> None:
        image = ImageFactory(public=True)
        user = reviewer(image.collection)
        assert "该字段是必填项。" in self.act(user, "withdraw_disclosure", image, begin="1", reason="").content.decode()
        self.act(user, "withdraw_disclosure", image, begin="1", reason="家属要求")
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED

    @pytest.mark.parametrize("action", ["examine_disclosure", "withdraw_disclosure"])
    def test_a_cataloguer_is_not_offered_either(self, action: str) -> None:
        image = ImageFactory(public=True)
        user = cataloguer(image.collection)
        self.act(user, action, image, begin="1", reason="因为", **PROPOSED)
        assert action not in browser(user).get("/admin/catalog/image/").content.decode()
        image.refresh_from_db()
        assert image.disclosure == Disclosure.OPEN
        assert not Examination.objects.exists()

    def test_a_records_page_shows_hints_and_says_who_opened_it(self, image: Image) -> None:
        page = browser(cataloguer(image.collection)).get(f"/admin/catalog/image/{image.pk}/change/").content.decode()
        assert "138＊＊＊＊5678" in page
        opened = ImageFactory(public=True)
        page = browser(administrator()).get(f"/admin/catalog/image/{opened.pk}/change/").content.decode()
        assert "升级前已公开" in page
        assert "没有经过初审和复审" in page

    def test_a_hold_is_cleared_by_reviewers_with_a_reason(self, image: Image) -> None:
        secrecy.hold(image=image, marks=[Mark(MarkPlace.READING, "秘密★")])
        address = reverse("admin:catalog_image_secrecy", args=[image.pk])
        record = reverse("admin:catalog_image_change", args=[image.pk])
        data = {"classification": "", "reason": "剧照"}
        people = [None, stranger(), cataloguer(image.collection), reviewer(CollectionFactory())]
        assert [browser(one).post(address, data).status_code for one in people] == [302, 404, 403, 404]
        shown = browser(cataloguer(image.collection)).get(record).content.decode()
        assert "请这份馆藏的审核员查看" in shown
        user = browser(reviewer(image.collection))
        assert user.get(address).status_code == 405
        user.post(address, {"reason": ""})
        image.refresh_from_db()
        assert image.secrecy_hold
        assert "已解除停用" in user.post(address, data, follow=True).content.decode()
        assert not Image.objects.held().exists()
        assert "剧照" in user.get(record).content.decode()

    def test_held_records_have_a_filter(self, image: Image) -> None:
        ImageFactory(collection=image.collection)
        secrecy.hold(image=image, marks=[Mark(MarkPlace.READING, "秘密★")])
        page = browser(reviewer(image.collection)).get("/admin/catalog/image/?held=1").content.decode()
        assert page.count('class="action-select"') == 1

    def test_the_words_are_edited_by_examiners_and_logged(self, image: Image) -> None:
        address = "/admin/catalog/sensitiveword/add/"
        data = {"word": "赤脚医生", "kind": "medical", "is_active": "on"}
        people = [None, stranger(), cataloguer(image.collection)]
        assert [browser(one).post(address, data).status_code for one in people] == [302, 403, 403]
        assert browser(reviewer(image.collection)).post(address, data).status_code == 302
        assert SensitiveWord.objects.filter(word="赤脚医生").exists()
        from catalog.models import Action
        from catalog.vocabulary import Verb

        assert Action.objects.get(verb=Verb.WORDS_CHANGED).details["word"] == "赤脚医生"

    def test_a_grade_is_not_lowered_by_the_form(self, image: Image) -> None:
        from catalog.records import entries

        user = reviewer(image.collection)
        entries.change_image(image=image, user=user, changes={"classification": "secret"})
        names = ("identifier", "negative_number", "see_also", "volume", "sheet", "access", "rights")
        form = {name: getattr(image, name) for name in names}
        form |= {f"initial-{name}": value for name, value in form.items()}
        form |= {"classification": "", "initial-classification": "secret"}
        form |= {"files-TOTAL_FORMS": "0", "files-INITIAL_FORMS": "0"}
        response = browser(user).post(f"/admin/catalog/image/{image.pk}/change/", form)
        assert "解除停用" in response.content.decode()
        image.refresh_from_db()
        assert image.classification == "secret"


def test_a_list_into_which_nothing_could_be_taken_opens_with_why(image: Image) -> None:
    examination = Examination.objects.create(
        collection=image.collection, disclosure="open", basis="依据", first_examiner=UserFactory(), state="proposed"
    )
    examination.items.create(image=image, state=ExaminedState.LEFT_OUT, reason="有草稿待审")
    page = browser(reviewer(image.collection)).get(page_of(examination))
    assert page.context["shown"] == ExaminedState.LEFT_OUT
    assert "有草稿待审" in page.content.decode()
