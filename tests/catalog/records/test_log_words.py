"""The action log in sentences that people read, of what the real functions write into it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.accounts import accounts, roles
from catalog.drafting.prompts import add_prompt_version
from catalog.knowledge.entries import delete_base, save_base, save_entry
from catalog.models import Action, Image, KnowledgeEntry
from catalog.records import entries, log_words, near_duplicates, photo_group_texts, photo_groups
from catalog.records.log_words import changes_of, person_of, sentence_of
from catalog.review import decisions, undoing
from catalog.vocabulary import Role, Verb
from tests.factories import (
    ActionFactory,
    BatchFactory,
    CollectionFactory,
    ImageFactory,
    KnowledgeBaseFactory,
    PromptVersionFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> User:
    return UserFactory(username="wangfang", last_name="王", first_name="芳")


def last() -> str:
    return sentence_of(Action.objects.order_by("-pk")[0])


def test_every_verb_has_a_sentence_of_its_own() -> None:
    assert set(log_words._SENTENCES) == set(Verb)


class TestDecisions:
    @pytest.mark.parametrize(
        ("decide", "said"),
        [
            (lambda draft, user: decisions.accept(annotation=draft, user=user), "王芳采用了 2024-017 的“题名”草稿"),
            (
                lambda draft, user: decisions.edit_and_accept(annotation=draft, user=user, value="木桥"),
                "王芳修改后采用了 2024-017 的“题名”草稿",
            ),
            (lambda draft, user: decisions.reject(annotation=draft, user=user), "王芳退回了 2024-017 的“题名”草稿"),
            (
                lambda draft, user: decisions.reject(annotation=draft, user=user, reason="人物不对"),
                "王芳退回了 2024-017 的“题名”草稿：人物不对",
            ),
        ],
    )
    def test_about_a_draft(self, wang: User, decide: Callable[[Any, User], Any], said: str) -> None:
        image = drafted(ImageFactory(identifier="2024-017"), title="石桥")
        decide(image.annotations.get(), wang)
        assert last() == said

    def test_by_hand_restored_and_undone(self, wang: User) -> None:
        since, image = timezone.now(), described(ImageFactory(identifier="2024-017"), place="云溪")
        described(image, place="云溪镇", user=wang)
        assert last() == "王芳写了 2024-017 的“地点”"
        first, second = image.annotations.order_by("pk")
        decisions.restore(annotation=first, user=wang, seen=second.pk)
        assert last() == "王芳恢复了 2024-017 的“地点”从前的内容"
        undoing.undo_last(user=wang, since=since, images=Image.objects.all())
        assert last() == "王芳撤销了对 2024-017 的 1 项决定"


class TestThings:
    def test_an_image_says_which_of_its_columns_changed_and_how(self, wang: User) -> None:
        image = ImageFactory(identifier="2024-017", negative_number="D-2")
        entries.change_image(image=image, user=wang, changes={"negative_number": "D-3", "volume": "3"})
        assert last() == "王芳修改了 2024-017 的底片号、册号"
        changes = changes_of(Action.objects.order_by("-pk")[0])
        assert changes == [("底片号", "D-2", "D-3"), ("册号", "（空）", "3")]

    def test_a_collection(self, wang: User) -> None:
        made = entries.create_collection(user=wang, slug="county", title="县城旧影")
        assert last() == "王芳建立了馆藏“县城旧影”"
        entries.change_collection(collection=made, user=wang, changes={"is_public": True})
        assert last() == "王芳公开了馆藏“县城旧影”"
        entries.change_collection(collection=made, user=wang, changes={"is_public": False})
        assert last() == "王芳撤回了馆藏“县城旧影”的公开"
        entries.change_collection(collection=made, user=wang, changes={"introduction": "街景"})
        assert last() == "王芳修改了馆藏“县城旧影”的简介"

    def test_groups_of_look_alikes(self, wang: User) -> None:
        collection = CollectionFactory(title="县城旧影")
        keys = [image.pk for image in ImageFactory.create_batch(4, collection=collection)]
        one = near_duplicates.put_together(images=keys[:2], user=wang)
        assert last() == "王芳把“县城旧影”的 2 幅归为一个近似组"
        two = near_duplicates.put_together(images=keys[2:], user=wang)
        kept = near_duplicates.merge(groups=[one.pk, two.pk], user=wang)
        assert last() == "王芳合并了“县城旧影”的几个近似组"
        near_duplicates.split(group=kept, images=keys[:1], user=wang)
        assert last() == "王芳从“县城旧影”的一个近似组里拆出 1 幅"

    def test_a_prompt_and_a_knowledge_base(self, wang: User) -> None:
        prompt = PromptVersionFactory(prompt__slug="bridge").prompt
        add_prompt_version(prompt=prompt, text="描述。", form="sentence", max_new_tokens=64, schema=None, user=wang)
        assert last() == "王芳修订了提示词“bridge”，成为第 2 版"
        base = KnowledgeBaseFactory(slug="bridges")
        save_base(base=base, user=wang)
        assert last() == "王芳修改了知识库“bridges”"
        save_entry(entry=KnowledgeEntry(base=base, title="石桥", text="建于1912年。"), user=wang)
        assert last() == "王芳写了知识库“bridges”的条目“石桥”"
        delete_base(base=base, user=wang)
        assert last() == "王芳删除了知识库“bridges”"

    def test_a_batch(self, wang: User) -> None:
        batch = BatchFactory(collection__title="县城旧影")
        told = {
            Verb.BATCH_CREATED: "王芳建立了批次“批次”（缺少的）",
            Verb.BATCH_PAUSED: "王芳暂停了批次“批次”：磁盘满",
            Verb.BATCH_RESUMED: "王芳让批次“批次”继续",
            Verb.BATCH_RETRIED: "王芳让批次“批次”重试失败的 3 幅",
            Verb.BATCH_CANCELLED: "王芳取消了批次“批次”：磁盘满",
            Verb.BATCH_FINISHED: "批次“批次”已完成",
        }
        details = {"batch": batch.pk, "selection": "missing", "reason": "磁盘满", "images": 3}
        for verb, said in told.items():
            ActionFactory(verb=verb, user=wang, label="批次", details=details)
            assert last() == said


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        (Verb.DRAFT_REWORDED, {"field": "title"}, "王芳批量改写了 县城旧影 的“题名”草稿"),
        (Verb.DRAFT_WITHDRAWN, {"field": "title"}, "王芳收回了 县城旧影 的“题名”草稿"),
        (Verb.BULK_STARTED, {"records": 30}, "王芳对“县城旧影”的 30 幅开始批量改动"),
        (Verb.BULK_ENDED, {"records": 28}, "王芳对“县城旧影”的批量改动结束，改了 28 幅"),
        (Verb.DISCLOSURE_MIGRATED, {}, "升级时设定了“县城旧影”的开放标识"),
        (
            Verb.DISCLOSURE_PROPOSED,
            {"disclosure": "open", "basis": "满二十五年"},
            "王芳初审：“县城旧影”的一份清单拟定为开放：满二十五年",
        ),
        (
            Verb.DISCLOSURE_CONFIRMED,
            {"after": "open", "first_examiner": "li", "before": "unexamined"},
            "王芳复审：县城旧影 定为开放（初审 li）",
        ),
        (Verb.DISCLOSURE_REFUSED, {"reason": "有身份证号"}, "王芳复审退回了“县城旧影”的一份初审清单：有身份证号"),
        (Verb.DISCLOSURE_TAKEN_BACK, {}, "王芳收回了“县城旧影”的一份初审清单"),
        (Verb.DISCLOSURE_WITHDRAWN, {"reason": "家属来函"}, "王芳撤回了 县城旧影 的开放：家属来函"),
        (Verb.SECRECY_FOUND, {"marks": []}, "县城旧影 发现密级标志，已停用"),
        (Verb.SECRECY_CLEARED, {"reason": "已解密"}, "王芳解除了 县城旧影 的疑似涉密：已解密"),
        (Verb.AUDIT_PLANNED, {"audit": 7, "seed": 1}, "王芳建立了“县城旧影”的第 7 号抽检"),
        (
            Verb.AUDIT_JUDGED,
            {"audit": 7, "verdict": "passed", "faults": 2, "judged": 150},
            "“县城旧影”的第 7 号抽检判定完毕：合格（判定 150 项，有误 2 项）",
        ),
        (Verb.AUDIT_CLOSED, {"audit": 7, "state": "accepting"}, "王芳处置了“县城旧影”的第 7 号抽检：正在采用"),
        (Verb.LOT_ACCEPTED, {"audit": 7, "annotations": [1, 2]}, "王芳按第 7 号抽检成批采用了“县城旧影”的 2 条草稿"),
        (Verb.LOT_RELEASED, {"audit": 7, "annotations": [1]}, "王芳公开了“县城旧影”第 7 号抽检采用的 1 项"),
        (Verb.LOT_REJECTED, {"audit": 7, "annotations": [1]}, "王芳按第 7 号抽检成批退回了“县城旧影”的 1 条草稿"),
        (Verb.WORDS_CHANGED, {"word": "处分"}, "王芳在开放审核词表里写了“处分”"),
        (Verb.WORDS_CHANGED, {"words": ["处分", "病历"], "deleted": True}, "王芳从开放审核词表删去“处分、病历”"),
    ],
)
def test_bulk_changes_and_disclosure(wang: User, verb: Verb, details: dict[str, Any], said: str) -> None:
    ActionFactory(verb=verb, user=wang, label="县城旧影", details=details)
    assert last() == said


class TestAccounts:
    def test_roles_say_where_and_what_else_the_person_is(self, wang: User) -> None:
        boss = UserFactory(last_name="李", first_name="馆长", administrator=True)
        collection = CollectionFactory(title="县城旧影")
        roles.set_roles(account=wang, wanted={(Role.CATALOGUER, collection.pk), (Role.AUDITOR, None)}, by=boss)
        assert last() == "李馆长授予 wangfang 编目员角色（县城旧影）；wangfang同时是审计员"
        roles.set_roles(account=wang, wanted={(Role.AUDITOR, None)}, by=boss)
        assert last() == "李馆长收回了 wangfang 的编目员角色（县城旧影）；wangfang同时是审计员"
        roles.give(account=boss, role=Role.REVIEWER, collection=None, by=boss)
        assert last().endswith("同时是管理员")

    def test_a_role_in_a_collection_that_is_gone(self, wang: User) -> None:
        collection = CollectionFactory()
        roles.give(account=wang, role=Role.REVIEWER, collection=collection, by=None)
        roles.take_all_in(collection=collection, by=wang)
        collection.delete()
        entry = Action.objects.select_related("collection").order_by("-pk")[0]
        assert sentence_of(entry) == "王芳收回了 wangfang 的审核员角色（已删除的馆藏）"

    def test_an_account(self, wang: User) -> None:
        made = accounts.create_account(values={"username": "li"}, password="云溪1959!", roles=(), by=wang)
        assert last() == "王芳建立了账户 li"
        accounts.change_account(account=made, changes={"is_active": False}, by=wang)
        assert last() == "王芳停用了账户 li"
        accounts.change_account(account=made, changes={"is_active": True}, by=wang)
        assert last() == "王芳重新启用了账户 li"
        accounts.change_account(account=made, changes={"is_superuser": True}, by=wang)
        assert last() == "王芳让 li 成为管理员"
        accounts.set_password(account=made, password="石桥1959!", by=wang)
        assert last() == "王芳更换了账户 li 的密码"
        accounts.change_account(account=made, changes={"email": "li@example.org"}, by=wang)
        assert last() == "王芳修改了账户 li"


def test_who_has_no_name_is_called_by_the_account_and_nobody_is_the_system() -> None:
    assert person_of(ActionFactory(user=UserFactory(username="gast"))) == "gast"
    assert person_of(ActionFactory(user=None)) == "系统"


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("details", [{}, {"undone": 3, "split": None, "after": "x", "role": [], "images": "many"}])
def test_an_entry_of_which_the_details_are_not_known_is_told_all_the_same(verb: Verb, details: dict[str, Any]) -> None:
    entry = ActionFactory(verb=verb, label="2024-017", details=details)
    assert sentence_of(entry)
    changes_of(entry)


def test_groups_of_photographs(wang: User) -> None:
    collection = CollectionFactory()
    images = [ImageFactory(collection=collection, identifier=f"P-{number}").pk for number in range(3)]
    group = photo_groups.put_together(images=images, user=wang)
    assert last() == f"王芳调整了照片组“{group}”"
    photo_group_texts.describe(group=group, values={"title": "厂庆"}, seen=group.revision, user=wang)
    group.refresh_from_db()
    assert last() == f"王芳修改了“{group}”的组合照片说明"
