"""Who holds a lease, and whether that process still lives."""

import subprocess
import sys

from catalog.batches.owners import is_dead, this_process


def test_the_running_process_is_not_dead() -> None:
    assert not is_dead(this_process())


def test_a_process_that_ended_is_known_to_be_dead() -> None:
    script = "from catalog.batches.owners import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert is_dead(ended.stdout.strip())


def test_a_process_whose_number_was_given_to_another_is_dead() -> None:
    machine, pid, started = this_process().split("|")

    assert is_dead(f"{machine}|{pid}|{int(started) - 1}")


def test_a_process_from_before_the_machine_was_started_again_is_dead() -> None:
    host, _boot, namespace = this_process().split("/", 2)

    assert is_dead(f"{host}/00000000/{namespace}")


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    _machine, pid, started = this_process().split("|")

    assert not is_dead(f"another-host/0/0|{pid}|{int(started) - 1}")
    assert not is_dead("")
    assert not is_dead("nonsense")
