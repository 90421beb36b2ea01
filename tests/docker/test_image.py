"""The Dockerfile's steps carried out without Docker, and the files that belong to it."""

import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from docker.fetch_model import FILES
from docker.rehearse import IgnoredFiles, Instruction, Rehearsal, RehearsalError, read_dockerfile
from inference.engine import checkpoint
from tests.docker.conftest import ROOT


def test_the_steps_lead_to_a_site_that_gets_ready_and_stops_when_told() -> None:
    # Its packages are installed already: pip finds so by itself, and nothing is downloaded.
    result = subprocess.run(
        [sys.executable, "docker/rehearse.py", "--venv", sys.prefix, "--build-arg", "VARIANT=cpu"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "ready, healthy, stopped with status 0" in result.stdout


def test_continued_lines_are_one_instruction() -> None:
    assert read_dockerfile("# x\nRUN a \\\n    && b\n\nUSER 1:2\n") == [
        Instruction("RUN", "a && b", 2),
        Instruction("USER", "1:2", 5),
    ]


def test_packages_of_this_machine_are_left_as_they_are(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, Path(sys.prefix), {})
    rehearsal.build(read_dockerfile("WORKDIR /app\nRUN touch installed && apt-get --version\n"))
    assert not (rehearsal.app / "installed").exists()


@pytest.mark.parametrize("step", ["ADD . .", "COPY data ./data", "COPY .env ./", "COPY tests ./tests"])
def test_what_the_image_must_not_have_cannot_be_copied(step: str, tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, Path(sys.prefix), {})
    with pytest.raises(RehearsalError):
        rehearsal.build(read_dockerfile(f"WORKDIR /app\n{step}\n"))


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("data/secret_key", True),
        (".env", True),
        (".git/config", True),
        ("tests/settings.py", True),
        ("manage.py", False),
        ("inference/engine/engine.py", False),
        ("inference/engine/__pycache__/engine.cpython-311.pyc", True),
        ("docker/start/model.sh", True),
        ("docker/entrypoint.sh", False),
    ],
)
def test_only_what_runs_goes_into_the_image(path: str, out: bool) -> None:
    ignored = IgnoredFiles((ROOT / ".dockerignore").read_text(encoding="utf-8"))
    assert ignored.leaves_out(PurePosixPath(path)) is out


def test_the_files_downloaded_are_those_the_engine_reads() -> None:
    assert FILES == checkpoint._FILES


# --- compose.yaml ----------------------------------------------------------------------------------------------------


def _read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return found


def test_one_service_runs_unless_others_are_asked_for() -> None:
    services = _read("compose.yaml")["services"]
    assert [name for name, service in services.items() if "profiles" not in service] == ["web"]
    assert all(service["healthcheck"]["test"] and service["restart"] for service in services.values())


def test_no_services_log_grows_without_an_end() -> None:
    for service in _read("compose.yaml")["services"].values():
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "50m", "max-file": "5"}}


def test_every_image_is_pinned() -> None:
    images = [service["image"] for service in _read("compose.yaml")["services"].values()]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_the_card_is_asked_for_in_the_file_for_cards_only() -> None:
    assert "deploy" not in _read("compose.yaml")["services"]["web"]
    web = _read("docs/deploy/compose.gpu.yaml")["services"]["web"]
    (device,) = web["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert web["build"]["args"]["VARIANT"] == "cuda"


def test_scans_on_a_nas_are_mounted_read_only_at_the_same_path_in_the_file_for_them_only() -> None:
    assert "GLMV_SCANS" not in str(_read("compose.yaml")["services"])
    (volume,) = _read("docs/deploy/compose.scans.yaml")["services"]["web"]["volumes"]
    assert volume["source"].startswith("${GLMV_SCANS:?")
    assert volume["target"] == "${GLMV_SCANS}"
    assert volume["read_only"] is True
    assert volume["bind"] == {"propagation": "rslave", "create_host_path": False}


def test_backups_on_another_disk_are_mounted_at_the_same_path_in_the_file_for_them_only() -> None:
    (volume,) = _read("docs/deploy/compose.backup.yaml")["services"]["web"]["volumes"]
    assert volume["source"].startswith("${GLMV_BACKUP_DIR:?")
    assert volume["target"] == "${GLMV_BACKUP_DIR}"
    assert "read_only" not in volume
    assert volume["bind"] == {"propagation": "rslave", "create_host_path": False}


def test_the_base_image_is_written_the_same_everywhere() -> None:
    (base,) = [step.rest for step in read_dockerfile(_text("Dockerfile")) if step.rest.startswith("BASE_IMAGE=")]
    tag = base.partition("=")[2]
    for path in ("compose.yaml", "docker/start/container.sh"):
        assert tag.partition(":")[2] in _text(path)


def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
