"""What docs/zh/scripts.md shows can be copied, and catalogues a folder on a site that is really served."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from tests.browser.sites import manage, site, worker
from tests.catalog.api.drafting_site import ANSWER

_DOCUMENT = (Path(settings.BASE_DIR) / "docs" / "zh" / "scripts.md").read_text(encoding="utf-8")
_ADDRESS = "http://127.0.0.1:8080"
_PREPARED = """
from django.contrib.auth import get_user_model
from catalog.models import Collection, Membership
from inference.models import ApiKey
for slug in ("by-python", "by-curl", "goes-back"):
    Collection.objects.create(slug=slug, title=slug)
user = get_user_model().objects.create_user("zhang")
Membership.objects.create(user=user, role="cataloguer")
print(ApiKey.objects.issue("脚本", ["read", "write", "decide"], owner=user)[1])
"""
_TOLD = """
import json
from catalog.models import Annotation, Image
print(json.dumps([Image.objects.filter(collection__slug="{slug}").count(),
    list(Annotation.objects.filter(image__collection__slug="{slug}").values_list("state", "value"))]))
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A site with its worker, and the key of one who catalogues there."""

    address: str
    folder: Path
    key: str

    def told(self, slug: str) -> tuple[int, list[list[str]]]:
        """Return how many images a collection has, and what was written of them."""
        number, values = json.loads(
            manage(self.folder, self.address, "shell", "-v", "0", "-c", _TOLD.format(slug=slug))
        )
        return number, values


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("scripts")
    with site("tests.catalog.api.drafting_site:application", folder) as address:
        key = manage(folder, address, "shell", "-v", "0", "-c", _PREPARED).split()[-1]
        with worker(folder, address):
            yield Served(address, folder, key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three scans that are not alike, one in a folder of its own, and a file that is no picture."""
    (tmp_path / "photos" / "1956 年").mkdir(parents=True)
    for number, name in enumerate(["1.jpg", "2.png", "1956 年/3, 甲.tif"]):
        noise = Image.effect_noise((800, 600), 20 + 60 * number)
        noise.rotate(90 * number).resize((800, 600)).save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "坏.jpg").write_bytes(b"no picture")
    return tmp_path


def run(served: Served, folder: Path, slug: str, *command: str) -> str:
    if shutil.which(command[0]) is None or (command[0] == "sh" and not (shutil.which("curl") and shutil.which("jq"))):
        pytest.skip("no curl or jq on this machine")
    program = command[-1].replace(_ADDRESS, served.address).replace("demo", slug).replace("sleep(5)", "sleep(0.5)")
    environment = {**os.environ, "CATALOGUE_KEY": served.key, "NO_PROXY": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [*command[:-1], program.replace("sleep 5", "sleep 0.5")], cwd=folder, env=environment, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def example(language: str, number: int = 0) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", _DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found[number])


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "catalogue.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("language", "slug"), [("python", "by-python"), ("sh", "by-curl")])
def test_a_folder_is_catalogued_once_however_often_the_script_runs(
    served: Served, folder: Path, language: str, slug: str
) -> None:
    command = [sys.executable, "-c"] if language == "python" else ["sh", "-c"]

    said = run(served, folder, slug, *command, example(language))

    assert len(re.findall(r"^photos/.+$", said, re.MULTILINE)) == 4
    assert re.search(r"坏\.jpg .*无法", said)
    drafts = [(row["草稿：文字说明"], row["草稿 AI 标识"]) for row in table(folder)]
    assert drafts == [(f"'{ANSWER}", "文字说明：AI 生成")] * 3
    assert served.told(slug) == (3, [["draft", ANSWER]] * 3)

    run(served, folder, slug, *command, example(language))
    assert served.told(slug) == (3, [["draft", ANSWER]] * 3)


def test_a_table_that_was_edited_goes_back(served: Served, folder: Path) -> None:
    run(served, folder, "goes-back", "sh", "-c", example("sh"))
    rows = table(folder)
    rows[0]["题名"] = "石桥旧影"
    with (folder / "catalogue.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    said = run(served, folder, "goes-back", "sh", "-c", example("sh", 1))

    assert "导入：done" in said
    number, values = served.told("goes-back")
    assert number == 3
    assert ["accepted", "石桥旧影"] in values


def test_the_python_script_has_thirty_lines() -> None:
    lines = [line for line in example("python").splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 30


@pytest.mark.parametrize("language", ["python", "sh"])
def test_without_leave_the_script_says_so_and_ends(served: Served, folder: Path, language: str) -> None:
    program = example(language).replace("Bearer ", "Bearer glmv-wrong-")
    environment = {**os.environ, "CATALOGUE_KEY": served.key, "NO_PROXY": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c"] if language == "python" else ["sh", "-c"]
    done = subprocess.run(
        [*command, program.replace(_ADDRESS, served.address)], cwd=folder, env=environment, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert "API 密钥不正确" in done.stdout + done.stderr
    assert done.returncode != 0
