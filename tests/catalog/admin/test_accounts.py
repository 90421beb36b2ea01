"""One form makes an account with its roles, changes it and switches it off; a password made up is shown once."""

import re
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.accounts import roles
from catalog.accounts.roles import held_by
from catalog.models import Action, Collection
from catalog.vocabulary import Role, Verb
from tests.catalog.people import administrator_only, browser, cataloguer
from tests.factories import CollectionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:auth_user_changelist")
ADD = reverse("admin:auth_user_add")
SHOWN = re.compile(r'id="issued-key"[^>]*value="([^"]+)"')


@pytest.fixture
def boss() -> User:
    return administrator_only()


@pytest.fixture
def client(boss: User) -> Client:
    return browser(boss)


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(title="县城旧影")


def new(*chosen: str, **changes: Any) -> dict[str, Any]:
    given = {"username": "wang", "last_name": "王", "first_name": "芳", "email": "", "is_active": "on"}
    return given | {"password_mode": "generate", "password": "", "roles": list(chosen)} | changes


def page_of(account: User) -> str:
    return reverse("admin:auth_user_change", args=[account.pk])


def as_opened(client: Client, account: User) -> dict[str, Any]:
    """Return what a browser sends of the page as it is, its hidden values too."""
    form = client.get(page_of(account)).context["adminform"].form
    sent: dict[str, Any] = {"password_mode": "keep", "password": ""}
    for name in (*form.Meta.fields, "roles"):
        value = form[name].value()
        sent[name], sent[f"initial-{name}"] = ("on" if value is True else value), value
    return {name: value for name, value in sent.items() if value not in (None, False)}


class TestMaking:
    def test_an_account_is_made_with_roles_in_one_step_and_its_password_shown_once(
        self, client: Client, boss: User, collection: Collection
    ) -> None:
        response = client.post(ADD, new(f"cataloguer:{collection.pk}", "auditor:all"))
        page = response.content.decode()
        password = SHOWN.search(page)
        assert password is not None
        assert "no-store" in response["Cache-Control"]
        account = authenticate(HttpRequest(), username="wang", password=password[1])
        assert account is not None
        assert held_by(account) == {(Role.CATALOGUER, collection.pk), (Role.AUDITOR, None)}
        assert (account.is_staff, account.is_superuser) == (True, False)
        assert "编目员（县城旧影）；审计员（所有馆藏）" in page
        assert password[1] not in client.get(LIST).content.decode()
        made = Action.objects.filter(user=boss).values_list("verb", flat=True)
        assert sorted(made) == [Verb.ACCOUNT_CREATED, Verb.ROLE_GIVEN, Verb.ROLE_GIVEN]
        assert browser(account).get(reverse("admin:index")).status_code == 200

    def test_a_password_may_be_typed_and_is_shown_nowhere(self, client: Client) -> None:
        response = client.post(ADD, new("reviewer:all", password_mode="type", password="云溪1959!桥"))
        assert response.status_code == 302
        assert authenticate(HttpRequest(), username="wang", password="云溪1959!桥") is not None

    @pytest.mark.parametrize("password", ["", "12345678", "短", "password1"])
    def test_a_weak_password_makes_nothing_and_loses_nothing(self, client: Client, password: str) -> None:
        response = client.post(ADD, new("reviewer:all", password_mode="type", password=password))
        page = response.content.decode()
        assert response.status_code == 200
        assert response.context["adminform"].form.errors["password"]
        assert re.search(r'value="reviewer:all"\s+checked', page)
        assert not User.objects.filter(username="wang").exists()

    @pytest.mark.parametrize(
        "chosen", ["boss:all", "reviewer:", "reviewer:999999", "reviewer:１", f"reviewer:{'9' * 40}", "\x00"]
    )
    def test_a_role_that_there_is_not_is_refused(self, client: Client, chosen: str) -> None:
        response = client.post(ADD, new(chosen))
        assert response.context["adminform"].form.errors["roles"]
        assert not User.objects.filter(username="wang").exists()

    def test_a_name_that_is_taken_is_told_beside_it(self, client: Client) -> None:
        UserFactory(username="wang")
        assert client.post(ADD, new()).context["adminform"].form.errors["username"]


class TestChanging:
    def test_roles_are_given_and_taken_by_the_boxes(self, client: Client, collection: Collection) -> None:
        account = cataloguer(collection)
        sent = as_opened(client, account) | {"roles": ["reviewer:all"]}
        assert client.post(page_of(account), sent).status_code == 302
        assert held_by(account) == {(Role.REVIEWER, None)}
        told = Action.objects.order_by("pk").values_list("verb", flat=True)
        assert list(told) == [Verb.ROLE_TAKEN, Verb.ROLE_GIVEN]

    def test_a_page_that_was_open_for_long_undoes_nothing(
        self, client: Client, boss: User, collection: Collection
    ) -> None:
        account = cataloguer(collection)
        opened = as_opened(client, account)
        roles.set_roles(account=account, wanted={(Role.AUDITOR, None)}, by=boss)
        User.objects.filter(pk=account.pk).update(last_name="李")
        sent = opened | {"roles": [f"cataloguer:{collection.pk}", "reviewer:all"], "first_name": "芳"}
        assert client.post(page_of(account), sent).status_code == 302
        account.refresh_from_db()
        assert (account.last_name, account.first_name) == ("李", "芳")
        assert held_by(account) == {(Role.AUDITOR, None), (Role.REVIEWER, None)}

    def test_a_new_password_is_made_up_and_shown(self, client: Client, collection: Collection) -> None:
        account = cataloguer(collection)
        page = client.post(page_of(account), as_opened(client, account) | {"password_mode": "generate"})
        password = SHOWN.search(page.content.decode())
        assert password is not None
        assert authenticate(HttpRequest(), username=account.username, password=password[1]) == account

    def test_saving_without_a_change_writes_no_entry(self, client: Client, collection: Collection) -> None:
        account = cataloguer(collection)
        assert client.post(page_of(account), as_opened(client, account)).status_code == 302
        assert not Action.objects.exists()

    def test_the_last_administrator_is_told_so_beside_the_form(self, client: Client, boss: User) -> None:
        sent = as_opened(client, boss)
        del sent["is_superuser"]
        response = client.post(page_of(boss), sent)
        assert "最后一个能用的管理员" in response.content.decode()
        boss.refresh_from_db()
        assert boss.is_superuser

    def test_an_account_is_switched_off_and_on_and_never_deleted(self, client: Client, collection: Collection) -> None:
        account = cataloguer(collection)
        for action, expected in (("switch_off", False), ("switch_on", True)):
            client.post(LIST, {"action": action, "_selected_action": [account.pk]})
            account.refresh_from_db()
            assert account.is_active == expected
        assert Action.objects.filter(verb=Verb.ACCOUNT_CHANGED).count() == 2
        address = reverse("admin:auth_user_delete", args=[account.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
        assert "delete_selected" not in client.get(LIST).content.decode()

    def test_switching_off_a_selection_leaves_one_administrator(self, client: Client, boss: User) -> None:
        response = client.post(LIST, {"action": "switch_off", "_selected_action": [boss.pk]}, follow=True)
        assert "最后一个能用的管理员" in response.content.decode()
        boss.refresh_from_db()
        assert boss.is_active


def test_the_list_says_what_everybody_may_do_and_costs_the_same_however_many(
    client: Client, collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    MembershipFactory(user=UserFactory(username="li"), collection=collection, reviewer=True)
    client.get(LIST)
    # Session, user, how many twice, the accounts, their memberships, the filter's own.
    for _more in range(2):
        with django_assert_max_num_queries(7):
            page = client.get(LIST).content.decode()
        for _account in range(5):
            MembershipFactory(collection=collection)
    assert "审核员（县城旧影）" in page


def test_an_administrator_without_a_role_is_told_so_on_the_first_page(client: Client) -> None:
    assert "可以查看所有馆藏，不能改内容" in client.get("/admin/").content.decode()
    assert "不能改内容" not in browser(UserFactory(head=True)).get("/admin/").content.decode()


def test_a_collection_that_goes_takes_its_roles_with_it_and_the_log_says_so(client: Client) -> None:
    collection = MembershipFactory().collection
    address = reverse("admin:catalog_collection_delete", args=[collection.pk])
    assert client.post(address, {"post": "yes"}).status_code == 302
    assert not Collection.objects.exists()
    assert Action.objects.get().verb == Verb.ROLE_TAKEN
