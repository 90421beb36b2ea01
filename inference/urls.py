"""Addresses of the model service."""

from django.urls import path, re_path

from inference.api import views as api
from inference.views import ask, asked_pictures, history, metrics, probes

urlpatterns = [
    path("v1/chat/completions", api.chat_completions, name="chat-completions"),
    path("v1/models", api.models, name="models"),
    # Django's own converter knows no line feeds, and a client that sends one is to be told in OpenAI's form too.
    re_path(r"^v1/models/(?P<name>[\s\S]+)\Z", api.model, name="model"),
    re_path(r"^v1(?P<rest>/[\s\S]*)?\Z", api.nowhere),
    path("ask/", ask.ask, name="ask"),
    path("ask/images/", asked_pictures.images, name="ask-images"),
    path("ask/images/<uuid:pk>/", asked_pictures.image, name="ask-image"),
    path("ask/images/<uuid:pk>/convert/", asked_pictures.convert, name="ask-image-convert"),
    path("ask/images/<uuid:pk>/preview/", asked_pictures.image_file, {"kind": "preview"}, name="ask-image-preview"),
    path(
        "ask/images/<uuid:pk>/thumbnail/", asked_pictures.image_file, {"kind": "thumbnail"}, name="ask-image-thumbnail"
    ),
    path("ask/answer/", ask.answer, name="ask-answer"),
    path("ask/conversations/<uuid:number>/", ask.conversation, name="ask-conversation"),
    path("history/", history.history, name="history"),
    path("history/export/", history.export, name="history-export"),
    path("history/delete/", history.delete_chosen, name="history-delete-chosen"),
    path("history/erase/", history.erase, name="history-erase"),
    path("history/<int:pk>/", history.detail, name="history-detail"),
    path("history/<int:pk>/delete/", history.delete, name="history-delete"),
    path("health", probes.health, name="health"),
    path("ready", probes.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
