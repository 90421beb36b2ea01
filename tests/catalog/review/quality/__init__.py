"""Tests of catalog.review.quality."""
