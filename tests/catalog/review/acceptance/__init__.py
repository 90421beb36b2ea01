"""Tests of `catalog.review.acceptance`."""
