"""Addresses of the pages for tables and packages that leave the catalogue and come back."""

from django.urls import path

from catalog.pages.exchange import exports, imports, overview

urlpatterns = [
    path("", overview.overview, name="exchange"),
    path("exports/new/", exports.choose, name="export-new"),
    path("exports/<uuid:key>/", exports.export, name="export"),
    path("exports/<uuid:key>/progress/", exports.progress, name="export-progress"),
    path("exports/<uuid:key>/file/", exports.file, name="export-file"),
    path("imports/", imports.imports, name="table-imports"),
    path("imports/<int:pk>/", imports.table_import, name="table-import"),
    path("imports/<int:pk>/progress/", imports.progress, name="table-import-progress"),
    path("imports/<int:pk>/refusals.csv", imports.refusals, name="table-import-refusals"),
]
