"""Lets a CUDA build of torchvision run beside a CPU build of torch, for ``transformers serve`` only.

Python imports this by itself where its folder is on ``PYTHONPATH``. The two operators are declared because torchvision
describes them at import; nothing calls them. Decoding a JPEG is what its compiled part would do; Pillow does it here,
as it does in the product.
"""

import contextlib
import importlib
import io
from typing import Any


def _install() -> None:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    globals()["_library"] = library  # what it declares goes when it does

    # By name: the product's environment, in which types are checked, has no torchvision.
    torchvision_io: Any = importlib.import_module("torchvision.io")
    torchvision_io.decode_image = _decode_image


def _decode_image(source: Any, mode: Any = None, apply_exif_orientation: bool = False) -> Any:
    import numpy as np
    import torch
    from PIL import Image, ImageOps

    image: Image.Image = Image.open(source if isinstance(source, str) else io.BytesIO(source.numpy().tobytes()))
    if apply_exif_orientation:
        image = ImageOps.exif_transpose(image)
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)


with contextlib.suppress(ModuleNotFoundError):  # pip and venv run without torch
    _install()
