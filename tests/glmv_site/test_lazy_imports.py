"""Management commands must not pay for the model's libraries: proved in a fresh interpreter."""

import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", *sys.argv[1:]])
loaded = [name for name in ("torch", "transformers", "tokenizers", "numpy") if name in sys.modules]
sys.exit(f"loaded: {loaded}" if loaded else 0)
"""


@pytest.mark.parametrize("command", [["check"], ["migrate", "--verbosity", "0"], ["upgrade", "--verbosity", "0"]])
def test_a_command_without_the_model_loads_none_of_its_libraries(command: list[str], own_site: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *command], env=own_site, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_importing_every_address_loads_none_of_the_models_libraries(own_site: dict[str, str]) -> None:
    program = (
        "import django, sys; django.setup(); import django.urls; django.urls.get_resolver().url_patterns;"
        "sys.exit([n for n in ('torch', 'transformers') if n in sys.modules] or 0)"
    )
    result = subprocess.run([sys.executable, "-c", program], env=own_site, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_worker_loads_none_of_the_models_libraries(own_site: dict[str, str]) -> None:
    program = (
        "import django, sys; django.setup(); import catalog.management.commands.work;"
        "from inference.service import connect;"
        "connect('http://127.0.0.1:1', 'key', 'model', 4).figures();"
        "sys.exit([n for n in ('torch', 'transformers', 'numpy') if n in sys.modules] or 0)"
    )
    result = subprocess.run([sys.executable, "-c", program], env=own_site, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
