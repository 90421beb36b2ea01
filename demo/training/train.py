"""Trains the demo checkpoint from scratch: ``python -m demo.training``.

Seeded, and resumed from its last state when stopped. Three phases: the vision side alone learns what is where, from
losses of its own, which spares the long plateau that a small model otherwise spends finding out that pictures matter;
then the language side learns to answer from what the vision side tells; at the end both are polished together.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from demo.training.answers import batch_loss
from demo.training.checkpoint import build_model, save_checkpoint
from demo.training.dialogue import Dialogue, DialogueWriter
from demo.training.pictures import Picture, PicturePool
from demo.training.sight import SightHeads, look, use_plain_patches
from demo.training.tokenizer import train_tokenizer

BATCH, CARDS = 32, 8  # pictures a step, and how many of them are cards while the vision side learns alone
DIALOGUES = 48  # conversations a step while the language side learns alone
FRESH, POOL, FIRST_POOL = 6, 6000, 600  # pictures
RATE, WARM_UP, CLIP = 2.0e-3, 200, 1.0
CHECKPOINT = Path(__file__).resolve().parents[2] / "inference" / "demo_model"
Phase = Literal["sight", "language", "together"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many steps each phase takes, and the seed of weights, pictures and questions."""

    sight: int = 4900
    language: int = 2200
    together: int = 900
    seed: int = 1

    @property
    def steps(self) -> int:
        """Length of the whole run."""
        return self.sight + self.language + self.together

    def phase(self, step: int) -> tuple[Phase, float]:
        """Return the phase that ``step`` falls into and how much of it is over, 0 to 1."""
        if step < self.sight:
            return "sight", step / self.sight
        if step < self.sight + self.language:
            return "language", (step - self.sight) / self.language
        return "together", (step - self.sight - self.language) / max(1, self.together)

    def rate(self, step: int) -> float:
        """Return the learning rate: a cosine in each phase, after a warm-up; the last phase begins at a quarter."""
        phase, share = self.phase(step)
        cosine = 0.5 * (1 + math.cos(math.pi * share))
        if phase == "together":
            return RATE * (0.002 + 0.25 * cosine)
        # The first two phases end with some heat left: what they taught is still going to move.
        return RATE * min(1.0, (step + 1) / WARM_UP) * (0.15 + 0.85 * cosine)


class Trainer:
    """The training run: its model, its optimiser, its place in the plan.

    Args:
        folder: where the state is kept between runs.
        plan: what to do.
        processes: how many processes draw.
        first_pool: how many pictures are drawn before the first step.

    Raises:
        ValueError: the folder holds the state of a run with another plan.
    """

    def __init__(self, folder: Path, plan: Plan, processes: int = 1, first_pool: int = FIRST_POOL) -> None:
        self.folder, self.plan, self.first_pool = folder, plan, first_pool
        self.tokenizer = train_tokenizer()
        self.model = build_model(self.tokenizer, plan.seed)
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
        first = 10_000_000 * (plan.seed + 1) + self.step * FRESH
        self.pool = PicturePool(first, POOL, processes)

    @property
    def state_file(self) -> Path:
        """Where the run is kept while it is not over."""
        return self.folder / "state.pt"

    def _resume(self) -> None:
        if not self.state_file.exists():
            return
        state = torch.load(self.state_file, weights_only=True)
        if state["plan"] != asdict(self.plan):
            raise ValueError(f"{self.state_file} belongs to another plan; remove it to begin anew")
        self.model.load_state_dict(state["model"])
        self.heads.load_state_dict(state["heads"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Write the state so that a killed run leaves either the old one or the new one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "plan": asdict(self.plan),
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self.state_file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.state_file)

    def one_step(self) -> dict[str, float]:
        """Take one step and return its losses."""
        rng = random.Random(f"{self.plan.seed}-{self.step}")
        self.pool.take(FRESH if self.pool.pictures else self.first_pool)
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate(self.step)
        phase, _ = self.plan.phase(self.step)
        losses, total = {"sight": self._sight, "language": self._language, "together": self._together}[phase](rng)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.optimiser.step()
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    # Plain float32 everywhere: at this size bfloat16 spends more on conversions than it saves (measured on AMX cores).

    def _sight(self, rng: random.Random) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        pictures = rng.sample(self.pool.pictures, BATCH - CARDS) + rng.sample(self.pool.cards, CARDS)
        losses = self.heads.loss(look(self.model, pictures), pictures)
        return losses, torch.stack(list(losses.values())).sum()

    def _language(self, rng: random.Random) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        self._remember_what_is_seen()
        dialogues = self._dialogues(rng, min(DIALOGUES, len(self.pool.pictures)))
        seen = [picture.seen for dialogue in dialogues for picture in dialogue.pictures]
        answers = batch_loss(self.model, dialogues, [tokens for tokens in seen if tokens is not None])
        return {"answers": answers}, answers

    def _together(self, rng: random.Random) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        dialogues = self._dialogues(rng, min(BATCH, len(self.pool.pictures)))
        pictures = [picture for dialogue in dialogues for picture in dialogue.pictures]
        asked, cards = len(pictures), rng.sample(self.pool.cards, CARDS // 2)
        features = look(self.model, pictures + cards)
        answers = batch_loss(self.model, dialogues, features[:asked])
        losses = self.heads.loss(features, pictures + cards)
        return {"answers": answers} | losses, answers + 0.2 * torch.stack(list(losses.values())).sum()

    @torch.no_grad()
    def _remember_what_is_seen(self) -> None:
        """Run the vision side, which stays as it is in this phase, once over every picture."""
        unseen = [picture for picture in self.pool.pictures if picture.seen is None]
        for start in range(0, len(unseen), BATCH):
            pictures = unseen[start : start + BATCH]
            for picture, tokens in zip(pictures, look(self.model, pictures), strict=True):
                picture.seen = tokens

    def _dialogues(self, rng: random.Random, count: int) -> list[Dialogue]:
        dialogues = []
        for picture in rng.sample(self.pool.pictures, count):
            extra: Picture | None = None
            if picture.truth.scene is not None and rng.random() < 0.06:
                others = rng.sample(self.pool.pictures, min(12, count))
                extra = next((other for other in others if other.truth.scene is None), None)
            dialogues.append(self.writer.write(picture, extra, rng))
        return sorted(dialogues, key=lambda dialogue: len(dialogue.ids))


def train(trainer: Trainer, checkpoint: Path, report_every: int = 50, save_every: int = 250) -> None:
    """Run ``trainer`` to its end, write the checkpoint, and forget the state; a stopped run goes on from its last."""
    averages: dict[str, float] = {}
    began = time.monotonic() - trainer.seconds
    while trainer.step < trainer.plan.steps:
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
    save_checkpoint(trainer.model, trainer.tokenizer, checkpoint)
    trainer.state_file.unlink()


def main() -> None:
    """Read the command line and train."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=Path("data/demo-model"), help="where the run's state is kept")
    parser.add_argument("--output", type=Path, default=CHECKPOINT, help="where the checkpoint is written")
    for name, steps in (("sight", plan.sight), ("language", plan.language), ("together", plan.together)):
        parser.add_argument(f"--{name}", type=int, default=steps, help="steps of this phase")
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--threads", type=int, default=0, help="threads for the model; 0: all cores")
    parser.add_argument("--drawing", type=int, default=1, help="processes that draw")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    chosen = Plan(options.sight, options.language, options.together, options.seed)
    train(Trainer(options.state, chosen, options.drawing), options.output)
