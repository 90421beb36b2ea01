"""Tests of catalog.search."""
