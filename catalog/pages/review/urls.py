"""Addresses of the review page and of the calls that its script makes."""

from django.urls import path

from catalog.pages.review import aids, deciding, groups, page, records

urlpatterns = [
    path("", page.review, name="review"),
    path("next/", records.take_next, name="review-next"),
    path("records/<int:pk>/", records.record, name="review-record"),
    path("records/<int:pk>/writing/", records.writing, name="review-writing"),
    path("records/<int:pk>/decide/", deciding.decide, name="review-decide"),
    path("records/<int:pk>/group/", groups.regroup, name="review-group"),
    path("undo-step/", deciding.undo, name="review-undo-step"),
    path("hold/", records.hold, name="review-hold"),
    path("let-go/", records.let_go, name="review-let-go"),
    path("suggest/", aids.suggest, name="review-suggest"),
    path("progress/", aids.progress, name="review-progress"),
    path("keys/", aids.keep_keys, name="review-keys"),
]
