"""Tests of catalog.evidence."""
