"""How gunicorn runs the site where tests wait for its patience to end: all of it is short, for few at a time."""

from glmv_site.server import workers as clients
from glmv_site.server.gunicorn_conf import *  # noqa: F403 - all of it, but for what follows

clients.HEAD_S = 2.0
clients.BODY_S = 3.0
clients.RECEIVING = 4
