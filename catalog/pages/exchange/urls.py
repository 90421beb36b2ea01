"""Addresses of the pages for tables and packages that leave the catalogue and come back."""

from django.urls import include, path

from catalog.pages.exchange import exports, overview

urlpatterns = [
    path("", overview.overview, name="exchange"),
    path("packages/", include("catalog.pages.exchange.packages.urls")),
    path("exports/new/", exports.choose, name="export-new"),
    path("exports/<uuid:key>/", exports.export, name="export"),
    path("exports/<uuid:key>/progress/", exports.progress, name="export-progress"),
    path("exports/<uuid:key>/file/", exports.file, name="export-file"),
]
