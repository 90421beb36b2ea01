"""Tests of catalog.exchange."""
