"""Tests of the catalogue's services."""
