"""Trains the demo checkpoint from scratch: ``python -m demo.training``.

Seeded, and resumed from its last state when stopped. First the vision side alone learns what is where, from losses
of its own; that spares the long plateau that a small model otherwise spends finding out that pictures matter. Then
all of it learns to answer.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import Glm4vForConditionalGeneration

from demo.scene import MAX_PEOPLE, SUBJECTS, TONES
from demo.training.checkpoint import PATCH, build_model, save_checkpoint
from demo.training.dialogue import Dialogue, DialogueWriter
from demo.training.pictures import Picture, PicturePool
from demo.training.tokenizer import train_tokenizer

BATCH, GROUP, CARDS = 32, 8, 8
FRESH, POOL, FIRST_POOL = 8, 6000, 600  # pictures
RATE, WARM_UP, CLIP = 2.0e-3, 200, 1.0
CHECKPOINT = Path(__file__).resolve().parents[2] / "inference" / "demo_model"
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])
IGNORED = -100


class SightHeads(nn.Module):
    """What an image token, and all tokens of a picture together, should tell; thrown away after training."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads_here = nn.Linear(width, 4)
        self.subject_here = nn.Linear(width, len(SUBJECTS) + 1)
        self.digit_here = nn.ModuleList([nn.Linear(width, 10), nn.Linear(width, 10)])
        self.subject = nn.Linear(width, len(SUBJECTS) + 1)
        self.tone = nn.Linear(width, len(TONES))
        self.people = nn.Linear(width, MAX_PEOPLE + 1)
        self.banner = nn.Linear(width, 2)

    def loss(self, tokens: list[torch.Tensor], pictures: list[Picture]) -> dict[str, torch.Tensor]:
        """Return the losses for ``tokens`` (per picture ``[image tokens, width]``)."""
        everything = torch.cat(tokens).float()
        heads = torch.from_numpy(np.concatenate([p.heads.ravel() for p in pictures])).long().clamp(max=3)
        subject = torch.from_numpy(np.concatenate([p.subject.ravel() for p in pictures])).long()
        losses = {
            "heads": functional.cross_entropy(self.heads_here(everything), heads) * 6,
            "subject_map": functional.cross_entropy(self.subject_here(everything), subject),
        }
        pooled = torch.stack([t.float().mean(0) for t in tokens])
        scenes = [p.truth.scene for p in pictures]
        known = [0 if s is None else 1 + SUBJECTS.index(s.subject) for s in scenes]
        losses["subject"] = functional.cross_entropy(self.subject(pooled), torch.tensor(known))
        tone = torch.tensor([IGNORED if s is None else TONES.index(s.tone) for s in scenes])
        people = torch.tensor([IGNORED if s is None else s.people for s in scenes])
        banner = torch.tensor([int(bool(p.banners)) for p in pictures])
        for name, head, target in (
            ("tone", self.tone, tone),
            ("people", self.people, people),
            ("banner", self.banner, banner),
        ):
            losses[name] = functional.cross_entropy(head(pooled), target)
        losses["digits"] = self._digits(tokens, pictures)
        return losses

    def _digits(self, tokens: list[torch.Tensor], pictures: list[Picture]) -> torch.Tensor:
        total = torch.zeros(())
        for place, head in enumerate(self.digit_here):
            here, digits = [], []
            for token, picture in zip(tokens, pictures, strict=True):
                for banner in picture.banners:
                    row, column = banner[1 + place]
                    here.append(token[row * picture.heads.shape[1] + column].float())
                    digits.append(int(str(banner[0])[2 + place]))
            if here:
                total = total + functional.cross_entropy(head(torch.stack(here)), torch.tensor(digits))
        return total


def patchify(picture: Picture) -> tuple[torch.Tensor, tuple[int, int, int]]:
    """Return GLM's patches ``[patches, 3 · 2 · 14 · 14]`` of a picture and its grid (1, rows, columns)."""
    pixels = (torch.tensor(picture.pixels, dtype=torch.float32) / 255 - MEAN) / STD
    rows, columns = pixels.shape[0] // PATCH, pixels.shape[1] // PATCH
    blocks = pixels.view(rows // 2, 2, PATCH, columns // 2, 2, PATCH, 3).permute(0, 3, 1, 4, 6, 2, 5)
    flat = blocks.reshape(rows * columns, 3, 1, PATCH * PATCH).expand(-1, -1, 2, -1)
    return flat.reshape(rows * columns, -1), (1, rows, columns)


def look(model: Glm4vForConditionalGeneration, pictures: list[Picture]) -> list[torch.Tensor]:
    """Return the image tokens ``[tokens, width]`` of each picture."""
    patches, grids = zip(*(patchify(picture) for picture in pictures), strict=True)
    return list(model.model.get_image_features(torch.cat(patches), torch.tensor(grids)).pooler_output)


def answer_loss(
    model: Glm4vForConditionalGeneration, dialogues: list[Dialogue], features: list[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weighted sum of the answers' cross-entropies, and the sum of the weights."""
    length = max(len(dialogue.ids) for dialogue in dialogues)
    ids = torch.zeros(len(dialogues), length, dtype=torch.long)
    weights, mask = torch.zeros(len(dialogues), length), torch.zeros(len(dialogues), length, dtype=torch.long)
    for row, dialogue in enumerate(dialogues):
        ids[row, : len(dialogue.ids)] = torch.tensor(dialogue.ids)
        weights[row, : len(dialogue.ids)] = torch.tensor(dialogue.weights)
        mask[row, : len(dialogue.ids)] = 1
    is_image = ids == model.config.image_token_id
    embeddings = model.get_input_embeddings()(ids)
    if features:
        flat = torch.cat(features).to(embeddings.dtype)
        embeddings = embeddings.masked_scatter(is_image[..., None].expand_as(embeddings), flat)
    grids = [(1, p.pixels.shape[0] // PATCH, p.pixels.shape[1] // PATCH) for d in dialogues for p in d.pictures]
    positions, _ = model.model.get_rope_index(
        ids, is_image.int(), image_grid_thw=torch.tensor(grids), attention_mask=mask
    )
    # Padding is on the right: causal attention alone keeps it out of sight.
    language_model = model.model.language_model
    hidden = language_model(inputs_embeds=embeddings, position_ids=positions, use_cache=False).last_hidden_state
    wanted = weights[:, 1:] > 0
    logits = model.lm_head(hidden[:, :-1][wanted]).float()
    weight = weights[:, 1:][wanted]
    return (functional.cross_entropy(logits, ids[:, 1:][wanted], reduction="none") * weight).sum(), weight.sum()


def batch_loss(
    model: Glm4vForConditionalGeneration, dialogues: list[Dialogue], features: list[torch.Tensor]
) -> torch.Tensor:
    """Return the mean loss of the answers; dialogues of like length go together, which spares padding."""
    sums, totals, first = [], [], 0
    for start in range(0, len(dialogues), GROUP):
        group = dialogues[start : start + GROUP]
        last = first + sum(len(dialogue.pictures) for dialogue in group)
        loss, weight = answer_loss(model, group, features[first:last])
        sums.append(loss)
        totals.append(weight)
        first = last
    return torch.stack(sums).sum() / torch.stack(totals).sum()


def use_plain_patches(model: Glm4vForConditionalGeneration) -> None:
    """Compute the patch embedding, a convolution whose stride is its kernel, as the product it is: much faster here."""
    projection = model.model.visual.patch_embed.proj
    model.model.visual.patch_embed.forward = lambda patches: functional.linear(
        patches, projection.weight.flatten(1), projection.bias
    )


class Trainer:
    """The training run: its model, its optimiser, its place in the run.

    Args:
        folder: where the state is kept between runs.
        steps: how long the whole run is.
        seed: decides weights, pictures and questions.
        processes: how many processes draw.
        first_pool: how many pictures are drawn before the first step.
        sight_steps: for how many steps the vision side learns alone, which costs less than half as much.
    """

    def __init__(
        self, folder: Path, steps: int, seed: int, processes: int, first_pool: int = FIRST_POOL, sight_steps: int = 0
    ) -> None:
        self.folder, self.steps, self.seed = folder, steps, seed
        self.first_pool, self.sight_steps = first_pool, sight_steps
        self.tokenizer = train_tokenizer()
        self.model = build_model(self.tokenizer, seed)
        use_plain_patches(self.model)
        self.heads = SightHeads(self.model.config.vision_config.out_hidden_size)
        self.writer = DialogueWriter(self.tokenizer)
        self.parameters = [*self.model.parameters(), *self.heads.parameters()]
        decayed = [p for p in self.parameters if p.ndim > 1]
        plain = [p for p in self.parameters if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
        self.step, self.seconds = 0, 0.0
        self._resume()
        first = 10_000_000 * (seed + 1) + self.step * FRESH
        self.pool = PicturePool(first, POOL, processes)

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.pt"

    def _resume(self) -> None:
        if self._state_file.exists():
            state = torch.load(self._state_file, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.heads.load_state_dict(state["heads"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Write the state so that a killed run leaves either the old one or the new one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self._state_file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._state_file)

    def rate(self) -> float:
        """Return the learning rate of the present step: warm-up, then a cosine down to a hundredth."""
        if self.step < WARM_UP:
            return RATE * (self.step + 1) / WARM_UP
        share = (self.step - WARM_UP) / max(1, self.steps - WARM_UP)
        return RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))

    def _dialogues(self, rng: random.Random) -> list[Dialogue]:
        dialogues = []
        for picture in rng.sample(self.pool.pictures, BATCH):
            extra = None
            if picture.truth.scene is not None and rng.random() < 0.06:
                extra = next((p for p in rng.sample(self.pool.pictures, 12) if p.truth.scene is None), None)
            dialogues.append(self.writer.write(picture, extra, rng))
        return sorted(dialogues, key=lambda dialogue: len(dialogue.ids))

    def one_step(self) -> dict[str, float]:
        """Take one step and return its losses; the answers' is missing while the model only learns to see."""
        rng = random.Random(f"{self.seed}-{self.step}")
        self.pool.take(FRESH if self.pool.pictures else self.first_pool)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        losses, total = self._sight_losses(rng) if self.step < self.sight_steps else self._losses(rng)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.optimiser.step()
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    # Plain float32 in both: at this size bfloat16 spends more on conversions than it saves (measured on AMX cores).

    def _sight_losses(self, rng: random.Random) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        pictures = rng.sample(self.pool.pictures, BATCH - CARDS) + rng.sample(self.pool.cards, CARDS)
        losses = self.heads.loss(look(self.model, pictures), pictures)
        return losses, torch.stack(list(losses.values())).sum()

    def _losses(self, rng: random.Random) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        dialogues = self._dialogues(rng)
        pictures = [picture for dialogue in dialogues for picture in dialogue.pictures]
        features = look(self.model, pictures)
        answers = batch_loss(self.model, dialogues, features)
        losses = self.heads.loss(features, pictures)
        # Late in the run hardly anything but the answers counts.
        share = 0.5 * (1 - self.step / self.steps) + 0.05
        return {"answers": answers} | losses, answers + share * torch.stack(list(losses.values())).sum()


def train(trainer: Trainer, checkpoint: Path, report_every: int = 50, save_every: int = 250) -> None:
    """Run ``trainer`` to its end and write the checkpoint; a stopped run goes on from its last state."""
    averages: dict[str, float] = {}
    began = time.monotonic() - trainer.seconds
    while trainer.step < trainer.steps:
        for name, value in trainer.one_step().items():
            averages[name] = averages.get(name, value) * 0.95 + value * 0.05
        trainer.seconds = time.monotonic() - began
        if trainer.step % report_every == 0:
            figures = {name: round(value, 4) for name, value in averages.items()}
            print(json.dumps({"step": trainer.step, "seconds": round(trainer.seconds)} | figures), flush=True)
        if trainer.step % save_every == 0:
            trainer.save()
    trainer.save()
    trainer.pool.close()
    trainer.model.eval()
    save_checkpoint(trainer.model.float(), trainer.tokenizer, checkpoint)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=Path("data/demo-model"), help="where the run's state is kept")
    parser.add_argument("--output", type=Path, default=CHECKPOINT, help="where the checkpoint is written")
    parser.add_argument("--steps", type=int, default=5500)
    parser.add_argument("--sight-steps", type=int, default=2000, help="how many of them teach the vision side alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="threads for the model; 0: all cores")
    parser.add_argument("--drawing", type=int, default=1, help="processes that draw")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    trainer = Trainer(options.state, options.steps, options.seed, options.drawing, sight_steps=options.sight_steps)
    train(trainer, options.output)
