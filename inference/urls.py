"""Addresses of the model service."""

from django.urls import path

from inference.views import probes

urlpatterns = [
    path("health", probes.health, name="health"),
    path("ready", probes.ready, name="ready"),
]
