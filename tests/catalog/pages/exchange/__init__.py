"""Tests of catalog.pages.exchange."""
