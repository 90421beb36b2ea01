"""Tests of catalog.knowledge."""
