"""Tests of catalog.exchange.imports."""
