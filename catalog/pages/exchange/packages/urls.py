"""Addresses of the pages for packages."""

from django.urls import path

from catalog.pages.exchange.packages import fetching, ordering, packages

urlpatterns = [
    path("", packages.overview, name="packages"),
    path("new/", ordering.choose, name="package-new"),
    path("<int:pk>/", packages.package, name="package"),
    path("<int:pk>/progress/", packages.progress, name="package-progress"),
    path("<int:pk>/problems.csv", fetching.problems, name="package-problems"),
    path("<int:pk>/file/", fetching.file, name="package-file"),
]
