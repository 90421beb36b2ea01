"""Addresses: the two apps', Django's admin, the language switch, the description of the REST interface, and errors."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    # Of a page, the library's answer to OPTIONS and to its own refusals is an error, or English.
    path("api/docs/", require_safe(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="api-docs"),
    path("", include("inference.urls")),
    path("", include("catalog.urls")),
]

handler400 = "glmv_site.refusals.bad_request"
handler403 = "glmv_site.refusals.permission_denied"
handler404 = "glmv_site.refusals.not_found"
handler500 = "glmv_site.refusals.server_error"
