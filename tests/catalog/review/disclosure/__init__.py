"""Tests of catalog.review.disclosure."""
