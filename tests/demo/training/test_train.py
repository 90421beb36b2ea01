"""Training is seeded, survives being stopped, and computes what the model will compute."""

from pathlib import Path

import pytest
import torch

from demo.training.checkpoint import build_image_processor, build_model
from demo.training.pictures import card_picture, decline_picture, scan_picture
from demo.training.sight import look, patchify, use_plain_patches
from demo.training.tokenizer import train_tokenizer
from demo.training.train import Plan, Trainer, train

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


PLAN = Plan(sight=1, language=1, together=1, seed=3)


def _trainer(folder: Path, plan: Plan = PLAN) -> Trainer:
    return Trainer(folder, plan, first_pool=60)


def test_patches_are_those_of_the_image_processor() -> None:
    picture = scan_picture(1)
    expected = build_image_processor()(images=[picture.pixels], do_resize=False, return_tensors="pt")
    patches, grid = patchify(picture)
    assert list(grid) == expected["image_grid_thw"][0].tolist()
    torch.testing.assert_close(patches, expected["pixel_values"], atol=1e-5, rtol=1e-5)


def test_the_plain_patch_embedding_equals_the_convolution() -> None:
    model = build_model(train_tokenizer(), seed=0)
    picture = scan_picture(2)
    with torch.no_grad():
        convolved = look(model, [picture])[0]
        use_plain_patches(model)
        torch.testing.assert_close(look(model, [picture])[0], convolved, atol=1e-5, rtol=1e-4)


def test_training_pictures_know_what_is_where() -> None:
    for seed in range(20):
        picture = scan_picture(seed)
        scene = picture.truth.scene
        assert scene is not None
        assert picture.heads.sum() == scene.people
        assert picture.subject.any()
        assert [banner[0] for banner in picture.banners] == ([scene.year] if scene.year else [])
        assert picture.pixels.shape[:2] == (picture.heads.shape[0] * 28, picture.heads.shape[1] * 28)
    assert decline_picture(1).truth.scene is None
    assert len(card_picture(1).banners) == 8


def test_a_stopped_run_goes_on_where_it_was_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    first = _trainer(tmp_path)
    first.one_step()
    first.save()
    first.pool.close()
    second = _trainer(tmp_path)
    assert second.step == 1
    train(second, tmp_path / "checkpoint")
    assert second.step == PLAN.steps
    assert (tmp_path / "checkpoint" / "model.safetensors").exists()
    assert (tmp_path / "checkpoint" / "tokenizer.json").exists()


def test_a_finished_run_leaves_no_state_so_that_the_next_begins_anew(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, Plan(sight=1, language=0, together=0, seed=3))
    train(trainer, tmp_path / "checkpoint")
    assert not trainer.state_file.exists()


def test_the_state_of_another_plan_is_refused(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path)
    trainer.save()
    trainer.pool.close()
    with pytest.raises(ValueError, match="another plan"):
        _trainer(tmp_path, Plan(sight=1, language=1, together=1, seed=4))


def test_the_vision_side_stays_as_it_is_while_the_language_side_learns(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, Plan(sight=0, language=1, together=0, seed=3))
    before = {name: value.clone() for name, value in trainer.model.model.visual.state_dict().items()}
    words = trainer.model.lm_head.weight.clone()
    trainer.one_step()
    trainer.pool.close()
    after = trainer.model.model.visual.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert not torch.equal(trainer.model.lm_head.weight, words)


def test_the_same_seed_takes_the_same_steps(tmp_path: Path) -> None:
    losses = []
    for name in ("a", "b"):
        trainer = _trainer(tmp_path / name)
        losses.append([trainer.one_step() for _ in range(PLAN.steps)])
        trainer.pool.close()
    assert losses[0] == losses[1]


def test_the_rate_warms_up_and_falls_in_each_phase() -> None:
    plan = Plan(sight=1000, language=1000, together=100)
    rates = [plan.rate(step) for step in range(plan.steps)]
    assert rates[0] < rates[199] > rates[999]
    assert rates[1000] > rates[1999] > 0
    assert rates[-1] < rates[2000]
