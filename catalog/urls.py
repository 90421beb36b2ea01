"""Addresses of the catalogue: public pages, files, REST."""

from django.urls import include, path, re_path

from catalog.pages import (
    bulk,
    bulk_list,
    bulk_undo,
    disclosure,
    media,
    photo_group_changes,
    photo_groups,
    public,
    quality,
    tiles,
)
from catalog.pages.audits import deciding, judging, planning

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
    path("review/quality/", quality.quality, name="quality"),
    path("review/quality/table/", quality.table, name="quality-table"),
    path("review/list/", bulk_list.review_list, name="review-list"),
    path("review/bulk/", bulk.history, name="bulk-history"),
    path("review/bulk/<int:pk>/", bulk.change, name="bulk-change"),
    path("review/bulk/<int:pk>/progress/", bulk.progress, name="bulk-progress"),
    path("review/undo/", bulk_undo.undo, name="review-undo"),
    path("review/disclosure/", disclosure.overview, name="disclosure"),
    path("review/disclosure/new/", disclosure.proposal, name="disclosure-proposal"),
    path("review/disclosure/<int:pk>/", disclosure.examination, name="examination"),
    path("review/audits/", planning.audits, name="audits"),
    path("review/audits/plan/", planning.plan_page, name="audit-plan"),
    path("review/audits/workplan/", planning.workplan, name="audit-workplan"),
    path("review/audits/<int:pk>/", deciding.audit, name="audit"),
    path("review/audits/<int:pk>/progress/", deciding.progress, name="audit-progress"),
    path("review/audits/<int:pk>/decide/", deciding.decide, name="audit-decide"),
    path("review/audits/<int:pk>/report/", deciding.report, name="audit-report"),
    path("review/audits/<int:pk>/list.csv", deciding.unit_list, name="audit-list"),
    path("review/audits/<int:pk>/judge/", judging.judge, name="audit-judge"),
    path("exchange/", include("catalog.pages.exchange.urls")),
    re_path(rf"^media/(?P<pk>\d{{1,18}})/(?P<kind>{'|'.join(media.KINDS)})/$", media.media, name="media"),
    re_path(r"^media/(?P<pk>\d{1,18})/tiles/$", tiles.description, name="tiles"),
    re_path(
        r"^media/(?P<pk>\d{1,18})/tiles/(?P<level>[0-9]{1,2})/(?P<column>[0-9]{1,4})/(?P<row>[0-9]{1,4})/$",
        tiles.tile,
        name="tile",
    ),
    path("api/v1/", include("catalog.api.urls")),
]
