"""`manage.py draft`, as a person at the keyboard meets it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.drafting.prompts import add_prompt_version
from catalog.models import Annotation, Batch, Collection, Prompt
from catalog.review import decisions
from catalog.vocabulary import BatchState
from inference.engine.errors import ImageUndecodable, NotReady
from tests.catalog.fakes import FakeDescriber
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory(slug="demo")
    for _ in range(3):
        ImageFileFactory(image=ImageFactory(collection=collection))
    return collection


def draft(*arguments: str, describer: FakeDescriber | None = None) -> str:
    out = io.StringIO()
    describer = describer or FakeDescriber()
    call_command("draft", *arguments, describer=describer, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_drafts_with_the_sentence_and_says_how_many(collection: Collection) -> None:
    said = draft("demo")

    assert "起草 3 幅" in said
    assert "一句话描述" in said
    assert Annotation.objects.drafts().filter(field="description").count() == 3


def test_a_second_run_finds_nothing_to_do_and_asks_no_model(collection: Collection) -> None:
    draft("demo")
    describer = FakeDescriber()

    assert "没有需要起草的图像" in draft("demo", describer=describer)
    assert describer.history == []
    assert Batch.objects.count() == 1


def test_a_prompt_is_chosen_by_its_name(collection: Collection) -> None:
    draft("demo", "--prompt", "关键词", describer=FakeDescriber(default="桥、人"))

    assert set(Annotation.objects.drafts().values_list("field", "value")) == {("keywords", "桥、人")}


def test_a_limit_leaves_the_rest_for_later(collection: Collection) -> None:
    assert "起草 2 幅" in draft("demo", "--limit", "2")
    assert "起草 1 幅" in draft("demo")


def test_what_failed_is_named_with_the_reason(collection: Collection) -> None:
    said = draft("demo", describer=FakeDescriber([ImageUndecodable("x")]))

    assert "失败 1 幅" in said
    assert collection.files.order_by("pk")[0].original_name in said


def test_a_model_that_is_gone_ends_it_with_a_sentence(collection: Collection) -> None:
    with pytest.raises(CommandError, match="暂停"):
        draft("demo", describer=FakeDescriber(["石桥", NotReady("draining")]))

    assert Batch.objects.get().state == BatchState.PAUSED


def test_ctrl_c_ends_it_with_a_sentence_and_the_next_run_goes_on(collection: Collection) -> None:
    with pytest.raises(CommandError, match="接着起草") as caught:
        draft("demo", describer=FakeDescriber(["石桥", KeyboardInterrupt()]))

    assert caught.value.returncode == 130
    assert "起草 2 幅" in draft("demo")
    assert Batch.objects.count() == 1


def test_images_are_chosen_by_their_numbers(collection: Collection) -> None:
    first, second, _third = collection.images.order_by("pk")

    assert "起草 2 幅" in draft("demo", "--ids", str(first.pk), str(second.pk))
    assert "起草 1 幅" in draft("demo", "--ids", str(first.pk))
    assert set(Annotation.objects.drafts().values_list("image", flat=True)) == {first.pk, second.pk}


def test_what_an_older_wording_drafted_is_drafted_anew(collection: Collection) -> None:
    draft("demo", "--limit", "2")
    sentence = Prompt.objects.get(slug="sentence")
    newer = add_prompt_version(prompt=sentence, text="新问题", form="sentence")

    assert "没有需要起草的图像" in draft("demo", "--older-than-version", str(newer.number - 1))
    assert "起草 2 幅" in draft("demo", "--older-than-version", str(newer.number))
    assert "没有需要起草的图像" in draft("demo", "--older-than-version", str(newer.number))


def test_accepted_values_of_the_machine_are_drafted_again_only_when_asked(collection: Collection) -> None:
    draft("demo")
    for draft_ in Annotation.objects.drafts():
        decisions.accept(annotation=draft_, user=UserFactory())

    assert "不再需要 3 幅" in draft("demo", "--only", "all")
    assert "起草 3 幅" in draft("demo", "--only", "all", "--replace-accepted")


def test_a_batch_for_the_background_is_only_opened(collection: Collection) -> None:
    describer = FakeDescriber()

    assert "共 3 幅" in draft("demo", "--background", describer=describer)
    batch = Batch.objects.get()
    assert (batch.state, batch.background, describer.history) == (BatchState.RUNNING, True, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["demo", "--ids", "987654"], "987654"),
        (["demo", "--ids", "9" * 30], "9"),
        (["demo", "--ids", "1", "--older-than-version", "1"], "--ids"),
        (["demo", "--only", "outdated"], "outdated"),
        (["nowhere"], "nowhere"),
        (["demo", "--prompt", "七要素"], "七要素"),
        (["demo", "--limit", "0"], "0"),
        (["demo", "--only", "some"], "some"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_sentence(collection: Collection, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        draft(*arguments)


def test_images_are_chosen_by_conditions(collection: Collection) -> None:
    first = collection.images.order_by("pk")[0]
    drafted(first, description="待审的")

    assert "起草 1 幅" in draft("demo", "--filter", "status=to_review", describer=FakeDescriber(default="新草稿"))
    assert first.annotations.drafts().get().value == "新草稿"
    assert "没有需要起草的图像" in draft("demo", "--filter", "status=rejected")


@pytest.mark.parametrize("condition", ["status", "colour=red", "status=sleeping"])
def test_conditions_that_make_no_sense_are_refused(collection: Collection, condition: str) -> None:
    with pytest.raises(CommandError):
        draft("demo", "--filter", condition)
    assert not Batch.objects.exists()


def test_an_interrupted_choice_goes_on_where_it_was(collection: Collection) -> None:
    keys = [str(key) for key in collection.images.values_list("pk", flat=True)]
    with pytest.raises(CommandError):
        draft("demo", "--ids", *keys, describer=FakeDescriber(["一", KeyboardInterrupt()]))
    describer = FakeDescriber()

    assert "起草 2 幅" in draft("demo", "--ids", *keys, describer=describer)
    assert len(describer.history) == 2
    assert not Batch.objects.unfinished().exists()
