"""``python -m benchmarks [NAME …]``: runs all benchmarks, or those that are named.

``python -m benchmarks serving …`` hands what follows to that benchmark's own command line.
"""

import argparse
import os
import sys

import django

from benchmarks import (
    answers,
    backup,
    beside,
    bulk,
    drafting,
    durability,
    exchange,
    hangups,
    images,
    importing,
    kills,
    near_duplicates,
    power,
    reading,
    review_queue,
    reviewing,
    storm,
    upgrade,
)
from benchmarks.serving import command as serving


def _played() -> None:
    # It reads the catalogue's models, which are there once Django is.
    from benchmarks import acceptance

    acceptance.run()


def _serving() -> None:
    serving.main([])


_BENCHMARKS = {
    "images": images.run,
    "answers": answers.run,
    "importing": importing.run,
    "near_duplicates": near_duplicates.run,
    "backup": backup.run,
    "drafting": drafting.run,
    "reading": reading.run,
    "upgrade": upgrade.run,
    "played": _played,
    "storm": storm.run,
    "hangups": hangups.run,
    "serving": _serving,
}

# Half an hour of kills, and what needs a second checkout: only where they are asked for by name.
_ALL = {
    **_BENCHMARKS,
    "beside": beside.run,
    "kills": kills.run,
    "power": power.run,
    "durability": durability.run,
    "review_queue": review_queue.run,
    "reviewing": reviewing.run,
    "bulk": bulk.run,
    "exchange": exchange.run,
}


def main() -> None:
    """Read the command line and measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    if sys.argv[1:2] == ["serving"]:
        serving.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Prints one line of JSON per figure.")
    parser.add_argument("names", nargs="*", choices=[*_ALL, []], metavar="NAME", help=", ".join(_ALL))
    names = parser.parse_args().names or _BENCHMARKS
    django.setup()
    for name in names:
        _ALL[name]()


if __name__ == "__main__":
    main()
