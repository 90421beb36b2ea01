"""What reviewers and administrators keep through the interface: collections, prompts, memberships."""

import pytest

from catalog.models import Action, Membership, Prompt
from catalog.vocabulary import Role, Verb
from tests.catalog.api.calls import Program
from tests.catalog.people import administrator, administrator_only, cataloguer, reviewer
from tests.factories import CollectionFactory, PromptFactory, UserFactory

pytestmark = pytest.mark.django_db


class TestCollections:
    def test_an_administrator_makes_one_and_publishes_none(self) -> None:
        program = Program(administrator_only())

        made = program.post("collections/", {"slug": "box", "title": "老照片", "fonds_number": "J001"})
        public = program.post("collections/", {"slug": "open", "title": "老照片", "is_public": True})

        assert (made.status_code, made.json()["fonds_number"], public.status_code) == (201, "J001", 403)
        assert list(Action.objects.values_list("verb", flat=True)) == [Verb.COLLECTION_CREATED]

    def test_a_reviewer_changes_and_publishes_theirs(self) -> None:
        collection = CollectionFactory(slug="box")
        prompt = PromptFactory(slug="six")
        program = Program(reviewer(collection))
        tag = program.get("collections/box/")["ETag"]

        done = program.patch("collections/box/", {"is_public": True, "prompt": "six", "notes": "1958年"}, If_Match=tag)
        stale = program.patch("collections/box/", {"is_public": False}, If_Match=tag)

        assert (done.status_code, done.json()["is_public"], done.json()["prompt"]) == (200, True, "six")
        assert stale.status_code == 412
        assert stale.json()["changed"] == {"is_public": True, "prompt": "six", "notes": "1958年"}
        collection.refresh_from_db()
        assert (collection.is_public, collection.prompt) == (True, prompt)

    def test_cataloguers_and_readers_change_none(self) -> None:
        collection = CollectionFactory(slug="box", public=True)

        for user in (cataloguer(collection), UserFactory(), administrator_only()):
            assert Program(user).patch("collections/box/", {"title": "x"}, If_Match="*").status_code == 403

    def test_notes_are_told_to_members_only(self) -> None:
        collection = CollectionFactory(slug="box", public=True, notes="内部说明")

        assert Program(cataloguer(collection)).get("collections/box/").json()["notes"] == "内部说明"
        assert Program().get("collections/box/").json()["notes"] is None

    @pytest.mark.parametrize("body", [{"slug": "box", "title": "x"}, {"slug": "y"}, {"slug": "y z", "title": "x"}])
    def test_what_is_wrong_is_named(self, body: dict[str, str]) -> None:
        CollectionFactory(slug="box")

        response = Program(administrator()).post("collections/", body)

        assert (response.status_code, len(response.json()["errors"])) == (400, 1)


class TestPrompts:
    WORDING = {"text": "请描述。", "form": "sentence"}

    def test_a_reviewer_adds_one_and_a_wording(self) -> None:
        program = Program(reviewer(CollectionFactory()))

        made = program.post("prompts/", {"slug": "short", "name": "简短", **self.WORDING})
        more = program.post("prompts/short/versions/", {**self.WORDING, "text": "请用一句话描述。"})

        assert (made.status_code, more.status_code) == (201, 201), made.content
        assert [version["number"] for version in more.json()["versions"]] == [2, 1]
        assert Action.objects.filter(verb=Verb.PROMPT_REVISED).count() == 2

    def test_members_read_and_others_know_of_none(self) -> None:
        PromptFactory(slug="short")
        collection = CollectionFactory()

        assert Program(cataloguer(collection)).get("prompts/short/").status_code == 200
        assert Program(cataloguer(collection)).post("prompts/", {}).status_code == 403
        assert Program(UserFactory()).get("prompts/short/").status_code == 404
        assert Program().get("prompts/").json()["count"] == 0

    def test_a_wording_that_could_never_work_is_refused_and_nothing_is_made(self) -> None:
        program = Program(reviewer(CollectionFactory()))
        body = {"slug": "short", "name": "简短", "text": "x", "form": "six_elements", "schema": {"type": "nonsense"}}

        response = program.post("prompts/", body)

        assert (response.status_code, set(response.json()["errors"])) == (400, {"schema"})
        assert not Prompt.objects.filter(slug="short").exists()


class TestMemberships:
    def test_an_administrator_gives_and_takes_a_role(self) -> None:
        user = UserFactory(username="li")
        CollectionFactory(slug="box")
        program = Program(administrator_only())

        given = program.post("memberships/", {"user": "li", "role": "cataloguer", "collection": "box"})
        again = program.post("memberships/", {"user": "li", "role": "cataloguer", "collection": "box"})
        user.refresh_from_db()
        was_staff = user.is_staff
        taken = program.delete(f"memberships/{given.json()['id']}/")

        user.refresh_from_db()
        assert (given.status_code, again.json()) == (201, given.json())
        assert (was_staff, user.is_staff) == (True, False)
        assert (taken.status_code, Membership.objects.filter(user=user).exists()) == (204, False)
        assert [entry.verb for entry in Action.objects.order_by("pk")] == [Verb.ROLE_GIVEN, Verb.ROLE_TAKEN]

    def test_in_all_collections(self) -> None:
        UserFactory(username="li")

        response = Program(administrator_only()).post(
            "memberships/", {"user": "li", "role": "reviewer", "collection": None}
        )

        assert (response.status_code, response.json()["collection"]) == (201, None)
        assert Membership.objects.get(role=Role.REVIEWER).collection is None

    def test_nobody_else_reads_or_gives_any(self) -> None:
        collection = CollectionFactory(slug="box")
        member = reviewer(collection)
        key = Membership.objects.get().pk
        body = {"user": member.username, "role": "reviewer", "collection": None}

        for user in (member, UserFactory()):
            program = Program(user)
            assert program.get("memberships/").json()["count"] == 0
            assert program.post("memberships/", body).status_code == 403
            assert program.delete(f"memberships/{key}/").status_code == 404
        assert Membership.objects.count() == 1

    def test_who_there_is_not_is_named(self) -> None:
        response = Program(administrator_only()).post(
            "memberships/", {"user": "nobody", "role": "reviewer", "collection": None}
        )

        assert (response.status_code, set(response.json()["errors"])) == (400, {"user"})
