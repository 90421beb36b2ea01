"""``python -m benchmarks [NAME …]``: runs all benchmarks, or those that are named."""

import argparse
import os

import django

from benchmarks import answers, images

_BENCHMARKS = {"images": images.run, "answers": answers.run}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Prints one line of JSON per figure.")
    parser.add_argument("names", nargs="*", choices=[*_BENCHMARKS, []], metavar="NAME", help=", ".join(_BENCHMARKS))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    django.setup()
    for name in parser.parse_args().names or _BENCHMARKS:
        _BENCHMARKS[name]()


if __name__ == "__main__":
    main()
