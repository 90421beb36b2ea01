"""Foreign pictures: what is trained on and what is kept back."""

import pytest

from demo.foreign.trained import TRAINED, foreign_picture
from demo.foreign.unseen import UNSEEN, unseen_picture


def test_no_kind_is_both_trained_on_and_kept_back() -> None:
    assert not set(TRAINED) & set(UNSEEN)


@pytest.mark.parametrize("seed", range(30))
def test_a_trained_picture_can_be_drawn_from_any_seed(seed: int) -> None:
    image = foreign_picture(seed)
    assert image.mode == "RGB"
    assert max(image.size) == 448


def test_every_unseen_kind_comes_up_in_turn_and_is_large_enough_for_public_doors() -> None:
    kinds = []
    for seed in range(len(UNSEEN)):
        kind, image = unseen_picture(seed)
        kinds.append(kind)
        assert image.width >= 640
        assert image.height >= 480
    assert kinds == list(UNSEEN)
