"""Tests of catalog.reading."""
