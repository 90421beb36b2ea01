"""Tests of `catalog.exchange.presets`."""
