"""How gunicorn runs the site where tests wait for its end: answers get a moment, gunicorn has its own limit."""

from glmv_site.server import stopping
from glmv_site.server.gunicorn_conf import *  # noqa: F403 - all of it

stopping.ANSWERS_S = 1.0
