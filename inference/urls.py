"""Addresses of the model service."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
