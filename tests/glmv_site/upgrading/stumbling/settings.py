"""The site's settings, with that application."""

from glmv_site.settings import *  # noqa: F403 - all of them
from glmv_site.settings import INSTALLED_APPS as _INSTALLED_APPS

INSTALLED_APPS = [*_INSTALLED_APPS, "tests.glmv_site.upgrading.stumbling"]
