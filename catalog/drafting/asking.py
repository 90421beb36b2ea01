"""Turns an image and a prompt version into a request to the model."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalog.exceptions import FileRejected
from catalog.models import Image, ImageFile, PromptVersion
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


def question(version: PromptVersion, image: Image, *, again: bool = False) -> Question:
    """Build the question a prompt version asks about an image.

    Cataloguing is greedy: the same scan gets the same answer. An answer that could not be read would come out the
    same a second time, so the second question samples, with a seed.

    Args:
        version: the prompt version.
        image: the image, its files prefetched.
        again: whether the first answer could not be read.

    Returns:
        The question.

    Raises:
        FileRejected: a file of the image is missing.
    """
    scans = [scan for scan in (image.front, image.verso) if scan is not None]
    if not scans:
        raise FileRejected(_("这幅图像没有扫描件。"))
    # Where only a verso was scanned it is its own front.
    parts = [_picture(scan) for scan in dict.fromkeys(scans)]
    sampling: dict[str, Any] = (
        {"temperature": 0.8, "top_p": 0.6, "top_k": 2, "seed": 1} if again else {"temperature": 0.0}
    )
    request = Request(
        messages=(Message("user", (*parts, TextPart(version.text))),),
        max_new_tokens=version.max_new_tokens,
        priority="batch",
        thinking=False,
        **sampling,
    )
    parameters = {"max_new_tokens": version.max_new_tokens, "thinking": False, "files": len(parts), **sampling}
    return Question(request, parameters)


def _picture(scan: ImageFile) -> ImagePart:
    """Return the master for the model to look at; the engine turns and shrinks it."""
    path = scan.master_path
    if not path.is_file():
        raise FileRejected(_("原件“%(name)s”不在原来的位置：%(path)s。"), name=scan.original_name, path=str(path))
    return ImagePart(path, max_pixels=IMPORT_MAX_PIXELS)
