"""Opening takes two people, a basis and a day; what changed in between is not opened unseen."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.examination_words import ExaminationState, ExaminedState
from catalog.exceptions import ExaminationRefused
from catalog.models import Action, Examination, Image, ImageFile, Reading, SensitiveWord
from catalog.records import entries, secrecy
from catalog.records.secrecy import Mark
from catalog.review.disclosure import examinations
from catalog.review.disclosure.examinations import Proposal, propose
from catalog.review.disclosure.hints import digests_of, hints_of
from catalog.review.disclosure.withdrawing import withdraw
from catalog.review.jobs import Examining
from catalog.vocabulary import Access, Disclosure, MarkPlace, Verb
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described

pytestmark = pytest.mark.django_db

OPENING = Proposal(Disclosure.OPEN, "形成满二十五年")


def proposed(*images: Image, user: Any = None, proposal: Proposal = OPENING) -> Examination:
    """Return a list of images of one collection that waits for its second examiner."""
    chosen = Image.objects.filter(pk__in=[image.pk for image in images])
    [made] = propose(images=chosen, proposal=proposal, user=user or UserFactory())
    return made


def confirmed(examination: Examination, user: Any = None) -> Examination:
    seen = examination.items.filter(state=ExaminedState.PROPOSED).count()
    return examinations.confirm(examination=examination, user=user or UserFactory(), seen=seen)


def fresh(**values: Any) -> Image:
    """Return a record that nobody has examined, in a public collection."""
    return ImageFactory(public=True, internal=True, **values)


def reason_of(examination: Examination, image: Image) -> str:
    return str(examination.items.get(image=image).reason)


class TestTwoPeople:
    def test_what_one_proposes_and_another_confirms_is_open_with_both_names(self) -> None:
        image, first, second = fresh(), UserFactory(), UserFactory()
        examination = proposed(image, user=first)
        image.refresh_from_db()
        assert (examination.state, image.disclosure) == (ExaminationState.PROPOSED, Disclosure.UNEXAMINED)
        assert not Image.objects.public().exists()

        assert confirmed(examination, second).state == ExaminationState.DONE

        image.refresh_from_db()
        assert image.is_public
        assert image in Image.objects.public()
        assert (image.disclosure_first_examiner, image.disclosure_second_examiner) == (first, second)
        assert (image.disclosure_basis, image.disclosure_decided_on) == ("形成满二十五年", timezone.localdate())
        entry = Action.objects.get(verb=Verb.DISCLOSURE_CONFIRMED)
        assert (entry.user, entry.image_id, entry.details["first_examiner"]) == (second, image.pk, first.get_username())
        assert Action.objects.get(verb=Verb.DISCLOSURE_PROPOSED).user == first

    def test_nobody_confirms_what_they_proposed(self) -> None:
        image, user = fresh(), UserFactory()
        examination = proposed(image, user=user)
        with pytest.raises(ExaminationRefused, match="须是两个人"):
            confirmed(examination, user)
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED

    @pytest.mark.parametrize(
        "lacking",
        [
            {"disclosure_basis": ""},
            {"disclosure_decided_on": None},
            {"disclosure_first_examiner": None},
            {"disclosure_second_examiner": None},
            {"same": True},
            {"access": Access.RESTRICTED},
        ],
    )
    def test_the_database_opens_nothing_without_basis_day_and_two_people(self, lacking: dict[str, Any]) -> None:
        first, second = UserFactory(), UserFactory()
        values = {
            "disclosure": Disclosure.OPEN,
            "disclosure_basis": "依据",
            "disclosure_decided_on": date(2026, 1, 1),
            "disclosure_first_examiner": first,
            "disclosure_second_examiner": first if lacking.get("same") else second,
        }
        values |= {name: value for name, value in lacking.items() if name != "same"}
        image = fresh()
        with pytest.raises(IntegrityError), transaction.atomic():
            Image.objects.filter(pk=image.pk).update(**values)

    def test_the_database_keeps_the_two_of_a_list_apart(self) -> None:
        examination = proposed(fresh())
        with pytest.raises(IntegrityError), transaction.atomic():
            Examination.objects.filter(pk=examination.pk).update(second_examiner=examination.first_examiner)

    def test_of_two_who_confirm_at_once_one_is_told(self) -> None:
        examination = proposed(fresh())
        confirmed(examination)
        with pytest.raises(ExaminationRefused, match="已完成"):
            confirmed(examination)

    def test_a_list_that_changed_under_their_eyes_is_not_confirmed(self) -> None:
        collection = CollectionFactory(public=True)
        images = ImageFactory.create_batch(3, collection=collection, internal=True)
        examination = proposed(*images)
        item = examination.items.get(image=images[0])
        examinations.leave_out(examination=examination, items=[item.pk], user=UserFactory())
        with pytest.raises(ExaminationRefused, match="现在是 2 幅"):
            examinations.confirm(examination=examination, user=UserFactory(), seen=3)


class TestProposing:
    @pytest.mark.parametrize(
        ("proposal", "told"),
        [
            (Proposal(Disclosure.OPEN, "  "), "依据"),
            (Proposal(Disclosure.UNEXAMINED, "依据"), "请选择"),
            (Proposal(Disclosure.DEFERRED, "依据"), "哪一天"),
            (Proposal(Disclosure.DEFERRED, "依据", date(2001, 1, 1)), "还没有到"),
            (Proposal(Disclosure.OPEN, "依据", date(2091, 1, 1)), "只有延期开放"),
        ],
    )
    def test_what_no_record_could_hold_is_refused(self, proposal: Proposal, told: str) -> None:
        with pytest.raises(ExaminationRefused, match=told):
            proposed(fresh(), proposal=proposal)
        assert not Examination.objects.exists()

    def test_each_collection_gets_a_list_of_its_own(self) -> None:
        images = [fresh(), fresh()]
        made = propose(
            images=Image.objects.filter(pk__in=[image.pk for image in images]), proposal=OPENING, user=UserFactory()
        )
        assert {one.collection_id for one in made} == {image.collection_id for image in images}

    def test_what_cannot_be_opened_is_left_out_with_the_reason(self) -> None:
        collection = CollectionFactory(public=True)
        restricted = ImageFactory(collection=collection, restricted=True)
        held = ImageFactory(collection=collection, internal=True)
        secrecy.hold(image=held, marks=[Mark(MarkPlace.FILE_NAME, "机密★")])
        opened = ImageFactory(collection=collection)
        elsewhere = ImageFactory(collection=collection, internal=True)
        proposed(elsewhere)
        plain = ImageFactory(collection=collection, internal=True)
        examination = proposed(restricted, held, opened, elsewhere, plain)
        assert "仅审核员可见" in reason_of(examination, restricted)
        assert "疑似涉密" in reason_of(examination, held)
        assert "已经是“开放”" in reason_of(examination, opened)
        assert "另一份" in reason_of(examination, elsewhere)
        assert [item.image for item in examination.items.filter(state=ExaminedState.PROPOSED)] == [plain]

    def test_a_list_with_nothing_in_it_is_over(self) -> None:
        examination = proposed(ImageFactory(restricted=True))
        assert examination.state == ExaminationState.TAKEN_BACK
        assert "没有一幅" in examination.reason

    def test_records_with_hints_are_left_for_people_unless_they_are_asked_for(self) -> None:
        image = described(fresh(), notes="联系电话13812345678", description="政审材料")
        examination = proposed(image)
        assert "电话号码" in reason_of(examination, image)
        assert "政治审查" in reason_of(examination, image)
        asked = proposed(image, proposal=Proposal(Disclosure.OPEN, "依据", with_hints=True))
        assert asked.state == ExaminationState.PROPOSED

    def test_a_record_is_deferred_and_is_listed_when_the_day_has_come_but_not_opened(self) -> None:
        image, day = fresh(), timezone.localdate() + timedelta(days=10)
        confirmed(proposed(image, proposal=Proposal(Disclosure.DEFERRED, "依据", day)))
        assert not Image.objects.to_be_reexamined(timezone.localdate()).exists()
        assert list(Image.objects.to_be_reexamined(day)) == [image]
        Image.objects.update(disclosure_until=date(2020, 1, 1))
        assert not Image.objects.public().exists()


class TestChangesInBetween:
    def test_a_record_whose_text_changed_is_left_out(self) -> None:
        image = fresh()
        examination = proposed(image)
        described(image, title="新题名")
        assert confirmed(examination).state == ExaminationState.DONE
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED
        assert "变过" in reason_of(examination, image)

    def test_one_that_was_read_meanwhile_and_holds_a_number_is_left_out(self) -> None:
        file: ImageFile = ImageFileFactory(image=fresh())
        examination = proposed(file.image)
        Reading.objects.create(file=file, reader="r", version="1", text="手机13812345678", confidence=0.9)
        confirmed(examination)
        assert "新的提示" in reason_of(examination, file.image)

    def test_the_second_examiner_may_agree_to_what_they_saw(self) -> None:
        image = fresh()
        examination = proposed(image)
        described(image, title="新题名")
        image.refresh_from_db()
        item, second = examination.items.get(), UserFactory()
        state = examinations.state_of(image, digests_of(hints_of([image])[image.pk]))
        assert examinations.agree_to_changes(examination=examination, seen={item.pk: state}, user=second) == 1
        confirmed(examination, second)
        image.refresh_from_db()
        assert image.disclosure == Disclosure.OPEN

    def test_what_changed_once_more_is_not_agreed_to(self) -> None:
        image = fresh()
        examination = proposed(image)
        described(image, title="新题名")
        image.refresh_from_db()
        state = examinations.state_of(image, [])
        described(image, title="更新的题名")
        seen = {examination.items.get().pk: state}
        assert examinations.agree_to_changes(examination=examination, seen=seen, user=UserFactory()) == 0

    def test_the_first_examiner_does_not_agree_in_the_seconds_place(self) -> None:
        user = UserFactory()
        examination = proposed(fresh(), user=user)
        with pytest.raises(ExaminationRefused, match="复审的人"):
            examinations.agree_to_changes(examination=examination, seen={1: ""}, user=user)

    def test_a_record_that_was_closed_or_held_meanwhile_stays_so(self) -> None:
        collection = CollectionFactory(public=True)
        closed, held = ImageFactory.create_batch(2, collection=collection, internal=True)
        examination = proposed(closed, held)
        entries.change_image(image=closed, user=UserFactory(), changes={"access": Access.RESTRICTED})
        secrecy.hold(image=held, marks=[Mark(MarkPlace.READING, "秘密★")])
        confirmed(examination)
        assert not Image.objects.filter(disclosure=Disclosure.OPEN).exists()


class TestOtherWays:
    def test_a_list_is_refused_with_a_reason_and_nothing_is_opened(self) -> None:
        examination = proposed(fresh())
        with pytest.raises(ExaminationRefused, match="理由"):
            examinations.refuse(examination=examination, user=UserFactory(), reason=" ")
        examinations.refuse(examination=examination, user=UserFactory(), reason="依据不足")
        with pytest.raises(ExaminationRefused, match="已退回"):
            confirmed(examination)
        assert Action.objects.get(verb=Verb.DISCLOSURE_REFUSED).details["reason"] == "依据不足"

    def test_a_list_is_taken_back_until_it_is_confirmed(self) -> None:
        first, second = proposed(fresh()), proposed(fresh())
        assert examinations.take_back(examination=first, user=UserFactory()).state == ExaminationState.TAKEN_BACK
        confirmed(second)
        with pytest.raises(ExaminationRefused, match="不能再收回"):
            examinations.take_back(examination=second, user=UserFactory())

    def test_opening_is_withdrawn_by_one_person_with_a_reason(self) -> None:
        image, user = ImageFactory(public=True), UserFactory()
        with pytest.raises(ExaminationRefused, match="理由"):
            withdraw(images=Image.objects.all(), user=user, reason="")
        assert withdraw(images=Image.objects.all(), user=user, reason="家属要求") == 1
        image.refresh_from_db()
        assert (image.disclosure, image.disclosure_basis) == (Disclosure.UNEXAMINED, "")
        assert Action.objects.get(verb=Verb.DISCLOSURE_WITHDRAWN).details == {"reason": "家属要求"}

    def test_closing_a_record_in_the_house_closes_it_to_the_public(self) -> None:
        image = ImageFactory(public=True)
        entries.change_image(image=image, user=UserFactory(), changes={"access": Access.RESTRICTED})
        image.refresh_from_db()
        assert image.disclosure == Disclosure.UNEXAMINED
        assert Action.objects.get(verb=Verb.IMAGE_CHANGED).details["after"]["disclosure"] == "unexamined"


def many(number: int) -> list[Image]:
    """Return so many records of a public collection that nobody has examined."""
    collection = CollectionFactory(public=True)
    return Image.objects.bulk_create(Image(collection=collection, identifier=f"L-{one}") for one in range(number))


def work() -> int:
    """Do what is left to the worker; return how many steps it took."""
    steps, job = 0, Examining()
    while job.claim():
        job.step()
        steps += 1
    return steps


class TestLongLists:
    def test_the_worker_looks_through_them_and_carries_them_out(self) -> None:
        examination = proposed(*many(401))
        assert examination.state == ExaminationState.GATHERING
        assert work() == 4
        examination.refresh_from_db()
        assert examination.state == ExaminationState.PROPOSED
        assert confirmed(examination).state == ExaminationState.CONFIRMING
        assert not Image.objects.public().exists()
        assert work() == 4
        assert Image.objects.public().count() == 401
        assert Action.objects.filter(verb=Verb.DISCLOSURE_CONFIRMED).count() == 401

    def test_a_worker_that_dies_between_two_steps_is_followed_by_another(self) -> None:
        examination = proposed(*many(401))
        work()
        examination.refresh_from_db()
        confirmed(examination)
        Examining().step()
        assert Image.objects.public().count() == 200
        work()
        examination.refresh_from_db()
        assert examination.state == ExaminationState.DONE
        assert Action.objects.filter(verb=Verb.DISCLOSURE_CONFIRMED).count() == 401

    def test_a_list_that_is_taken_back_while_it_is_looked_through_is_left_alone(self) -> None:
        examination = proposed(*many(201))
        examinations.take_back(examination=examination, user=UserFactory())
        assert work() == 0

    def test_a_list_that_was_never_filled_is_not_worked_on_and_can_be_taken_back(self) -> None:
        examination = proposed(*many(201))
        Examination.objects.filter(pk=examination.pk).update(state=ExaminationState.FILLING)
        assert work() == 0
        assert examinations.take_back(examination=examination, user=UserFactory()).state == ExaminationState.TAKEN_BACK

    def test_more_records_cost_no_more_queries(self) -> None:
        asked = []
        for number in (3, 30):
            images = many(number)
            with CaptureQueriesContext(connection) as proposing:
                examination = proposed(*images)
            with CaptureQueriesContext(connection) as confirming:
                confirmed(examination)
            asked.append((len(proposing), len(confirming)))
        assert asked[0] == asked[1]


class TestHints:
    def test_they_name_what_was_found_and_where_with_numbers_masked(self) -> None:
        file: ImageFile = ImageFileFactory(image=described(ImageFactory(), people="王某 11010519491231002X"))
        Reading.objects.create(file=file, reader="r", version="1", text="受到处\n分一次", confidence=0.9)
        found = hints_of([file.image])[file.image.pk]
        assert [(hint.kind.value, hint.where, hint.text) for hint in found] == [
            ("id_number", "人物", "1101＊＊＊＊＊＊＊＊＊＊＊＊2X"),
            ("discipline", "图上读出的文字", "处分"),
        ]
        assert "491231" not in "".join(hint.context for hint in found)

    def test_the_list_of_words_is_the_houses_own(self) -> None:
        image = described(ImageFactory(), title="赤脚医生与病历")
        assert [hint.text for hint in hints_of([image])[image.pk]] == ["病历"]
        SensitiveWord.objects.filter(word="病历").update(is_active=False)
        SensitiveWord.objects.create(word="赤脚医生", kind="medical")
        assert [hint.text for hint in hints_of([image])[image.pk]] == ["赤脚医生"]

    def test_without_any_words_numbers_are_found_still(self) -> None:
        SensitiveWord.objects.all().delete()
        image = described(ImageFactory(), notes="政审 13812345678")
        assert [hint.kind.value for hint in hints_of([image])[image.pk]] == ["telephone"]

    def test_they_are_found_for_many_records_in_two_queries(self, django_assert_num_queries: Any) -> None:
        images = [described(ImageFactory(), title="处分") for _one in range(4)]
        for number in (1, 4):
            with django_assert_num_queries(2):
                hints_of(images[:number])
