"""Addresses of the pages for tables and packages that leave the catalogue and come back."""

from django.urls import include, path

from catalog.pages.exchange import exports, imports, overview, presets, printing

urlpatterns = [
    path("", overview.overview, name="exchange"),
    path("packages/", include("catalog.pages.exchange.packages.urls")),
    path("print/", printing.choose, name="print"),
    path("print/<slug:what>/", printing.sheet, name="print-sheet"),
    path("presets/", presets.presets, name="presets"),
    path("presets/new/", presets.new, name="preset-new"),
    path("presets/<slug:preset>/", presets.preset, name="preset"),
    path("presets/<slug:preset>/check/", presets.check, name="preset-check"),
    path("exports/new/", exports.choose, name="export-new"),
    path("exports/<uuid:key>/", exports.export, name="export"),
    path("exports/<uuid:key>/progress/", exports.progress, name="export-progress"),
    path("exports/<uuid:key>/file/", exports.file, name="export-file"),
    path("imports/", imports.imports, name="table-imports"),
    path("imports/<int:pk>/", imports.table_import, name="table-import"),
    path("imports/<int:pk>/progress/", imports.progress, name="table-import-progress"),
    path("imports/<int:pk>/refusals.csv", imports.refusals, name="table-import-refusals"),
]
