"""A copy of a checkpoint that never ends an answer by itself, so that every answer has as many tokens as are asked."""

import json
import shutil
from pathlib import Path


def endless(checkpoint: Path, folder: Path) -> Path:
    """Copy a checkpoint, with an end-of-answer token that never comes.

    Args:
        checkpoint: is left alone.
        folder: made here.

    Returns:
        The folder.
    """
    shutil.copytree(checkpoint, folder)
    config_path, generation_path = folder / "config.json", folder / "generation_config.json"
    config = json.loads(config_path.read_text(encoding="utf-8"))
    # A video's end: no answer about a picture holds one. The number stays one of the vocabulary.
    never = [config["video_end_token_id"]]
    for holder in (config, config["text_config"]):
        if "eos_token_id" in holder or holder is not config:
            holder["eos_token_id"] = never
    config_path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    generation = json.loads(generation_path.read_text(encoding="utf-8")) if generation_path.is_file() else {}
    generation["eos_token_id"] = never
    generation_path.write_text(json.dumps(generation, indent=2), encoding="utf-8")
    return folder
