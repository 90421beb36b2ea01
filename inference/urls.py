"""Addresses of the model service."""

from django.urls import path

from inference.api import views as api
from inference.views import probes

urlpatterns = [
    path("v1/chat/completions", api.chat_completions, name="chat-completions"),
    path("v1/models", api.models, name="models"),
    path("health", probes.health, name="health"),
    path("ready", probes.ready, name="ready"),
]
