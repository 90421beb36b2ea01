"""The pages of photograph groups: who may, what one key does, what goes wrong in words."""

from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Image, PhotoGroup
from catalog.records import photo_groups
from catalog.records.photo_group_texts import describe
from catalog.vocabulary import Access, Disclosure
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, PhotoGroupFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db

LIST, CHANGE, PROPOSE = "/review/groups/", "/review/groups/change/", "/review/groups/propose/"


def grouped(collection: Collection, number: int = 3, **values: Any) -> PhotoGroup:
    group: PhotoGroup = PhotoGroupFactory(collection=collection, **values)
    images = [ImageFactory(collection=collection, photo_group=group) for _ in range(number)]
    for image in images:
        ImageFileFactory(image=image)
    group.position = images[0].pk
    group.save()
    return group


def own(group: PhotoGroup) -> str:
    return f"{LIST}{group.pk}/"


class TestWhoMay:
    """The four steps."""

    def test_a_visitor_is_asked_to_sign_in(self) -> None:
        group = grouped(CollectionFactory())
        for address in (LIST, own(group)):
            assert browser().get(address).headers["Location"].startswith("/login/")
        for address in (CHANGE, PROPOSE, own(group)):
            assert (
                browser()
                .post(address, {"act": "dissolve", "group": group.pk})
                .headers["Location"]
                .startswith("/login/")
            )
        assert PhotoGroup.objects.filter(pk=group.pk).exists()

    def test_who_works_on_nothing_is_refused(self) -> None:
        group = grouped(CollectionFactory())
        for user in (stranger(), auditor(group.collection)):
            client = browser(user)
            for answer in (
                client.get(LIST), client.get(own(group)), client.post(own(group)), client.post(PROPOSE),
                client.post(CHANGE, {"act": "dissolve", "group": group.pk}),
            ):  # fmt: skip
                assert answer.status_code == 403

    def test_who_works_on_another_collection_finds_nothing(self) -> None:
        group = grouped(CollectionFactory(title="别人的馆藏"))
        client = browser(cataloguer(CollectionFactory()))

        assert "别人的馆藏" not in client.get(f"{LIST}?collection={group.collection.slug}").content.decode()
        for answer in (
            client.get(own(group)), client.post(own(group), {"title": "校庆", "seen": 0}),
            client.post(CHANGE, {"act": "dissolve", "group": group.pk}),
            client.post(CHANGE, {"act": "undo", "collection": group.collection.slug}),
            client.post(PROPOSE, {"collection": group.collection.slug}),
        ):  # fmt: skip
            assert answer.status_code == 404

    def test_an_administrator_without_a_role_looks_and_changes_nothing(self) -> None:
        group = grouped(CollectionFactory())
        client = browser(administrator_only())

        assert 'value="dissolve"' not in client.get(LIST).content.decode()
        assert "填写说明" not in client.get(own(group)).content.decode()
        for answer in (
            client.post(own(group), {"title": "校庆", "seen": 0}),
            client.post(PROPOSE, {"collection": group.collection.slug}),
            client.post(CHANGE, {"act": "dissolve", "group": group.pk}),
        ):
            assert answer.status_code == 403

    @pytest.mark.parametrize("who", [cataloguer, reviewer])
    def test_members_look_and_change(self, who: Any) -> None:
        group = grouped(CollectionFactory())
        client = browser(who(group.collection))

        assert client.get(LIST).status_code == client.get(own(group)).status_code == 200
        assert client.post(CHANGE, {"act": "confirm", "group": group.pk}).status_code == 302
        assert PhotoGroup.objects.get().is_confirmed

    def test_a_restricted_photograph_is_shown_and_moved_by_reviewers_only(self) -> None:
        group = grouped(CollectionFactory())
        hidden = ImageFactory(collection=group.collection, photo_group=group, restricted=True, identifier="Z-密")
        out = {"act": "out", "group": group.pk, "image": hidden.pk}

        client = browser(cataloguer(group.collection))
        assert "Z-密" not in client.get(LIST).content.decode() + client.get(own(group)).content.decode()
        client.post(CHANGE, out)
        assert Image.objects.get(pk=hidden.pk).photo_group == group

        client = browser(reviewer(group.collection))
        assert "Z-密" in client.get(LIST).content.decode()
        client.post(CHANGE, out)
        assert Image.objects.get(pk=hidden.pk).photo_group is None


class TestChanging:
    """One key, one change."""

    @pytest.mark.parametrize("act", ["confirm", "split", "join", "previous", "next", "out", "dissolve"])
    def test_a_group_with_photographs_that_one_does_not_see_is_regrouped_by_those_who_see_them(self, act: str) -> None:
        collection = CollectionFactory()
        group, _next = grouped(collection), grouped(collection)
        first, *others = group.images.order_by("pk")
        Image.objects.filter(pk=others[-1].pk).update(access=Access.RESTRICTED, disclosure=Disclosure.UNEXAMINED)
        before = set(Image.objects.values_list("pk", "photo_group"))

        sent = {"act": act, "group": group.pk, "image": others[0].pk}
        answer = browser(cataloguer(collection)).post(CHANGE, sent, follow=True)

        assert "有您看不到的照片" in answer.content.decode()
        assert set(Image.objects.values_list("pk", "photo_group")) == before
        assert first.photo_group_id

    def test_split_join_move_and_undo_lead_to_the_group_that_is_next(self) -> None:
        group = grouped(CollectionFactory())
        keys = photo_groups.members(group)
        client = browser(cataloguer(group.collection))

        answer = client.post(CHANGE, {"act": "split", "group": group.pk, "image": keys[1]})
        created = PhotoGroup.objects.latest("pk")
        place = f"{LIST}?collection={group.collection.slug}&selected={created.pk}#group-{created.pk}"
        assert answer.headers["Location"] == place
        assert f'id="group-{created.pk}"' in client.get(place).content.decode()

        client.post(CHANGE, {"act": "previous", "group": created.pk, "image": keys[1]})
        assert photo_groups.members(group) == keys[:2]
        client.post(CHANGE, {"act": "undo", "collection": group.collection.slug})
        assert photo_groups.members(group) == keys[:1]
        client.post(CHANGE, {"act": "join", "group": group.pk})
        assert photo_groups.members(group) == keys

    def test_of_a_list_of_proposals_the_next_one_is_the_next_proposal(self) -> None:
        collection = CollectionFactory()
        first, between, last = (grouped(collection, 1) for _ in range(3))
        photo_groups.confirm(group=between, user=None)

        browser(cataloguer(collection)).post(CHANGE, {"act": "join", "group": first.pk, "state": "proposed"})

        assert not PhotoGroup.objects.filter(pk=last.pk).exists()
        assert photo_groups.members(first) == [between.position - 1, between.position + 1]

    @pytest.mark.parametrize(
        ("act", "words"),
        [
            ("split", "组里的第一幅"),
            ("join", "后面没有照片组"),
            ("next", "没有相邻的照片组"),
            ("previous", "没有相邻的照片组"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_changes_nothing(self, act: str, words: str) -> None:
        group = grouped(CollectionFactory())
        keys = photo_groups.members(group)

        answer = browser(cataloguer(group.collection)).post(
            CHANGE, {"act": act, "group": group.pk, "image": keys[0]}, follow=True
        )

        assert words in answer.content.decode()
        assert photo_groups.members(group) == keys

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"act": "split"},
            {"act": "nonsense", "group": 1},
            {"act": "join", "group": "一"},
            {"act": "join", "group": "9" * 30},
            {"act": "undo", "collection": "\x00"},
        ],
    )
    def test_nonsense_is_not_found(self, sent: dict[str, Any]) -> None:
        assert browser(cataloguer(CollectionFactory())).post(CHANGE, sent).status_code == 404

    def test_looking_for_groups_goes_on_where_it_stopped_and_says_what_it_made(self) -> None:
        collection = CollectionFactory()
        for at in range(4):
            ImageFileFactory(image=ImageFactory(collection=collection), original_name=f"校庆/{at}.jpg")
        client = browser(cataloguer(collection))
        asked = {"collection": collection.slug}

        told = client.post(PROPOSE, asked, headers={"Accept": "application/json"}).json()
        assert told == {"made": 1, "looked_at": 4, "next": None}
        assert "没有找到可以归为一组的照片" in client.post(PROPOSE, asked, follow=True).content.decode()
        page = client.get(LIST).content.decode()
        assert "依据：同一文件夹“校庆”、文件名编号相连" in page
        assert "待确认的建议 1 组" in page


class TestText:
    """The form of a group."""

    SAID: ClassVar = {"title": "校庆", "event": "", "date": "1958年", "place": "礼堂", "background": "", "number": "1"}

    def test_what_is_written_is_shown_offered_and_accepted_for_all(self) -> None:
        group = grouped(CollectionFactory())
        user = cataloguer(group.collection)
        client = browser(user)

        assert client.post(own(group), {**self.SAID, "seen": 0}).status_code == 302
        page = client.get(own(group)).content.decode()
        assert "有 6 条待采用" in page
        assert "组合照片说明" in page
        assert user.username in page

        # Somebody else has written of it since: nobody accepts what they have not read.
        for seen in ({}, {"seen": "0"}, {"seen": "²"}):
            refused = client.post(CHANGE, {"act": "accept", "group": group.pk, "back": "1", **seen}, follow=True)
            assert "没有采用" in refused.content.decode()
        assert set(Image.objects.values_list("place", flat=True)) == {""}
        client.post(CHANGE, {"act": "accept", "group": group.pk, "back": "1", "seen": "1"})
        assert set(Image.objects.values_list("place", "date_text")) == {("礼堂", "1958年")}
        assert "条待采用" not in client.get(own(group)).content.decode()

    def test_a_text_of_the_model_is_labelled(self) -> None:
        group = grouped(CollectionFactory())
        drafted(group.images.first(), event="师生在礼堂前庆祝建校十周年")
        describe(group=group, values={"event": "师生在礼堂前庆祝建校十周年"}, user=UserFactory(), seen=0)

        assert "AI 生成" in browser(cataloguer(group.collection)).get(own(group)).content.decode()

    def test_who_was_overtaken_keeps_their_words_and_saves_them_the_second_time(self) -> None:
        group = grouped(CollectionFactory())
        client = browser(cataloguer(group.collection))
        describe(group=group, values={"title": "运动会"}, user=UserFactory(), seen=0)

        answer = client.post(own(group), {**self.SAID, "seen": 0})
        page = answer.content.decode()
        assert answer.status_code == 400
        for words in ("刚刚被别人改过", "运动会", "礼堂", 'name="seen" value="1"'):
            assert words in page

        assert client.post(own(group), {**self.SAID, "seen": 1}).status_code == 302
        assert PhotoGroup.objects.get().title == "校庆"

    @pytest.mark.parametrize(
        ("values", "words"),
        [({"year": "五八年度"}, "四位数字"), ({"number": "7"}, "已有这个组号"), ({"date": "一" * 201}, "200")],
    )
    def test_what_cannot_be_saved_is_said_beside_the_field_and_nothing_is_lost(
        self, values: dict[str, str], words: str
    ) -> None:
        collection = CollectionFactory()
        described = photo_groups.confirm(group=grouped(collection, 1), user=None)
        describe(group=described, values={"number": "7"}, user=UserFactory(), seen=0)
        group = grouped(collection)
        answer = browser(cataloguer(collection)).post(own(group), {**self.SAID, "seen": 0, **values})
        page = answer.content.decode()
        assert answer.status_code == 400
        assert words in page
        assert "礼堂" in page
        assert PhotoGroup.objects.get(pk=group.pk).title == ""


@pytest.mark.parametrize("address", ["list", "own"])
def test_query_counts_do_not_grow(address: str) -> None:
    collection = CollectionFactory()
    group = grouped(collection, 2)
    client = browser(reviewer(collection))
    page = LIST if address == "list" else own(group)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    before = queries()
    for _ in range(3):
        grouped(collection, 4)
    for _ in range(5):
        ImageFileFactory(image=ImageFactory(collection=collection, photo_group=group))
    assert queries() == before
