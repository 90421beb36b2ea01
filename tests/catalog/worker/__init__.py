"""Tests of catalog.worker."""
