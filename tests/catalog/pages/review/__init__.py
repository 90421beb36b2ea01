"""Tests of catalog.pages.review."""
