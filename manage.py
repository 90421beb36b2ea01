#!/usr/bin/env python3
"""Command line of GLMV 图像编目: Django's own, with this project's settings."""

import os
import sys


def main() -> None:
    """Run one management command, named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
