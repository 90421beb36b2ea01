"""``transformers serve`` on the same checkpoint, on a machine without a CUDA torchvision.

It gets a virtual environment of its own, outside the project: it needs torchvision, which the product does not, and a
web server of another kind. The environment is made once and used again.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.serving.processes import HOST, Server, free_port, running

DEFAULT_FOLDER = Path.home() / ".cache" / "glmv-bench" / "transformers-serve"
_TORCH = "torch==2.13.0"
_TRANSFORMERS = "transformers[serving]==5.23.0"
_TORCHVISION = "torchvision==0.28.0"
# The same decoding library and tokenizer as the product has; otherwise newer ones would be compared.
_SAME = ("pillow==13.0.0", "numpy==2.4.6", "tokenizers==0.23.3", "safetensors==0.8.0")
_MADE = ".glmv-made"
_SHIMS = Path(__file__).with_name("shims")


def python(folder: Path = DEFAULT_FOLDER) -> Path:
    """Make the environment, unless it is there.

    Args:
        folder: where.

    Returns:
        Its interpreter.
    """
    interpreter = folder / "bin" / "python"
    made, wanted = folder / _MADE, "\n".join((_TORCH, _TRANSFORMERS, _TORCHVISION, *_SAME))
    if made.is_file() and made.read_text() == wanted:
        return interpreter
    print(f"making {folder} …", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603 - this interpreter
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join((_TORCH, _TORCHVISION, *_SAME)) + "\n")
    # torch first and alone, so that nothing else decides which build it is; torchvision never brings its own.
    for packages in ([_TORCH], [_TRANSFORMERS, *_SAME], ["--no-deps", _TORCHVISION]):
        subprocess.run([*pip, "--constraint", str(constraints), *packages], check=True)  # noqa: S603 - the packages named above
    made.write_text(wanted)
    return interpreter


def with_processor(checkpoint: Path, folder: Path) -> Path:
    """Copy a checkpoint and add what only transformers' own server wants: ``processor_config.json``.

    Args:
        checkpoint: is left alone.
        folder: made here.

    Returns:
        The folder.
    """
    shutil.copytree(checkpoint, folder)
    target = folder / "processor_config.json"
    if not target.exists():
        image = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
        video = {
            "video_processor_type": "Glm46VVideoProcessor",
            "patch_size": image["patch_size"],
            "temporal_patch_size": image["temporal_patch_size"],
            "merge_size": image["merge_size"],
        }
        processor = {"processor_class": "Glm46VProcessor", "image_processor": image, "video_processor": video}
        target.write_text(json.dumps(processor, indent=2), encoding="utf-8")
    return folder


@contextlib.contextmanager
def transformers_serve(checkpoint: Path, folder: Path = DEFAULT_FOLDER) -> Iterator[Server]:
    """Run ``transformers serve``.

    Args:
        checkpoint: what it serves.
        folder: of its environment.

    Yields:
        The server, with the model loaded.
    """
    interpreter = python(folder)
    with tempfile.TemporaryDirectory(prefix="glmv-yardstick-") as temporary:
        model = with_processor(checkpoint, Path(temporary) / checkpoint.name)
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
            "PYTHONPATH": str(_SHIMS),
            "HF_HUB_OFFLINE": "1",
            "PYTHONUTF8": "1",
        }
        # Thinking is on in the chat template by default and off in the product: both read the same prompt.
        command = [
            *(str(interpreter), "-m", "transformers.cli.transformers", "serve", str(model)),
            *("--host", HOST, "--port", str(port), "--chat-template-kwargs", '{"enable_thinking": false}'),
        ]
        url = f"http://{HOST}:{port}/health"
        with running(command, environment, Path(temporary), url, Path(temporary) / "server.log"):
            yield Server("transformers_serve", HOST, port, str(model))
