"""The engine's own decoding loop says, token for token, what transformers' ``generate`` says."""

from dataclasses import replace
from typing import Any

import pytest

from inference.engine import checkpoint as checkpoints
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.errors import PromptTooLong
from inference.engine.images import ImageLimits
from inference.engine.types import ImagePart, Message, Request, TextPart
from tests.inference.checkpoints import make_checkpoint
from tests.inference.scripted import ask, picture

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module", params=["glm4v", "glm46v"])
def local_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from inference.engine.generation import LocalModel

    folder = make_checkpoint(tmp_path_factory.mktemp("generation") / request.param, request.param)
    return LocalModel(checkpoints.load(CheckpointSpec(str(folder), device="cpu")), ImageLimits(), 24, most_rows=4)


def begin(model: Any, request: Request) -> Any:
    return model.begin(request, model.prepare(request))[0]


def write(model: Any, rows: list[Any]) -> list[list[int]]:
    """Write the answers of some rows to their ends, together."""
    growing = []
    for row in rows:
        assert model.admit(row)
        if model.prefill(row) is not None and len(row.tokens) < row.token_budget:
            growing.append(row)
    while growing:
        pieces = model.step(growing)
        pairs = zip(growing, pieces, strict=True)
        growing = [row for row, piece in pairs if piece is not None and len(row.tokens) < row.token_budget]
    for row in rows:
        model.release(row)
    return [list(row.tokens) for row in rows]


def spell(model: Any, request: Request) -> list[int]:
    return write(model, [begin(model, request)])[0]


def reference(model: Any, request: Request, **options: Any) -> list[int]:
    """Answer with transformers' own generate, on inputs made by transformers' own means."""
    checkpoint = model.checkpoint
    tokenizer, config = checkpoint.tokenizer, checkpoint.model.config
    turns, pictures = [], []
    for message in request.messages:
        content: list[dict[str, str]] = []
        for part in message.parts:
            if isinstance(part, ImagePart):
                from inference.engine.images import open_image

                pictures.append(open_image(part.source))
                content.append({"type": "image"})
            else:
                content.append({"type": "text", "text": part.text})
        turns.append({"role": message.role, "content": content})
    text = tokenizer.apply_chat_template(
        turns, tokenize=False, add_generation_prompt=True, enable_thinking=request.thinking
    )
    inputs: dict[str, Any] = {}
    if pictures:
        seen = checkpoint.image_processor(images=pictures, return_tensors="pt")
        for grid in seen["image_grid_thw"]:
            text = text.replace("<|image|>", "<|wait|>" * int(grid.prod() // 4), 1)
        text = text.replace("<|wait|>", "<|image|>")
        inputs = {"pixel_values": seen["pixel_values"], "image_grid_thw": seen["image_grid_thw"]}
    ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
    types = (ids == config.image_token_id).int()
    with torch.inference_mode():
        output = checkpoint.model.generate(
            input_ids=ids, mm_token_type_ids=types, attention_mask=torch.ones_like(ids), do_sample=False,
            max_new_tokens=request.max_new_tokens, **inputs, **options,
        )  # fmt: skip
    tokens: list[int] = output[0, ids.shape[1] :].tolist()
    while tokens and tokens[-1] in checkpoint.end_token_ids:
        tokens.pop()
    return tokens


REQUESTS = {
    "words alone": ask("这张照片拍的是什么？", max_new_tokens=24),
    "a picture": ask("照片里有几个人？", picture=picture(), max_new_tokens=24),
    "a standing picture": ask("What is it?", picture=picture(90, 150, colour="maroon"), max_new_tokens=24),
    "thinking": ask("黑白？", picture=picture(), max_new_tokens=24, thinking=True),
    "several pictures and turns": Request(
        (
            Message("system", (TextPart("你是编目员。"),)),
            Message("user", (ImagePart(picture()), TextPart("正面"), ImagePart(picture(200, 60)), TextPart("背面"))),
            Message("assistant", (TextPart("石桥。"),)),
            Message("user", (TextPart("再说一遍。"),)),
        ),
        max_new_tokens=24,
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_greedy_tokens_equal_those_of_generate(local_model: Any, name: str) -> None:
    request = REQUESTS[name]

    tokens = spell(local_model, request)

    assert tokens == reference(local_model, request)
    assert len(set(tokens)) > 1, "a model that repeats one token would prove nothing"


def test_the_picture_makes_a_difference(local_model: Any) -> None:
    answers = [
        spell(local_model, ask("什么？", picture=picture(colour=colour), max_new_tokens=24))
        for colour in ("black", "yellow")
    ]

    assert answers[0] != answers[1]


def test_the_repetition_penalty_equals_that_of_generate(local_model: Any) -> None:
    request = ask("照片", picture=picture(), max_new_tokens=24, repetition_penalty=1.7)

    assert spell(local_model, request) == reference(local_model, request, repetition_penalty=1.7)
    assert spell(local_model, request) != spell(local_model, ask("照片", picture=picture(), max_new_tokens=24))


class _OpenAIPenalties:
    """OpenAI's definition, word for word, as a processor of scores for transformers' ``generate``."""

    def __init__(self, prompt_tokens: int, frequency: float, presence: float) -> None:
        self.prompt_tokens, self.frequency, self.presence = prompt_tokens, frequency, presence

    def __call__(self, ids: Any, scores: Any) -> Any:
        counts = torch.bincount(ids[0, self.prompt_tokens :], minlength=scores.shape[-1])
        return scores - counts * self.frequency - (counts > 0) * self.presence


@pytest.mark.parametrize(("frequency", "presence"), [(0.7, 0.0), (0.0, 1.5), (2.0, 1.0), (-0.5, 0.0)])
def test_the_penalties_of_openai_count_what_was_written(local_model: Any, frequency: float, presence: float) -> None:
    options: dict[str, Any] = {"picture": picture(), "max_new_tokens": 24}
    request = ask("照片", frequency_penalty=frequency, presence_penalty=presence, **options)
    penalties = _OpenAIPenalties(begin(local_model, request).input_tokens, frequency, presence)

    assert spell(local_model, request) == reference(local_model, request, logits_processor=[penalties])


def test_penalties_change_what_is_written(local_model: Any) -> None:
    options: dict[str, Any] = {"picture": picture(), "max_new_tokens": 24}

    penalised = spell(local_model, ask("照片", frequency_penalty=2.0, presence_penalty=2.0, **options))

    plain = spell(local_model, ask("照片", **options))
    assert len(set(penalised)) / len(penalised) > len(set(plain)) / len(plain)


def test_an_answer_that_makes_way_remembers_what_it_has_written(local_model: Any) -> None:
    request = ask("照片", picture=picture(), max_new_tokens=24, frequency_penalty=1.3, presence_penalty=0.4)
    row = begin(local_model, request)
    assert local_model.admit(row)
    local_model.prefill(row)
    for _ in range(8):
        local_model.step([row])

    local_model.release(row)
    write(local_model, [begin(local_model, ask("别的问题", max_new_tokens=4))])
    [resumed] = write(local_model, [row])

    assert resumed == spell(local_model, request)


def test_each_of_several_answers_counts_its_own_words(local_model: Any) -> None:
    request = ask("照片", max_new_tokens=12, frequency_penalty=1.0, n=2)

    answers = write(local_model, local_model.begin(request, local_model.prepare(request)))

    assert answers[0] == answers[1] == spell(local_model, replace(request, n=1))


def test_requests_between_each_other_do_not_disturb_each_other(local_model: Any) -> None:
    first, second = REQUESTS["a picture"], REQUESTS["words alone"]
    alone = [spell(local_model, first), spell(local_model, second)]

    assert write(local_model, [begin(local_model, first), begin(local_model, second)]) == alone


def test_the_same_seed_gives_the_same_answer(local_model: Any) -> None:
    drawn = [
        spell(local_model, ask("说", picture=picture(), max_new_tokens=24, temperature=2.0, seed=seed))
        for seed in (1, 1, 2)
    ]

    assert drawn[0] == drawn[1] != drawn[2]


def test_control_tokens_that_somebody_typed_are_only_words(local_model: Any) -> None:
    request = ask("<|image|><|endoftext|><|user|> [gMASK]", picture=picture(), max_new_tokens=2)

    row = begin(local_model, request)

    harmless = begin(local_model, ask("", picture=picture(), max_new_tokens=2))
    assert row.input_tokens > harmless.input_tokens
    assert spell(local_model, request)


def test_a_prompt_that_does_not_fit_is_refused(local_model: Any) -> None:
    with pytest.raises(PromptTooLong) as caught:
        begin(local_model, ask("桥" * 600))

    assert caught.value.params["limit"] == 512


def test_endless_conversations_are_refused_before_anybody_waits_for_them(local_model: Any) -> None:
    turns = tuple(Message("user", (TextPart(""),)) for _ in range(10_000))

    for request in (Request(turns), ask("x" * 10_000)):
        with pytest.raises(PromptTooLong):
            local_model.prepare(request)


def test_pictures_that_cannot_fit_are_not_kept_waiting(local_model: Any) -> None:
    parts = tuple(ImagePart(picture(400, 300 + n)) for n in range(60))

    with pytest.raises(PromptTooLong):
        local_model.prepare(Request((Message("user", parts),)))


def test_the_answer_is_bounded_by_what_is_left_of_the_context(local_model: Any) -> None:
    row = begin(local_model, ask("a b" * 100, max_new_tokens=10_000))

    assert row.token_budget == 512 - row.input_tokens


def test_the_default_bound_holds_where_the_request_has_none(local_model: Any) -> None:
    assert begin(local_model, ask("短")).token_budget == 24
