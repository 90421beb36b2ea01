"""Turns an image and a prompt version into a request to the model."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from catalog.drafting.answers import SENTENCE_LIMIT, counted_length
from catalog.drafting.facts import Facts
from catalog.drafting.group_pictures import pictures_beside
from catalog.exceptions import FileRejected
from catalog.models import Image, ImageFile, PromptVersion
from catalog.paths import legible
from catalog.records.secrecy import skipped_because_held
from catalog.vocabulary import FileRole
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.types import ImagePart, Message, Request, TextPart


@dataclass(frozen=True, slots=True)
class Question:
    """What the model is asked about one image.

    Attributes:
        request: as the model gets it.
        parameters: what of it is worth keeping with the answer.
    """

    request: Request
    parameters: dict[str, Any]


def question(
    version: PromptVersion,
    image: Image,
    *,
    facts: Facts | None = None,
    leave_out: Collection[str] = (),
    objections: str = "",
    again: bool = False,
) -> Question:
    """Build the question a prompt version asks about an image.

    Cataloguing is greedy: the same scan gets the same answer. An answer that could not be read would come out the
    same a second time, so the second question samples, with a seed.

    Args:
        version: the prompt version.
        image: the image, its files prefetched.
        facts: what is known about it; told where the version wants it told.
        leave_out: descriptive fields about which nothing is told, since they are asked for.
        objections: what reviewers had against earlier answers; told last, whatever the version.
        again: whether the first answer could not be read.

    Returns:
        The question.

    Raises:
        FileRejected: a file of the image is missing, or it may be classified.
    """
    if image.secrecy_hold:
        raise FileRejected(skipped_because_held())
    scans = [scan for scan in (image.front, image.verso) if scan is not None]
    if not scans:
        raise FileRejected(_("这幅图像没有扫描件。"))
    # Where only a verso was scanned it is its own front.
    parts = [_picture(scan) for scan in dict.fromkeys(scans)]
    beside = pictures_beside(image, version.group_pictures)
    sampling: dict[str, Any] = (
        {"temperature": 0.8, "top_p": 0.6, "top_k": 2, "seed": 1} if again else {"temperature": 0.0}
    )
    told = facts.told(leave_out) if facts is not None and version.with_facts else ""
    explained = _explained(len(parts), len(beside))
    text = "\n\n".join(filter(None, [explained, told, version.text, objections]))
    request = Request(
        messages=(Message("user", (*parts, *beside.values(), TextPart(text))),),
        max_new_tokens=version.max_new_tokens,
        priority="batch",
        thinking=False,
        # The engine keeps to it token by token; what comes out cannot have another form.
        json_schema=None if version.schema is None else json.dumps(version.schema, ensure_ascii=False),
        **sampling,
    )
    parameters = {
        "max_new_tokens": version.max_new_tokens,
        "thinking": False,
        "files": len(parts) + len(beside),
        "json_schema": version.schema is not None,
        **sampling,
    }
    if told:
        parameters["facts"] = told
    if beside:
        parameters["group_pictures"] = list(beside)
    if objections:
        parameters["objections"] = objections
    return Question(request, parameters)


def shorter(asked: Question, said: str) -> Question:
    """Build the question for a shorter sentence than the one that was given.

    Args:
        asked: the question before.
        said: the sentence.

    Returns:
        The question, with what was said before it.
    """
    # For the model, and so in the prompts' language.
    wish = f"这句话有{counted_length(said)}个字，太长了。请缩短到{SENTENCE_LIMIT}字以内，只回答缩短后的句子。"
    turns = (Message("assistant", (TextPart(said),)), Message("user", (TextPart(wish),)))
    request = replace(asked.request, messages=(*asked.request.messages, *turns))
    return Question(request, {**asked.parameters, "shorter_than": counted_length(said)})


def _explained(own: int, others: int) -> str:
    """Say which pictures are asked about. For the model, and so in the prompts' language."""
    if not others:
        return ""
    asked = "第1幅是要著录的照片" if own == 1 else f"前{own}幅是要著录的照片的正面和背面"
    return f"{asked}，后面{others}幅是同组的其他照片，只供参照。请只写要著录的那一幅里看得到的内容。"


def _picture(scan: ImageFile) -> ImagePart:
    """Return the master for the model to look at; the engine turns and shrinks it. A negative it sees as people do."""
    if scan.role == FileRole.NEGATIVE and scan.screen and Path(scan.screen.path).is_file():
        return ImagePart(Path(scan.screen.path), max_pixels=IMPORT_MAX_PIXELS)
    path = scan.master_path
    if not path.is_file():
        raise FileRejected(
            _("扫描原图“%(name)s”不在原来的位置：%(path)s。"), name=scan.original_name, path=legible(path)
        )
    return ImagePart(path, max_pixels=IMPORT_MAX_PIXELS)
