"""Tests of catalog.exchange.tables."""
