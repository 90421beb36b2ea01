"""Tests of `catalog.exchange.printing`."""
