"""Training is seeded, survives being stopped, and computes what the model will compute."""

from pathlib import Path

import pytest
import torch

from demo.training.checkpoint import build_image_processor, build_model
from demo.training.pictures import card_picture, decline_picture, scan_picture
from demo.training.tokenizer import train_tokenizer
from demo.training.train import Trainer, look, patchify, train, use_plain_patches

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def _trainer(folder: Path, steps: int) -> Trainer:
    return Trainer(folder, steps=steps, seed=3, processes=1, first_pool=60, sight_steps=1)


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


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    first = _trainer(tmp_path, steps=2)
    first.one_step()
    first.save()
    first.pool.close()
    second = _trainer(tmp_path, steps=2)
    assert second.step == 1
    train(second, tmp_path / "checkpoint")
    assert second.step == 2
    assert (tmp_path / "checkpoint" / "model.safetensors").exists()
    assert (tmp_path / "checkpoint" / "tokenizer.json").exists()


def test_the_same_seed_takes_the_same_steps(tmp_path: Path) -> None:
    losses = []
    for name in ("a", "b"):
        trainer = _trainer(tmp_path / name, steps=2)
        losses.append([trainer.one_step() for _ in range(2)])
        trainer.pool.close()
    assert losses[0] == losses[1]
