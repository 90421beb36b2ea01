"""Tests of catalog.batches."""
