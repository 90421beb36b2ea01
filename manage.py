#!/usr/bin/env python3
"""Command line of GLMV 图像编目: Django's own, with this project's settings."""

import os
import sys


def main() -> None:
    """Run one management command, named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    from django.core.exceptions import ImproperlyConfigured

    from glmv_site.management.command_line import CommandLine

    try:
        CommandLine(sys.argv).execute()
    except ImproperlyConfigured as error:
        # Settings are an administrator's affair: the sentence says what to do, the frames say nothing.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main()
