"""Tests of catalog.exchange.exports."""
