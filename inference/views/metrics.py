"""What Prometheus reads. ``METRICS_KEY`` closes it."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from inference.access import bearer, is_same
from inference.metrics import answers, requests
from inference.metrics.catalogue import CountMetrics
from inference.metrics.engine import EngineMetrics
from inference.metrics.moments import MomentMetrics
from inference.metrics.registry import REGISTRY, written
from inference.providers import providers
from inference.service import get_service

# They count where something happens; imported here, they have their names from the first look on.
COUNTED = (answers.WHOLE, requests.REQUESTS)
REGISTRY.register(EngineMetrics(get_service, settings.GLMV_VERSION))
REGISTRY.register(CountMetrics(lambda: providers.counts))
REGISTRY.register(MomentMetrics(lambda: providers.moments))


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell how this process is doing.

    Args:
        request: GET or HEAD; where a key is asked for, it is in the header ``Authorization`` or the parameter ``key``.

    Returns:
        Prometheus's text; 401 without the key.
    """
    if settings.METRICS_KEY and not _brings_key(request):
        words = _("指标已加密钥：请在请求头写明 Authorization: Bearer <METRICS_KEY>，或在网址后加 ?key=<METRICS_KEY>。")
        refusal = HttpResponse(words, status=401, content_type="text/plain; charset=utf-8")
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    return HttpResponse(written(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _brings_key(request: HttpRequest) -> bool:
    header = bearer(request.META.get("HTTP_AUTHORIZATION", ""))
    if header:
        return is_same(header, settings.METRICS_KEY)
    # Django has read the address as UTF-8, not as Latin-1.
    given = request.GET.get("key", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, settings.METRICS_KEY.encode())
