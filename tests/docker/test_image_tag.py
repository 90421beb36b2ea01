"""The image's tag follows the program: another commit, or changes that are in none, is another image."""

import re
import subprocess
from pathlib import Path

import pytest

from glmv_site import __version__
from tests.docker.conftest import ROOT, Answers, Installation, options


def git(installation: Installation, *arguments: str) -> str:
    """Run git in an installation.

    Args:
        installation: a checkout, or about to become one.
        *arguments: of git.

    Returns:
        What it printed.
    """
    author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    return subprocess.run(
        ["git", *author, *arguments], cwd=installation.folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(installation: Installation) -> str:
    """Commit everything that is there.

    Args:
        installation: a checkout, or about to become one.

    Returns:
        The image of that commit.
    """
    if not (installation.folder / ".git").exists():
        git(installation, "init", "--quiet")
        (installation.folder / ".gitignore").write_text("/data/\n")
    git(installation, "add", "--all")
    git(installation, "commit", "--quiet", "--message", "x")
    return f"glm-vision-web:{__version__}-{git(installation, 'rev-parse', 'HEAD')[:12]}-cpu"


def image_of(installation: Installation) -> str:
    """Return the image that start.sh would use.

    Args:
        installation: whose start.sh.
    """
    script = (
        'ROOT=$1; cd "$1"; for part in words settings container; do . "docker/start/$part.sh"; done; '
        "settle_places; image_of_program"
    )
    done = subprocess.run(
        ["bash", "-euc", script, "bash", installation.folder],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return f"{done.stdout.strip()}-cpu"


def test_a_checkout_runs_the_image_of_its_commit(installation: Installation, site: Answers) -> None:
    image = commit(installation)
    installation.foreign.install_docker(images=f"{image}\n")
    site()

    started = installation.start(GLMV_MODEL="demo")

    assert started.returncode == 0, started.stderr
    assert installation.foreign.call("run", "--detach")[-1] == image
    assert not installation.foreign.was_told("build")


def test_the_next_commit_builds_an_image_of_its_own(installation: Installation, site: Answers) -> None:
    before = commit(installation)
    (installation.folder / "glmv_site" / "new.py").touch()
    after = commit(installation)
    installation.foreign.install_docker(images=f"{before}\n")
    site()

    started = installation.start(GLMV_MODEL="demo")

    assert started.returncode == 0, started.stderr
    assert options(installation.foreign.call("build"), "--tag") == [after]
    assert installation.foreign.call("run", "--detach")[-1] == after


@pytest.mark.parametrize("pulled", [False, True])
def test_the_image_of_another_commit_that_runs_is_pointed_out(
    installation: Installation, site: Answers, pulled: bool
) -> None:
    image = commit(installation)
    if pulled:
        (installation.folder / "glmv_site" / "new.py").touch()
        commit(installation)
    installation.foreign.install_docker(status="running", label="1", image=image, port=installation.port)
    site()

    started = installation.start()

    assert started.returncode == 0
    assert (f"正在运行的是另一个版本（{image}）" in started.stderr) is pulled
    assert ("start.sh restart" in started.stderr) is pulled


def test_changes_that_are_in_no_commit_are_another_image(installation: Installation) -> None:
    clean = commit(installation)
    found = [image_of(installation)]
    source = installation.folder / "glmv_site" / "__init__.py"
    for text in ("# one\n", "# two\n"):
        source.write_text(source.read_text() + text)
        found.append(image_of(installation))
    for text in ("1", "2"):
        (installation.folder / "glmv_site" / "新 文件.py").write_text(text)
        found.append(image_of(installation))

    assert found[0] == clean
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(re.escape(clean[:-4]) + "-[0-9a-f]{12}-cpu", image) for image in found[1:])
    assert image_of(installation) == found[-1]


@pytest.mark.parametrize("name", ["README.md", "docker/start/new.sh", "data/db.sqlite3"])
def test_what_is_not_in_the_image_does_not_change_it(installation: Installation, name: str) -> None:
    clean = commit(installation)
    (installation.folder / name).parent.mkdir(exist_ok=True)
    (installation.folder / name).write_text("x")

    assert image_of(installation) == clean


def test_without_git_there_is_the_version_only(installation: Installation, tmp_path: Path) -> None:
    assert image_of(installation) == f"glm-vision-web:{__version__}-cpu"
    commit(installation)
    (tmp_path / "bin" / "git").unlink()

    assert image_of(installation) == f"glm-vision-web:{__version__}-cpu"


def test_the_sources_are_what_the_dockerfile_copies() -> None:
    script = f'. "{ROOT}/docker/start/container.sh"; printf "%s\\n" "${{IMAGE_SOURCES[@]}}"'
    sources = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert {name for line in copied for name in line.split()} <= set(sources)
