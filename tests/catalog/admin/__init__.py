"""Tests of the catalogue's admin."""
