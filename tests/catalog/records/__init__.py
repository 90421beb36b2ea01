"""Tests of catalog.records."""
