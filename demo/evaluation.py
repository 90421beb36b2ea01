"""How well the demo model sees: ``python -m demo.evaluation``.

Asks about scans with seeds that training never reaches, and about foreign pictures of kinds that training never shows,
through the product's own engine. The model is given pixels only. Prints one line of JSON per figure and fails where a
figure is below what the project promises.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PIL import Image

from demo.drawing.canvas import Box
from demo.drawing.scan import Scan, draw_scan
from demo.foreign.unseen import unseen_picture
from demo.language import DECLINE, UNSEEN_WORDINGS, WORDINGS, Intent, Truth, answer
from demo.reading import keywords_hits, read_claims, sentence_hits, six_elements_hits
from demo.scene import Scene, random_scene
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.engine import Engine, load_local
from inference.engine.types import Answer, ImagePart, Message, Request, TextPart

CHECKPOINT = Path(__file__).resolve().parents[1] / "inference" / "demo_model"
FIRST_SCAN, FIRST_FOREIGN = 900_000, 500  # training begins at seed 10,000,000
PROMISED = 0.95
PROMISED_YEAR = 0.90
PLAIN = (Intent.COUNT, Intent.YEAR, Intent.SUBJECT, Intent.TONE)
CLAIM = {Intent.COUNT: "people", Intent.YEAR: "year", Intent.SUBJECT: "subject", Intent.TONE: "tone"}


@dataclass(slots=True)
class Tally:
    """Counts right answers by figure."""

    right: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, figure: str, hit: bool, note: str) -> None:
        """Count one answer; ``note`` is kept where it was wrong."""
        self.right[figure] = self.right.get(figure, 0) + int(hit)
        self.asked[figure] = self.asked.get(figure, 0) + 1
        if not hit:
            self.wrong.append(f"{figure}: {note}")

    def share(self, figure: str) -> float:
        """Return the share of right answers, 0 to 1."""
        return self.right[figure] / self.asked[figure]

    def below_promise(self) -> list[str]:
        """Return the figures that are lower than promised; where the subject is, is not promised."""
        return [
            figure
            for figure in self.asked
            if not figure.startswith("where")
            and self.share(figure) < (PROMISED_YEAR if figure.endswith("year") else PROMISED)
        ]

    def lines(self) -> Iterator[str]:
        """Yield one line of JSON per figure."""
        for figure, asked in self.asked.items():
            yield json.dumps(
                {"figure": figure, "right": self.right[figure], "of": asked, "value": round(self.share(figure), 4)}
            )


class Examiner:
    """Asks the engine about pictures and counts what is right.

    Args:
        engine: a started engine with the checkpoint under examination.
        tally: where the answers are counted.
    """

    def __init__(self, engine: Engine, tally: Tally) -> None:
        self._engine, self._tally = engine, tally

    def examine_scan(self, seed: int) -> None:
        """Ask everything about the scan of ``seed``."""
        scan, rng = draw_scan(random_scene(seed), long_side=1000), random.Random(f"examination-{seed}")
        image, scene = ImagePart(_encoded(scan.image)), scan.scene
        sentence = self._ask(image, WORDINGS[Intent.SENTENCE][0])
        self._count("sentence", sentence_hits(sentence.text, scene), sentence.text, scene)
        record = self._ask(image, WORDINGS[Intent.SIX_ELEMENTS][0])
        self._count("six elements", six_elements_hits(record.text, scene), record.text, scene)
        keywords = self._ask(image, WORDINGS[Intent.KEYWORDS][0])
        self._count("keywords", keywords_hits(keywords.text, scene), keywords.text, scene)
        written = self._ask(image, WORDINGS[Intent.TRANSCRIPTION][0]).text
        self._count_one("transcription.year", written == answer(Intent.TRANSCRIPTION, Truth(scene)), written, scene)
        for intent in PLAIN:
            said = self._ask(image, rng.choice(UNSEEN_WORDINGS[intent])).text
            self._count_one(f"question.{CLAIM[intent]}", _agrees(intent, said, scene), said, scene)
        for intent in PLAIN:
            said = self._follow_up(image, sentence.text, rng.choice(UNSEEN_WORDINGS[intent])).text
            self._count_one(f"follow-up.{CLAIM[intent]}", _agrees(intent, said, scene), said, scene)
        thought = self._ask(image, WORDINGS[Intent.SENTENCE][0], thinking=True)
        hits = sentence_hits(thought.text, scene) | {
            "structure": bool(thought.reasoning) and 0 < len(thought.text) <= 20
        }
        self._count("thinking", hits, f"{thought.reasoning} / {thought.text}", scene)
        self._examine_place(image, scan)

    def examine_foreign(self, seed: int) -> None:
        """Ask for a description of a picture that is no sample scan."""
        kind, picture = unseen_picture(seed)
        said = self._ask(ImagePart(_encoded(picture)), WORDINGS[Intent.SENTENCE][0]).text
        self._tally.add("foreign.declined", said == DECLINE, f"{kind} {seed}: {said}")

    def _examine_place(self, image: ImagePart, scan: Scan) -> None:
        said = self._ask(image, f"{scan.scene.subject}在哪里？")
        box = said.boxes[0] if said.boxes else None
        overlap = _overlap((box.x1, box.y1, box.x2, box.y2), scan.subject_box) if box else 0.0
        self._tally.add("where.overlap over 0.5", overlap > 0.5, f"{scan.scene.seed}: {said.text}")

    def _ask(self, image: ImagePart, question: str, thinking: bool = False) -> Answer:
        message = Message("user", (image, TextPart(question)))
        return self._engine.submit(Request((message,), max_new_tokens=200, thinking=thinking)).result()

    def _follow_up(self, image: ImagePart, first_answer: str, question: str) -> Answer:
        messages = (
            Message("user", (image, TextPart(WORDINGS[Intent.SENTENCE][0]))),
            Message("assistant", (TextPart(first_answer),)),
            Message("user", (TextPart(question),)),
        )
        return self._engine.submit(Request(messages, max_new_tokens=60)).result()

    def _count(self, form: str, hits: dict[str, bool], said: str, scene: Scene) -> None:
        for attribute, hit in hits.items():
            self._count_one(f"{form}.{attribute}", hit, said, scene)

    def _count_one(self, figure: str, hit: bool, said: str, scene: Scene) -> None:
        self._tally.add(figure, hit, f"{scene} said {said}")


def _agrees(intent: Intent, said: str, scene: Scene) -> bool:
    """Say whether a plain answer makes exactly the claim it was asked for, and makes it right."""
    claims = read_claims(said)
    if intent is Intent.COUNT:
        return claims.people == scene.people
    if intent is Intent.YEAR:
        return claims.year == scene.year and (scene.year is not None or "看不出" in said)
    if intent is Intent.SUBJECT:
        return claims.subject == scene.subject
    return claims.tone == scene.tone


def _overlap(box: tuple[int, int, int, int], truth: Box) -> float:
    """Return the intersection over union of a box in thousandths and a box in shares."""
    a, b = [side / 1000 for side in box], list(truth)
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def evaluate(checkpoint: Path = CHECKPOINT, scans: int = 500, foreign: int = 200) -> Tally:
    """Examine a checkpoint.

    Args:
        checkpoint: its folder.
        scans: how many sample scans to ask about.
        foreign: how many foreign pictures to ask about.

    Returns:
        The counted answers.

    Raises:
        CheckpointError: the checkpoint cannot be loaded.
    """
    tally = Tally()
    engine = Engine(partial(load_local, CheckpointSpec(str(checkpoint), device="cpu")))
    engine.start()
    try:
        engine.wait_ready(timeout_s=120)
        examiner = Examiner(engine, tally)
        for seed in range(FIRST_SCAN, FIRST_SCAN + scans):
            examiner.examine_scan(seed)
        for seed in range(FIRST_FOREIGN, FIRST_FOREIGN + foreign):
            examiner.examine_foreign(seed)
    finally:
        engine.stop()
    return tally


def main() -> None:
    """Read the command line, examine, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--scans", type=int, default=500)
    parser.add_argument("--foreign", type=int, default=200)
    parser.add_argument("--wrong", action="store_true", help="also print the wrong answers")
    options = parser.parse_args()
    tally = evaluate(options.checkpoint, options.scans, options.foreign)
    for line in tally.lines():
        print(line)
    if options.wrong:
        print("\n".join(tally.wrong))
    if below := tally.below_promise():
        sys.exit(f"低于承诺的指标：{'、'.join(below)}")


if __name__ == "__main__":
    main()
