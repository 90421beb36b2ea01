"""Tests of catalog.review."""
