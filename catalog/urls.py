"""Addresses of the catalogue: public pages, files, REST."""

from django.urls import include, path, re_path

from catalog.pages import media, photo_group_changes, photo_groups, public, tiles

app_name = "catalog"

urlpatterns = [
    path("", public.home, name="home"),
    path("collections/<slug:slug>/", public.collection, name="collection"),
    path("images/<int:pk>/", public.image, name="image"),
    path("search/", public.search, name="search"),
    path("review/groups/", photo_groups.groups, name="photo-groups"),
    path("review/groups/<int:pk>/", photo_groups.group, name="photo-group"),
    path("review/groups/change/", photo_group_changes.change, name="photo-group-change"),
    path("review/groups/propose/", photo_group_changes.propose, name="photo-groups-propose"),
    path("review/", include("catalog.pages.review.urls")),
    re_path(rf"^media/(?P<pk>\d{{1,18}})/(?P<kind>{'|'.join(media.KINDS)})/$", media.media, name="media"),
    re_path(r"^media/(?P<pk>\d{1,18})/tiles/$", tiles.description, name="tiles"),
    re_path(
        r"^media/(?P<pk>\d{1,18})/tiles/(?P<level>[0-9]{1,2})/(?P<column>[0-9]{1,4})/(?P<row>[0-9]{1,4})/$",
        tiles.tile,
        name="tile",
    ),
    path("api/v1/", include("catalog.api.urls")),
]
