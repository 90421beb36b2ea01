"""How gunicorn runs the site: one worker, because a second one would be a second model; threads for everybody else.

The model is loaded in the worker, in the background, never in the master, which must stay small and able to restart a
worker that died.
"""

import os
import resource
import signal
import sys

from django.conf import settings
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from glmv_site.parsing import host_in_url
from glmv_site.server import stopping
from glmv_site.server import workers as clients

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")

# Rows of the model's batch where their number is chosen by the system: more than it ever chooses.
_AUTOMATIC_ROWS = 32
_SWITCH_S = 0.0005
# Threads that stay free for pages and probes while every other one waits for the model, or for a body.
_FREE_THREADS = 32
# gunicorn permits a thousand connections, and ends where there is no descriptor for the next one.
_FILES = 4096

bind = f"{host_in_url(settings.HOST)}:{settings.PORT}"
workers = 1
worker_class = "glmv_site.server.workers.PatientThreadWorker"
threads = (settings.GLMV_MAX_BATCH or _AUTOMATIC_ROWS) + settings.GLMV_QUEUE_LIMIT + clients.RECEIVING + _FREE_THREADS
# Importing torch from a slow disk can hold the interpreter for a long time.
timeout = 120
graceful_timeout = stopping.GRACEFUL_S
keepalive = 5
control_socket_disable = True
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(L)ss'
logconfig_dict = settings.LOGGING


def when_ready(server: Arbiter) -> None:
    """Say where the site is, once the port is open.

    Args:
        server: gunicorn's master.
    """
    everywhere = settings.HOST.strip("[]") in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    shown = "127.0.0.1" if everywhere else host_in_url(settings.HOST)
    server.log.info("GLMV 图像编目 %s：http://%s:%d", settings.GLMV_VERSION, shown, settings.PORT)


def post_worker_init(_worker: Worker) -> None:
    """Start loading the model, and keeping the history tidy, in the background; have room for every connection.

    Args:
        _worker: the worker that has just loaded the site.
    """
    from inference.allocator import share_arenas
    from inference.history import housekeeping
    from inference.service import get_service

    share_arenas()
    # The engine's thread gives the interpreter away at every operation; by default it might wait 5 ms to get it back.
    sys.setswitchinterval(_SWITCH_S)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if few < _FILES:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (_FILES if most == resource.RLIM_INFINITY else min(_FILES, most), most)
        )
    service = get_service()
    service.on_device_failure = lambda: os.kill(os.getpid(), signal.SIGTERM)
    service.start()
    housekeeping.start()


def worker_exit(_server: Arbiter, _worker: Worker) -> None:
    """Let go of the model, so that threads which still wait for it can end.

    Args:
        _server: gunicorn's master.
        _worker: the worker that ends.
    """
    from django.apps import apps

    if not apps.ready:  # it died before the site was loaded
        return
    from inference.service import get_service

    get_service().stop()
