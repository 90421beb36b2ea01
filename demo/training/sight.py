"""How the vision side learns to see: what each image token should tell, as losses of its own."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import Glm4vForConditionalGeneration

from demo.scene import MAX_PEOPLE, SUBJECTS, TONES
from demo.training.checkpoint import PATCH
from demo.training.pictures import Picture

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
        # Two digits among many tokens are what is learned last.
        losses["digits"] = self._digits(tokens, pictures) * 2
        return losses

    def _digits(self, tokens: list[torch.Tensor], pictures: list[Picture]) -> torch.Tensor:
        total = torch.zeros(())
        for place, head in enumerate(self.digit_here):
            here, digits = [], []
            for token, picture in zip(tokens, pictures, strict=True):
                for banner in picture.banners:
                    row, column = banner[1:][place]
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


def use_plain_patches(model: Glm4vForConditionalGeneration) -> None:
    """Compute the patch embedding, a convolution whose stride is its kernel, as the product it is: much faster here."""
    projection = model.model.visual.patch_embed.proj
    model.model.visual.patch_embed.forward = lambda patches: functional.linear(
        patches, projection.weight.flatten(1), projection.bias
    )
