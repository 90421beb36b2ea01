"""What supervisors, load balancers and start scripts ask: is the process alive, does it take requests and keep them."""

import time

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inference import apps
from inference.service import get_service
from inference.views import storage

UNAVAILABLE = "unavailable"
"""The state of a site whose model would answer, but whose database or disk does not work."""


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Say that the process is alive, whatever the model does.

    Args:
        request: GET or HEAD.

    Returns:
        ``status``, ``version`` and ``uptime_seconds``.
    """
    uptime = int(time.monotonic() - apps.STARTED)
    return JsonResponse({"status": "healthy", "version": settings.GLMV_VERSION, "uptime_seconds": uptime})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the model takes requests, and what comes of them can be kept.

    Args:
        request: GET or HEAD.

    Returns:
        200 when it does, 503 when not; ``state`` and ``reason`` either way, ``storage`` with what is wrong with
        database or disk, ``background`` with why nothing new is begun there outside the hours, ``hours`` with those,
        and which model it is.
    """
    service = get_service()
    state: str = service.state
    reason, figures = service.reason, service.figures()
    outage = storage.outage()
    if outage is not None and state == "ready":
        state, reason = UNAVAILABLE, str(outage)
    body = {
        "state": state,
        "reason": reason,
        "storage": outage.code if outage else "ok",
        # People are answered at any hour; what has stopped is work in the background.
        "background": settings.GLMV_HOURS.sentence() or "ok",
        # Those that this process keeps: the settings may have been changed since it was started.
        "hours": settings.GLMV_HOURS.in_words,
        "model": service.model_name,
        "model_version": service.model_version,
        "waiting": figures.waiting,
        "running": figures.running,
        "most_rows": figures.most_rows,
        "out_of_memory": figures.out_of_memory,
        "restarts": figures.restarts,
    }
    response = JsonResponse(body, status=200 if state == "ready" else 503)
    if state in ("loading", "draining"):
        response["Retry-After"] = "5"
    elif outage is not None:
        response["Retry-After"] = str(outage.retry_after_s)
    return response
