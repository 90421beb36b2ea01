"""A trial shows what a batch would draft, and what it costs; it writes nothing."""

import pytest
from django.db import connection

from catalog.drafting.trials import PATIENCE_S, reworded, try_prompt
from catalog.models import Annotation, Image, PromptVersion, Run
from inference.engine.errors import Busy
from inference.types import TextPart
from tests.catalog.drafts import SIX_ANSWER
from tests.catalog.fakes import FakeDescriber, answer_of
from tests.factories import ImageFileFactory, PromptVersionFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    image: Image = ImageFileFactory().image
    return image


def test_values_evidence_flags_tokens_and_times_are_shown(image: Image) -> None:
    answer = SIX_ANSWER.replace("三人", "赵四")

    trial = try_prompt(image=image, version=PromptVersionFactory(six_elements=True), describer=FakeDescriber([answer]))

    people = next(value for value in trial.values if value.label == "人物")
    assert (people.text, people.evidence, people.flag) == ("赵四", "推测", "存疑：没有依据")
    assert trial.answer is not None
    assert (trial.answer.input_tokens, trial.raw_text, trial.error) == (40, answer, "")
    assert trial.seconds == pytest.approx(0.06)


def test_nothing_is_written(image: Image) -> None:
    try_prompt(image=image, version=PromptVersionFactory(), describer=FakeDescriber())

    assert not Run.objects.exists()
    assert not Annotation.objects.exists()
    image.refresh_from_db()
    assert (image.status, image.revision) == ("undescribed", 0)


def test_it_is_asked_as_a_batch_asks_but_ahead_of_the_batches_and_not_for_ever(image: Image) -> None:
    described(image, title="石桥前合影")
    version = PromptVersionFactory(title=True, with_facts=True, schema={"type": "string"})
    describer = FakeDescriber()

    trial = try_prompt(image=image, version=version, describer=describer)

    (request,) = describer.history
    assert (request.priority, request.deadline_s, request.json_schema) == (
        "interactive",
        PATIENCE_S,
        '{"type": "string"}',
    )
    assert trial.told
    last = request.messages[-1].parts[-1]
    assert isinstance(last, TextPart)
    assert last.text == f"{trial.told}\n\n{version.text}"
    # An older answer to the same question is no fact.
    assert "石桥前合影" not in trial.told


def test_what_cannot_be_read_is_shown_as_it_is_and_asked_once(image: Image) -> None:
    describer = FakeDescriber(["我看到一座石桥。"])

    trial = try_prompt(image=image, version=PromptVersionFactory(six_elements=True), describer=describer)

    assert (trial.values, trial.raw_text) == ((), "我看到一座石桥。")
    assert trial.error
    assert len(describer.history) == 1


def test_an_over_long_sentence_and_an_answer_cut_off_say_so(image: Image) -> None:
    trial = try_prompt(
        image=image, version=PromptVersionFactory(), describer=FakeDescriber([answer_of("长" * 30, "length")])
    )

    assert trial.was_cut
    assert trial.values[0].flag == "超过字数"


def test_an_engine_that_is_busy_or_a_missing_file_is_told_in_a_sentence(image: Image) -> None:
    busy = try_prompt(image=image, version=PromptVersionFactory(), describer=FakeDescriber([Busy(3)]))
    image.files.get().master_path.unlink()
    gone = try_prompt(image=image, version=PromptVersionFactory(), describer=FakeDescriber())

    assert "排队人数已满" in busy.error
    assert "不在原来的位置" in gone.error


def test_another_text_is_tried_with_the_versions_form_and_saved_nowhere(image: Image) -> None:
    version = PromptVersionFactory(title=True, with_facts=True, max_new_tokens=33)

    other = reworded(version, " 请起个标题。\r\n")

    assert other._state.adding
    assert (other.text, other.form, other.with_facts, other.max_new_tokens) == ("请起个标题。", "title", True, 33)
    assert reworded(version, "  ") is version
    trial = try_prompt(image=image, version=other, describer=FakeDescriber(["石桥"]))
    assert trial.values[0].text == "石桥"
    assert PromptVersion.objects.filter(prompt=version.prompt).count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_the_model_thinks(image: Image) -> None:
    held: list[bool] = []
    describer = FakeDescriber(before=lambda request: held.append(connection.connection is not None))

    try_prompt(image=image, version=PromptVersionFactory(), describer=describer)

    assert held == [False]
