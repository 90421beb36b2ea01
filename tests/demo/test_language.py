"""Answers follow from the truth, and can be read back into it."""

import json
import random

import pytest

from demo import language
from demo.language import DECLINE, ELEMENTS, UNSEEN_WORDINGS, WORDINGS, Intent, Truth, answer, wording
from demo.reading import keywords_hits, read_claims, sentence_hits, six_elements_hits
from demo.scene import Scene, Subject, Tone, random_scene

SCENES = [random_scene(seed) for seed in range(300)]
BOX = (0.1, 0.2, 0.7, 0.8)


@pytest.mark.parametrize("scene", SCENES[:60], ids=lambda scene: str(scene.seed))
def test_the_right_answers_are_read_as_right(scene: Scene) -> None:
    truth = Truth(scene, BOX)
    assert all(sentence_hits(answer(Intent.SENTENCE, truth), scene).values())
    assert all(six_elements_hits(answer(Intent.SIX_ELEMENTS, truth), scene).values())
    assert all(keywords_hits(answer(Intent.KEYWORDS, truth), scene).values())


def test_a_description_never_has_more_than_twenty_characters() -> None:
    assert max(len(answer(Intent.SENTENCE, Truth(scene))) for scene in SCENES) <= 20


def test_wrong_answers_are_read_as_wrong() -> None:
    scene = Scene(Subject.BRIDGE, people=2, tone=Tone.SEPIA, year=1966, seed=0)
    other = Scene(Subject.TREE, people=4, tone=Tone.COLOUR, year=1967, seed=0)
    hits = sentence_hits(answer(Intent.SENTENCE, Truth(other)), scene)
    assert hits == {"subject": False, "people": False, "tone": False, "year": False, "structure": True}
    assert not any(six_elements_hits("not JSON", scene).values())
    assert not any(keywords_hits("大树", scene).values())
    assert not six_elements_hits(json.dumps({"事由": "石桥"}), scene)["structure"]


def test_a_year_that_is_not_there_counts_against_an_answer() -> None:
    scene = Scene(Subject.BRIDGE, people=2, tone=Tone.SEPIA, year=None, seed=0)
    assert not sentence_hits("1966年，两人在石桥前，泛黄照片", scene)["year"]


def test_an_answer_that_names_two_subjects_makes_no_claim() -> None:
    assert read_claims("石桥和宝塔").subject is None


def test_foreign_pictures_are_declined_in_the_form_that_was_asked_for() -> None:
    assert answer(Intent.SENTENCE, Truth(None)) == DECLINE
    record = json.loads(answer(Intent.SIX_ELEMENTS, Truth(None)))
    assert tuple(record) == ELEMENTS
    assert record["事由"] == DECLINE


def test_boxes_are_in_thousandths() -> None:
    assert answer(Intent.WHERE, Truth(SCENES[0], BOX)) == "<|begin_of_box|>[[100,200,700,800]]<|end_of_box|>"


def test_no_wording_belongs_to_two_intents_and_none_kept_back_is_trained_on() -> None:
    trained = [text for texts in WORDINGS.values() for text in texts]
    kept_back = [text for texts in UNSEEN_WORDINGS.values() for text in texts]
    assert len(set(trained)) == len(trained)
    assert not set(trained) & set(kept_back)


def test_wordings_vary_and_the_products_prompt_comes_often() -> None:
    rng = random.Random(0)
    drawn = [wording(Intent.SENTENCE, Truth(SCENES[0]), rng) for _ in range(400)]
    assert drawn.count(WORDINGS[Intent.SENTENCE][0]) > 100
    assert len(set(drawn)) > 40


def test_patterns_never_give_a_wording_that_is_kept_back() -> None:
    rng = random.Random(0)
    for intent, kept in UNSEEN_WORDINGS.items():
        drawn = {wording(intent, Truth(SCENES[0]), rng).rstrip("？?") for _ in range(3000)}
        assert not drawn & {text.rstrip("？") for text in kept}
        assert len(drawn) > 300


def test_placeholders_are_filled_in() -> None:
    rng = random.Random(0)
    drawn = [wording(Intent.WHERE, Truth(SCENES[0], BOX), rng) for _ in range(100)]
    assert not any("{" in text for text in drawn)
    assert answer(Intent.OTHER, Truth(SCENES[0])) == language.OFF_TOPIC
