"""The site over a scripted, slow model and a database of its own, for tests that use the question page."""

import os

# Whichever database the tests run on: nothing is written there by a process that they do not clean up after.
os.environ.pop("DATABASE_URL", None)

from tests.inference.api.live_site import application

__all__ = ["application"]

from django.core.management import call_command

call_command("migrate", verbosity=0)
