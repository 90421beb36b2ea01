"""Runs `draft` with a slow describer in a process of its own, to be killed: `python slow_draft.py SLUG DELAY`."""

import sys

import django


def main(slug: str, delay_s: float) -> None:
    """Draft a collection, taking some seconds for each answer."""
    django.setup()

    from django.core.management import call_command

    from tests.catalog.fakes import FakeDescriber

    call_command("draft", slug, describer=FakeDescriber(delay_s=delay_s))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
