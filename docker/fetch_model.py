"""Downloads a model's files from the first hub that has them, with progress; a second run goes on where one stopped.

Run by start.sh, in the project's environment or in its image; needs no settings and no database.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

# What the engine reads of a checkpoint (inference/engine/checkpoint.py); a test compares.
FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model")
NAMES = {"modelscope": "ModelScope", "huggingface": "Hugging Face"}


def main(arguments: list[str] | None = None) -> int:
    """Try the sources in turn.

    Args:
        arguments: the command line's, after the program's name.

    Returns:
        0 where the files are there, 1 where no source gave them.
    """
    parser = argparse.ArgumentParser(description="下载模型权重")
    parser.add_argument("folder", type=Path, help="下载到哪个文件夹")
    parser.add_argument("sources", nargs="+", metavar="来源=编号", help="例如 modelscope=ZhipuAI/GLM-4.6V-Flash")
    options = parser.parse_args(arguments)
    for source in options.sources:
        hub, _, model = source.partition("=")
        if hub not in NAMES or model.count("/") != 1:
            parser.error(f"看不懂的来源：{source}")
    for source in options.sources:
        hub, _, model = source.partition("=")
        print(f"正在从 {NAMES[hub]} 下载 {model}……", flush=True)
        try:
            _download(hub, model, options.folder)
            _require_complete(options.folder)
        except KeyboardInterrupt:
            print("\n已停止；再运行一次就接着下载。", file=sys.stderr)
            return 130
        except Exception as error:  # noqa: BLE001 - the hubs' clients raise errors of many libraries
            print(f"从 {NAMES[hub]} 下载失败：{_in_one_line(error)}", file=sys.stderr, flush=True)
            if _has_begun(options.folder):
                # Another hub would begin anew: whoever has half of 20 GB goes on with it.
                return 1
        else:
            return 0
    return 1


def _download(hub: str, model: str, folder: Path) -> None:
    if hub == "huggingface":
        from huggingface_hub import snapshot_download

        snapshot_download(model, local_dir=folder, allow_patterns=list(FILES))
        return
    if importlib.util.find_spec("modelscope") is None:
        raise RuntimeError("没有安装 modelscope（pip install -r requirements-gpu.txt）")
    from modelscope import snapshot_download as modelscope_download

    modelscope_download(model, local_dir=str(folder), allow_patterns=list(FILES))


def _require_complete(folder: Path) -> None:
    """Refuse a folder of which a part is missing: a client that reaches nobody is content with what is there."""
    index = folder / "model.safetensors.index.json"
    parts = {"model.safetensors"}
    if index.is_file():
        parts = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    missing = [name for name in ("config.json", *sorted(parts)) if not (folder / name).is_file()]
    if missing:
        raise RuntimeError(f"还缺 {len(missing)} 个文件（{missing[0]} 等）")


def _has_begun(folder: Path) -> bool:
    """Tell whether a part of the weights is there, complete or not."""
    parts = [path for pattern in ("*.safetensors", "*.incomplete") for path in folder.rglob(pattern)]
    return any(path.stat().st_size for path in parts)


def _in_one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


if __name__ == "__main__":
    # Before the hub's client is imported: its newer transfer goes to other hosts than the mirror that was asked for.
    if os.environ.get("HF_ENDPOINT"):
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    sys.exit(main())
