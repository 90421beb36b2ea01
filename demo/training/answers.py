"""How the language side learns to answer: the loss of the answers in a batch of conversations."""

from __future__ import annotations

import torch
from torch.nn import functional
from transformers import Glm4vForConditionalGeneration

from demo.training.checkpoint import PATCH
from demo.training.dialogue import Dialogue

GROUP = 8  # conversations padded to one length


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
