"""Addresses of the catalogue: public pages, files, REST."""

from django.urls import include, path, re_path

from catalog.views import media, pages

app_name = "catalog"

urlpatterns = [
    path("", pages.home, name="home"),
    path("collections/<slug:slug>/", pages.collection, name="collection"),
    path("images/<int:pk>/", pages.image, name="image"),
    path("search/", pages.search, name="search"),
    path("review/", pages.review, name="review"),
    re_path(rf"^media/(?P<pk>\d{{1,18}})/(?P<kind>{'|'.join(media.KINDS)})/$", media.media, name="media"),
    path("api/v1/", include("catalog.api.urls")),
]
