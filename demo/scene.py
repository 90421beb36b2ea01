"""What a sample scan shows: the truth that drawings, answers and evaluations are all derived from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """The main subject of a scene."""

    BRIDGE = "石桥"
    SAILBOAT = "帆船"
    BUILDING = "楼房"
    PAGODA = "宝塔"
    FACTORY = "工厂"
    TREE = "大树"
    GATE = "牌坊"
    CAR = "汽车"


class Tone(StrEnum):
    """How the photograph looks after the years."""

    MONOCHROME = "黑白"
    SEPIA = "泛黄"
    COLOUR = "彩色"


SUBJECTS: tuple[Subject, ...] = tuple(Subject)
TONES: tuple[Tone, ...] = tuple(Tone)
MAX_PEOPLE = 5
FIRST_YEAR, LAST_YEAR = 1949, 1989


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene.

    Args:
        subject: the main subject.
        people: how many people stand in front of it, 0 to 5.
        tone: the tone of the photograph.
        year: the year on the banner, 1949 to 1989; None where no banner hangs.
        seed: decides everything else (composition, colours, damage).
    """

    subject: Subject
    people: int
    tone: Tone
    year: int | None
    seed: int

    @property
    def banner_text(self) -> str:
        """What is written on the banner; empty where there is none."""
        return f"{self.year}年" if self.year else ""


def random_scene(seed: int) -> Scene:
    """Return the scene that belongs to ``seed``; the same seed always gives the same scene."""
    rng = random.Random(f"scene-{seed}")
    return Scene(
        subject=rng.choice(SUBJECTS),
        people=rng.randint(0, MAX_PEOPLE),
        tone=rng.choice(TONES),
        year=rng.randint(FIRST_YEAR, LAST_YEAR) if rng.random() < 0.65 else None,
        seed=seed,
    )
