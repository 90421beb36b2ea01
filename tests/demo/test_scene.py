"""A scene is decided by its seed."""

from collections import Counter

from demo.scene import FIRST_YEAR, LAST_YEAR, MAX_PEOPLE, SUBJECTS, TONES, random_scene


def test_the_same_seed_gives_the_same_scene() -> None:
    assert [random_scene(seed) for seed in range(50)] == [random_scene(seed) for seed in range(50)]


def test_scenes_cover_every_subject_tone_number_of_people_and_year() -> None:
    scenes = [random_scene(seed) for seed in range(3000)]
    assert {scene.subject for scene in scenes} == set(SUBJECTS)
    assert {scene.tone for scene in scenes} == set(TONES)
    assert {scene.people for scene in scenes} == set(range(MAX_PEOPLE + 1))
    assert {scene.year for scene in scenes} == {None, *range(FIRST_YEAR, LAST_YEAR + 1)}


def test_no_subject_is_rare() -> None:
    counted = Counter(random_scene(seed).subject for seed in range(3000))
    assert min(counted.values()) > 3000 / len(SUBJECTS) / 2


def test_the_banner_reads_the_year_or_nothing() -> None:
    for seed in range(100):
        scene = random_scene(seed)
        assert scene.banner_text == (f"{scene.year}年" if scene.year else "")
